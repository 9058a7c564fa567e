//! The end of what a program wrote to stderr.

use crate::display::visible;
use parking_lot::Mutex;
use std::{collections::VecDeque, sync::Arc};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes kept of the end of stderr.
const STDERR_BYTES: usize = 8 << 10;

/// The end of what a program wrote to stderr. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct StderrTail(Arc<Mutex<VecDeque<u8>>>);

impl StderrTail {
    /// Its last lines, as one line.
    pub fn last_lines(&self, lines: usize) -> String {
        let bytes: Vec<u8> = self.0.lock().iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let all: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        let from = all.len().saturating_sub(lines);
        let shown: Vec<String> = all[from..].iter().map(|l| visible(l.trim())).collect();
        shown.join(" · ")
    }

    /// Forget it, as another process begins.
    pub fn clear(&self) {
        self.0.lock().clear();
    }

    /// Keep the end of a stream until it ends.
    pub(super) async fn listen(self, mut from: impl AsyncRead + Unpin) {
        let mut buffer = [0; 4096];
        while let Ok(n) = from.read(&mut buffer).await
            && n > 0
        {
            let mut tail = self.0.lock();
            tail.extend(&buffer[..n]);
            let over = tail.len().saturating_sub(STDERR_BYTES);
            tail.drain(..over);
        }
    }
}
