//! Outputs of an input behind the first one of each model: each text once, with how often it came.

use indexmap::IndexMap;
use serde_json::{Value, json};

#[derive(Debug, Default)]
pub(super) struct FurtherOutputs {
    /// How often they came, by the number of the model.
    times: IndexMap<(usize, String), u64>,
    /// Whether one is not the first one of its model.
    differ: bool,
}

impl FurtherOutputs {
    /// A model's output after this first one.
    pub(super) fn add(&mut self, model: usize, output: String, first: &str) {
        self.differ |= output != first;
        *self.times.entry((model, output)).or_default() += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Whether another score may come out than that of the first ones.
    pub(super) fn differ(&self) -> bool {
        self.differ
    }

    /// A list of them, with the names of the models.
    pub(super) fn into_value(self, name: impl Fn(usize) -> String) -> Value {
        let all = self.times.into_iter().map(|((model, output), times)| {
            json!({"model": name(model), "output": output, "times": times})
        });
        all.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_there_once_with_its_number() {
        let mut further = FurtherOutputs::default();
        further.add(0, "a".into(), "a");
        further.add(0, "a".into(), "a");
        assert!(!further.differ());
        further.add(1, "a".into(), "b");
        assert!(further.differ());
        assert_eq!(
            further.into_value(|model| format!("m{model}")),
            json!([{"model": "m0", "output": "a", "times": 2}, {"model": "m1", "output": "a", "times": 1}])
        );
    }
}
