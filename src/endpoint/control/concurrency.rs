//! How many requests may be in flight: fewer where the server is overrun, more while it answers more for it.

use super::attempt::Time;

/// Rounds at the same limit before growth is tried again.
const SETTLED_ROUNDS: usize = 50;
/// Rounds after which one more is tried where a cap is known, at most.
const MAX_ROUNDS: usize = 16;
/// Answers in a round, at least.
const ROUND: usize = 4;
/// What doubling has to bring, in answers per second: to go on, and not to go back.
const WORTH_MORE: f64 = 1.25;
const WORTH_KEEPING: f64 = 1.1;
/// From this share of the ideal gain on, the server has not noticed, and the next step is larger.
const UNNOTICED: f64 = 0.9;

#[derive(Debug)]
pub(super) struct Concurrency {
    most: usize,
    limit: usize,
    growth: Growth,
    /// Mean time of an answer.
    pub(super) latency: Option<Time>,
    /// Wait until nothing is in flight.
    pub(super) draining: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Growth {
    /// Back to a limit that worked, doubling with every round.
    SlowStart { to: usize },
    /// Growing while the server answers more for it.
    Climb {
        /// Answers to requests that went since then count.
        since: Time,
        answers: usize,
        latency: Time,
        /// Limit and mean latency of the round before.
        before: Option<(usize, Time)>,
    },
    /// One more after so many rounds; given up if a request is refused in the round after.
    Slow {
        answers: usize,
        rounds: usize,
        is_raised: bool,
    },
    /// More brought nothing; tried again after some rounds.
    Settled { answers: usize },
}

impl Concurrency {
    pub(super) fn new(most: usize, start: usize) -> Concurrency {
        let most = most.max(1);
        Concurrency {
            most,
            limit: start.clamp(1, most),
            growth: Growth::Climb {
                since: 0.0,
                answers: 0,
                latency: 0.0,
                before: None,
            },
            latency: None,
            draining: false,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Whether one more may go.
    pub(super) fn has_room(&mut self, in_flight: usize) -> bool {
        self.draining &= in_flight > 0;
        in_flight < self.limit && !self.draining
    }

    /// Requests time out although the server works: half as many, once it is free.
    pub(super) fn halve(&mut self) {
        self.limit = (self.limit / 2).max(1);
        self.growth = Growth::Settled { answers: 0 };
        self.draining = true;
    }

    /// The server worked on so many when it refused all others, and still does: no more, for now.
    pub(super) fn cap(&mut self, accepted: usize) {
        if (1..self.limit).contains(&accepted) {
            self.limit = accepted;
            self.growth = Growth::Slow {
                answers: 0,
                rounds: 1,
                is_raised: false,
            };
        }
    }

    /// A request was refused while so many others were in flight.
    pub(super) fn refused(&mut self, in_flight: usize) {
        if let Growth::Slow {
            answers,
            rounds,
            is_raised,
        } = &mut self.growth
            && *is_raised
            && in_flight + 1 >= self.limit
        {
            self.limit -= 1;
            *is_raised = false;
            *answers = 0;
            *rounds = (2 * *rounds).min(MAX_ROUNDS);
        }
    }

    /// After an outage: start with few.
    pub(super) fn restart(&mut self) {
        let to = match self.growth {
            Growth::SlowStart { to } => to,
            _ => self.limit,
        };
        self.growth = Growth::SlowStart { to };
        self.limit = (to / 16).clamp(1, 4);
        self.draining = false;
    }

    /// An answer came: maybe more may be in flight.
    pub(super) fn answered(&mut self, now: Time, started: Time) {
        let took = now - started;
        self.latency = Some(self.latency.map_or(took, |l| 0.9 * l + 0.1 * took));
        if self.limit >= self.most {
            return;
        }
        let limit = self.limit;
        match &mut self.growth {
            Growth::SlowStart { to } => {
                self.limit += 1;
                if self.limit >= *to {
                    self.growth = Growth::Settled { answers: 0 };
                }
            }
            Growth::Slow {
                answers,
                rounds,
                is_raised,
            } => {
                *answers += 1;
                if *answers >= limit * *rounds {
                    *answers = 0;
                    *is_raised = true;
                    self.limit += 1;
                }
            }
            Growth::Settled { answers } => {
                *answers += 1;
                if *answers >= limit * SETTLED_ROUNDS {
                    self.climb(now, 2, self.latency);
                }
            }
            Growth::Climb { since, .. } if started < *since => {}
            Growth::Climb {
                answers,
                latency,
                before,
                ..
            } => {
                *answers += 1;
                *latency += took;
                if *answers < limit.max(ROUND) {
                    return;
                }
                let mean = *latency / *answers as f64;
                // Answers per second, against the round before.
                let Some((less, before)) = *before else {
                    return self.climb(now, 2, Some(mean));
                };
                let ideal = limit as f64 / less as f64;
                let gain = ideal * (before / mean.max(1e-9));
                if gain > UNNOTICED * ideal {
                    return self.climb(now, 4, Some(mean));
                }
                if gain > WORTH_MORE {
                    return self.climb(now, 2, Some(mean));
                }
                if gain < WORTH_KEEPING {
                    self.limit = less;
                }
                self.growth = Growth::Settled { answers: 0 };
            }
        }
    }

    fn climb(&mut self, now: Time, factor: usize, latency: Option<Time>) {
        let before = latency.map(|l| (self.limit, l));
        self.limit = (self.limit * factor).min(self.most);
        self.growth = Growth::Climb {
            since: now,
            answers: 0,
            latency: 0.0,
            before,
        };
    }
}
