//! `wording reword`: other wordings of a level, asked of a model, shown, and written into the front matter on yes.

use super::{
    context::Workplace,
    output::{Exit, print, print_json, stdout_color},
};
use crate::{
    cli::{Format, Global, RewordArgs},
    demo::DemoSpec,
    display::visible,
    endpoint::{Client, backoff},
    engine::{Clients, EngineError},
    model::{Level, ModelRef, Params, Prompt},
    project::{ExperimentSpec, MetricKind},
    source::{as_typed, nearest},
    template::{Rewording, Template, TemplateSet},
};
use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};
use similar::TextDiff;
use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

/// Most times that a model is asked for what is still missing.
const ROUNDS: usize = 4;

/// Ask, show, and write on yes.
pub async fn reword(global: &Global, args: &RewordArgs) -> anyhow::Result<Exit> {
    let place = Workplace::open(global)?;
    place.announce();
    let (path, experiment) = find(&place, &args.template)?;
    let template = Template::read(&path).map_err(EngineError::Templates)?;
    let mut rewording = what(&template, args, experiment)?;
    let model = match (&args.model, experiment.and_then(|e| e.models.first())) {
        (Some(model), _) | (None, Some(model)) => model.clone(),
        (None, None) => bail!("whom to ask? Name a model, for example --model demo/icl"),
    };
    if !place.project.endpoints.contains_key(&model.endpoint) {
        let known: Vec<&str> = place.project.endpoints.keys().map(String::as_str).collect();
        bail!(
            "no endpoint `{}` for the model `{model}`; there is {}",
            model.endpoint,
            known.join(", ")
        );
    }
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
            "{model} is a stand-in, not a language model: its wordings are made by rule"
        ));
    }
    let found = ask_all(client, &model, &mut rewording, args).await?;
    for (text, why) in &found.rejected {
        place.messages.note(&format!("left out, it {why}: {text}"));
    }
    if found.kept.is_empty() {
        bail!(
            "{model} gave no wording that can be used; what it gave and why it was left out stands above"
        );
    }
    if found.kept.len() < args.n {
        place.messages.warn(&format!(
            "{} of {} wordings found",
            found.kept.len(),
            args.n
        ));
    }
    let after = template.with_levels(&args.axis, &found.kept)?;
    // What is written must still be a template with these levels.
    Template::parse(template.path.clone(), &after).map_err(EngineError::Templates)?;
    if args.format == Format::Human {
        print(&difference(&template, &after, stdout_color(global.color)))?;
    }
    let yes = args.yes || (args.format == Format::Human && confirmed(&template, found.kept.len())?);
    if yes {
        write(&path, &template, &after)?;
    }
    match args.format {
        Format::Json => print_json(&json!({
            "template": template.path, "axis": args.axis, "model": model, "text": rewording.text,
            "levels": found.kept,
            "rejected": found.rejected.iter().map(|(text, why)| json!({"text": text, "why": why.to_string()})).collect::<Vec<Value>>(),
            "written": yes,
        }))?,
        Format::Human if yes => place.messages.note(&format!(
            "{} levels written into {}",
            found.kept.len(),
            template.path.display()
        )),
        Format::Human => place.messages.note("nothing written; --yes writes them"),
    }
    Ok(Exit::Done)
}

/// The template that was meant: a file, or a template of the project by its name; and an experiment that has it.
fn find<'p>(
    place: &'p Workplace,
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
                "no template `{name}`: it is no file, and no template of the project is called so{}",
                near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"))
            )
        }
    }
}

/// What is to be reworded, and what must stay.
fn what(
    template: &Template,
    args: &RewordArgs,
    experiment: Option<&ExperimentSpec>,
) -> anyhow::Result<Rewording> {
    let axis = template.axis(&args.axis)?;
    let text = |level: &Level| match &level.value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    let level = match &args.level {
        None => axis.levels.first(),
        Some(name) => axis.levels.iter().find(|level| level.name == *name),
    };
    let Some(level) = level else {
        let known: Vec<&str> = axis
            .levels
            .iter()
            .map(|level| level.name.as_str())
            .collect();
        bail!(
            "the axis `{}` has no level `{}`; there are {}",
            axis.name,
            args.level.as_deref().unwrap_or(""),
            known.join(", ")
        );
    };
    let Some(wanted) = text(level).filter(|text| !text.trim().is_empty()) else {
        bail!(
            "the level `{}` of `{}` is no text that could be reworded; name another with --level",
            level.name,
            axis.name
        );
    };
    let keep = experiment
        .and_then(|e| e.metrics.first())
        .map(|metric| match &metric.kind {
            MetricKind::Label { labels } => labels.clone(),
            _ => Vec::new(),
        });
    Ok(Rewording {
        there: axis.levels.iter().filter_map(text).collect(),
        text: wanted,
        keep: keep.unwrap_or_default(),
    })
}

#[derive(Default)]
struct Found {
    kept: Vec<String>,
    rejected: Vec<(String, crate::template::Rejected)>,
}

/// Ask until there are enough, or nothing new comes.
async fn ask_all(
    client: &Client,
    model: &ModelRef,
    rewording: &mut Rewording,
    args: &RewordArgs,
) -> anyhow::Result<Found> {
    let mut params = Params::new();
    if let Some(t) = args.temperature {
        params.insert("temperature".into(), json!(t));
    }
    let mut found = Found::default();
    for _ in 0..ROUNDS {
        let missing = args.n - found.kept.len();
        let answer = ask(client, model, &rewording.request(missing), &params).await?;
        let (kept, rejected) = rewording.read(&answer);
        let nothing_new = kept.is_empty();
        found.kept.extend(kept.into_iter().take(missing));
        found.rejected.extend(rejected);
        if nothing_new || found.kept.len() == args.n {
            break;
        }
    }
    Ok(found)
}

/// One answer, with as many attempts as the endpoint allows.
async fn ask(
    client: &Client,
    model: &ModelRef,
    prompt: &Prompt,
    params: &Params,
) -> anyhow::Result<String> {
    let request = client.request(&model.model, prompt, &[params], false);
    let mut attempts = 1;
    loop {
        match client.send(&model.model, &request, &mut |_| {}).await {
            Ok(completion) => return Ok(completion.text),
            Err(failed) if failed.retry && attempts <= client.spec().retries => {
                tokio::time::sleep(failed.retry_after.unwrap_or_else(|| backoff(attempts))).await;
                attempts += 1;
            }
            Err(failed) => bail!("{model}: {}", failed.failure),
        }
    }
}

/// The change of the file, line by line.
fn difference(template: &Template, after: &str, color: bool) -> String {
    let diff = TextDiff::from_lines(&*template.source, after);
    let name = template.path.display().to_string();
    let text = diff
        .unified_diff()
        .context_radius(2)
        .header(&name, &name)
        .to_string();
    let mut shown = String::new();
    for line in text.lines() {
        let line = visible(line);
        let code = match line.as_bytes().first() {
            Some(b'+') if color => "32",
            Some(b'-') if color => "31",
            _ => "",
        };
        shown += &match code {
            "" => format!("{line}\n"),
            code => format!("\u{1b}[{code}m{line}\u{1b}[0m\n"),
        };
    }
    shown
}

/// Ask the person; where nobody can be asked, no.
fn confirmed(template: &Template, n: usize) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    write!(
        io::stderr(),
        "write {n} level{} into {}? [y/N] ",
        if n == 1 { "" } else { "s" },
        template.path.display()
    )?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Write the file, whole or not at all, unless it has changed since it was read.
fn write(path: &Path, template: &Template, after: &str) -> anyhow::Result<()> {
    let shown = as_typed(path);
    let now = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", shown.display()))?;
    let text = now.trim_start_matches('\u{feff}');
    if *text != *template.source {
        bail!(
            "{} has changed while the model was asked; nothing is written",
            shown.display()
        );
    }
    let mark = &now[..now.len() - text.len()];
    let real = path.canonicalize()?;
    let folder = real.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("{} cannot be written", shown.display()))?;
    file.write_all(mark.as_bytes())?;
    file.write_all(after.as_bytes())?;
    std::fs::set_permissions(file.path(), std::fs::metadata(&real)?.permissions())?;
    file.persist(&real)
        .with_context(|| format!("{} cannot be written", shown.display()))?;
    Ok(())
}
