//! `wording batch import`: the results of batches, back into the store.

use crate::{
    cli::{BatchImportArgs, Global, OutputFormat},
    commands::{
        context::CommandContext,
        output::{Exit, print_as},
    },
    display::{count, thousands, visible},
    endpoint::read_completion,
    interop::BatchResult,
    model::{Completion, ServiceTier, Usage},
    project::Project,
    store::{CompletionKey, Store},
};
use anyhow::{Context as _, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

/// Answers stored per transaction.
const TOGETHER: usize = 512;

/// Maximum lines listed one by one.
const MAX_LISTED: usize = 5;

/// What came of result files.
#[derive(Default)]
pub(super) struct Imported {
    new: u64,
    known: u64,
    failed: BTreeMap<String, (u64, String)>,
    /// Lines that are no results of ours: where and why.
    foreign: Vec<String>,
    foreign_count: u64,
    usage: Usage,
}

/// What `import` and `fetch` print with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::commands) struct BatchResults<'a> {
    /// Always 1.
    schema_version: u32,
    /// Answers that were stored.
    new: u64,
    /// Answers that the store had.
    known: u64,
    failed: Vec<FailedRequests<'a>>,
    /// Lines that are not results of `wording batch export`.
    foreign: u64,
    tokens: BatchTokens,
    /// Batches that are not over; only of `fetch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<usize>,
}

/// Requests without an answer for one reason.
#[derive(Debug, Serialize, JsonSchema)]
struct FailedRequests<'a> {
    code: &'a str,
    count: u64,
    /// Of the first of them.
    message: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BatchTokens {
    prompt: u64,
    completion: u64,
}

impl BatchResults<'_> {
    pub(super) fn new(all: &Imported, open: Option<usize>) -> BatchResults<'_> {
        let failed = all
            .failed
            .iter()
            .map(|(code, (count, message))| FailedRequests {
                code,
                count: *count,
                message,
            });
        BatchResults {
            schema_version: 1,
            new: all.new,
            known: all.known,
            failed: failed.collect(),
            foreign: all.foreign_count,
            tokens: BatchTokens {
                prompt: all.usage.prompt,
                completion: all.usage.completion,
            },
            open,
        }
    }
}

/// Keep the answers in result files.
pub(super) fn import(global: &Global, args: &BatchImportArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    place.announce();
    let store = place.store()?;
    import_results(&place, &store, &args.files, None, args.format)
}

/// Keep the answers in these files, and tell what came of them. `open`: batches that are not over, where they were asked for.
pub(super) fn import_results(
    place: &CommandContext,
    store: &Store,
    files: &[PathBuf],
    open: Option<usize>,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let mut all = Imported::default();
    let models = models(&place.project);
    for path in files {
        read(path, &models, store, &mut all)?;
    }
    store.taken_in()?;
    let failed: u64 = all.failed.values().map(|(n, _)| n).sum();
    print_as(format, &BatchResults::new(&all, open), || {
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
