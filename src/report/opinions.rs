//! What judges said of the answers of a run, by trial.

use crate::{
    model::{Opinion, TrialId},
    narrate::labels::opinion_text,
    store::{RunInfo, Store, StoreError},
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct Opinions(HashMap<TrialId, Vec<Opinion>>);

impl Opinions {
    pub(super) fn read(store: &Store, info: &RunInfo) -> Result<Opinions, StoreError> {
        let mut all: HashMap<TrialId, Vec<Opinion>> = HashMap::new();
        for model in 0..info.models.len() {
            store.each_opinion(&info.id, model, &mut |opinion| {
                all.entry(opinion.id).or_default().push(opinion);
            })?;
        }
        Ok(Opinions(all))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those about one answer, a line each.
    pub(super) fn lines(&self, info: &RunInfo, id: TrialId) -> Vec<String> {
        let opinions = self.0.get(&id).into_iter().flatten();
        let line = |opinion: &Opinion| {
            let metric = info.metrics.get(opinion.metric as usize);
            opinion_text(metric.map_or("", String::as_str), opinion)
        };
        opinions.map(line).collect()
    }

    /// Those about one answer; `None` where there are none.
    pub(super) fn json(&self, info: &RunInfo, id: TrialId) -> Option<Value> {
        let opinions = self.0.get(&id)?.iter();
        let each = opinions.map(|opinion| {
            let mut map = Map::new();
            map.insert(
                "metric".into(),
                json!(info.metrics.get(opinion.metric as usize)),
            );
            match opinion.is_rule {
                true => map.insert("assertion".into(), json!(opinion.repeat)),
                false => map.insert("repeat".into(), json!(opinion.repeat)),
            };
            if let Some(is_second) = opinion.second {
                map.insert(
                    "shown".into(),
                    json!(if is_second { "second" } else { "first" }),
                );
            }
            map.insert("score".into(), json!(opinion.value));
            map.insert("reason".into(), json!(opinion.reason));
            Value::Object(map)
        });
        Some(each.collect())
    }
}
