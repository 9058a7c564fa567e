//! Other wordings of a text, asked of a model until there are enough.

use super::EngineError;
use crate::{
    endpoint::Client,
    model::{ModelRef, Params, Prompt},
    retry::retry_unbounded,
    template::{Rejected, Rewording},
};

/// Most times that a model is asked for what is still missing.
const ROUNDS: usize = 4;

/// What a model gave when it was asked for other wordings.
#[derive(Debug, Clone, Default)]
pub struct Paraphrases {
    /// Those that can be used.
    pub kept: Vec<String>,
    /// Those that cannot, and why.
    pub rejected: Vec<(String, Rejected)>,
}

/// Ask for `n` other wordings, until there are enough or nothing new comes.
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
        Err(failed) => Err(EngineError::NotReworded {
            model: model.clone(),
            message: failed.failure.to_string(),
        }),
    }
}
