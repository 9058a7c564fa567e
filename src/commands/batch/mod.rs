//! `wording batch`: the plan as request files for another engine, sent there, fetched, and taken back into the store.

mod download;
mod files;
mod jobs;
mod manifest;

use super::output::Exit;
use crate::cli::{BatchArgs, BatchCommand, Global};

pub async fn batch(global: &Global, args: &BatchArgs) -> anyhow::Result<Exit> {
    match &args.command {
        BatchCommand::Export(args) => files::export(global, args),
        BatchCommand::Import(args) => files::import(global, args),
        BatchCommand::Submit(args) => jobs::submit(global, args).await,
        BatchCommand::Status(args) => jobs::status(global, args).await,
        BatchCommand::Fetch(args) => jobs::fetch(global, args).await,
        BatchCommand::Cancel(args) => jobs::cancel(global, args).await,
    }
}
