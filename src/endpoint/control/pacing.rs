//! How fast requests may follow each other, by how many are refused.
//!
//! Refusals are either congestion or chance. The two are told apart by an experiment: requests are paced at the rate at
//! which they were accepted. Congestion then disappears, and the pace is searched for; chance stays, and the pace is lifted.

use super::{
    attempt::{Ticket, Time},
    epoch::Epoch,
    search::{MIN_PACE, Search, Verdict},
};

/// A share of refusals that is not worth a test.
const NEGLIGIBLE: f64 = 0.03;
/// More than this is no chance.
const MAX_CHANCE: f64 = 0.7;
/// A block after which so few turn out to have been refused was none.
const FALSE_ALARM: f64 = 0.33;
/// A pace may catch up with so much time in which nothing was ready to go.
const SLACK: Time = 0.05;
/// The pause after nothing but refusals; doubles.
const FIRST_BLOCK: Time = 0.5;
/// Refusals in a row that are no chance: of a server that refuses three of ten, once in two million requests.
const STREAK: f64 = 12.0;
/// Fewer, where refusals by chance are rare and few requests are in flight.
const MIN_STREAK: f64 = 6.0;
const RARE: f64 = 0.15;

#[derive(Debug)]
pub(super) struct Pacing {
    regime: Regime,
    pace: Option<Pace>,
    epoch: Epoch,
    /// The share of refusals that no pace changes.
    chance: f64,
    blocked_until: Time,
    /// The epoch before a block, so many seconds long: at the end of the block it is known what was accepted in it.
    before_block: Option<(Epoch, Time)>,
    /// Blocks since the last answer.
    pub(super) blocks: u32,
    /// Requests per second that were accepted before the first of them.
    rate_before: Option<f64>,
    /// Requests per second that were accepted while nothing was paced.
    free_rate: f64,
    /// Requests since the last one that was sent and answered in it.
    streak: Epoch,
    /// The least wait that its refusals stated.
    stated_wait: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Regime {
    /// Nothing to pace for.
    Free,
    /// Paced at the accepted rate, to see whether refusals become fewer than this share.
    Testing { share: f64 },
    /// Congestion.
    Searching(Search),
}

#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Requests per second.
    rate: f64,
    next: Time,
}

impl Pacing {
    pub(super) fn new() -> Pacing {
        Pacing {
            regime: Regime::Free,
            pace: None,
            epoch: Epoch::default(),
            chance: 0.0,
            blocked_until: 0.0,
            before_block: None,
            blocks: 0,
            rate_before: None,
            free_rate: 0.0,
            streak: Epoch::default(),
            stated_wait: None,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        self.regime == Regime::Free
    }

    pub(super) fn blocked_until(&self) -> Time {
        self.blocked_until
    }

    /// Take the next place in time, or the time to ask again.
    pub(super) fn take(&mut self, now: Time) -> Result<(), Time> {
        if now < self.blocked_until {
            return Err(self.blocked_until);
        }
        if let Some(pace) = &mut self.pace {
            if now < pace.next {
                return Err(pace.next);
            }
            pace.next = pace.next.max(now - SLACK) + 1.0 / pace.rate;
        }
        Ok(())
    }

    /// A request goes; the number of the epoch that it goes in.
    pub(super) fn launched(&mut self, now: Time) -> u32 {
        self.epoch.launched(now);
        self.streak.launched(now);
        self.epoch.number
    }

    pub(super) fn unreached(&mut self, ticket: Ticket) {
        self.epoch.unreached(ticket.epoch);
    }

    pub(super) fn answered(&mut self, now: Time, ticket: Ticket) {
        if ticket.started >= self.streak.start {
            self.streak = self.streak.next(now);
            self.stated_wait = None;
            self.blocks = 0;
            if let Some(rate) = self.rate_before.take()
                && self.pace.is_some_and(|pace| pace.rate < rate)
            {
                // All was refused for a while, and that is over: no reason to be slower than before.
                self.set_pace(now, rate);
                self.regime = Regime::Searching(Search::guessed(rate));
                self.restart(now);
            }
        }
    }

    /// A request was refused, with `limit` of them allowed in flight.
    pub(super) fn refused(&mut self, now: Time, ticket: Ticket, wait: Option<Time>, limit: usize) {
        let took = now - ticket.started;
        self.epoch.refused(ticket.epoch, took);
        if let Some((before, _)) = &mut self.before_block {
            before.refused(ticket.epoch, took);
        }
        if ticket.started < self.streak.start {
            return;
        }
        self.streak.refused(self.streak.number, took);
        if let Some(wait) = wait {
            self.stated_wait = Some(self.stated_wait.map_or(wait, |w| w.min(wait)));
        }
        let seen = self.streak.seen(now);
        let least = match self.chance < RARE {
            true => (limit as f64 / 4.0).clamp(MIN_STREAK, STREAK),
            false => STREAK,
        };
        if seen.refused >= least && seen.refused > 0.9 * seen.launched {
            self.block(now);
        } else if seen.launched > 100.0 {
            self.streak = self.streak.next(now);
        }
    }

    /// Nothing but refusals: nothing goes for a while.
    fn block(&mut self, now: Time) {
        let pause = FIRST_BLOCK * 2f64.powi(self.blocks.min(5) as i32);
        let seen = self.epoch.seen(now);
        self.blocks += 1;
        self.blocked_until = now + self.stated_wait.take().unwrap_or(0.0).max(pause);
        let mut time = (now - self.epoch.start).max(0.05);
        match (&mut self.regime, self.pace) {
            (Regime::Searching(search), Some(pace)) if seen.accepted() > 0.0 => {
                search.is_too_fast(pace.rate);
            }
            (Regime::Searching(_), Some(_)) => {}
            // A burst is no rate.
            _ => time = time.max(1.0),
        }
        let next = self.epoch.next(self.blocked_until);
        let before = std::mem::replace(&mut self.epoch, next);
        self.before_block.get_or_insert((before, time));
        self.streak = self.streak.next(self.blocked_until);
    }

    /// At the end of a block: go on at the pace at which requests were accepted before it.
    pub(super) fn unblock(&mut self, now: Time) {
        let Some((mut before, time)) = self.before_block.take_if(|_| now >= self.blocked_until)
        else {
            return;
        };
        let seen = before.seen(now);
        let free_rate = if self.is_free() { self.free_rate } else { 0.0 };
        self.rate_before
            .get_or_insert((seen.accepted() / time).max(free_rate));
        if time <= 1.0 && seen.share() < FALSE_ALARM && self.pace.is_none() {
            // Refusals that came together by chance.
            return;
        }
        if seen.accepted() > 0.0 || self.pace.is_none() {
            self.set_pace(now, (seen.accepted() / time).max(2.0));
        }
        if !matches!(self.regime, Regime::Searching(_)) {
            self.regime = Regime::Searching(Search::guessed((seen.launched / time).max(4.0)));
        }
    }

    pub(super) fn restart(&mut self, now: Time) {
        self.epoch = self.epoch.next(now);
    }

    /// Look at the share of refusals since the pace last changed.
    pub(super) fn review(&mut self, now: Time, latency: Option<Time>, limit: usize) {
        if now < self.blocked_until {
            return;
        }
        let seen = self.epoch.seen(now);
        let latency = latency.unwrap_or(0.0);
        match self.regime {
            Regime::Free => {
                let is_steady = seen.time >= (2.0 * latency).clamp(0.5, 5.0);
                if is_steady
                    && seen.launched >= 20.0
                    && seen.refused >= 3.0
                    && seen.at_least() > self.chance + NEGLIGIBLE
                {
                    let share = seen.share();
                    self.regime = Regime::Testing { share };
                    self.set_pace(now, seen.accepted() / seen.time);
                    self.restart(now);
                } else if is_steady && seen.launched > 400.0 {
                    self.chance = self.chance.min(seen.at_most());
                    self.free_rate = seen.accepted() / seen.time;
                    self.restart(now);
                }
            }
            Regime::Testing { share } => {
                // Enough for a dozen refusals, if they are chance.
                if seen.launched * share < 12.0 && seen.time < 10.0 {
                    return;
                }
                if seen.share() <= 0.4 * share {
                    let rate = self.pace.map_or(1.0, |p| p.rate);
                    self.regime = Regime::Searching(Search::new(rate / (1.0 - share)));
                } else {
                    self.set_free(seen.share());
                }
                self.restart(now);
            }
            Regime::Searching(mut search) => {
                let most = if seen.launched >= 20.0 { 0.2 } else { 0.5 };
                let is_long = seen.time >= (latency / 2.0).clamp(most, 1.0);
                let Some(pace) = self.pace.filter(|_| is_long && seen.launched >= 3.0) else {
                    return;
                };
                match search.judge(pace.rate, seen, self.chance) {
                    Verdict::Wait => return,
                    Verdict::Blocked => return self.block(now),
                    Verdict::Chance(share) => {
                        self.chance = share.min(MAX_CHANCE);
                        self.regime =
                            Regime::Searching(Search::guessed(self.pace.map_or(1.0, |p| p.rate)));
                    }
                    // More than can be in flight: no pace is needed.
                    Verdict::Pace(rate) if rate * latency > 2.0 * limit as f64 => {
                        self.set_free(self.chance);
                    }
                    Verdict::Pace(rate) => {
                        if seen.launched >= 20.0 {
                            self.chance = self.chance.min(seen.at_most());
                        }
                        self.set_pace(now, rate);
                        self.regime = Regime::Searching(search);
                    }
                }
                self.restart(now);
            }
        }
    }

    fn set_pace(&mut self, now: Time, rate: f64) {
        let next = self.pace.map_or(now, |p| p.next.max(now));
        let rate = rate.max(MIN_PACE);
        self.pace = Some(Pace { rate, next });
    }

    /// So many refusals are chance: no pace changes that.
    fn set_free(&mut self, chance: f64) {
        self.chance = chance.min(MAX_CHANCE);
        self.regime = Regime::Free;
        self.pace = None;
    }
}
