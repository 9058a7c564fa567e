//! `wording tune`: training files, configurations of trainers, fine-tuning jobs, and what came of them.

mod compare;
mod config;
mod export;
mod jobs;
mod models;
mod sent_params;
mod spent_rows;
mod training_files;

pub(super) use self::{compare::TunedComparison, config::TrainerConfig};

use super::output::Exit;
use crate::cli::{Global, TuneArgs, TuneCommand};

pub async fn tune(global: &Global, args: &TuneArgs) -> anyhow::Result<Exit> {
    match &args.command {
        TuneCommand::Export(args) => export::export(global, args),
        TuneCommand::Config(args) => config::config(global, args),
        TuneCommand::Submit(args) => jobs::submit(global, args).await,
        TuneCommand::Status { job, format } => jobs::status(global, job.as_deref(), *format).await,
        TuneCommand::Cancel { job, format } => jobs::cancel(global, job, *format).await,
        TuneCommand::Compare {
            experiment,
            run,
            format,
        } => compare::compare(global, experiment.as_deref(), run.as_deref(), *format),
    }
}
