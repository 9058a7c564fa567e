//! Calls to an endpoint that are no completions: files, jobs, batches.

use super::context::CommandContext;
use crate::{
    demo::DemoSpec,
    endpoint::{AttemptFailure, Client, backoff},
    engine::Clients,
    model::ModelRef,
};
use anyhow::bail;
use std::future::Future;

/// Attempts at a call, where the endpoint is busy.
const ATTEMPTS: u32 = 5;

/// The client for a model; the built-in endpoint runs as long as the first part is held.
pub(super) async fn open(
    place: &CommandContext,
    model: &ModelRef,
) -> anyhow::Result<(Clients, Client)> {
    let clients = Clients::open(
        &place.project,
        std::slice::from_ref(model),
        DemoSpec::default(),
    )
    .await?;
    let Some(client) = clients.client(model).cloned() else {
        bail!(
            "no endpoint `{}`; add [endpoint.{}] with its base_url to wording.toml",
            model.endpoint,
            model.endpoint
        );
    };
    Ok((clients, client))
}

/// Try again where the endpoint asks for it.
pub(super) async fn again<T, F>(call: impl Fn() -> F) -> anyhow::Result<T>
where
    F: Future<Output = Result<T, AttemptFailure>>,
{
    let mut attempt = 1;
    loop {
        match call().await {
            Ok(done) => return Ok(done),
            Err(failed) if failed.retry && attempt < ATTEMPTS => {
                let wait = failed.retry_after.unwrap_or_else(|| backoff(attempt));
                tokio::time::sleep(wait).await;
                attempt += 1;
            }
            Err(failed) => bail!("{}", failed.failure),
        }
    }
}
