//! Variants of one model whose trials all fail in the same way: the rest of their trials is not sent.

use crate::model::{Failure, FailureKind, Outcome};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// So many first trials of a variant that fail in the same way stop it. One is enough for a rejection that has stopped
/// another variant.
pub(super) const MIN_SAME_FAILURES: u32 = 5;

#[derive(Debug, Default)]
pub(super) struct VariantFailures {
    variants: Mutex<BTreeMap<u32, Variant>>,
}

#[derive(Debug, Default)]
struct Variant {
    /// Trials that a lane has taken.
    taken: u64,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Untried,
    /// All have failed so far, in the same way.
    Failing {
        trials: u32,
        failure: Failure,
    },
    /// It has an answer, or fails in several ways.
    Running,
    Stopped(Failure),
}

impl VariantFailures {
    /// Take a trial; `false` where the variant is stopped.
    pub(super) fn take(&self, variant: u32) -> bool {
        let mut variants = self.variants.lock();
        let variant = variants.entry(variant).or_default();
        if matches!(variant.state, State::Stopped(_)) {
            return false;
        }
        variant.taken += 1;
        true
    }

    /// Why a variant is stopped.
    pub(super) fn stopped(&self, variant: u32) -> Option<Failure> {
        match &self.variants.lock().get(&variant)?.state {
            State::Stopped(failure) => Some(failure.clone()),
            _ => None,
        }
    }

    /// Count the outcome of a trial. Where it stops the variant: why, and how many of its trials were taken.
    pub(super) fn record(&self, variant: u32, outcome: &Outcome) -> Option<(Failure, u64)> {
        let mut variants = self.variants.lock();
        let failure = match outcome.failure() {
            Some(failure) if is_lasting(failure.kind) => failure,
            Some(_) => return None,
            None => {
                let state = &mut variants.entry(variant).or_default().state;
                if !matches!(state, State::Stopped(_)) {
                    *state = State::Running;
                }
                return None;
            }
        };
        let stops_others = failure.kind == FailureKind::BadRequest
            && variants
                .values()
                .any(|v| matches!(&v.state, State::Stopped(known) if is_same(known, failure)));
        let variant = variants.entry(variant).or_default();
        let trials = match &variant.state {
            State::Untried => 1,
            State::Failing {
                trials,
                failure: known,
            } if is_same(known, failure) => trials + 1,
            State::Failing { .. } => {
                variant.state = State::Running;
                return None;
            }
            State::Running | State::Stopped(_) => return None,
        };
        let failure = failure.clone();
        if trials < MIN_SAME_FAILURES && !stops_others {
            variant.state = State::Failing { trials, failure };
            return None;
        }
        variant.state = State::Stopped(failure.clone());
        Some((failure, variant.taken))
    }

    /// The failures that stopped variants, and how many each stopped.
    pub(super) fn all_stopped(&self) -> Vec<(Failure, usize)> {
        let mut all: Vec<(Failure, usize)> = Vec::new();
        for variant in self.variants.lock().values() {
            let State::Stopped(failure) = &variant.state else {
                continue;
            };
            match all.iter_mut().find(|(known, _)| is_same(known, failure)) {
                Some((_, variants)) => *variants += 1,
                None => all.push((failure.clone(), 1)),
            }
        }
        all
    }
}

/// Whether a failure may be one that another trial of the variant meets too. What depends on the row, the load or the
/// network says nothing of the others, and what concerns every variant stops the run.
pub(super) fn is_lasting(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::BadRequest | FailureKind::Server | FailureKind::Malformed
    )
}

/// Whether two failures differ in nothing but numbers and names with numbers in them, such as request ids.
fn is_same(a: &Failure, b: &Failure) -> bool {
    let words = |failure: &Failure| -> Vec<String> {
        let words = failure.message.split_whitespace();
        let words = words.filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
        words.map(str::to_owned).collect()
    };
    a.kind == b.kind && a.status == b.status && words(a) == words(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Completion;

    fn failed(kind: FailureKind, message: &str) -> Outcome {
        Outcome::Failed(Failure {
            kind,
            status: Some(500),
            message: message.into(),
            trace: Default::default(),
        })
    }

    /// The trial, from 1, that stops the variant.
    fn stopping(failures: &VariantFailures, variant: u32, outcomes: &[Outcome]) -> Option<usize> {
        let stops = |outcome: &Outcome| {
            assert!(failures.take(variant));
            failures.record(variant, outcome).is_some()
        };
        Some(outcomes.iter().position(stops)? + 1)
    }

    #[test]
    fn a_variant_whose_first_trials_fail_in_the_same_way_is_stopped() {
        let failures = VariantFailures::default();
        let rejected = failed(FailureKind::BadRequest, "no such schema (request a1b2)");
        let other = failed(FailureKind::BadRequest, "bad row");
        let broken = failed(FailureKind::Server, "oops");
        let answer = Outcome::Completed(Completion::default());
        assert_eq!(
            stopping(&failures, 0, &vec![rejected.clone(); 9][..5]),
            Some(5)
        );
        assert!(!failures.take(0) && failures.stopped(0).is_some());
        let again = failed(FailureKind::BadRequest, "no such schema (request c3d4)");
        assert_eq!(
            stopping(&failures, 1, &[again]),
            Some(1),
            "known to stop variants"
        );
        let mut mixed = vec![rejected.clone(); 4];
        mixed[3] = other;
        mixed.extend(vec![broken.clone(); 9]);
        let fresh = VariantFailures::default();
        assert_eq!(stopping(&fresh, 0, &mixed), None, "in several ways");
        assert_eq!(stopping(&fresh, 1, &vec![broken.clone(); 5]), Some(5));
        assert_eq!(
            stopping(&fresh, 2, &vec![broken; 4]),
            None,
            "an outage stops no other"
        );
        let late = [&[answer][..], &vec![rejected; 9]].concat();
        assert_eq!(stopping(&fresh, 3, &late), None, "it has an answer");
        let timeouts = vec![failed(FailureKind::Timeout, "late"); 9];
        assert_eq!(stopping(&fresh, 4, &timeouts), None);
        let found = failures.all_stopped();
        assert_eq!((found.len(), found[0].1), (1, 2));
    }
}
