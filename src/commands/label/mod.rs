//! `wording label`: people give the expected answers.

mod session;

use super::output::Exit;
use crate::cli::{Global, LabelArgs};

pub async fn label(global: &Global, args: &LabelArgs) -> anyhow::Result<Exit> {
    session::session(global, args).await
}
