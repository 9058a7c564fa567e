//! The signals that end a session, and the one that says that it goes on after a stop.

use std::io;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What other processes, or the terminal itself, want of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum ProcessSignal {
    /// Give the terminal back and end.
    Leave,
    /// The process was stopped from outside and continues: others have used the terminal.
    Continued,
}

/// Listened for from the moment this is made; make it before the terminal is entered.
#[derive(Debug)]
pub(in crate::tui) struct Signals {
    #[cfg(unix)]
    ending: [Signal; 2],
    /// Those that keys of the terminal send.
    #[cfg(unix)]
    from_keys: [Signal; 2],
    #[cfg(unix)]
    continued: Signal,
}

#[cfg(unix)]
impl Signals {
    pub(in crate::tui) fn listen() -> io::Result<Signals> {
        let continued = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        Ok(Signals {
            ending: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ],
            from_keys: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::quit())?,
            ],
            continued: signal(continued)?,
        })
    }

    pub(in crate::tui) async fn next(&mut self) -> ProcessSignal {
        let [terminate, hangup] = &mut self.ending;
        let [interrupt, quit] = &mut self.from_keys;
        tokio::select! {
            _ = terminate.recv() => ProcessSignal::Leave,
            _ = hangup.recv() => ProcessSignal::Leave,
            _ = interrupt.recv() => ProcessSignal::Leave,
            _ = quit.recv() => ProcessSignal::Leave,
            _ = self.continued.recv() => ProcessSignal::Continued,
        }
    }

    /// Forget what keys sent while the terminal was lent: it was meant for the program that had it.
    pub(super) fn forget_keys(&mut self) {
        use futures_util::FutureExt as _;
        for signal in self.from_keys.iter_mut().chain([&mut self.continued]) {
            while signal.recv().now_or_never().flatten().is_some() {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    pub(in crate::tui) fn listen() -> io::Result<Signals> {
        Ok(Signals {})
    }

    pub(in crate::tui) async fn next(&mut self) -> ProcessSignal {
        std::future::pending().await
    }

    pub(super) fn forget_keys(&mut self) {}
}
