//! `wording reword`: other wordings of a level, asked of a model, shown, and written into the front matter on yes.

use super::{
    confirm::confirmed,
    context::CommandContext,
    output::{Exit, print_colored, print_json, stdout_color},
    programs::require_programs,
};
use crate::{
    cli::{Global, OutputFormat, RewordArgs},
    demo::DemoSpec,
    display::count,
    engine::{Clients, EngineError, NamedProgram, paraphrases},
    model::{ModelRef, Params},
    project::{ExperimentSpec, MetricKind},
    report::unified_text,
    source::nearest,
    template::{Rewording, Template, TemplateSet},
};
use anyhow::{anyhow, bail};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use similar::TextDiff;
use std::path::{Path, PathBuf};

/// Ask, show, and write on yes.
pub async fn reword(global: &Global, args: &RewordArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    place.announce();
    let (path, experiment) = find(&place, &args.template)?;
    let template = Template::read(&path).map_err(EngineError::Templates)?;
    let labels = match experiment.and_then(|e| e.metrics.first()).map(|m| &m.kind) {
        Some(MetricKind::Label { labels } | MetricKind::Probability { labels, .. }) => {
            labels.iter().map(|l| l.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    let mut rewording =
        Rewording::for_level(&template, &args.axis, args.level.as_deref(), &labels)?;
    let model = match (&args.model, experiment.and_then(|e| e.models.first())) {
        (Some(model), _) | (None, Some(model)) => model.clone(),
        (None, None) => bail!("which model? For example --model demo/icl"),
    };
    place.require_endpoint(&model)?;
    let program = (place.project.endpoint(&model)).and_then(NamedProgram::of_endpoint);
    require_programs(&place, &Vec::from_iter(program))?;
    let clients = Clients::open(
        &place.project,
        std::slice::from_ref(&model),
        DemoSpec::default(),
    )
    .await?;
    let client = clients
        .client(&model)
        .ok_or_else(|| anyhow!("no client for {model}"))?;
    if clients.has_demo() {
        place.messages.note(&format!(
            "{model} is a stand-in, not a language model: its paraphrases are made by rules"
        ));
    }
    let mut params = Params::new();
    if let Some(t) = args.temperature {
        params.insert("temperature".into(), json!(t));
    }
    let found = paraphrases(client, &model, &mut rewording, args.n, &params).await?;
    for (text, why) in &found.rejected {
        place.messages.note(&format!("rejected, it {why}: {text}"));
    }
    if found.kept.is_empty() {
        bail!("{model} gave no usable paraphrase; the rejected ones are listed above");
    }
    if found.kept.len() < args.n {
        place.messages.warn(&format!(
            "{} of {} paraphrases found",
            found.kept.len(),
            args.n
        ));
    }
    let after = template.with_levels(&args.axis, &found.kept)?;
    // What is written must still be a template with these levels.
    Template::parse(template.path.clone(), &after).map_err(EngineError::Templates)?;
    if args.format == OutputFormat::Human {
        print_colored(&unified_text(
            &difference(&template, &after),
            stdout_color(global.color),
        ))?;
    }
    let yes = args.yes
        || (args.format == OutputFormat::Human
            && confirmed(&format!(
                "write {} into {}?",
                count(found.kept.len(), "level"),
                template.path.display()
            ))?);
    if yes {
        template.replace(&path, &after)?;
    }
    match args.format {
        OutputFormat::Json => {
            let rejected = found.rejected.iter().map(|(text, why)| RejectedParaphrase {
                text,
                why: why.to_string(),
            });
            print_json(&RewordedLevel {
                template: &template.path,
                axis: &args.axis,
                model: &model,
                text: &rewording.text,
                levels: &found.kept,
                rejected: rejected.collect(),
                written: yes,
            })?;
        }
        OutputFormat::Human if yes => place.messages.note(&format!(
            "wrote {} to {}",
            count(found.kept.len(), "level"),
            template.path.display()
        )),
        OutputFormat::Human => place
            .messages
            .note("nothing written; use --yes to write them"),
    }
    Ok(Exit::Done)
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RewordedLevel<'a> {
    #[serde(serialize_with = "crate::display::lossy_path")]
    template: &'a Path,
    axis: &'a str,
    model: &'a ModelRef,
    /// The text that was paraphrased.
    text: &'a str,
    /// The paraphrases, as levels of the axis.
    levels: &'a [String],
    rejected: Vec<RejectedParaphrase<'a>>,
    /// Whether the template file was changed.
    written: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RejectedParaphrase<'a> {
    text: &'a str,
    why: String,
}

/// The template that was meant: a file, or a template of the project by its name; and an experiment that has it.
fn find<'p>(
    place: &'p CommandContext,
    typed: &Path,
) -> anyhow::Result<(PathBuf, Option<&'p ExperimentSpec>)> {
    let mut names: Vec<(String, PathBuf, &ExperimentSpec)> = Vec::new();
    for experiment in &place.project.experiments {
        // An experiment whose templates cannot be read has none to reword.
        let Ok(set) = TemplateSet::load(&place.project.root, &experiment.templates) else {
            continue;
        };
        for template in set.templates() {
            names.push((template.name.clone(), template.path.clone(), experiment));
        }
    }
    let same = |a: &Path, b: &Path| {
        a.canonicalize()
            .ok()
            .is_some_and(|a| b.canonicalize().ok() == Some(a))
    };
    if typed.is_file() {
        let of = names.iter().find(|(_, path, _)| same(path, typed));
        return Ok((typed.to_path_buf(), of.map(|(.., experiment)| *experiment)));
    }
    let name = typed.to_string_lossy();
    match names.iter().find(|(known, ..)| *known == name) {
        Some((_, path, experiment)) => Ok((path.clone(), Some(experiment))),
        None => {
            let near = nearest(&name, names.iter().map(|(known, ..)| known.as_str()));
            bail!(
                "no template `{name}`: neither a file nor a template of the project{}",
                near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"))
            )
        }
    }
}

/// The change of the file, line by line.
pub(super) fn difference(template: &Template, after: &str) -> String {
    let diff = TextDiff::from_lines(&*template.source, after);
    let name = template.path.display().to_string();
    let mut diff = diff.unified_diff();
    diff.context_radius(2).header(&name, &name).to_string()
}
