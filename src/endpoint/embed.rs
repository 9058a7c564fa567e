//! Embeddings of texts: the operation `embeddings`.

use super::{AttemptFailure, Client};
use crate::model::FailureKind;
use serde_json::{Value, json};

impl Client {
    /// One attempt at the embeddings of texts, in their order. An answer that does not have one of the same length for
    /// each text is a failure.
    pub async fn embed(
        &self,
        model: &str,
        texts: &[&str],
    ) -> Result<Vec<Vec<f32>>, AttemptFailure> {
        let answer = self
            .call("embeddings", &json!({"model": model, "input": texts}))
            .await?;
        read(&answer, texts.len()).ok_or_else(|| {
            AttemptFailure::network(
                FailureKind::Malformed,
                format!("{model} did not answer with {} embeddings", texts.len()),
            )
        })
    }
}

/// The vectors of an answer; by their `index`, which need not be their order.
fn read(answer: &Value, n: usize) -> Option<Vec<Vec<f32>>> {
    let data = answer.get("data")?.as_array()?;
    let mut vectors: Vec<Vec<f32>> = vec![Vec::new(); n];
    for (place, one) in data.iter().enumerate() {
        let index = one
            .get("index")
            .and_then(Value::as_u64)
            .map_or(place, |i| i as usize);
        let numbers = one.get("embedding")?.as_array()?.iter();
        *vectors.get_mut(index)? = numbers
            .map(|x| Some(x.as_f64()? as f32))
            .collect::<Option<_>>()?;
    }
    let length = vectors.first()?.len();
    let whole = length > 0 && vectors.iter().all(|v| v.len() == length);
    (whole && data.len() == n).then_some(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

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
