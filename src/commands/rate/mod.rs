//! `wording rate`: people say which answers are better, without knowing whose they are.

mod session;

pub(super) use session::{rate_answers, ratings_of_run};

use super::output::Exit;
use crate::cli::{Global, RateArgs};

pub async fn rate(global: &Global, args: &RateArgs) -> anyhow::Result<Exit> {
    session::session(global, args).await
}
