//! `wording batch export`: the plan as request files for another engine.

use super::manifest::{MANIFEST, Manifest, RequestFile, unknown_cost_line};
use crate::{
    cli::{BatchExportArgs, Global},
    commands::{
        broken_templates::leave_out_broken,
        context::CommandContext,
        output::{Exit, print_as},
    },
    display::{count, thousands, visible},
    engine::PlanEstimator,
    interop::{BatchFiles, BatchLine, MOST_BYTES, MOST_REQUESTS},
    model::ModelRef,
    project::{Api, Project},
};
use anyhow::{Context as _, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

pub(super) fn export(global: &Global, args: &BatchExportArgs) -> anyhow::Result<Exit> {
    let (place, experiment) = CommandContext::experiment(global, &args.experiment)?;
    place.announce();
    let mut plan = place.plan(&experiment, &args.experiment.overrides.variants)?;
    let has_broken_templates = leave_out_broken(&place, &mut plan, "exporting")?;
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
    let files = written.iter().map(|(path, requests, model)| ExportedFile {
        path,
        requests: *requests,
        model,
    });
    let exported = BatchExport {
        schema_version: 1,
        experiment: &experiment.name,
        manifest: args.output.join(MANIFEST),
        requests,
        answered,
        repeated,
        usd_at_most,
        unknown_cost: unknown_cost.as_deref(),
        files: files.collect(),
    };
    print_as(args.format, &exported, || {
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
    Ok(Exit::of(!has_broken_templates))
}

/// The path of the operation that a model is asked by.
fn url(project: &Project, model: &ModelRef) -> &'static str {
    match project.endpoints.get(&model.endpoint).map(|e| e.api) {
        Some(Api::Completions) => "/v1/completions",
        Some(Api::Responses) => "/v1/responses",
        Some(Api::Chat | Api::Lines) | None => "/v1/chat/completions",
    }
}

/// What `export --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::commands) struct BatchExport<'a> {
    /// Always 1.
    schema_version: u32,
    experiment: &'a str,
    #[serde(serialize_with = "crate::display::lossy_path")]
    manifest: PathBuf,
    /// Requests in the files.
    requests: u64,
    /// Trials that have an answer in the store.
    answered: u64,
    /// Trials whose request is in the files already.
    repeated: u64,
    /// The most that the whole plan costs, where prices are known.
    usd_at_most: Option<f64>,
    /// Why that is not known.
    unknown_cost: Option<&'a str>,
    files: Vec<ExportedFile<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExportedFile<'a> {
    #[serde(serialize_with = "crate::display::lossy_path")]
    path: &'a Path,
    requests: u64,
    model: &'a ModelRef,
}
