//! Limits and faults of the endpoint as a whole, to try out how clients cope: rates, caps, slots, random refusals, outages.

use super::error_response::error;
use crate::model::parse_duration;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};
use parking_lot::Mutex;
use rand::RngExt as _;
use std::{io, str::FromStr, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, watch},
    time::{Instant, sleep_until},
};

/// What the endpoint allows, and what it does wrong at random.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Requests per second; others are refused with 429.
    pub rate: Option<f64>,
    /// Requests that may come at once under `rate`; one second's worth where `None`.
    pub burst: Option<f64>,
    /// Requests in flight; others are refused with 429.
    pub cap: Option<usize>,
    /// Requests that are worked on at once; others wait. Work goes on where the client has hung up.
    pub slots: Option<usize>,
    pub faults: Vec<RandomFault>,
    /// The wait that refusals state.
    pub retry_after: Option<Duration>,
    pub outage: Option<Outage>,
}

impl Limits {
    pub(super) fn is_empty(&self) -> bool {
        self.rate.is_none()
            && self.cap.is_none()
            && self.slots.is_none()
            && self.faults.is_empty()
            && self.outage.is_none()
    }
}

/// A share of requests that fails by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomFault {
    pub kind: FaultKind,
    pub share: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    Status(StatusCode),
    /// The answer breaks off.
    Cut,
}

/// `STATUS:SHARE` or `cut:SHARE`
impl FromStr for RandomFault {
    type Err = String;

    fn from_str(text: &str) -> Result<RandomFault, String> {
        let (kind, share) = text
            .split_once(':')
            .ok_or("expected STATUS:SHARE or cut:SHARE, such as 429:0.1")?;
        let kind = match kind {
            "cut" => FaultKind::Cut,
            status => FaultKind::Status(failing_status(status)?),
        };
        let share: f64 = share
            .parse()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share))
            .ok_or_else(|| format!("`{share}` is not a share between 0 and 1"))?;
        Ok(RandomFault { kind, share })
    }
}

fn failing_status(text: &str) -> Result<StatusCode, String> {
    text.parse()
        .ok()
        .and_then(|code: u16| StatusCode::from_u16(code).ok())
        .filter(|status| status.as_u16() >= 400)
        .ok_or_else(|| format!("`{text}` is not an HTTP status of 400 or more"))
}

/// Time in which the endpoint is away, counted from its first request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    pub from: Duration,
    pub to: Duration,
    pub kind: OutageKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutageKind {
    /// Nobody listens, and open connections break off.
    Unreachable,
    Status(StatusCode),
    /// Requests are taken and not answered.
    Silent,
}

/// `FROM..TO`, `FROM..TO:STATUS` or `FROM..TO:silent`
impl FromStr for Outage {
    type Err = String;

    fn from_str(text: &str) -> Result<Outage, String> {
        let (span, kind) = match text.split_once(':') {
            None => (text, OutageKind::Unreachable),
            Some((span, "silent")) => (span, OutageKind::Silent),
            Some((span, status)) => (span, OutageKind::Status(failing_status(status)?)),
        };
        let time = |text: &str| {
            parse_duration(text).ok_or_else(|| format!("`{text}` is not a time such as 10s or 2m"))
        };
        let (from, to) = span
            .split_once("..")
            .ok_or("expected FROM..TO, such as 10s..70s")?;
        let (from, to) = (time(from)?, time(to)?);
        if from >= to {
            return Err("an outage ends after it begins".into());
        }
        Ok(Outage { from, to, kind })
    }
}

/// Counts of a server that has limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitCounts {
    pub requests: u64,
    /// Refused for a limit, by chance, or in an outage.
    pub failed: u64,
    pub most_in_flight: u64,
    /// From the first request to the last response.
    pub elapsed: Duration,
}

/// The limits at work.
#[derive(Debug)]
pub(super) struct Limiter {
    limits: Limits,
    /// Tokens of the rate's bucket, and when it was last filled.
    bucket: Mutex<(f64, Instant)>,
    in_flight: Mutex<u64>,
    slots: Option<Arc<Semaphore>>,
    counts: Mutex<LimitCounts>,
    first_request: watch::Sender<Option<Instant>>,
}

impl Limiter {
    pub(super) fn new(limits: Limits) -> Limiter {
        let burst = limits.burst.or(limits.rate).unwrap_or(0.0).max(1.0);
        Limiter {
            bucket: Mutex::new((burst, Instant::now())),
            in_flight: Mutex::default(),
            slots: limits.slots.map(|n| Arc::new(Semaphore::new(n))),
            counts: Mutex::default(),
            first_request: watch::Sender::new(None),
            limits,
        }
    }

    pub(super) fn counts(&self) -> LimitCounts {
        *self.counts.lock()
    }

    /// The clock of an outage in which nobody listens.
    pub(super) fn unreachable(&self) -> Option<OutageClock> {
        let outage = self.limits.outage?;
        (outage.kind == OutageKind::Unreachable).then(|| OutageClock {
            outage,
            first_request: self.first_request.subscribe(),
        })
    }

    fn refusal(&self, status: StatusCode, message: &str) -> Response {
        self.counts.lock().failed += 1;
        self.count_response();
        let mut response = error(status, message, "limit");
        if let Some(wait) = self.limits.retry_after {
            let (name, value) = match wait.subsec_millis() {
                0 => ("retry-after", wait.as_secs()),
                _ => ("retry-after-ms", wait.as_millis() as u64),
            };
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
        response
    }

    fn count_response(&self) {
        let first = *self.first_request.borrow();
        let elapsed = first.map_or(Duration::ZERO, |first| first.elapsed());
        self.counts.lock().elapsed = elapsed;
    }

    fn take_token(&self) -> bool {
        let Some(rate) = self.limits.rate else {
            return true;
        };
        let burst = self.limits.burst.unwrap_or(rate).max(1.0);
        let mut bucket = self.bucket.lock();
        let now = Instant::now();
        let (tokens, filled) = *bucket;
        let tokens = (tokens + (now - filled).as_secs_f64() * rate).min(burst);
        let allowed = tokens >= 1.0;
        *bucket = (if allowed { tokens - 1.0 } else { tokens }, now);
        allowed
    }

    /// The fault that chance chose.
    fn fault(&self) -> Option<FaultKind> {
        let mut dice: f64 = rand::rng().random();
        self.limits.faults.iter().find_map(|fault| {
            dice -= fault.share;
            (dice < 0.0).then_some(fault.kind)
        })
    }

    fn enter(self: &Arc<Limiter>) -> Option<InFlight> {
        let mut in_flight = self.in_flight.lock();
        if self.limits.cap.is_some_and(|cap| *in_flight >= cap as u64) {
            return None;
        }
        *in_flight += 1;
        let mut counts = self.counts.lock();
        counts.most_in_flight = counts.most_in_flight.max(*in_flight);
        Some(InFlight(Arc::clone(self)))
    }

    /// The status of an outage at this moment; never returns in a silent one.
    async fn outage(&self) -> Option<StatusCode> {
        let outage = self.limits.outage?;
        let first = *self.first_request.borrow();
        let elapsed = first.map_or(Duration::ZERO, |first| first.elapsed());
        if !(outage.from..outage.to).contains(&elapsed) {
            return None;
        }
        match outage.kind {
            OutageKind::Unreachable => None,
            OutageKind::Status(status) => Some(status),
            OutageKind::Silent => std::future::pending().await,
        }
    }
}

/// A request that was let in; for a stream until its end.
struct InFlight(Arc<Limiter>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.count_response();
        *self.0.in_flight.lock() -= 1;
    }
}

/// Let a request through, keep it waiting or refuse it.
pub(super) async fn limit(
    State(limiter): State<Arc<Limiter>>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    limiter.counts.lock().requests += 1;
    limiter
        .first_request
        .send_if_modified(|first| first.replace(first.unwrap_or_else(Instant::now)).is_none());
    if let Some(status) = limiter.outage().await {
        return limiter.refusal(status, "the server is away for now (--outage)");
    }
    let fault = limiter.fault();
    if let Some(FaultKind::Status(status)) = fault {
        return limiter.refusal(status, "a random failure (--refuse)");
    }
    if !limiter.take_token() {
        return limiter.refusal(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests per second (--limit-rps)",
        );
    }
    let Some(in_flight) = limiter.enter() else {
        return limiter.refusal(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests in flight (--cap)",
        );
    };
    let slots = limiter.slots.clone();
    // A task of its own: the work goes on where the client hangs up.
    let work = tokio::spawn(async move {
        let slot = match slots {
            Some(slots) => slots.acquire_owned().await.ok(),
            None => None,
        };
        (next.run(request).await, (in_flight, slot))
    });
    let (response, held) = match work.await {
        Ok(done) => done,
        Err(_) => return limiter.refusal(StatusCode::INTERNAL_SERVER_ERROR, "the work broke off"),
    };
    if fault == Some(FaultKind::Cut) {
        limiter.counts.lock().failed += 1;
        return cut(response);
    }
    response.map(|body| {
        use futures_util::StreamExt as _;
        let guarded = body.into_data_stream().map(move |piece| {
            let _until_the_end = &held;
            piece
        });
        Body::from_stream(guarded)
    })
}

/// The same head, and a body that breaks off at once.
fn cut(response: Response) -> Response {
    let broken = futures_util::stream::once(async {
        Err::<axum::body::Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    response.map(|_| Body::from_stream(broken))
}

/// When an outage in which nobody listens begins and ends.
#[derive(Debug, Clone)]
pub(super) struct OutageClock {
    outage: Outage,
    first_request: watch::Receiver<Option<Instant>>,
}

impl OutageClock {
    async fn first(&mut self) -> Instant {
        match self
            .first_request
            .wait_for(Option::is_some)
            .await
            .map(|first| *first)
        {
            Ok(Some(first)) => first,
            // The server is gone.
            _ => std::future::pending().await,
        }
    }

    /// Returns when the outage begins; never once it is over.
    pub(super) async fn begins(mut self) {
        let first = self.first().await;
        if first.elapsed() >= self.outage.to {
            std::future::pending::<()>().await;
        }
        sleep_until(first + self.outage.from).await;
    }

    pub(super) async fn ends(mut self) {
        let first = self.first().await;
        sleep_until(first + self.outage.to).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_and_outages_are_read() {
        let fault: RandomFault = "429:0.1".parse().unwrap();
        assert_eq!(fault.kind, FaultKind::Status(StatusCode::TOO_MANY_REQUESTS));
        assert_eq!("cut:1".parse::<RandomFault>().unwrap().kind, FaultKind::Cut);
        for wrong in ["429", "200:0.1", "429:2", "429:x", "abc:0.1"] {
            assert!(wrong.parse::<RandomFault>().is_err(), "{wrong}");
        }
        let outage: Outage = "500ms..1m:502".parse().unwrap();
        assert_eq!(outage.to, Duration::from_secs(60));
        assert_eq!(outage.kind, OutageKind::Status(StatusCode::BAD_GATEWAY));
        for wrong in ["10s", "70s..10s", "1..2", "1s..2s:now"] {
            assert!(wrong.parse::<Outage>().is_err(), "{wrong}");
        }
    }
}
