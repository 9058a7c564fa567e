//! Figures from the trials themselves: the names under which models answered, and how much of the spread is the scorer's.
//! One pass over a run; memory by variants, not by texts.

use crate::{
    model::{Outcome, Score, TrialRecord, right_texts},
    read::{answer_text, normalize},
    store::{RunInfo, Store, StoreError},
};
use std::collections::BTreeMap;

/// Figures of one model's trials.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialFigures {
    /// How much of the spread is the scorer's.
    pub scorer: Option<ScorerSpread>,
    /// Other names under which the model answered, and how often.
    pub served: BTreeMap<String, usize>,
}

/// The spread of the same outputs under three ways to read them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScorerSpread {
    /// Compared exactly.
    pub strict: f64,
    /// Ignoring case, punctuation at the ends and white space.
    pub normalized: f64,
    /// As the main metric reads it.
    pub extracted: f64,
}

#[derive(Debug, Clone, Default)]
struct Mean(f64, f64);

impl Mean {
    fn add(&mut self, x: f64) {
        self.0 += x;
        self.1 += 1.0;
    }

    fn value(&self) -> Option<f64> {
        (self.1 > 0.0).then(|| self.0 / self.1)
    }
}

#[derive(Debug, Clone, Default)]
struct Tally {
    strict: Mean,
    normalized: Mean,
    extracted: Mean,
}

pub(super) fn read_trials(store: &Store, info: &RunInfo) -> Result<Vec<TrialFigures>, StoreError> {
    let models = info.models.len();
    let mut all: Vec<Vec<Tally>> = vec![vec![Tally::default(); info.variants.len()]; models];
    let mut served: Vec<BTreeMap<String, usize>> = vec![BTreeMap::new(); models];
    store.each_trial(&info.id, &mut |record| {
        let (m, v) = (record.id.model as usize, record.id.variant as usize);
        let Some(tally) = all.get_mut(m).and_then(|of| of.get_mut(v)) else {
            return;
        };
        if let Some(name) = record
            .outcome
            .completion()
            .and_then(|c| c.served_by.as_ref())
        {
            *served[m].entry(name.clone()).or_default() += 1;
        }
        tally.take(&record, info.heads.expected(record.id.row as usize));
    })?;
    let figures = all
        .iter()
        .zip(served)
        .map(|(tallies, served)| TrialFigures {
            served,
            scorer: scorer_spread(tallies),
        });
    Ok(figures.collect())
}

impl Tally {
    fn take(&mut self, record: &TrialRecord, expected: Option<&str>) {
        let Outcome::Completed(completion) = &record.outcome else {
            return;
        };
        let main = record.scores.main().and_then(Score::known);
        if let (Some(expected), Some(main)) = (expected, main) {
            let yes = |is: bool| f64::from(u8::from(is));
            let answer = answer_text(&completion.text);
            let normal = normalize(&answer);
            let expected = right_texts(expected);
            self.strict.add(yes(expected.contains(&answer)));
            self.normalized
                .add(yes(expected.iter().any(|e| normalize(e) == normal)));
            self.extracted.add(main);
        }
    }
}

/// The three spreads; only where some output is the expected answer letter for letter or nearly so, as otherwise the task
/// does not ask for that.
fn scorer_spread(tallies: &[Tally]) -> Option<ScorerSpread> {
    let spread = |of: fn(&Tally) -> &Mean| {
        let means: Vec<f64> = tallies.iter().filter_map(|t| of(t).value()).collect();
        let most = means.iter().copied().reduce(f64::max)?;
        let least = means.iter().copied().reduce(f64::min)?;
        (means.len() > 1).then_some(most - least)
    };
    if tallies.iter().all(|t| t.normalized.0 == 0.0) {
        return None;
    }
    Some(ScorerSpread {
        strict: spread(|t| &t.strict)?,
        normalized: spread(|t| &t.normalized)?,
        extracted: spread(|t| &t.extracted)?,
    })
}
