//! What ends a command before its end.

use std::io::{self, IsTerminal as _};
use tokio::sync::watch;

/// ^C, and the signals by which other programs and a closed terminal ask a process to end; or what a caller says in their
/// place. Listened for from the moment this is made.
#[derive(Debug)]
pub enum Interrupts {
    Signals(Signals),
    /// Those of a program that called the command.
    Call {
        count: watch::Receiver<u32>,
        seen: u32,
    },
}

#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    /// `None` where the process was started to outlive its terminal, as by `nohup`.
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

/// Whether hangups were ignored when the process started.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        // `nohup` sends what is printed elsewhere.
        return !io::stderr().is_terminal();
    };
    let ignored = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    let hangup = tokio::signal::unix::SignalKind::hangup().as_raw_value();
    mask.is_some_and(|mask| mask >> (hangup - 1) & 1 == 1)
}

impl Interrupts {
    pub(super) fn of_call(count: watch::Receiver<u32>) -> Interrupts {
        Interrupts::Call { count, seen: 0 }
    }

    pub fn listen() -> io::Result<Interrupts> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let hangup = match ignores_hangup() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            };
            Ok(Interrupts::Signals(Signals {
                signals: [
                    signal(SignalKind::interrupt())?,
                    signal(SignalKind::terminate())?,
                ],
                hangup,
            }))
        }
        #[cfg(not(unix))]
        Ok(Interrupts::Signals(Signals {}))
    }

    /// The next of them.
    pub async fn next(&mut self) {
        match self {
            Interrupts::Signals(signals) => signals.next().await,
            Interrupts::Call { count, seen } => {
                if count.wait_for(|count| *count > *seen).await.is_err() {
                    // Nobody is left who could interrupt.
                    std::future::pending::<()>().await;
                }
                *seen += 1;
            }
        }
    }
}

impl Signals {
    async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = hangup => {}
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
