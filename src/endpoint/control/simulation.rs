//! A run against servers of many kinds, event by event, in simulated time.

use super::{Admission, Attempts, Controller, Ended, Ticket, attempt::Time};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

/// A server: what happens to a request that reaches it.
#[derive(Debug, Clone)]
struct Server {
    latency: Time,
    /// Answers take between half and one and a half times the latency.
    varies: bool,
    /// Shares of requests that are refused, broken or cut by chance.
    refuse: f64,
    broken: f64,
    cut: f64,
    /// What a refusal states.
    wait: Option<Time>,
    /// Requests per second and burst.
    bucket: Option<(f64, f64)>,
    /// In flight at most; others are refused.
    cap: Option<usize>,
    /// Requests that are worked on at once; others queue.
    slots: Option<usize>,
    outage: Option<(Time, Time, Ended)>,
    timeout: Time,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            latency: 0.2,
            varies: false,
            refuse: 0.0,
            broken: 0.0,
            cut: 0.0,
            wait: None,
            bucket: None,
            cap: None,
            slots: None,
            outage: None,
            timeout: 60.0,
        }
    }
}

/// Time until a refusal.
const QUICK: Time = 0.005;

struct State {
    server: Server,
    tokens: f64,
    filled_at: Time,
    busy: Vec<Time>,
    free_at: Vec<Time>,
}

impl State {
    fn new(server: Server) -> State {
        State {
            tokens: server.bucket.map_or(0.0, |b| b.1),
            filled_at: 0.0,
            busy: Vec::new(),
            free_at: vec![0.0; server.slots.unwrap_or(0)],
            server,
        }
    }

    fn request(&mut self, now: Time, patience: f64, rng: &mut impl Rng) -> (Time, Ended) {
        let server = &self.server;
        let timeout = server.timeout * patience;
        let refusal = Ended::Refused(server.wait);
        if let Some((from, to, how)) = server.outage
            && (from..to).contains(&now)
        {
            return match how {
                Ended::TimedOut => (now + timeout, how),
                how => (now + QUICK, how),
            };
        }
        let dice: f64 = rng.random();
        let quick = QUICK.min(server.latency);
        if dice < server.refuse {
            return (now + quick, refusal);
        }
        if dice < server.refuse + server.broken {
            return (now + quick, Ended::Broken);
        }
        if let Some((rate, burst)) = server.bucket {
            self.tokens = (self.tokens + (now - self.filled_at) * rate).min(burst);
            self.filled_at = now;
            if self.tokens < 1.0 {
                return (now + quick, refusal);
            }
            self.tokens -= 1.0;
        }
        let mut latency = server.latency;
        if server.varies {
            latency *= 0.5 + rng.random::<f64>();
        }
        self.busy.retain(|end| *end > now);
        if server.cap.is_some_and(|cap| self.busy.len() >= cap) {
            return (now + quick, refusal);
        }
        let mut end = now + latency;
        if let Some(free) = self.free_at.iter_mut().min_by(|a, b| a.total_cmp(b)) {
            end = free.max(now) + latency;
            *free = end;
        }
        self.busy.push(end);
        if end - now > timeout {
            return (now + timeout, Ended::TimedOut);
        }
        match dice < server.refuse + server.broken + server.cut {
            true => (end, Ended::Broken),
            false => (end, Ended::Answered),
        }
    }
}

/// A run: so many trials, so many in flight.
#[derive(Debug, Clone, Copy)]
struct Run {
    trials: usize,
    most: usize,
    start: usize,
}

/// What a run came to.
#[derive(Debug, Default)]
struct Result {
    time: Time,
    failed: usize,
    sent: usize,
    most_in_flight: usize,
    sent_in_outage: usize,
    most_waiting: usize,
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

fn simulate(run: Run, server: &Server, seed: u64) -> Result {
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

/// A row of the table: how the median of several seeds compares.
struct Case {
    name: &'static str,
    run: Run,
    server: Server,
    ideal: Time,
    /// The most that time / ideal and requests / answers may be.
    time: f64,
    sent: f64,
}

fn remote(trials: usize, most: usize) -> Run {
    Run {
        trials,
        most,
        start: most,
    }
}

fn local(trials: usize, most: usize) -> Run {
    Run {
        trials,
        most,
        start: 2,
    }
}

fn cases() -> Vec<Case> {
    let plain = Server::default;
    let full =
        |trials: usize, most: usize, latency: f64| (trials as f64 / most as f64).ceil() * latency;
    let ideal = full(4800, 64, 0.2);
    let case = |name, run, server, ideal, time, sent| Case {
        name,
        run,
        server,
        ideal,
        time,
        sent,
    };
    vec![
        case("no trouble", remote(4800, 64), plain(), ideal, 1.02, 1.0),
        case(
            "no trouble, local",
            local(4800, 64),
            plain(),
            ideal,
            1.15,
            1.0,
        ),
        case(
            "2 % 429, wait 1 s",
            remote(4800, 64),
            Server {
                refuse: 0.02,
                wait: Some(1.0),
                ..plain()
            },
            ideal,
            1.25,
            1.05,
        ),
        case(
            "10 % 503",
            remote(4800, 64),
            Server {
                refuse: 0.1,
                ..plain()
            },
            ideal,
            1.8,
            1.15,
        ),
        case(
            "10 % 429, wait 1 s",
            remote(4800, 64),
            Server {
                refuse: 0.1,
                wait: Some(1.0),
                ..plain()
            },
            ideal,
            1.6,
            1.15,
        ),
        case(
            "10 % 429, 5 % 500, 2 % cut, instant",
            remote(4800, 64),
            Server {
                refuse: 0.1,
                broken: 0.05,
                cut: 0.02,
                latency: 0.02,
                ..plain()
            },
            full(4800, 64, 0.02),
            1.5,
            1.3,
        ),
        case(
            "30 % mix, 100 ms",
            remote(4800, 64),
            Server {
                refuse: 0.15,
                broken: 0.1,
                cut: 0.05,
                latency: 0.1,
                ..plain()
            },
            full(4800, 64, 0.1),
            2.5,
            1.6,
        ),
        case(
            "cap of 8, wait 1 s",
            remote(400, 64),
            Server {
                cap: Some(8),
                wait: Some(1.0),
                ..plain()
            },
            full(400, 8, 0.2),
            1.3,
            1.6,
        ),
        case(
            "200/s, 1 s latency",
            remote(4000, 400),
            Server {
                bucket: Some((200.0, 200.0)),
                latency: 1.0,
                wait: Some(1.0),
                ..plain()
            },
            20.0,
            1.1,
            1.2,
        ),
        case(
            "5/s, burst 1",
            remote(100, 16),
            Server {
                bucket: Some((5.0, 1.0)),
                latency: 0.05,
                wait: Some(1.0),
                ..plain()
            },
            20.0,
            1.6,
            1.5,
        ),
        case(
            "40/s, wait 1 s",
            remote(600, 64),
            Server {
                bucket: Some((40.0, 40.0)),
                latency: 0.1,
                wait: Some(1.0),
                ..plain()
            },
            14.0,
            1.15,
            1.21,
        ),
        case(
            "40/s, no header",
            remote(600, 64),
            Server {
                bucket: Some((40.0, 40.0)),
                latency: 0.1,
                ..plain()
            },
            14.0,
            1.15,
            1.21,
        ),
        case(
            "one at a time, 12 s",
            local(16, 16),
            Server {
                slots: Some(1),
                latency: 12.0,
                ..plain()
            },
            192.0,
            1.15,
            1.1,
        ),
        case(
            "one at a time, all at once",
            remote(16, 16),
            Server {
                slots: Some(1),
                latency: 12.4,
                ..plain()
            },
            192.4,
            2.4,
            2.4,
        ),
        case(
            "10 % 503, local",
            local(1500, 64),
            Server {
                refuse: 0.1,
                ..plain()
            },
            full(1500, 64, 0.2),
            1.5,
            1.15,
        ),
        case(
            "10 % 429, wait 1 s, local",
            local(1500, 64),
            Server {
                refuse: 0.1,
                wait: Some(1.0),
                ..plain()
            },
            full(1500, 64, 0.2),
            1.8,
            1.15,
        ),
        case(
            "30 % 503, local, long",
            local(1000, 16),
            Server {
                refuse: 0.3,
                latency: 2.0,
                varies: true,
                ..plain()
            },
            full(1000, 16, 2.0),
            1.3,
            1.5,
        ),
        case(
            "cap of 30, local",
            local(1500, 64),
            Server {
                cap: Some(30),
                wait: Some(1.0),
                ..plain()
            },
            full(1500, 30, 0.2),
            1.6,
            1.4,
        ),
        case(
            "one at a time, 9 to 15 s",
            local(16, 16),
            Server {
                slots: Some(1),
                latency: 12.0,
                varies: true,
                ..plain()
            },
            192.0,
            1.15,
            1.1,
        ),
        case(
            "four at a time, local",
            local(200, 64),
            Server {
                slots: Some(4),
                latency: 2.0,
                ..plain()
            },
            100.0,
            1.1,
            1.1,
        ),
        case(
            "answers of all lengths, local",
            local(2000, 64),
            Server {
                varies: true,
                ..plain()
            },
            full(2000, 64, 0.2),
            1.5,
            1.0,
        ),
        case(
            "cap of 8, no header",
            remote(400, 64),
            Server {
                cap: Some(8),
                ..plain()
            },
            full(400, 8, 0.2),
            1.3,
            1.6,
        ),
        case(
            "cap of 30, long answers",
            remote(600, 64),
            Server {
                cap: Some(30),
                latency: 5.0,
                varies: true,
                wait: Some(2.0),
                ..plain()
            },
            full(600, 30, 5.0),
            1.3,
            1.6,
        ),
        case(
            "1000/s, no header",
            remote(10_000, 256),
            Server {
                bucket: Some((1000.0, 100.0)),
                latency: 0.1,
                ..plain()
            },
            9.9,
            1.2,
            1.25,
        ),
        case(
            "40/s with 5 % 500",
            remote(600, 64),
            Server {
                bucket: Some((40.0, 40.0)),
                broken: 0.05,
                latency: 0.1,
                wait: Some(1.0),
                ..plain()
            },
            14.0,
            1.25,
            1.4,
        ),
        case(
            "40/s with 10 % 503",
            remote(600, 64),
            Server {
                bucket: Some((40.0, 40.0)),
                refuse: 0.1,
                latency: 0.1,
                ..plain()
            },
            14.0,
            1.5,
            1.6,
        ),
        case(
            "2/s, burst 10, wait 5 s",
            remote(100, 16),
            Server {
                bucket: Some((2.0, 10.0)),
                latency: 0.5,
                wait: Some(5.0),
                ..plain()
            },
            45.0,
            1.4,
            1.6,
        ),
        case(
            "5 % cut",
            remote(4800, 64),
            Server {
                cut: 0.05,
                ..plain()
            },
            ideal,
            1.25,
            1.1,
        ),
        case(
            "1 % 429, wait 10 s",
            remote(4800, 64),
            Server {
                refuse: 0.01,
                wait: Some(10.0),
                ..plain()
            },
            ideal + 10.0,
            1.25,
            1.05,
        ),
        case(
            "20 % 429, wait 0",
            remote(4800, 64),
            Server {
                refuse: 0.2,
                wait: Some(0.0),
                ..plain()
            },
            ideal,
            1.5,
            1.35,
        ),
        case(
            "away for 3 s, local",
            local(1500, 16),
            Server {
                outage: Some((1.0, 4.0, Ended::Unreached)),
                ..plain()
            },
            full(1500, 16, 0.2) + 3.0,
            1.25,
            1.05,
        ),
        case(
            "503 for 20 s, wait 1 s",
            remote(1500, 64),
            Server {
                outage: Some((1.0, 21.0, Ended::Refused(Some(1.0)))),
                ..plain()
            },
            full(1500, 64, 0.2) + 20.0,
            1.3,
            1.2,
        ),
        case(
            "502 for 10 min",
            remote(1500, 64),
            Server {
                outage: Some((1.0, 601.0, Ended::Broken)),
                ..plain()
            },
            full(1500, 64, 0.2) + 600.0,
            1.03,
            1.2,
        ),
        case(
            "one in flight, 10 % 503",
            remote(200, 1),
            Server {
                refuse: 0.1,
                ..plain()
            },
            40.0,
            1.3,
            1.2,
        ),
        case(
            "two in flight, 5 % cut",
            remote(400, 2),
            Server {
                cut: 0.05,
                ..plain()
            },
            40.0,
            1.3,
            1.2,
        ),
        case(
            "instant",
            remote(20_000, 64),
            Server {
                latency: 0.001,
                ..plain()
            },
            full(20_000, 64, 0.001),
            1.05,
            1.0,
        ),
        case(
            "instant, local",
            local(20_000, 64),
            Server {
                latency: 0.001,
                ..plain()
            },
            full(20_000, 64, 0.001),
            1.15,
            1.0,
        ),
        case(
            "a thousand at once",
            remote(5000, 1000),
            plain(),
            1.0,
            1.05,
            1.0,
        ),
        case(
            "refused for 60 s",
            remote(1500, 64),
            Server {
                outage: Some((1.0, 61.0, Ended::Unreached)),
                ..plain()
            },
            full(1500, 64, 0.2) + 60.0,
            1.12,
            1.15,
        ),
        case(
            "502 for 30 s",
            remote(1500, 64),
            Server {
                outage: Some((1.0, 31.0, Ended::Broken)),
                ..plain()
            },
            full(1500, 64, 0.2) + 30.0,
            1.2,
            1.15,
        ),
        case(
            "away for 3 s",
            remote(4800, 64),
            Server {
                outage: Some((1.0, 4.0, Ended::Unreached)),
                ..plain()
            },
            ideal + 3.0,
            1.15,
            1.05,
        ),
        case(
            "429 for 5 s, wait 0",
            remote(1500, 64),
            Server {
                outage: Some((1.0, 6.0, Ended::Refused(Some(0.0)))),
                ..plain()
            },
            full(1500, 64, 0.2) + 5.0,
            1.6,
            1.2,
        ),
        case(
            "silent for 100 s",
            remote(1500, 64),
            Server {
                outage: Some((1.0, 101.0, Ended::TimedOut)),
                timeout: 20.0,
                ..plain()
            },
            full(1500, 64, 0.2) + 100.0,
            1.8,
            1.3,
        ),
    ]
}

#[test]
fn runs_against_servers_of_many_kinds() {
    let mut lines = Vec::new();
    for case in cases() {
        let mut results: Vec<Result> = (0..25)
            .map(|seed| simulate(case.run, &case.server, seed))
            .collect();
        results.sort_by(|a, b| a.time.total_cmp(&b.time));
        let failed: usize = results.iter().map(|r| r.failed).sum();
        let most = results.iter().map(|r| r.most_in_flight).max().unwrap();
        let middle = &results[results.len() / 2];
        let (time, sent) = (
            middle.time / case.ideal,
            middle.sent as f64 / case.run.trials as f64,
        );
        let worst = results.last().unwrap().time / case.ideal;
        let line = format!(
            "{:38} time {time:5.2} (most {worst:5.2}, asked {:4.2})  sent {sent:4.2} (asked {:4.2})  failed {failed}  outage {}  waiting {}",
            case.name, case.time, case.sent, middle.sent_in_outage, middle.most_waiting
        );
        let ok = time <= case.time && sent <= case.sent && failed == 0 && most <= case.run.most;
        lines.push(format!("{} {line}", if ok { "ok   " } else { "WRONG" }));
    }
    assert!(
        lines.iter().all(|l| l.starts_with("ok")),
        "\n{}",
        lines.join("\n")
    );
}
