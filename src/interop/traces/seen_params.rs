//! The parameters of recorded requests, each kind once, and what calls have in common of them.

use indexmap::IndexSet;
use serde_json::{Map, Value};

/// Kinds that are kept; the last one stands for all further ones, such as a seed for each call.
const MOST: usize = 24;

#[derive(Debug, Clone, Default)]
pub(super) struct SeenParams(Vec<Map<String, Value>>);

impl SeenParams {
    /// The number of these parameters.
    pub(super) fn number(&mut self, params: Map<String, Value>) -> usize {
        let known = self.0.iter().position(|known| *known == params);
        known.unwrap_or_else(|| {
            if self.0.len() < MOST {
                self.0.push(params);
            }
            self.0.len() - 1
        })
    }

    /// What the parameters with these numbers have in common, and what is to be said of those that differ.
    pub(super) fn common(&self, numbers: &IndexSet<usize>) -> (Map<String, Value>, Option<String>) {
        if numbers.iter().any(|number| number + 1 >= MOST) {
            return (Map::new(), Some("the parameters".into()));
        }
        let kinds: Vec<&Map<String, Value>> = numbers
            .iter()
            .filter_map(|number| self.0.get(*number))
            .collect();
        let names: IndexSet<&String> = kinds.iter().flat_map(|kind| kind.keys()).collect();
        let (mut common, mut differing) = (Map::new(), Vec::new());
        for name in names {
            let value = kinds[0].get(name);
            match value.filter(|_| kinds.iter().all(|kind| kind.get(name) == value)) {
                Some(value) => drop(common.insert(name.clone(), value.clone())),
                None => differing.push(format!("`{name}`")),
            }
        }
        let said = match &differing[..] {
            [] => None,
            [one] => Some(format!("the parameter {one}")),
            all => Some(format!("the parameters {}", all.join(", "))),
        };
        (common, said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_all_calls_have_is_kept_and_the_rest_is_named() {
        let mut seen = SeenParams::default();
        let mut add = |value: Value| seen.number(value.as_object().cloned().unwrap_or_default());
        let a = add(json!({"temperature": 0, "seed": 1, "top_p": 1}));
        let b = add(json!({"temperature": 0, "seed": 2}));
        assert_eq!(add(json!({"temperature": 0, "seed": 2})), b);
        let all = seen.common(&IndexSet::from([a, b]));
        assert_eq!(Value::Object(all.0), json!({"temperature": 0}));
        assert_eq!(all.1.as_deref(), Some("the parameters `seed`, `top_p`"));
        let one = seen.common(&IndexSet::from([b]));
        assert_eq!(Value::Object(one.0), json!({"temperature": 0, "seed": 2}));
        assert_eq!(one.1, None);
        // A seed for each call: no kind is told from the others any more.
        let last = (0..100).map(|seed| seen.number(Map::from_iter([("seed".into(), seed.into())])));
        let last = last.last().unwrap_or_default();
        let (common, said) = seen.common(&IndexSet::from([last]));
        assert_eq!((common.len(), said.as_deref()), (0, Some("the parameters")));
    }
}
