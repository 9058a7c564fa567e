//! Of metrics for which somebody was asked: what could not be scored and why, and how far a judge can be trusted.

use crate::{
    analysis::{Interval, JudgeFinding, JudgeTally},
    display::{fit, visible},
    store::{RunInfo, Store, StoreError},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Reasons that are shown of one metric.
const REASONS: usize = 3;

/// One metric of one model's part of a run for which somebody was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricScoring {
    pub metric: String,
    /// Answers without a score of it.
    pub missing: u64,
    /// Why, the most frequent reason first, and for how many.
    pub reasons: Vec<(String, u64)>,
    /// What is known of the judge, where it is one.
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
        judges.entry(opinion.metric).or_default().add(opinion);
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
    /// What there is to tell, a sentence each.
    pub(super) fn sentences(&self) -> Vec<String> {
        let name = visible(&self.metric);
        let mut said = Vec::new();
        if let Some(judge) = &self.judge {
            let share = |i: &Interval| {
                format!(
                    "{:.0} % ({:.0} to {:.0})",
                    i.value * 100.0,
                    i.low * 100.0,
                    i.high * 100.0
                )
            };
            let mut verdicts = format!("The judge of `{name}` gave {} verdicts", judge.verdicts);
            if judge.reused > 0 {
                verdicts += &format!(", {} of them known already", judge.reused);
            }
            if let Some(cost) = judge.cost_usd {
                verdicts += &format!(", for ${cost:.4}");
            }
            if judge.unreadable > 0 {
                verdicts += &format!("; {} could not be read", judge.unreadable);
            }
            said.push(verdicts + ".");
            match &judge.itself {
                Some(itself) => {
                    let alpha = judge.alpha.map_or(String::new(), |a| {
                        format!("; beyond chance: Krippendorff's α {a:.2}")
                    });
                    said.push(format!(
                        "Asked the same again, it says the same in {}{alpha}.",
                        share(itself)
                    ));
                }
                None => said.push(
                    "How far it agrees with itself is not known: repeats = 2 asks it twice.".into(),
                ),
            }
            if let (Some(both), Some(first)) = (&judge.both_ways, &judge.first) {
                let leaning = if first.low > 0.5 {
                    "; it leans to the answer that is shown first"
                } else if first.high < 0.5 {
                    "; it leans to the answer that is shown last"
                } else {
                    ""
                };
                said.push(format!(
                    "The same answer wins both ways round in {} of its comparisons{leaning}: {} of its votes go to the first.",
                    share(both),
                    share(first)
                ));
            }
        }
        for (reason, n) in &self.reasons {
            said.push(format!(
                "{n} answer{} without a score of `{name}`: {}.",
                if *n == 1 { "" } else { "s" },
                visible(&fit(reason.trim_end_matches('.'), 300))
            ));
        }
        said
    }

    /// The same for machines.
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
