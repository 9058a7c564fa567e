//! When the next request to an endpoint may go, decided by how the recent ones ended. Pure: time is passed in, in seconds.
//!
//! An endpoint that answers nothing is down: one probe at a time, with growing pauses, until one is answered. Otherwise
//! [`Concurrency`] says how many may be in flight and [`Pacing`] how fast they may follow each other.

use super::{
    attempt::{Ended, Ticket, Time},
    concurrency::Concurrency,
    pacing::Pacing,
};
use crate::model::DownCause;

/// Whether a request may go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Admission {
    Go(Ticket),
    /// Ask again at this time, or when an attempt has ended.
    Wait(Time),
    /// Ask again when an attempt has ended.
    Hold,
}

/// An endpoint that does not answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Down {
    pub(crate) cause: DownCause,
    pub(crate) since: Time,
    /// Probes without an answer.
    pub(crate) probes: u32,
    next_probe: Time,
    is_probing: bool,
}

/// The pause before the first probe; doubles up to a maximum.
const FIRST_PROBE: Time = 0.5;
const MAX_PROBE: Time = 5.0;
/// Blocks by refusals without an answer in between, after which an endpoint counts as down.
const MAX_BLOCKS: u32 = 2;
/// How many times as long as configured a request may take, at most.
const MAX_PATIENCE: f64 = 8.0;

#[derive(Debug)]
pub(crate) struct Controller {
    in_flight: usize,
    concurrency: Concurrency,
    pacing: Pacing,
    down: Option<Down>,
    /// Errors without an answer in between.
    broken_in_a_row: usize,
    /// At the beginning of a block: in flight and not refused.
    worked_on: Option<usize>,
    patience: f64,
}

impl Controller {
    /// At most `most` in flight, `start` at first.
    pub(crate) fn new(most: usize, start: usize) -> Controller {
        Controller {
            in_flight: 0,
            concurrency: Concurrency::new(most, start),
            pacing: Pacing::new(),
            down: None,
            broken_in_a_row: 0,
            worked_on: None,
            patience: 1.0,
        }
    }

    pub(crate) fn limit(&self) -> usize {
        self.concurrency.limit()
    }

    #[cfg(test)]
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Nothing goes before this because everything was refused.
    pub(crate) fn blocked_until(&self) -> Time {
        self.pacing.blocked_until()
    }

    /// How many times as long as configured a request may take.
    pub(crate) fn patience(&self) -> f64 {
        self.patience
    }

    pub(crate) fn down(&self) -> Option<Down> {
        self.down
    }

    /// How much of a retry an attempt has used up that ended like this: nothing where the endpoint's state explains it.
    pub(super) fn weight(&self, how: Ended, now: Time) -> f64 {
        if self.down.is_some() || self.concurrency.draining || now < self.blocked_until() {
            return 0.0;
        }
        match how {
            Ended::TimedOut => 1.0,
            Ended::Broken => 1.0 / 2.0,
            Ended::Refused(_) if self.pacing.is_free() => 1.0 / 4.0,
            Ended::Refused(_) => 1.0 / 16.0,
            _ => 0.0,
        }
    }

    /// A short wait for a request that failed by chance.
    pub(super) fn short_wait(&self) -> Time {
        let latency = self.concurrency.latency;
        latency.map_or(0.5, |l| (2.0 * l).clamp(0.05, 0.5))
    }

    pub(crate) fn admit(&mut self, now: Time) -> Admission {
        if let Some(down) = &mut self.down {
            if down.is_probing {
                return Admission::Hold;
            }
            if now < down.next_probe {
                return Admission::Wait(down.next_probe);
            }
            down.is_probing = true;
            self.in_flight += 1;
            return Admission::Go(Ticket {
                started: now,
                epoch: u32::MAX,
                is_probe: true,
            });
        }
        if !self.concurrency.has_room(self.in_flight) {
            return Admission::Hold;
        }
        if now >= self.blocked_until()
            && let Some(worked_on) = self.worked_on.take()
            && self.in_flight > 0
        {
            self.concurrency.cap(worked_on);
        }
        self.pacing.unblock(now);
        self.review(now);
        if let Err(until) = self.pacing.take(now) {
            return Admission::Wait(until);
        }
        self.in_flight += 1;
        Admission::Go(Ticket {
            started: now,
            epoch: self.pacing.launched(now),
            is_probe: false,
        })
    }

    /// An admitted request has ended.
    pub(crate) fn ended(&mut self, now: Time, ticket: Ticket, how: Ended) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if ticket.is_probe
            && let Some(down) = &mut self.down
        {
            down.is_probing = false;
        }
        match how {
            Ended::Answered => {
                self.alive(now, ticket);
                let limit = self.limit();
                self.concurrency.answered(now, ticket.started);
                if self.limit() > limit && self.pacing.is_free() {
                    // Rates at a lower limit say nothing about this one.
                    self.pacing.restart(now);
                }
            }
            Ended::Rejected => self.alive(now, ticket),
            Ended::Abandoned => {}
            _ if ticket.is_probe => self.failed_probe(now, how),
            Ended::Refused(wait) => {
                self.broken_in_a_row = 0;
                let blocks = self.pacing.blocks;
                self.pacing.refused(now, ticket, wait, self.limit());
                self.concurrency.refused(self.in_flight);
                if self.pacing.blocks > blocks && self.worked_on.is_none() {
                    self.worked_on = Some(self.in_flight);
                } else if let Some(worked_on) = &mut self.worked_on {
                    *worked_on = worked_on.saturating_sub(1);
                }
                if self.pacing.blocks > MAX_BLOCKS {
                    self.go_down(now, DownCause::Refused);
                }
            }
            Ended::Broken => self.broken(now, DownCause::Broken, self.limit().clamp(3, 8)),
            Ended::Unreached => {
                self.pacing.unreached(ticket);
                self.broken(now, DownCause::Unreached, self.limit().min(2));
            }
            Ended::TimedOut => self.timed_out(now),
        }
        self.review(now);
    }

    fn review(&mut self, now: Time) {
        if self.down.is_none() {
            let (latency, limit) = (self.concurrency.latency, self.limit());
            self.pacing.review(now, latency, limit);
        }
    }

    /// The server answered, if only with an error about the request.
    fn alive(&mut self, now: Time, ticket: Ticket) {
        self.broken_in_a_row = 0;
        self.pacing.answered(now, ticket);
        match &mut self.down {
            None => {}
            Some(down) if ticket.is_probe || ticket.started > down.since => {
                self.down = None;
                self.concurrency.restart();
                self.pacing.restart(now);
            }
            // Sent before the others failed: worth a probe at once.
            Some(down) => down.next_probe = down.next_probe.min(now),
        }
    }

    fn broken(&mut self, now: Time, cause: DownCause, enough: usize) {
        self.broken_in_a_row += 1;
        if self.broken_in_a_row >= enough {
            self.go_down(now, cause);
        }
    }

    /// Several in a row: too many at once, or a server that is silent.
    fn timed_out(&mut self, now: Time) {
        self.broken_in_a_row += 1;
        if self.broken_in_a_row < self.limit().min(2) || self.concurrency.draining {
            return;
        }
        if self.limit() > 1 {
            self.concurrency.halve();
            self.broken_in_a_row = 0;
        } else if self.broken_in_a_row > 1 {
            self.go_down(now, DownCause::Silent);
        }
        self.patience = (2.0 * self.patience).min(MAX_PATIENCE);
    }

    fn go_down(&mut self, now: Time, cause: DownCause) {
        self.down.get_or_insert(Down {
            cause,
            since: now,
            probes: 0,
            next_probe: now + FIRST_PROBE,
            is_probing: false,
        });
    }

    fn failed_probe(&mut self, now: Time, how: Ended) {
        let Some(down) = &mut self.down else {
            return;
        };
        down.probes += 1;
        let pause = (FIRST_PROBE * 2f64.powi(down.probes.min(5) as i32)).min(MAX_PROBE);
        let stated = match how {
            Ended::Refused(wait) => wait.unwrap_or(0.0),
            _ => 0.0,
        };
        down.next_probe = now + stated.max(pause);
    }
}
