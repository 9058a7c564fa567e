//! The trials of one model that a policy buys: batch by batch, each once the scores of the one before are known.
//!
//! Knows when to ask the policy, and what a resumed run has already; what to buy is the policy's business.

use crate::{
    model::TrialId,
    outcome::Grid,
    policy::{Elimination, Observations, Policy, VariantRow},
};
use parking_lot::Mutex;
use std::collections::VecDeque;
use tokio::sync::Notify;

/// What a policy buys of one model.
#[derive(Debug)]
pub(super) struct PolicyQueue {
    model: u32,
    samples: u32,
    most: u64,
    /// What a resumed run has: its scores are told to the policy when it asks for them.
    known: Option<Grid>,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    policy: Box<dyn Policy>,
    seen: Observations,
    /// Trials of the batch that nobody has taken yet.
    queue: VecDeque<TrialId>,
    /// Trials of the batch without an end yet.
    open: usize,
    fallen: usize,
    ended: bool,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Next {
    /// Send this trial. Variants may have fallen before it was bought.
    Send(TrialId, Vec<(u32, Elimination)>),
    /// There is no more.
    End(Vec<(u32, Elimination)>),
}

impl PolicyQueue {
    /// For a model and a grid of this shape.
    pub(super) fn new(
        policy: Box<dyn Policy>,
        model: u32,
        (variants, rows, samples): (usize, usize, usize),
        known: Option<Grid>,
    ) -> PolicyQueue {
        PolicyQueue {
            model,
            samples: samples as u32,
            most: (policy.most() * samples) as u64,
            known,
            state: Mutex::new(State {
                policy,
                seen: Observations::new(variants, rows),
                queue: VecDeque::new(),
                open: 0,
                fallen: 0,
                ended: false,
            }),
            changed: Notify::new(),
        }
    }

    /// Most trials that it buys.
    pub(super) fn most(&self) -> u64 {
        self.most
    }

    /// The next trial; waits while the scores of a batch are on their way.
    pub(super) async fn next(&self) -> Next {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.state.lock();
                let mut fell = Vec::new();
                while state.queue.is_empty() && state.open == 0 && !state.ended {
                    self.buy(&mut state);
                    fell.extend(state.fell());
                    // A new batch, or the end: those that wait look again.
                    self.changed.notify_waiters();
                }
                if let Some(id) = state.queue.pop_front() {
                    return Next::Send(id, fell);
                }
                if state.ended {
                    return Next::End(fell);
                }
            }
            changed.await;
        }
    }

    /// Ask the policy for a batch; what is known of it already is told at once.
    fn buy(&self, state: &mut State) {
        let batch = state.policy.next(&state.seen);
        state.ended = batch.is_empty();
        for pair in batch {
            for sample in 0..self.samples {
                let score = self.known.as_ref().and_then(|grid| {
                    grid.score(pair.variant as usize, pair.row as usize, sample as usize)
                });
                match score {
                    Some(score) => state.seen.record(pair, score),
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

    /// A trial that was bought came to its end; `None` where it failed.
    pub(super) fn ended(&self, id: TrialId, score: Option<f32>) {
        let mut state = self.state.lock();
        if let Some(score) = score {
            let pair = VariantRow {
                variant: id.variant,
                row: id.row,
            };
            state.seen.record(pair, score);
        }
        state.open = state.open.saturating_sub(1);
        if state.open == 0 {
            self.changed.notify_waiters();
        }
    }
}

impl State {
    /// Variants that fell since this was last asked.
    fn fell(&mut self) -> Vec<(u32, Elimination)> {
        let falls = self.policy.falls();
        let all = falls.iter().flatten().count();
        if all == self.fallen {
            return Vec::new();
        }
        self.fallen = all;
        let latest = falls.iter().flatten().map(|f| f.round).max();
        falls
            .iter()
            .enumerate()
            .filter_map(|(v, fall)| Some((v as u32, (*fall)?)))
            .filter(|(_, fall)| Some(fall.round) == latest)
            .collect()
    }
}
