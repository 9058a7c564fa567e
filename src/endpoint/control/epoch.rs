//! What became of the requests that went since the pace last changed.
//!
//! Refusals come quickly and answers late: a request that was not refused within twice the time that refusals take counts as
//! accepted, so that a pace is judged before the first answer at it.

use super::attempt::Time;
use std::collections::VecDeque;

#[derive(Debug, Default)]
pub(super) struct Epoch {
    pub(super) number: u32,
    pub(super) start: Time,
    /// Launched long enough ago to have been refused.
    mature: usize,
    young: VecDeque<Time>,
    refused: usize,
    /// Mean time until a refusal.
    refusal_takes: Option<Time>,
}

/// Counts of an epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) launched: f64,
    pub(super) refused: f64,
    /// Seconds in which they were launched.
    pub(super) time: Time,
}

impl Counts {
    pub(super) fn share(&self) -> f64 {
        match self.launched > 0.0 {
            true => (self.refused / self.launched).min(1.0),
            false => 0.0,
        }
    }

    pub(super) fn accepted(&self) -> f64 {
        (self.launched - self.refused).max(0.0)
    }

    /// Bounds of the share (Wilson, 1.64 standard errors).
    fn bound(&self, sign: f64) -> f64 {
        let (n, p, z) = (self.launched.max(1.0), self.share(), 1.64);
        let z2 = z * z / n;
        let middle = p + z2 / 2.0;
        let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n)).sqrt();
        (middle + sign * half) / (1.0 + z2)
    }

    pub(super) fn at_least(&self) -> f64 {
        self.bound(-1.0)
    }

    pub(super) fn at_most(&self) -> f64 {
        self.bound(1.0)
    }
}

impl Epoch {
    /// The next one, begun at this time.
    pub(super) fn next(&self, start: Time) -> Epoch {
        Epoch {
            number: self.number + 1,
            start,
            refusal_takes: self.refusal_takes,
            ..Epoch::default()
        }
    }

    pub(super) fn launched(&mut self, now: Time) {
        self.young.push_back(now);
        // Without refusals nobody asks: keep what would be asked for at once.
        if self.refusal_takes.is_none() && self.young.len() > 4096 {
            self.young.pop_front();
            self.mature += 1;
        }
    }

    pub(super) fn refused(&mut self, epoch: u32, took: Time) {
        self.refusal_takes = Some(self.refusal_takes.map_or(took, |t| 0.8 * t + 0.2 * took));
        if epoch == self.number {
            self.refused += 1;
        }
    }

    /// A request never reached the server: it says nothing about refusals.
    pub(super) fn unreached(&mut self, epoch: u32) {
        if epoch == self.number && self.young.pop_front().is_none() {
            self.mature = self.mature.saturating_sub(1);
        }
    }

    fn ripe(&self) -> Time {
        2.0 * self.refusal_takes.unwrap_or(0.0)
    }

    pub(super) fn seen(&mut self, now: Time) -> Counts {
        let ripe = now - self.ripe();
        while self.young.front().is_some_and(|t| *t <= ripe) {
            self.young.pop_front();
            self.mature += 1;
        }
        Counts {
            launched: self.mature as f64,
            refused: self.refused as f64,
            time: (ripe - self.start).max(0.0),
        }
    }
}
