//! `wording batch submit`, `status`, `fetch` and `cancel`: batches at an endpoint, known by the store.

use super::{
    download::{download, plain},
    manifest::{Manifest, RequestFile, unknown_cost_line},
    results::{BatchResults, Imported, import_results},
};
use crate::{
    cli::{BatchPickArgs, BatchStatusArgs, BatchSubmitArgs, Global},
    commands::{
        calls::{open, with_retries},
        context::CommandContext,
        output::{Exit, print_as},
    },
    display::{count, thousands, utc, visible},
    endpoint::{Batch, Client},
    engine::Clients,
    model::ModelRef,
    store::{Store, SubmittedBatch, unix_now},
};
use anyhow::{Context as _, anyhow};
use schemars::JsonSchema;
use serde::Serialize;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// Longest pause between two looks at a batch.
const LONGEST: Duration = Duration::from_secs(60);

/// Before a batch begins: its file is at the endpoint.
const UPLOADED: &str = "uploaded";

/// What `submit --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::commands) struct BatchSubmission<'a> {
    /// Always 1.
    schema_version: u32,
    submitted: &'a [SubmittedBatch],
    /// Files that were submitted before.
    submitted_before: usize,
    /// The most that all files cost, where prices are known.
    usd_at_most: Option<f64>,
    /// Why that is not known.
    unknown_cost: Option<&'a str>,
}

/// Clients by endpoint and model, opened once each.
#[derive(Default)]
struct Opened(HashMap<ModelRef, (Clients, Client)>);

impl Opened {
    async fn client(&mut self, place: &CommandContext, model: &ModelRef) -> anyhow::Result<Client> {
        if !self.0.contains_key(model) {
            self.0.insert(model.clone(), open(place, model).await?);
        }
        let found = self.0.get(model).map(|(_, client)| client.clone());
        found.ok_or_else(|| anyhow!("no client for {model}"))
    }
}

fn model_of(batch: &SubmittedBatch) -> ModelRef {
    ModelRef {
        endpoint: batch.endpoint.clone(),
        model: batch.model.clone(),
    }
}

fn is_over(batch: &SubmittedBatch) -> bool {
    ["completed", "failed", "expired", "cancelled"].contains(&batch.state.as_str())
}

/// Send what `wording batch export` wrote. A file that is on its way, or done, is not sent again.
pub(super) async fn submit(global: &Global, args: &BatchSubmitArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    place.announce();
    let manifest = Manifest::read(&args.dir)?;
    let store = place.store()?;
    let mut opened = Opened::default();
    let mut sent = Vec::new();
    let mut before = 0usize;
    for file in &manifest.files {
        let client = opened.client(&place, &file.model).await?;
        let path = args.dir.join(&file.file);
        match send(&store, &client, &manifest.experiment, file, &path).await? {
            Some(batch) => {
                place.messages.note(&format!(
                    "{}: {}, {}",
                    batch.id.as_deref().unwrap_or_default(),
                    count(batch.requests as usize, "request"),
                    batch.state
                ));
                sent.push(batch);
            }
            None => before += 1,
        }
    }
    let submission = BatchSubmission {
        schema_version: 1,
        submitted: &sent,
        submitted_before: before,
        usd_at_most: manifest.usd_at_most,
        unknown_cost: manifest.unknown_cost.as_deref(),
    };
    print_as(args.format, &submission, || {
        let mut text = match sent.len() {
            0 => "nothing new submitted".to_owned(),
            n => format!("{} submitted", count(n, "batch")),
        };
        if before > 0 {
            text += &format!(", {before} already submitted or done");
        }
        text.push('\n');
        if let Some(usd) = manifest.usd_at_most.filter(|_| !sent.is_empty()) {
            text += &format!("at most ${usd:.2} in total, at batch prices where they are known\n");
        }
        if !sent.is_empty() {
            text += &unknown_cost_line(manifest.unknown_cost.as_deref());
        }
        text + "next: `wording batch status --wait`, then `wording batch fetch`\n"
    })?;
    Ok(Exit::Done)
}

/// Upload a file and begin its batch; `None` where that was done before and goes on, or went well. Each step is kept before
/// the next, so that a submission which was cut off goes on where it stopped and nothing is paid for twice.
async fn send(
    store: &Store,
    client: &Client,
    experiment: &str,
    file: &RequestFile,
    path: &Path,
) -> anyhow::Result<Option<SubmittedBatch>> {
    let bytes = std::fs::read(path).with_context(|| {
        format!(
            "cannot read {}; create it with `wording batch export`",
            path.display()
        )
    })?;
    let hash = blake3::hash(&bytes).to_hex()[..32].to_owned();
    let known = store.submitted_batches()?.into_iter().rev().find(|b| {
        b.hash == hash && b.endpoint == file.model.endpoint && b.model == file.model.model
    });
    let mut batch = match known {
        Some(batch) if batch.state == UPLOADED => {
            // It may have begun without our being told.
            let begun = with_retries(|| client.batches()).await.unwrap_or_default();
            match begun
                .into_iter()
                .find(|b| b.input_file == batch.input_file && b.status != "failed")
            {
                Some(found) => {
                    let batch = merged(batch, &found);
                    store.keep_batch(&batch)?;
                    return Ok(Some(batch));
                }
                None => batch,
            }
        }
        Some(batch) if !["failed", "expired", "cancelled"].contains(&batch.state.as_str()) => {
            return Ok(None);
        }
        _ => {
            let name = file.file.display().to_string();
            let input_file = with_retries(|| client.upload("batch", &name, &bytes)).await?;
            let batch = SubmittedBatch {
                input_file,
                endpoint: file.model.endpoint.clone(),
                model: file.model.model.clone(),
                experiment: experiment.to_owned(),
                hash,
                requests: file.requests,
                state: UPLOADED.into(),
                made_at: unix_now().as_secs() as i64,
                ..SubmittedBatch::default()
            };
            store.keep_batch(&batch)?;
            batch
        }
    };
    let begun = with_retries(|| client.begin_batch(&batch.input_file, &file.url)).await?;
    batch = merged(batch, &begun);
    store.keep_batch(&batch)?;
    Ok(Some(batch))
}

/// What is known of a batch, with what the endpoint says now.
fn merged(mut known: SubmittedBatch, now: &Batch) -> SubmittedBatch {
    known.id = Some(now.id.clone());
    known.state.clone_from(&now.status);
    (_, known.completed, known.failed) = now.counts;
    known
}

/// Those that were named, or all that `wanted` says.
fn pick(
    store: &Store,
    ids: &[String],
    wanted: impl Fn(&SubmittedBatch) -> bool,
) -> anyhow::Result<Vec<SubmittedBatch>> {
    let all = store.submitted_batches()?;
    if ids.is_empty() {
        return Ok(all.into_iter().filter(wanted).collect());
    }
    ids.iter()
        .map(|id| {
            let found = all.iter().find(|b| b.id.as_ref() == Some(id));
            found.cloned().ok_or_else(|| {
                let last = all.iter().rev().find_map(|b| b.id.clone());
                let last = last.map_or("; there are none".into(), |id| {
                    format!("; the latest is {id}")
                });
                anyhow!("no batch `{id}` was submitted from here{last}")
            })
        })
        .collect()
}

/// How batches stand, asked of their endpoints where they are not over.
pub(super) async fn status(global: &Global, args: &BatchStatusArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let store = place.store()?;
    let mut opened = Opened::default();
    let mut pause = Duration::from_millis(100);
    let mut told = String::new();
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let batches = loop {
        let mut batches = pick(&store, &args.ids, |_| true)?;
        for batch in batches.iter_mut().filter(|b| !is_over(b)) {
            if let Some(id) = batch.id.clone() {
                let client = opened.client(&place, &model_of(batch)).await?;
                let now = with_retries(|| client.batch(&id)).await?;
                if let Some(error) = &now.error {
                    place.messages.note(&format!("{id}: {error}"));
                }
                *batch = merged(batch.clone(), &now);
                store.keep_batch(batch)?;
            }
        }
        let open: Vec<&SubmittedBatch> = batches
            .iter()
            .filter(|b| !is_over(b) && b.id.is_some())
            .collect();
        if !args.wait || open.is_empty() {
            break batches;
        }
        let (done, all) = open.iter().fold((0, 0), |(done, all), b| {
            (done + b.completed + b.failed, all + b.requests)
        });
        let now = format!(
            "{} in progress, {} of {} requests",
            count(open.len(), "batch"),
            thousands(done),
            thousands(all)
        );
        if now != told {
            place.messages.note(&now);
            told = now;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST),
            _ = &mut interrupted => {
                place.messages.note("the batches continue at the endpoint; follow them with `wording batch status --wait`");
                return Ok(Exit::Interrupted);
            }
        }
    };
    print_as(args.format, &batches, || table(&batches))?;
    let failed = batches.iter().any(|b| b.state == "failed");
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn table(batches: &[SubmittedBatch]) -> String {
    if batches.is_empty() {
        return "no batches yet; submit some with `wording batch submit`\n".into();
    }
    let mut text = format!(
        "{:<32} {:<14} {:<12} {:<17} {:>9} {:>9} {:>7}\n",
        "batch", "experiment", "state", "begun (UTC)", "requests", "answered", "failed"
    );
    for b in batches {
        let state = match (b.state.as_str(), b.fetched) {
            ("completed", true) => "fetched",
            (state, _) => state,
        };
        let line = format!(
            "{:<32} {:<14} {:<12} {:<17} {:>9} {:>9} {:>7}",
            b.id.as_deref().unwrap_or("(not started)"),
            b.experiment,
            state,
            utc(b.made_at),
            thousands(b.requests),
            thousands(b.completed),
            thousands(b.failed)
        );
        text += visible(&line).trim_end();
        text.push('\n');
    }
    text
}

/// Fetch the results of batches that are over, and keep the answers in them.
pub(super) async fn fetch(global: &Global, args: &BatchPickArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    place.announce();
    let store = place.store()?;
    let mut opened = Opened::default();
    let folder = place.project.root.join(".wording").join("batches");
    let mut files: Vec<PathBuf> = Vec::new();
    let mut fetched = Vec::new();
    let mut open = 0usize;
    for batch in pick(&store, &args.ids, |b| !b.fetched)? {
        let Some(id) = batch.id.clone() else {
            continue;
        };
        let client = opened.client(&place, &model_of(&batch)).await?;
        let now = with_retries(|| client.batch(&id)).await?;
        let batch = merged(batch, &now);
        store.keep_batch(&batch)?;
        if !now.is_over() {
            open += 1;
            continue;
        }
        if let Some(error) = &now.error {
            place.messages.note(&format!("{id}: {error}"));
        }
        for (what, file) in [("results", &now.output_file), ("errors", &now.error_file)] {
            if let Some(file) = file {
                let path = folder.join(format!("{}-{what}.jsonl", plain(&id)));
                download(&client, file, &path).await?;
                files.push(path);
            }
        }
        fetched.push(batch);
    }
    if open > 0 {
        place.messages.note(&format!(
            "{} not finished yet; wait with `wording batch status --wait`",
            count(open, "batch")
        ));
    }
    if files.is_empty() {
        let none = Imported::default();
        print_as(args.format, &BatchResults::new(&none, Some(open)), || {
            "nothing to fetch\n".into()
        })?;
    }
    let exit = match files.is_empty() {
        true => Exit::Done,
        false => import_results(&place, &store, &files, Some(open), args.format)?,
    };
    // Only now: what was fetched is in the store.
    for batch in fetched {
        store.keep_batch(&SubmittedBatch {
            fetched: true,
            ..batch
        })?;
    }
    Ok(exit)
}

/// End batches before their time.
pub(super) async fn cancel(global: &Global, args: &BatchPickArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let store = place.store()?;
    let mut opened = Opened::default();
    let mut ended = Vec::new();
    for batch in pick(&store, &args.ids, |b| !is_over(b))? {
        let Some(id) = batch.id.clone() else {
            continue;
        };
        let client = opened.client(&place, &model_of(&batch)).await?;
        let now = with_retries(|| client.cancel_batch(&id)).await?;
        let batch = merged(batch, &now);
        store.keep_batch(&batch)?;
        ended.push(batch);
    }
    print_as(args.format, &ended, || match ended.is_empty() {
        true => "nothing is in progress\n".into(),
        false => table(&ended),
    })?;
    Ok(Exit::Done)
}
