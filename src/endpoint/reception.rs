//! Receiving the answer to one request: within its time, and what is large one answer after the other, so that the memory
//! of a run is bounded by bytes and not by how many requests are in flight.

use super::transport::root_cause;
use crate::model::Completion;
use std::time::{Duration, Instant};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time,
};

/// Largest body that is read, in bytes.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Bytes of an answer that every request in flight may hold.
const SMALL_BYTES: usize = 1 << 20;

/// Held by the one answer of this process that may be larger.
static LARGE: Semaphore = Semaphore::const_new(1);

/// An answer, and if it is large the right to hold it: while this lives, no other large answer is received.
#[derive(Debug)]
pub struct Received {
    pub completion: Completion,
    pub permit: LargeAnswerPermit,
}

/// The right to hold a large answer, where there is one to be held.
#[derive(Debug, Default)]
pub struct LargeAnswerPermit(Option<SemaphorePermit<'static>>);

impl LargeAnswerPermit {
    pub(crate) fn is_needed(&self) -> bool {
        self.0.is_some()
    }
}

/// Why no more bytes of an answer come.
pub(super) enum Interruption {
    /// Its time, this, is over.
    Late(Duration),
    /// The connection was lost, or the answer is longer than any may be.
    Cut(String),
}

/// The answer to one request on its way.
pub(super) struct Reception {
    started: Instant,
    limit: Duration,
    /// How long it stood behind other large answers, which its server cannot be blamed for.
    waited: Duration,
    received: usize,
    permit: LargeAnswerPermit,
}

impl Reception {
    pub(super) fn new(limit: Duration) -> Reception {
        Reception {
            started: Instant::now(),
            limit,
            waited: Duration::ZERO,
            received: 0,
            permit: LargeAnswerPermit::default(),
        }
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// Time since the start without that spent behind other answers.
    pub(super) fn took(&self) -> Duration {
        self.started.elapsed().saturating_sub(self.waited)
    }

    /// The right to hold what was received.
    pub(super) fn into_permit(self) -> LargeAnswerPermit {
        self.permit
    }

    /// The result of a step, unless the time is over first.
    pub(super) async fn within<F: Future>(&self, step: F) -> Result<F::Output, Interruption> {
        let end = self.started + self.limit + self.waited;
        time::timeout_at(end.into(), step)
            .await
            .map_err(|_| Interruption::Late(self.limit))
    }

    /// The next bytes; `None` is the end.
    pub(super) async fn chunk(
        &mut self,
        response: &mut reqwest::Response,
    ) -> Result<Option<bytes::Bytes>, Interruption> {
        let chunk = self
            .within(response.chunk())
            .await?
            .map_err(|error| Interruption::Cut(root_cause(&error)))?;
        self.received += chunk.as_ref().map_or(0, bytes::Bytes::len);
        if self.received > MOST_BYTES {
            return Err(Interruption::Cut(format!("more than {MOST_BYTES} bytes")));
        }
        if self.received > SMALL_BYTES && !self.permit.is_needed() {
            let since = Instant::now();
            self.permit = LargeAnswerPermit(LARGE.acquire().await.ok());
            self.waited += since.elapsed();
        }
        Ok(chunk)
    }

    /// All bytes that are left.
    pub(super) async fn rest(
        &mut self,
        response: &mut reqwest::Response,
    ) -> Result<Vec<u8>, Interruption> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk(response).await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        endpoint::Client,
        model::{Message, Prompt, Role},
        project::EndpointSpec,
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    #[tokio::test]
    async fn a_large_answer_waits_for_another_beyond_its_timeout_and_is_whole() {
        const LENGTH: usize = 2 << 20;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let spec = EndpointSpec {
            timeout: Duration::from_millis(400),
            ..EndpointSpec::new("l", format!("http://{}/v1", listener.local_addr().unwrap()))
        };
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 1 << 14];
            assert!(stream.read(&mut head).await.unwrap() > 0);
            let text = "a".repeat(LENGTH);
            let body = format!(
                r#"{{"choices":[{{"message":{{"content":"{text}"}},"finish_reason":"stop"}}]}}"#
            );
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let client = Client::new(&spec).unwrap();
        let prompt = Prompt::new(vec![Message::new(Role::User, "x")]);
        let request = client.request("m", &prompt, &[], false);
        let other = LARGE.acquire().await.unwrap();
        let mut ignore = |_: crate::endpoint::Delta<'_>| {};
        let mut answer = Box::pin(client.send_within(spec.timeout, "m", &request, &mut ignore));
        let early = time::timeout(2 * spec.timeout, &mut answer).await;
        assert!(early.is_err(), "{early:?}");
        drop(other);
        let received = answer.await.unwrap();
        assert!(received.permit.is_needed());
        assert_eq!(received.completion.text.len(), LENGTH);
        assert!(received.completion.latency_ms < 2.0 * spec.timeout.as_secs_f64() * 1e3);
    }
}
