//! `wording batch`: the plan as request files for another engine, sent there, fetched, and taken back into the store.

mod download;
mod export;
mod jobs;
mod manifest;
mod results;

pub(super) use self::{export::BatchExport, jobs::BatchSubmission, results::BatchResults};

use super::output::Exit;
use crate::cli::{BatchArgs, BatchCommand, Global};

pub async fn batch(global: &Global, args: &BatchArgs) -> anyhow::Result<Exit> {
    match &args.command {
        BatchCommand::Export(args) => export::export(global, args),
        BatchCommand::Import(args) => results::import(global, args),
        BatchCommand::Submit(args) => jobs::submit(global, args).await,
        BatchCommand::Status(args) => jobs::status(global, args).await,
        BatchCommand::Fetch(args) => jobs::fetch(global, args).await,
        BatchCommand::Cancel(args) => jobs::cancel(global, args).await,
    }
}
