//! `wording batch export` and `import`: the plan as request files for another engine, and its results back into the store.

use super::manifest::{MANIFEST, Manifest, RequestFile, unknown_cost_line};
use crate::{
    cli::{BatchExportArgs, BatchImportArgs, Global, OutputFormat},
    commands::{
        context::CommandContext,
        output::{Exit, print_as},
    },
    display::{count, thousands, visible},
    endpoint::read_completion,
    engine::PlanEstimator,
    interop::{BatchFiles, BatchLine, BatchResult, MOST_BYTES, MOST_REQUESTS},
    model::{Completion, ModelRef, ServiceTier, Usage},
    project::{Api, Project},
    store::{CompletionKey, Store},
};
use anyhow::{Context as _, bail};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

/// Answers stored per transaction.
const TOGETHER: usize = 512;

/// Maximum lines listed one by one.
const MAX_LISTED: usize = 5;

pub(super) fn export(global: &Global, args: &BatchExportArgs) -> anyhow::Result<Exit> {
    let (place, experiment) = CommandContext::experiment(global, &args.experiment)?;
    place.announce();
    let plan = place.plan(&experiment, &args.experiment.overrides.variants)?;
    plan.require_templates()?;
    let store = place.store()?;
    if plan.embedder.is_some() && plan.embed_from(&store)? > 0 {
        bail!(
            "shots are selected by `similarity`, but some embeddings are missing: fetch them with `wording run {}` --budget-calls 1",
            experiment.name
        );
    }
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("cannot create {}", args.output.display()))?;
    let most = (args.max_requests.unwrap_or(MOST_REQUESTS), MOST_BYTES);
    let mut written = Vec::new();
    let (mut answered, mut repeated) = (0u64, 0u64);
    for (m, model) in plan.models.iter().enumerate() {
        let Some(endpoint) = place.project.endpoints.get(&model.endpoint) else {
            continue;
        };
        if endpoint.program.is_some() {
            bail!(
                "{model} is answered by a program, and batch files are for servers: `wording run {}` calls it",
                experiment.name
            );
        }
        let url = url(&place.project, model);
        let stem = format!("{}-{}-{}", experiment.name, model.endpoint, model.model);
        let mut files = BatchFiles::new(&args.output, &stem, most);
        if !args.force && files.path(1).exists() {
            bail!(
                "{} already exists; use --force to overwrite it",
                files.path(1).display()
            );
        }
        // Half of a key tells two requests apart well enough: one that were left out by chance, `wording run` would send.
        let mut seen: HashSet<u64> = HashSet::new();
        for request in plan.requests(m, endpoint) {
            let request = request?;
            if store.completion(&request.key)?.is_some() {
                answered += 1;
            } else if !seen.insert(request.key.half()) {
                repeated += 1;
            } else {
                let line = BatchLine {
                    key: request.key,
                    url,
                    body: request.body,
                };
                files
                    .push(&line)
                    .with_context(|| format!("cannot write to {}", args.output.display()))?;
            }
        }
        for (path, requests) in files.finish().context("cannot finish a batch file")? {
            written.push((path, requests, model.clone()));
        }
    }
    let requests: u64 = written.iter().map(|(_, n, _)| n).sum();
    let (estimator, errors) = PlanEstimator::new(&place.project, &plan)?;
    if let Some(error) = errors.into_iter().next() {
        return Err(error.into());
    }
    let estimate = estimator.in_batches().estimate_plan(&|_| 0);
    // Of the whole plan: those that are left may be its longest prompts.
    let usd_at_most: Option<f64> = estimate.models.iter().map(|m| m.all.usd_at_most).sum();
    let unknown = (estimate.models.iter()).filter(|m| !m.model.is_stand_in());
    let unknown = unknown.filter_map(|m| Some(format!("{}: {}", m.model, m.unknown_cost?)));
    let unknown: Vec<String> = unknown.collect();
    let unknown_cost = (!unknown.is_empty()).then(|| unknown.join("; "));
    Manifest {
        experiment: experiment.name.clone(),
        usd_at_most,
        unknown_cost: unknown_cost.clone(),
        files: written
            .iter()
            .filter_map(|(path, requests, model)| {
                Some(RequestFile {
                    file: path.file_name()?.into(),
                    requests: *requests,
                    model: model.clone(),
                    url: url(&place.project, model).to_owned(),
                })
            })
            .collect(),
    }
    .write(&args.output)?;
    let value = json!({
        "schema_version": 1,
        "experiment": experiment.name,
        "manifest": args.output.join(MANIFEST),
        "requests": requests,
        "answered": answered,
        "repeated": repeated,
        "usd_at_most": usd_at_most,
        "unknown_cost": unknown_cost,
        "files": written.iter().map(|(path, requests, model)| json!({
            "path": path, "requests": requests, "model": model,
        })).collect::<Vec<_>>(),
    });
    print_as(args.format, &value, || {
        let mut text = String::new();
        for (path, requests, model) in &written {
            text += &format!(
                "{}: {} for {}\n",
                visible(&path.display().to_string()),
                count(*requests as usize, "request"),
                visible(&model.to_string())
            );
        }
        if requests == 0 {
            text += "nothing to send: all answers are in the store\n";
        }
        if answered > 0 {
            text += &format!(
                "{} more are already answered in the store\n",
                thousands(answered)
            );
        }
        if repeated > 0 {
            text += &format!(
                "{} more are duplicates and share an answer\n",
                thousands(repeated)
            );
        }
        if let Some(usd) = usd_at_most {
            text += &format!("at most ${usd:.2}, at batch prices where they are known\n");
        }
        text += &unknown_cost_line(unknown_cost.as_deref());
        if requests > 0 {
            text += &format!(
                "next: `wording batch submit {dir}`, or run the files elsewhere and `wording batch import RESULTS`\nthen `wording run {name}` scores the answers\n",
                dir = visible(&args.output.display().to_string()),
                name = experiment.name
            );
        }
        text
    })?;
    Ok(Exit::Done)
}

/// The path of the operation that a model is asked by.
fn url(project: &Project, model: &ModelRef) -> &'static str {
    match project.endpoints.get(&model.endpoint).map(|e| e.api) {
        Some(Api::Completions) => "/v1/completions",
        Some(Api::Responses) => "/v1/responses",
        Some(Api::Chat | Api::Lines) | None => "/v1/chat/completions",
    }
}

/// What came of result files.
#[derive(Default)]
struct Imported {
    new: u64,
    known: u64,
    failed: BTreeMap<String, (u64, String)>,
    /// Lines that are no results of ours: where and why.
    foreign: Vec<String>,
    foreign_count: u64,
    usage: Usage,
}

/// Keep the answers in result files.
pub(super) fn import(global: &Global, args: &BatchImportArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    place.announce();
    let store = place.store()?;
    import_results(&place, &store, &args.files, args.format)
}

/// Keep the answers in these files, and tell what came of them.
pub(super) fn import_results(
    place: &CommandContext,
    store: &Store,
    files: &[PathBuf],
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let mut all = Imported::default();
    let models = models(&place.project);
    for path in files {
        read(path, &models, store, &mut all)?;
    }
    store.taken_in()?;
    let failed: u64 = all.failed.values().map(|(n, _)| n).sum();
    let value = json!({
        "schema_version": 1,
        "new": all.new,
        "known": all.known,
        "failed": all.failed.iter().map(|(code, (n, message))| json!({
            "code": code, "count": n, "message": message,
        })).collect::<Vec<_>>(),
        "foreign": all.foreign_count,
        "tokens": {"prompt": all.usage.prompt, "completion": all.usage.completion},
    });
    print_as(format, &value, || {
        let mut text = format!("{} stored", count(all.new as usize, "answer"));
        if all.known > 0 {
            text += &format!(", {} already known", thousands(all.known));
        }
        text += "\n";
        for (code, (n, message)) in &all.failed {
            text += &format!(
                "{} without an answer, {}: {}\n",
                thousands(*n),
                visible(code),
                visible(message)
            );
        }
        if all.foreign_count > 0 {
            text += &format!(
                "{} not from `wording batch export`:\n",
                count(all.foreign_count as usize, "line")
            );
            for line in &all.foreign {
                text += &format!("  {}\n", visible(line));
            }
        }
        text += "next: `wording run` scores them and sends what is still missing\n";
        text
    })?;
    if all.new + all.known + failed == 0 {
        bail!("the input has no results of `wording batch export`");
    }
    Ok(if failed + all.foreign_count > 0 {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// The names of all models that the project asks, the longest first.
fn models(project: &Project) -> Vec<String> {
    let mut all: Vec<String> = project
        .experiments
        .iter()
        .flat_map(|e| &e.models)
        .map(|m| m.model.clone())
        .collect();
    all.sort_by_key(|name| std::cmp::Reverse(name.len()));
    all.dedup();
    all
}

/// The name that was asked for where the server answers with a more exact one, such as one with a date.
fn requested_model<'a>(models: &'a [String], body: &str) -> &'a str {
    #[derive(serde::Deserialize)]
    struct Named {
        model: Option<String>,
    }
    let named = serde_json::from_str::<Named>(body)
        .ok()
        .and_then(|named| named.model)
        .unwrap_or_default();
    models
        .iter()
        .find(|model| named.starts_with(model.as_str()))
        .map_or("", String::as_str)
}

fn read(path: &Path, models: &[String], store: &Store, all: &mut Imported) -> anyhow::Result<()> {
    let said = || format!("cannot read {}", path.display());
    let file = BufReader::with_capacity(1 << 18, File::open(path).with_context(said)?);
    let mut batch: Vec<(CompletionKey, Completion)> = Vec::new();
    let keep = |batch: &mut Vec<_>, all: &mut Imported| -> anyhow::Result<()> {
        let new = store.import_completions(batch)? as u64;
        all.new += new;
        all.known += batch.len() as u64 - new;
        batch.clear();
        Ok(())
    };
    for (number, line) in file.lines().enumerate() {
        let line = line.with_context(said)?;
        if line.trim().is_empty() {
            continue;
        }
        let result = match BatchResult::parse(&line) {
            Ok(result) => result,
            Err(why) => {
                all.foreign_count += 1;
                if all.foreign.len() < MAX_LISTED {
                    all.foreign
                        .push(format!("{}:{}: {why}", path.display(), number + 1));
                }
                continue;
            }
        };
        let answer = match &result.answer {
            Ok(body) => read_completion(body.get().as_bytes(), requested_model(models, body.get()))
                .map_err(|failed| (failed.failure.kind.to_string(), failed.failure.message)),
            Err(error) => Err((error.code.clone(), error.message.clone())),
        };
        match answer {
            Ok(mut completion) => {
                // Servers do not say so of the answers in their batches.
                completion.usage.billing.service_tier = ServiceTier::Batch;
                all.usage.prompt += completion.usage.prompt;
                all.usage.completion += completion.usage.completion;
                batch.push((result.key, completion));
                if batch.len() == TOGETHER {
                    keep(&mut batch, all)?;
                }
            }
            Err((code, message)) => all.failed.entry(code).or_insert((0, message)).0 += 1,
        }
    }
    keep(&mut batch, all)
}
