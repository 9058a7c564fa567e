//! The embedded endpoint: a small in-context learner behind real HTTP, and scripted faults.
//!
//! It is a stand-in, not a language model, and says so wherever its name is shown.
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Stub error.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

/// How to serve.
#[derive(Debug, Clone, Default)]
pub struct DemoSpec {
    /// Port on loopback; 0 for any.
    pub port: u16,
    /// Delay before an answer (or its first piece).
    pub latency: Duration,
    /// Pace of a stream, tokens a second; 0: at once.
    pub tokens_per_second: f64,
    /// Fault script (TOML).
    pub script: Option<PathBuf>,
    /// Answer with a constant and do no work: for measuring clients.
    pub fast: bool,
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct DemoServer {
    addr: SocketAddr,
}

impl DemoServer {
    /// Start on loopback.
    pub async fn start(_spec: DemoSpec) -> Result<DemoServer, DemoError> {
        unimplemented!()
    }
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
    /// `http://127.0.0.1:PORT/v1`
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }
}
