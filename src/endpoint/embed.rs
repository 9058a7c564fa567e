//! Embeddings of texts: the operation `embeddings`.

use super::{AttemptFailure, Client};
use crate::model::FailureKind;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

impl Client {
    /// Most texts in one request for embeddings: as set, or fewer where the endpoint refused so many.
    pub fn embeddings_per_request(&self) -> usize {
        let set = self.spec().embeddings_per_request.max(1);
        let learned = self.learned().and_then(|known| known.max_embeddings());
        learned.map_or(set, |most| most.min(set))
    }

    /// One attempt at the embeddings of texts, in their order. An answer that does not have one of the same length for
    /// each text is a failure. Where the endpoint refuses so many texts, [`Client::embeddings_per_request`] is lower
    /// afterwards.
    pub async fn embed(
        &self,
        model: &str,
        texts: &[&str],
    ) -> Result<Vec<Vec<f32>>, AttemptFailure> {
        let answer = self
            .call("embeddings", &json!({"model": model, "input": texts}))
            .await;
        let vectors = answer.and_then(|answer| {
            read(&answer, texts.len()).ok_or_else(|| {
                AttemptFailure::declared(&answer, self.secrets()).unwrap_or_else(|| {
                    AttemptFailure::network(
                        FailureKind::Malformed,
                        format!("{model} did not answer with {} embeddings", texts.len()),
                    )
                })
            })
        });
        vectors.map_err(|mut failed| {
            if texts.len() > 1 && refuses_many(&failed) {
                if let Some(learned) = self.learned() {
                    learned.refused_embeddings(texts.len());
                }
                failed.retry = false;
            }
            failed
        })
    }
}

/// Whether a failure may be about the number of texts or their length together.
fn refuses_many(failed: &AttemptFailure) -> bool {
    let message = failed.failure.message.to_lowercase();
    let words = [
        "batch",
        "too many",
        "too large",
        "too long",
        "at most",
        "maximum",
        "exceed",
    ];
    match failed.failure.kind {
        FailureKind::BadRequest | FailureKind::ContextTooLong | FailureKind::Malformed => true,
        FailureKind::Server => words.iter().any(|word| message.contains(word)),
        _ => false,
    }
}

/// The vectors of an answer; by their `index`, which need not be their order.
fn read(answer: &Value, n: usize) -> Option<Vec<Vec<f32>>> {
    let data = ["data", "embeddings"]
        .iter()
        .find_map(|name| answer.get(name));
    let data = data.unwrap_or(answer).as_array()?;
    let mut vectors: Vec<Vec<f32>> = vec![Vec::new(); n];
    for (place, one) in data.iter().enumerate() {
        let index = one
            .get("index")
            .and_then(Value::as_u64)
            .map_or(place, |i| i as usize);
        *vectors.get_mut(index)? = vector(one.get("embedding").unwrap_or(one))?;
    }
    let length = vectors.first()?.len();
    let whole = length > 0 && vectors.iter().all(|v| v.len() == length);
    (whole && data.len() == n).then_some(vectors)
}

/// A vector as a list of numbers, alone in another list, or as 32-bit floats in base64.
fn vector(value: &Value) -> Option<Vec<f32>> {
    match value {
        Value::Array(items) => match &items[..] {
            [inner @ Value::Array(_)] => vector(inner),
            items => items.iter().map(|x| Some(x.as_f64()? as f32)).collect(),
        },
        Value::String(text) => {
            let bytes = BASE64_STANDARD.decode(text).ok()?;
            let (four, rest) = bytes.as_chunks();
            rest.is_empty()
                .then(|| four.iter().map(|b| f32::from_le_bytes(*b)).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_read_in_every_form() {
        for answer in [
            json!({"data": [{"index": null, "embedding": [1, 0.5]}]}),
            json!({"data": [{"embedding": [[1, 0.5]]}]}),
            json!({"data": [{"embedding": "AACAPwAAAD8="}]}),
            json!({"embeddings": [[1, 0.5]]}),
            json!([[1, 0.5]]),
        ] {
            assert_eq!(read(&answer, 1), Some(vec![vec![1.0, 0.5]]), "{answer}");
        }
    }

    #[test]
    fn vectors_are_read_by_their_index_and_none_may_be_missing() {
        let answer = json!({"data": [{"index": 1, "embedding": [0, 1.5]}, {"index": 0, "embedding": [1, 0]}]});
        assert_eq!(read(&answer, 2), Some(vec![vec![1.0, 0.0], vec![0.0, 1.5]]));
        assert_eq!(read(&answer, 3), None);
        for wrong in [
            json!({"data": [{"embedding": [1]}, {"embedding": [1, 2]}]}),
            json!({"data": [{"embedding": []}, {"embedding": []}]}),
            json!({"data": [{"embedding": "AAAA"}, {"embedding": [1]}]}),
            json!({"data": [{"index": 7, "embedding": [1]}, {"embedding": [1]}]}),
            json!({"error": "no"}),
        ] {
            assert_eq!(read(&wrong, 2), None, "{wrong}");
        }
    }
}
