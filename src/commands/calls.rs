//! Calls to an endpoint that are no completions: files, jobs, batches.

use super::context::CommandContext;
use crate::{
    demo::DemoSpec,
    endpoint::{AttemptFailure, Client},
    engine::Clients,
    model::ModelRef,
    retry::retry_unbounded,
};
use anyhow::{Context as _, anyhow};
use std::future::Future;

/// Retries of a call, where the endpoint is busy.
const RETRIES: u32 = 4;

/// The client for a model; the built-in endpoint runs as long as the first part is held.
pub(super) async fn open(
    place: &CommandContext,
    model: &ModelRef,
) -> anyhow::Result<(Clients, Client)> {
    place.require_endpoint(model)?;
    let clients = Clients::open(
        &place.project,
        std::slice::from_ref(model),
        DemoSpec::default(),
    )
    .await?;
    let client = clients.client(model).cloned();
    let client = client.with_context(|| format!("no endpoint was opened for {model}"))?;
    Ok((clients, client))
}

/// Make a call, and make it again where the endpoint asks for it.
pub(super) async fn with_retries<T, F>(call: impl Fn() -> F) -> anyhow::Result<T>
where
    F: Future<Output = Result<T, AttemptFailure>>,
{
    let (_, result) = retry_unbounded(RETRIES, call).await;
    result.map_err(|failed| anyhow!("{}", failed.failure))
}
