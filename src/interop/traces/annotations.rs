//! What was said of the calls of an input: comments once, however many calls have them.

use serde_json::Value;
use std::collections::HashSet;

#[derive(Debug, Default)]
pub(super) struct Annotations {
    all: Vec<Value>,
    /// Hashes of them.
    known: HashSet<[u8; 16]>,
}

impl Annotations {
    /// Keep it, whether or not the same was said before: a score of another call.
    pub(super) fn push(&mut self, annotation: Value) {
        self.known.insert(hash(&annotation));
        self.all.push(annotation);
    }

    /// Keep it, unless the same was said before.
    pub(super) fn push_once(&mut self, annotation: Value) {
        if self.known.insert(hash(&annotation)) {
            self.all.push(annotation);
        }
    }

    pub(super) fn into_value(self) -> Value {
        self.all.into()
    }
}

fn hash(annotation: &Value) -> [u8; 16] {
    let whole = blake3::hash(annotation.to_string().as_bytes());
    let mut hash = [0; 16];
    hash.copy_from_slice(&whole.as_bytes()[..16]);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_comment_is_there_once_and_a_score_each_time() {
        let mut said = Annotations::default();
        let score = json!({"name": "polite", "value": 0});
        said.push(score.clone());
        said.push(score.clone());
        said.push_once(score.clone());
        // As many as there are calls: looking through all of them for each would take minutes.
        for _ in 0..2 {
            for n in 0..100_000 {
                said.push_once(n.into());
            }
        }
        let all = said.into_value();
        assert_eq!(all.as_array().map(Vec::len), Some(100_002));
        assert_eq!((&all[0], &all[1], &all[2]), (&score, &score, &json!(0)));
    }
}
