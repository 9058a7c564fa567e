//! Metrics for which a model is called: answers without a score and why, and what is known of a judge.

use crate::{
    analysis::{Interval, JudgeFinding, JudgeTally},
    store::{RunInfo, Store, StoreError},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most reasons that are shown per metric.
const REASONS: usize = 3;

/// A metric for which a model is called, for one model of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricScoring {
    pub metric: String,
    /// Answers without a score.
    pub missing: u64,
    /// Reasons with their number of answers, most frequent first.
    pub reasons: Vec<(String, u64)>,
    pub judge: Option<JudgeFinding>,
}

/// What is known of the metrics of one model's part; in the order of the experiment, those that have nothing to tell left
/// out.
pub(super) fn read_scoring(
    store: &Store,
    info: &RunInfo,
    model: usize,
    draws: usize,
) -> Result<Vec<MetricScoring>, StoreError> {
    let mut all: BTreeMap<u32, MetricScoring> = BTreeMap::new();
    let mut judges: BTreeMap<u32, JudgeTally> = BTreeMap::new();
    for found in store.unscored(&info.id, model)? {
        let metric = all.entry(found.metric).or_default();
        metric.missing += found.answers;
        metric.reasons.push((found.reason, found.answers));
    }
    store.each_opinion(&info.id, model, &mut |opinion| {
        // Rules differ from row to row: their verdicts tell nothing of how far the judge agrees with itself.
        if !opinion.is_rule {
            judges.entry(opinion.metric).or_default().add(opinion);
        }
    })?;
    for (metric, tally) in judges {
        all.entry(metric).or_default().judge = Some(tally.finish(info.seed, draws));
    }
    Ok(all
        .into_iter()
        .map(|(metric, mut found)| {
            let name = info.metrics.get(metric as usize);
            found.metric = name.cloned().unwrap_or_default();
            found.reasons.truncate(REASONS);
            found
        })
        .collect())
}

impl MetricScoring {
    pub(super) fn json(&self) -> Value {
        let reasons = self.reasons.iter();
        let mut map = Map::new();
        map.insert("metric".into(), json!(self.metric));
        map.insert("missing".into(), json!(self.missing));
        map.insert(
            "reasons".into(),
            reasons
                .map(|(reason, n)| json!({"reason": reason, "answers": n}))
                .collect(),
        );
        if let Some(judge) = &self.judge {
            let mut of = Map::new();
            of.insert("verdicts".into(), json!(judge.verdicts));
            of.insert("unreadable".into(), json!(judge.unreadable));
            of.insert("reused".into(), json!(judge.reused));
            let mut put = |key: &str, value: Option<Value>| {
                if let Some(value) = value {
                    of.insert(key.into(), value);
                }
            };
            let share = |i: &Interval| json!({"value": i.value, "low": i.low, "high": i.high});
            put("cost_usd", judge.cost_usd.map(|cost| json!(cost)));
            put("itself", judge.itself.as_ref().map(share));
            put("krippendorff_alpha", judge.alpha.map(|alpha| json!(alpha)));
            put("both_ways", judge.both_ways.as_ref().map(share));
            put("first", judge.first.as_ref().map(share));
            map.insert("judge".into(), Value::Object(of));
        }
        Value::Object(map)
    }
}
