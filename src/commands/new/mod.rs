//! `wording new`: an experiment for a dataset, added to the project, or the first one of a new project.

mod columns;
mod scaffold;

use super::{
    context::{project_file, shorten},
    init_local::{ask, can_ask},
    output::{Exit, print, replace_file},
};
use crate::{
    cli::{Global, NewArgs},
    dataset::{Dataset, ReadOptions},
    display::{count, visible},
    engine::Plan,
    interop::{key, service, toml},
    model::ModelRef,
    project::Project,
};
use anyhow::{Context as _, bail};
use columns::Columns;
use scaffold::{Scaffold, Scoring};
use serde_json::json;
use std::path::{Path, PathBuf};
use toml_edit::DocumentMut;

/// The model of the stand-in, where no other is named.
const STAND_IN: &str = "demo/icl";

/// The project file, where there is one.
struct Existing {
    text: Option<String>,
    document: DocumentMut,
    /// `None` also where it has no experiment yet.
    project: Option<Project>,
}

impl Existing {
    fn read(file: &Path) -> anyhow::Result<Existing> {
        let mut existing = Existing {
            text: None,
            document: DocumentMut::new(),
            project: None,
        };
        if !file.is_file() {
            return Ok(existing);
        }
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", shorten(file)))?;
        if let Ok(document) = text.trim_start_matches('\u{feff}').parse() {
            existing.document = document;
        }
        if !text.trim().is_empty() && existing.document.contains_key("experiment") {
            existing.project = Some(Project::load(file)?);
        }
        existing.text = Some(text);
        Ok(existing)
    }

    /// Whether it has `[KIND.NAME]`.
    fn has(&self, kind: &str, name: &str) -> bool {
        let tables = self.document.get(kind).and_then(|all| all.as_table_like());
        tables.is_some_and(|all| all.contains_key(name))
    }
}

/// Add an experiment; nothing is written over.
pub fn new(global: &Global, args: &NewArgs) -> anyhow::Result<Exit> {
    let here = std::env::current_dir().context("cannot read the current folder")?;
    let file = project_file(global, &here).unwrap_or_else(|| PathBuf::from("wording.toml"));
    let before = Existing::read(&file)?;
    let root = file.parent().filter(|p| !p.as_os_str().is_empty());
    let root = root.unwrap_or(Path::new(""));
    let typed = match &args.data {
        Some(data) => data.clone(),
        None => PathBuf::from(ask_for(
            "dataset (.jsonl, .csv, .parquet …):",
            "--data FILE",
        )?),
    };
    let dataset = Dataset::read(&typed, &ReadOptions::default())?;
    let columns = Columns::read(&dataset)?;
    let answer = answer_column(args, &columns)?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => file_stem(&typed),
    };
    if before.has("experiment", &name) {
        bail!(
            "{} has an experiment `{}` already; name the new one: wording new NAME --data FILE",
            shorten(&file),
            visible(&name)
        );
    }
    let model = model(args, before.project.as_ref())?;
    let scaffold = Scaffold {
        dataset: from_root(root, &here, &typed)?,
        inputs: columns.inputs(answer.as_deref()),
        scoring: match &answer {
            Some(answer) => columns.scoring(answer),
            None if args.labels.is_empty() => Scoring::Text,
            None => Scoring::Label(args.labels.clone()),
        },
        id: (columns.id().filter(|id| Some(*id) != answer.as_deref())).map(str::to_owned),
        name,
        answer,
        model,
    };
    let template = root.join(scaffold.template_path());
    if template.exists() {
        bail!(
            "{} exists already; name the experiment otherwise",
            shorten(&template)
        );
    }
    let mut text = before.text.clone().unwrap_or_default();
    if !text.trim().is_empty() {
        text.truncate(text.trim_end().len());
        text += "\n\n";
    }
    text += &scaffold.toml();
    text += &endpoint(args, &before, &scaffold.model)?;
    // Whatever was guessed, the project is valid before it is written.
    let project = Project::parse(&file, text.trim_start_matches('\u{feff}'))?;
    write_new(&template, &scaffold.template())?;
    let written = match before.text.is_some() {
        true => replace_file(&file, &text).map_err(Into::into),
        false => write_new(&file, &text),
    };
    if let Err(error) = written {
        // A template without an experiment would be in the way of the next attempt.
        let _ = std::fs::remove_file(&template);
        return Err(error).with_context(|| format!("cannot write {}", shorten(&file)));
    }
    print(&summary(&project, &scaffold, &dataset, &file, &template)?)?;
    Ok(Exit::Done)
}

/// What was written and what was guessed, for people.
fn summary(
    project: &Project,
    scaffold: &Scaffold,
    dataset: &Dataset,
    file: &Path,
    template: &Path,
) -> anyhow::Result<String> {
    let experiment = project.experiment(Some(&scaffold.name))?;
    let plan = Plan::load(project, experiment)?;
    let name = &scaffold.name;
    let shown = match name.contains(|c: char| c.is_whitespace() || "'\"\\$`".contains(c)) {
        true => format!("'{}'", name.replace('\'', "'\\''")),
        false => name.clone(),
    };
    let stand_in = match scaffold.model.endpoint == "demo" {
        true => " (a stand-in, not a language model; set `models` in wording.toml)",
        false => "",
    };
    Ok(format!(
        "wrote {}\nwrote {}\n  {}: {}, {}\n  answer: {}{}\n  shown to the model: {}\n  model: {}{stand_in}\nnext: wording render {shown} (the prompts), wording run {shown}, or wording {shown} (the session)",
        shorten(file),
        shorten(template),
        scaffold.dataset,
        count(dataset.len(), "row"),
        count(plan.variants.len(), "variant"),
        match &scaffold.answer {
            Some(column) => format!("column {column}, scored as "),
            None => "no column has it yet (wording label); ".to_owned(),
        },
        scaffold.scoring.describe(),
        scaffold.inputs.join(", "),
        scaffold.model,
    ))
}

/// An answer from the terminal; where nobody is there, what to type instead.
fn ask_for(question: &str, flag: &str) -> anyhow::Result<String> {
    if !can_ask() {
        bail!("no terminal to ask; pass {flag}");
    }
    match ask(question)? {
        answer if answer.is_empty() => bail!("no answer; pass {flag}"),
        answer => Ok(answer),
    }
}

/// The column with the expected answers; `None` where there is none yet.
fn answer_column(args: &NewArgs, columns: &Columns) -> anyhow::Result<Option<String>> {
    let listed = || {
        let names: Vec<String> = columns.names().map(visible).collect();
        names.join(", ")
    };
    let is_only = columns.names().count() == 1;
    if args.answer.is_none() && (is_only || !args.labels.is_empty()) {
        return Ok(None);
    }
    let chosen = match (&args.answer, columns.answer()) {
        (Some(typed), _) => typed.clone(),
        (None, Some(likely)) => likely.to_owned(),
        (None, None) => {
            let question = format!("which column has the expected answer? {}:", listed());
            let flag = format!(
                "--answer COLUMN; the columns are: {}. Where none has the expected answers yet, pass each label: --label NAME",
                listed()
            );
            ask_for(&question, &flag)?
        }
    };
    if !columns.names().any(|name| name == chosen) {
        bail!(
            "no column `{}`; the columns are: {}",
            visible(&chosen),
            listed()
        );
    }
    if is_only {
        bail!(
            "the dataset has no column but `{}`: nothing to show to a model",
            visible(&chosen)
        );
    }
    Ok(Some(chosen))
}

/// The model that is typed, that of another experiment, or the stand-in.
fn model(args: &NewArgs, project: Option<&Project>) -> anyhow::Result<ModelRef> {
    if let Some(model) = &args.model {
        return Ok(model.clone());
    }
    let known = project.and_then(|p| p.experiments.iter().find_map(|e| e.models.first()));
    match known {
        Some(model) => Ok(model.clone()),
        None => Ok(STAND_IN.parse()?),
    }
}

/// The table of the model's endpoint, where the project has none: at the address that is typed, or of a service that is known.
fn endpoint(args: &NewArgs, before: &Existing, model: &ModelRef) -> anyhow::Result<String> {
    let name = model.endpoint.as_str();
    let is_known = name == "demo" || before.has("endpoint", name);
    let (url, api_key) = match (&args.base_url, service(name)) {
        (Some(_), _) if is_known => {
            bail!(
                "endpoint `{}` is there already; --base-url is for a new one",
                visible(name)
            )
        }
        (Some(url), _) => (url.as_str(), args.api_key_env.as_deref()),
        (None, _) if is_known => return Ok(String::new()),
        (None, Some((_, url, key))) => {
            let key = args.api_key_env.as_deref().unwrap_or(key);
            (url, Some(key).filter(|key| !key.is_empty()))
        }
        (None, None) => bail!(
            "no endpoint `{}` in the project; pass its address: --base-url URL, with --api-key-env VARIABLE where it needs a key",
            visible(name)
        ),
    };
    let key_line = api_key.map_or(String::new(), |variable| {
        format!("api_key_env = {}\n", toml(&json!(variable)))
    });
    Ok(format!(
        "\n[endpoint.{}]\nbase_url = {}\n{key_line}",
        key(name),
        toml(&json!(url))
    ))
}

/// The path of the dataset as the project file writes it: from the project's folder.
fn from_root(root: &Path, here: &Path, typed: &Path) -> anyhow::Result<String> {
    let absolute = here.join(typed);
    let root = here.join(root);
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (file, root) = (canonical(&absolute), canonical(&root));
    let path = file.strip_prefix(&root).unwrap_or(&file);
    let text = path.to_str().with_context(|| {
        format!(
            "the path {} is not UTF-8, so the project file cannot name it",
            path.display()
        )
    })?;
    Ok(text.to_owned())
}

fn file_stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().unwrap_or_default();
    if stem.is_empty() {
        "first".into()
    } else {
        stem.to_owned()
    }
}

pub(super) fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::File::create_new(path)?;
        std::io::Write::write_all(&mut file, text.as_bytes())
    };
    write().with_context(|| format!("cannot write {}", shorten(path)))
}
