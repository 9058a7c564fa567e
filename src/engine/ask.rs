//! A question to a model outside of a run: answered from the store where it was paid for, else sent and kept.

use super::{Clients, EngineError};
use crate::{
    model::{Completion, ModelRef, Params, Prompt},
    retry::retry_unbounded,
    store::{CompletionKey, Store},
};

/// An answer, and whether it was stored before.
#[derive(Debug, Clone)]
pub struct AskedAnswer {
    pub completion: Completion,
    pub is_stored: bool,
}

/// Ask once, with as many attempts as the endpoint allows. The answer is durable when this returns.
pub async fn ask(
    clients: &Clients,
    store: &Store,
    model: &ModelRef,
    prompt: &Prompt,
    params: &Params,
) -> Result<AskedAnswer, EngineError> {
    let client = clients
        .client(model)
        .ok_or_else(|| EngineError::NoClient(model.clone()))?;
    let request = client.request(&model.model, prompt, &[params], false);
    let key = CompletionKey::new(client.identity(), &request.body, 0);
    if let Some(completion) = store.completion(&key)? {
        return Ok(AskedAnswer {
            completion,
            is_stored: true,
        });
    }
    let (_, answer) = retry_unbounded(client.spec().retries, || async {
        client.send(&model.model, &request, &mut |_| {}).await
    })
    .await;
    let completion = answer.map_err(|failed| EngineError::NotAnswered {
        model: model.clone(),
        message: failed.failure.to_string(),
    })?;
    store.import_completions(&[(key, completion.clone())])?;
    store.taken_in()?;
    Ok(AskedAnswer {
        completion,
        is_stored: false,
    })
}
