//! `wording export --to TOOL`: an experiment as files of another tool.

use super::{
    context::{CommandContext, shorten},
    output::{Exit, print},
};
use crate::{
    cli::{ExportArgs, ExportTool},
    display::{count, one_line},
    endpoint::{RequestContents, WireRequest},
    engine::Plan,
    interop::{
        ExportedExperiment, ExportedMetric, ExportedModel, ExportedVariant, Note, NotePlace,
        Weight, to_evals, to_inspect, to_langfuse, to_promptfoo,
    },
    model::{Params, Prompt},
    project::Api,
    source::{SourcePlace, as_typed},
};
use anyhow::Context as _;
use std::path::{Component, Path, PathBuf};

/// Render the experiment, write the files, and list what is not in them as it was.
pub(super) fn export_to(
    place: &CommandContext,
    args: &ExportArgs,
    tool: ExportTool,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let experiment = place.project.experiment(args.run.as_deref())?.clone();
    let plan = place.plan(&experiment, &[])?;
    plan.require_templates()?;
    place.embed_from_store(&plan)?;
    let mut notes = Vec::new();
    let exported = exported(place, &plan, folder, &mut notes)?;
    let mut made = match tool {
        ExportTool::Promptfoo => to_promptfoo(&exported),
        ExportTool::Inspect => to_inspect(&exported),
        ExportTool::Evals => to_evals(&exported),
        ExportTool::Langfuse => to_langfuse(&exported),
    };
    made.notes.extend(notes);
    made.write(folder, args.force)?;
    let mut text = format!(
        "wrote {} into {}: {}, {}\n",
        count(made.files.len(), "file"),
        shorten(folder),
        count(made.variants, "variant"),
        count(made.rows, "row"),
    );
    text += &listed(&made.notes);
    text += &format!("next: cd {} && {}\n", folder.display(), made.next);
    print(&text)?;
    let dropped = made.notes.iter().any(|n| n.weight == Weight::Dropped);
    Ok(Exit::of(!dropped))
}

/// The notes: what was left out, then what is there in another way.
fn listed(notes: &[Note]) -> String {
    let mut text = String::new();
    for (weight, title) in [(Weight::Dropped, "different"), (Weight::Changed, "note")] {
        let some = notes.iter().filter(|note| note.weight == weight);
        let some: Vec<String> = some
            .map(|note| format!("  {}\n", one_line(&note.to_string())))
            .collect();
        if !some.is_empty() {
            text += &format!("{title}:\n{}", some.concat());
        }
    }
    text
}

/// The experiment with its prompts. A variant that cannot be rendered is noted.
fn exported(
    place: &CommandContext,
    plan: &Plan,
    folder: &Path,
    notes: &mut Vec<Note>,
) -> anyhow::Result<ExportedExperiment> {
    let project = &place.project;
    let experiment = &plan.experiment;
    let file = project.file.as_deref().context(
        "only an experiment of a project can be exported: create one with `wording init`",
    )?;
    let at = at(&as_typed(file), None);
    let rows = plan.dataset.rows().collect::<Result<Vec<_>, _>>()?;
    // Other templates of the experiment may be exported all the same.
    notes.extend(plan.templates.problems().iter().map(|problem| {
        let place = problem.place();
        Note {
            weight: Weight::Dropped,
            file: place.map_or_else(|| at.file.to_path_buf(), |place| place.file.clone()),
            line: place.map(|place| place.line),
            what: "a template that cannot be read".into(),
            why: problem.to_string(),
        }
    }));
    let mut variants = Vec::new();
    for (v, variant) in plan.variants.iter().enumerate() {
        let template = &plan.templates.templates()[variant.template];
        let at = self::at(&template.path, Some(&template.place(0..0)));
        let prompts: Result<Vec<_>, _> = rows.iter().map(|row| plan.prompt(v, row)).collect();
        match prompts {
            Ok(prompts) => {
                let params = sent_params(prompts.first(), &plan.params(v));
                variants.push(ExportedVariant {
                    name: variant.name.clone(),
                    at,
                    params,
                    prompts,
                });
            }
            Err(error) => notes.push(Note {
                weight: Weight::Dropped,
                file: template.path.clone(),
                line: error.place().map(|place| place.line).or(at.line),
                what: format!("the variant `{}`", variant.name),
                why: error.to_string(),
            }),
        }
    }
    if experiment.tool_command.is_some() {
        notes.push(Note {
            weight: Weight::Dropped,
            file: as_typed(file),
            line: None,
            what: "`tool_command`".into(),
            why: "no program answers calls of tools there: each prompt is sent once".into(),
        });
    }
    if let Some(seal) = &plan.seal {
        notes.push(Note {
            weight: Weight::Changed,
            file: as_typed(file),
            line: None,
            what: count(seal.sealed, "sealed row"),
            why: "they are not exported".into(),
        });
    }
    let models = plan.models.iter();
    let models = models.filter_map(|model| {
        Some(ExportedModel {
            name: model.model.clone(),
            endpoint: project.endpoints.get(&model.endpoint)?.clone(),
        })
    });
    let metrics = experiment.metrics.iter().enumerate();
    let metrics = metrics.map(|(m, spec)| ExportedMetric {
        spec: spec.clone(),
        at: self::at(&as_typed(file), experiment.metric_places.get(m)),
    });
    Ok(ExportedExperiment {
        name: experiment.name.clone(),
        variants,
        models: models.collect(),
        metrics: metrics.collect(),
        dataset: self::at(plan.dataset.path(), None),
        row_lines: plan.dataset.row_lines(),
        rows,
        answer: experiment.answer_column().to_owned(),
        samples: experiment.samples,
        project: relative(folder, file)?,
        at,
    })
}

/// The parameters of a request of chat completions as they are sent with a prompt, its tools among them.
fn sent_params(prompt: Option<&Prompt>, params: &[&Params]) -> Params {
    let without_rows = Prompt::new(Vec::new());
    let contents = RequestContents {
        model: "",
        prompt: prompt.unwrap_or(&without_rows),
        params,
        row: None,
    };
    let body = WireRequest::new(Api::Chat, contents, false).body;
    let mut sent: Params = serde_json::from_slice(&body).unwrap_or_default();
    sent.retain(|key, _| !["model", "messages"].contains(&key.as_str()));
    sent
}

fn at(file: &Path, place: Option<&SourcePlace>) -> NotePlace {
    NotePlace {
        file: file.into(),
        line: place.map(|place| place.line),
    }
}

/// The path to a file from a folder that need not be there yet, as text.
fn relative(folder: &Path, file: &Path) -> anyhow::Result<String> {
    let (folder, file) = (resolved(folder)?, resolved(file)?);
    let shared = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let up = folder.iter().skip(shared).map(|_| Path::new(".."));
    let down = file.iter().skip(shared).map(Path::new);
    let path: PathBuf = up.chain(down).collect();
    match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => anyhow::bail!(
            "the path to the project file, {}, is not Unicode, and files in JSON cannot hold it: rename its folder",
            path.display()
        ),
    }
}

/// An absolute path through no symbolic link, as far as it is there: `..` from the target of a link leads elsewhere.
fn resolved(path: &Path) -> anyhow::Result<PathBuf> {
    let path = std::path::absolute(path).context("cannot read the current folder")?;
    let found = path
        .ancestors()
        .find_map(|there| Some((there.canonicalize().ok()?, path.strip_prefix(there).ok()?)));
    Ok(match found {
        Some((there, rest)) => normal(&there.join(rest)),
        None => normal(&path),
    })
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut all = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                all.pop();
            }
            Component::CurDir => {}
            other => all.push(other),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_found_from_the_folder() {
        for (folder, file, path) in [
            ("/p/out", "/p/wording.toml", "../wording.toml"),
            ("/p", "/p/wording.toml", "wording.toml"),
            ("/a/../p/x/y", "/p/q/wording.toml", "../../q/wording.toml"),
        ] {
            assert_eq!(relative(Path::new(folder), Path::new(file)).unwrap(), path);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_project_is_found_through_a_link_and_not_where_its_path_is_no_text() {
        use std::os::unix::{ffi::OsStrExt as _, fs::symlink};
        let dir = tempfile::tempdir().unwrap();
        let (project, far) = (dir.path().join("p"), dir.path().join("far/away"));
        std::fs::create_dir_all(&project).unwrap();
        std::fs::create_dir_all(&far).unwrap();
        std::fs::write(project.join("wording.toml"), "").unwrap();
        symlink(&far, project.join("out")).unwrap();
        let file = project.join("wording.toml");
        let path = relative(&project.join("out/new"), &file).unwrap();
        assert_eq!(path, "../../../p/wording.toml");
        std::fs::create_dir(far.join("new")).unwrap();
        assert!(far.join("new").join(path).exists());
        let odd = Path::new(std::ffi::OsStr::from_bytes(b"/\xff/wording.toml"));
        let refused = relative(Path::new("/p"), odd).unwrap_err().to_string();
        assert!(refused.contains("not Unicode"), "{refused}");
    }
}
