//! Paraphrases of a text: a model is called until there are enough.

use super::EngineError;
use crate::{
    endpoint::Client,
    model::{ModelRef, Params, Prompt},
    retry::retry_unbounded,
    template::{Rejected, Rewording},
};

/// Most calls for one set of paraphrases.
const ROUNDS: usize = 4;

/// The paraphrases that a model gave.
#[derive(Debug, Clone, Default)]
pub struct Paraphrases {
    pub kept: Vec<String>,
    /// Unusable ones, and why.
    pub rejected: Vec<(String, Rejected)>,
}

/// Get `n` paraphrases; fewer where nothing new comes.
pub async fn paraphrases(
    client: &Client,
    model: &ModelRef,
    rewording: &mut Rewording,
    n: usize,
    params: &Params,
) -> Result<Paraphrases, EngineError> {
    let mut found = Paraphrases::default();
    for _ in 0..ROUNDS {
        let missing = n.saturating_sub(found.kept.len());
        let answer = ask(client, model, &rewording.request(missing), params).await?;
        let (kept, rejected) = rewording.read(&answer);
        let nothing_new = kept.is_empty();
        found.kept.extend(kept.into_iter().take(missing));
        found.rejected.extend(rejected);
        if nothing_new || found.kept.len() == n {
            break;
        }
    }
    Ok(found)
}

/// One answer, with as many attempts as the endpoint allows.
async fn ask(
    client: &Client,
    model: &ModelRef,
    prompt: &Prompt,
    params: &Params,
) -> Result<String, EngineError> {
    let request = client.request(&model.model, prompt, &[params], false);
    let (_, answer) = retry_unbounded(client.spec().retries, || async {
        client.send(&model.model, &request, &mut |_| {}).await
    })
    .await;
    match answer {
        Ok(completion) => Ok(completion.text),
        Err(failed) => Err(EngineError::NotAnswered {
            model: model.clone(),
            message: failed.failure.to_string(),
        }),
    }
}
