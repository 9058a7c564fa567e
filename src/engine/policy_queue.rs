//! The trials of one model that a policy chooses: batch by batch, each once the scores of the one before are known.
//!
//! Knows when to call the policy, and what a resumed run has already; which trials to send is the policy's decision.

use crate::{
    model::{MaxTruncated, TrialId},
    outcome::Grid,
    policy::{Elimination, Observations, Policy, TrialAnswer, VariantRow},
};
use parking_lot::Mutex;
use std::collections::{HashSet, VecDeque};
use tokio::sync::Notify;

/// The trials that a policy chooses for one model.
#[derive(Debug)]
pub(super) struct PolicyQueue {
    model: u32,
    samples: u32,
    max_trials: u64,
    /// The scores that a resumed run has; the policy gets them when it asks for their trials.
    known: Option<Grid>,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    policy: Box<dyn Policy>,
    observations: Observations,
    /// Trials of the batch that no lane has taken yet.
    queue: VecDeque<TrialId>,
    /// Trials of the batch without an end yet.
    open: usize,
    /// Eliminated variants that were announced.
    announced: HashSet<u32>,
    ended: bool,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Next {
    /// Send this trial; variants that were eliminated before it was chosen.
    Send(TrialId, Vec<(u32, Elimination)>),
    /// No more trials.
    End(Vec<(u32, Elimination)>),
}

impl PolicyQueue {
    pub(super) fn new(
        policy: Box<dyn Policy>,
        model: u32,
        (variants, rows, samples): (usize, usize, usize),
        max_truncated: MaxTruncated,
        known: Option<Grid>,
    ) -> PolicyQueue {
        PolicyQueue {
            model,
            samples: samples as u32,
            max_trials: (policy.max_pairs() * samples) as u64,
            known,
            state: Mutex::new(State {
                policy,
                observations: Observations::new(variants, rows, max_truncated),
                queue: VecDeque::new(),
                open: 0,
                announced: HashSet::new(),
                ended: false,
            }),
            changed: Notify::new(),
        }
    }

    /// Most trials that it gives out.
    pub(super) fn max_trials(&self) -> u64 {
        self.max_trials
    }

    /// The next trial; waits while the scores of a batch are missing.
    pub(super) async fn next(&self) -> Next {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.state.lock();
                let mut eliminated = Vec::new();
                while state.queue.is_empty() && state.open == 0 && !state.ended {
                    self.next_batch(&mut state);
                    eliminated.extend(state.new_eliminations());
                    // A new batch, or the end: those that wait look again.
                    self.changed.notify_waiters();
                }
                if let Some(id) = state.queue.pop_front() {
                    return Next::Send(id, eliminated);
                }
                if state.ended {
                    return Next::End(eliminated);
                }
            }
            changed.await;
        }
    }

    /// Get a batch from the policy; scores that are known already are reported at once.
    fn next_batch(&self, state: &mut State) {
        let batch = state.policy.next(&state.observations);
        state.ended = batch.is_empty();
        for pair in batch {
            for sample in 0..self.samples {
                let (variant, row) = (pair.variant as usize, pair.row as usize);
                let known = self.known.as_ref().and_then(|grid| {
                    let answer = TrialAnswer::of_cell(&grid.cell(variant, row, sample as usize));
                    answer.filter(|answer| answer.score.is_some())
                });
                match known {
                    Some(answer) => state.observations.record(pair, answer),
                    None => state.queue.push_back(TrialId {
                        variant: pair.variant,
                        model: self.model,
                        row: pair.row,
                        sample,
                    }),
                }
            }
        }
        state.open = state.queue.len();
    }

    /// A trial of the batch has ended; `None` where it failed.
    pub(super) fn record_end(&self, id: TrialId, answer: Option<TrialAnswer>) {
        let mut state = self.state.lock();
        if let Some(answer) = answer {
            let pair = VariantRow {
                variant: id.variant,
                row: id.row,
            };
            state.observations.record(pair, answer);
        }
        state.open = state.open.saturating_sub(1);
        if state.open == 0 {
            self.changed.notify_waiters();
        }
    }
}

impl State {
    /// Variants eliminated since the last call.
    fn new_eliminations(&mut self) -> Vec<(u32, Elimination)> {
        let all = (0..).zip(self.policy.eliminated());
        let eliminated = all.filter_map(|(variant, elimination)| Some((variant, (*elimination)?)));
        eliminated
            .filter(|(variant, _)| self.announced.insert(*variant))
            .collect()
    }
}
