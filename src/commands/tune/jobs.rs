//! `wording tune submit|status|cancel`: fine-tuning jobs at an endpoint, followed to their end.

use super::{config::read_export, models::add_model};
use crate::{
    advise::TunedModels,
    cli::{Global, OutputFormat, TuneSubmitArgs},
    commands::{
        calls::{open, with_retries},
        context::CommandContext,
        output::{Exit, print_as, print_json},
    },
    display::utc,
    endpoint::{Client, TuningJob, TuningRequest},
    model::ModelRef,
    store::{Store, Tuning, unix_now},
    tune::TrainingFormat,
};
use anyhow::{Context as _, anyhow, bail};
use std::{collections::HashSet, time::Duration};

/// Longest pause between two looks at a job.
const LONGEST: Duration = Duration::from_secs(20);

/// Begin a job and follow it.
pub(super) async fn submit(global: &Global, args: &TuneSubmitArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let report = read_export(&args.dir)?;
    let experiment = place.project.experiment(Some(&report.experiment))?.clone();
    let tuned = TunedModels::find(&place.project, &place.store()?)?;
    let base = match &args.model {
        Some(model) => model.clone(),
        None => experiment
            .models
            .iter()
            .find(|m| !tuned.contains(m))
            .cloned()
            .ok_or_else(|| anyhow!("which base model? Use --model endpoint/model"))?,
    };
    let format = if args.preference {
        TrainingFormat::OpenAiPreference
    } else {
        TrainingFormat::OpenAi
    };
    let read = |part: &str| std::fs::read(args.dir.join(format.file(part)));
    let train = read("train").with_context(|| {
        format!(
            "cannot read {}; create it with `wording tune export --for {}`{}",
            args.dir.join(format.file("train")).display(),
            format.as_str(),
            if args.preference {
                ", which needs bad cases with a wrong and a correct answer, or rated pairs"
            } else {
                ""
            }
        )
    })?;
    let store = place.store()?;
    let (_clients, client) = open(&place, &base).await?;
    let training_file = with_retries(|| client.upload("fine-tune", "train.jsonl", &train)).await?;
    let validation_file = match read("validation") {
        Ok(bytes) if !bytes.is_empty() => {
            Some(with_retries(|| client.upload("fine-tune", "validation.jsonl", &bytes)).await?)
        }
        _ => None,
    };
    let request = TuningRequest {
        model: base.model.clone(),
        training_file,
        validation_file,
        suffix: Some(
            args.suffix
                .clone()
                .unwrap_or_else(|| suffix(&experiment.name)),
        )
        .filter(|s| !s.is_empty()),
        epochs: args.epochs,
        seed: Some(report.seed),
        preference: args.preference,
    };
    let job = with_retries(|| client.tune(&request)).await?;
    let tuning = Tuning {
        job: job.id.clone(),
        experiment: experiment.name.clone(),
        endpoint: base.endpoint.clone(),
        base: base.model.clone(),
        tuned: job.fine_tuned_model.clone(),
        state: job.status.clone(),
        examples: report.train,
        bad_cases: report.origins.get("bad-case").copied().unwrap_or(0),
        made_at: unix_now().as_secs() as i64,
    };
    store.keep_tuning(&tuning)?;
    place
        .messages
        .note(&format!("started {} at {}", job.id, base.endpoint));
    if args.no_wait {
        print_as(args.format, &job, || {
            format!(
                "{}: {}; follow it with `wording tune status {}`",
                job.id, job.status, job.id
            )
        })?;
        return Ok(Exit::Done);
    }
    follow(&place, &store, &client, tuning, args.format).await
}

/// How jobs stand. A job that is named is brought up to date, and a tuned model that came of it is added.
pub(super) async fn status(
    global: &Global,
    id: Option<&str>,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let store = place.store()?;
    let Some(id) = id else {
        let all = store.tunings()?;
        print_as(format, &all, || table(&all))?;
        return Ok(Exit::Done);
    };
    let tuning = known(&store, id)?;
    let (_clients, client) = open(&place, &base_of(&tuning)).await?;
    if format == OutputFormat::Json {
        let job = with_retries(|| client.tuning_job(id)).await?;
        settle(&place, &store, tuning, &job)?;
        print_json(&job)?;
        return Ok(Exit::Done);
    }
    follow(&place, &store, &client, tuning, format).await
}

/// End a job before its time.
pub(super) async fn cancel(
    global: &Global,
    id: &str,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let store = place.store()?;
    let tuning = known(&store, id)?;
    let (_clients, client) = open(&place, &base_of(&tuning)).await?;
    let job = with_retries(|| client.cancel_tuning(id)).await?;
    print_as(format, &job, || format!("{}: {}", job.id, job.status))?;
    settle(&place, &store, tuning, &job)?;
    Ok(Exit::Done)
}

fn known(store: &Store, id: &str) -> anyhow::Result<Tuning> {
    match store.tuning(id)? {
        Some(tuning) => Ok(tuning),
        None => {
            let all = store.tunings()?;
            let last = all
                .last()
                .map_or(String::new(), |t| format!("; the latest is {}", t.job));
            bail!("no job `{id}` was started from here{last}")
        }
    }
}

fn base_of(tuning: &Tuning) -> ModelRef {
    ModelRef {
        endpoint: tuning.endpoint.clone(),
        model: tuning.base.clone(),
    }
}

/// Tell what happens until the job is over; ^C leaves it running.
async fn follow(
    place: &CommandContext,
    store: &Store,
    client: &Client,
    tuning: Tuning,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let id = tuning.job.clone();
    let mut told: HashSet<String> = HashSet::new();
    let mut pause = Duration::from_millis(100);
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let job = loop {
        let job = with_retries(|| client.tuning_job(&id)).await?;
        for event in with_retries(|| client.tuning_events(&id)).await? {
            if told.insert(event.id) {
                place.messages.note(&event.message);
            }
        }
        if job.is_over() {
            break job;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST),
            _ = &mut interrupted => {
                place.messages.note(&format!("{id} continues at the endpoint; follow it with `wording tune status {id}`"));
                return Ok(Exit::Interrupted);
            }
        }
    };
    settle(place, store, tuning, &job)?;
    print_as(format, &job, || match (&job.fine_tuned_model, &job.error) {
        (Some(model), _) => format!("{id}: {}, {model}", job.status),
        (None, Some(error)) => format!("{id}: {}: {error}", job.status),
        (None, None) => format!("{id}: {}", job.status),
    })?;
    Ok(if job.status == "succeeded" {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Keep how a job stands, and add its model to the experiment.
fn settle(
    place: &CommandContext,
    store: &Store,
    mut tuning: Tuning,
    job: &TuningJob,
) -> anyhow::Result<()> {
    tuning.state.clone_from(&job.status);
    tuning.tuned = job.fine_tuned_model.clone().or(tuning.tuned);
    store.keep_tuning(&tuning)?;
    if let (Some(file), Some(model)) = (&place.project.file, &job.fine_tuned_model) {
        let name = format!("{}/{model}", tuning.endpoint);
        if add_model(file, &tuning.experiment, &name)? {
            place.messages.note(&format!(
                "added {name} to the models of [experiment.{}]; measure it with `wording run {}`",
                tuning.experiment, tuning.experiment
            ));
        }
    }
    Ok(())
}

/// A name that endpoints take.
fn suffix(experiment: &str) -> String {
    let plain: String = experiment
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(18)
        .collect();
    plain.trim_matches('-').to_owned()
}

fn table(all: &[Tuning]) -> String {
    if all.is_empty() {
        return "no jobs yet; start one with `wording tune submit`".into();
    }
    let mut text = format!(
        "{:<28} {:<12} {:<16} {:<17} {:>8}  tuned model\n",
        "job", "experiment", "state", "started (UTC)", "examples"
    );
    for t in all {
        let line = format!(
            "{:<28} {:<12} {:<16} {:<17} {:>8}  {}",
            t.job,
            t.experiment,
            t.state,
            utc(t.made_at),
            t.examples,
            t.tuned.as_deref().unwrap_or("")
        );
        text += &crate::display::visible(&line);
        text.push('\n');
    }
    text
}
