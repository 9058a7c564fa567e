//! Simulated servers: limits, faults and outages, alone and together.

use crate::endpoint::control::{Ended, attempt::Time};
use rand::{Rng, RngExt};

/// A server: what happens to a request that reaches it.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) latency: Time,
    /// Answers take between half and one and a half times the latency.
    pub(super) varies: bool,
    /// Shares of requests that are refused, broken or cut by chance.
    pub(super) refuse: f64,
    pub(super) broken: f64,
    pub(super) cut: f64,
    /// What a refusal states.
    pub(super) wait: Option<Time>,
    /// Requests per second and burst.
    pub(super) bucket: Option<(f64, f64)>,
    /// In flight at most; others are refused.
    pub(super) cap: Option<usize>,
    /// Requests that are worked on at once; others queue.
    pub(super) slots: Option<usize>,
    pub(super) outage: Option<(Time, Time, Ended)>,
    pub(super) timeout: Time,
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
const QUICK: Time = 0.001;

pub(super) struct State {
    server: Server,
    tokens: f64,
    filled_at: Time,
    busy: Vec<Time>,
    free_at: Vec<Time>,
}

impl State {
    pub(super) fn new(server: Server) -> State {
        State {
            tokens: server.bucket.map_or(0.0, |b| b.1),
            filled_at: 0.0,
            busy: Vec::new(),
            free_at: vec![0.0; server.slots.unwrap_or(0)],
            server,
        }
    }

    pub(super) fn request(
        &mut self,
        now: Time,
        patience: f64,
        rng: &mut impl Rng,
    ) -> (Time, Ended) {
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
