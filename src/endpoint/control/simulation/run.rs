//! A run against a simulated server, event by event.

use super::server::{Server, State};
use crate::endpoint::control::{Admission, Attempts, Controller, Ended, Ticket, attempt::Time};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

/// A run: so many trials, so many in flight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) trials: usize,
    pub(super) most: usize,
    pub(super) start: usize,
}

/// What a run came to.
#[derive(Debug, Default)]
pub(super) struct Result {
    pub(super) time: Time,
    pub(super) failed: usize,
    pub(super) sent: usize,
    pub(super) most_in_flight: usize,
    pub(super) sent_in_outage: usize,
    pub(super) most_waiting: usize,
}

#[derive(Clone, Copy)]
enum Event {
    End(usize, Ticket, Ended),
    Retry(usize),
    Wake,
}

/// An event and its time, ordered by time, then by number.
struct At(Time, usize, Event);

impl PartialEq for At {
    fn eq(&self, other: &At) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for At {}
impl PartialOrd for At {
    fn partial_cmp(&self, other: &At) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for At {
    fn cmp(&self, other: &At) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

pub(super) fn simulate(run: Run, server: &Server, seed: u64) -> Result {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut state = State::new(server.clone());
    let mut controller = Controller::new(run.most, run.start);
    let mut attempts = vec![Attempts::default(); run.trials];
    let mut events = BinaryHeap::new();
    let (mut number, mut new, mut left) = (0, 0, run.trials);
    let mut ready: VecDeque<usize> = VecDeque::new();
    let (mut now, mut wake) = (0.0, f64::INFINITY);
    let mut result = Result::default();
    let mut waiting = 0usize;
    let push = |events: &mut BinaryHeap<Reverse<At>>, number: &mut usize, time, event| {
        *number += 1;
        events.push(Reverse(At(time, *number, event)));
    };
    while left > 0 {
        while new < run.trials || !ready.is_empty() {
            match controller.admit(now) {
                Admission::Go(ticket) => {
                    let trial = ready.pop_front().unwrap_or_else(|| {
                        new += 1;
                        new - 1
                    });
                    let (end, how) = state.request(now, controller.patience(), &mut rng);
                    if how != Ended::Unreached {
                        result.sent += 1;
                    }
                    if server.outage.is_some_and(|o| (o.0..o.1).contains(&now)) {
                        result.sent_in_outage += 1;
                    }
                    push(
                        &mut events,
                        &mut number,
                        end,
                        Event::End(trial, ticket, how),
                    );
                }
                Admission::Wait(until) => {
                    if until < wake {
                        wake = until;
                        push(&mut events, &mut number, until, Event::Wake);
                    }
                    break;
                }
                Admission::Hold => break,
            }
        }
        result.most_in_flight = result.most_in_flight.max(controller.in_flight());
        let Some(Reverse(At(time, _, event))) = events.pop() else {
            panic!("nothing happens any more: {controller:?}");
        };
        now = time;
        match event {
            Event::Wake => wake = f64::INFINITY,
            Event::Retry(trial) => {
                waiting -= 1;
                ready.push_back(trial);
            }
            Event::End(trial, ticket, how) => {
                controller.ended(now, ticket, how);
                let wait = attempts[trial].next_wait(how, &controller, now, 6, rng.random());
                match wait {
                    _ if how == Ended::Answered => left -= 1,
                    Some(wait) => {
                        waiting += 1;
                        result.most_waiting = result.most_waiting.max(waiting);
                        push(&mut events, &mut number, now + wait, Event::Retry(trial));
                    }
                    None => {
                        result.failed += 1;
                        left -= 1;
                    }
                }
            }
        }
        assert!(now < 1e5, "no end: {controller:?}");
    }
    result.time = now;
    result
}
