//! The events that a run sends, folded into its counts, and the signal to pause or stop that it gets.

use super::control::RunSignal;
use crate::{
    model::{RunEvent, StopCause},
    outcome::RunStats,
};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{RwLock, RwLockReadGuard, mpsc, watch};

pub(super) struct RunChannel {
    events: mpsc::Sender<RunEvent>,
    signal: watch::Sender<RunSignal>,
    stats: Mutex<RunStats>,
    /// Whether a pause was announced; read by those that send, so that nothing is sent between `Paused` and `Continued`.
    paused: RwLock<bool>,
}

impl RunChannel {
    pub(super) fn new(
        events: mpsc::Sender<RunEvent>,
        signal: watch::Sender<RunSignal>,
    ) -> RunChannel {
        RunChannel {
            events,
            signal,
            stats: Mutex::default(),
            paused: RwLock::default(),
        }
    }

    pub(super) fn stats(&self) -> MutexGuard<'_, RunStats> {
        self.stats.lock()
    }

    pub(super) async fn send(&self, event: RunEvent) {
        self.stats.lock().fold(&event);
        // Whoever started the run may have stopped listening; the run continues for the store.
        let _ = self.events.send(event).await;
    }

    /// The same from the store's writer, which waits where the listener is slow. What is not durable is not counted.
    pub(super) fn send_blocking(&self, event: RunEvent, is_durable: bool) {
        if is_durable {
            self.stats.lock().fold(&event);
        }
        let _ = self.events.blocking_send(event);
    }

    /// Send a piece of an answer. Where the listener cannot follow it is dropped: the whole answer comes at the end.
    pub(super) fn send_delta(&self, event: RunEvent) {
        let _ = self.events.try_send(event);
    }

    pub(super) fn signal(&self) -> RunSignal {
        *self.signal.borrow()
    }

    /// Whether nothing more is to be sent.
    pub(super) fn is_stopping(&self) -> bool {
        self.signal() >= RunSignal::Stop
    }

    /// Whether nothing more is sent because a cap is reached; what is in flight ends as usual.
    pub(super) fn is_stopped_by_cap(&self) -> bool {
        self.signal() == RunSignal::Stop && self.stats().summary.cause == Some(StopCause::Cap)
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<RunSignal> {
        self.signal.subscribe()
    }

    /// Resolves when at least that much was signalled.
    pub(super) async fn reached(&self, at_least: RunSignal) {
        // The sender lives as long as `self`.
        let _ = self.subscribe().wait_for(|now| *now >= at_least).await;
    }

    /// Resolves when the run is not paused, or no longer.
    pub(super) async fn unpaused(&self) {
        let _ = self
            .subscribe()
            .wait_for(|now| *now != RunSignal::Pause)
            .await;
    }

    /// End the run early: something failed that another trial would meet too.
    pub(super) fn fail(&self, reason: String) {
        self.stop(StopCause::Failure, reason);
    }

    /// End the run early, for this reason.
    pub(super) fn stop(&self, cause: StopCause, reason: String) {
        self.stats().summary.stop(cause, reason);
        self.signal
            .send_if_modified(|signal| signal.raise(RunSignal::Stop));
    }

    /// Announce a pause or its end, once.
    pub(super) async fn announce_pause(&self) {
        let mut paused = self.paused.write().await;
        match self.signal() {
            RunSignal::Pause if !*paused => {
                *paused = true;
                let reason = "paused".into();
                self.send(RunEvent::Paused { reason }).await;
            }
            RunSignal::Go if *paused => {
                *paused = false;
                self.send(RunEvent::Continued).await;
            }
            _ => {}
        }
    }

    /// Wait while paused; then whoever holds the guard may send, and no pause is announced before it is dropped. `None`
    /// when nothing more is to be sent.
    pub(super) async fn wait_to_send(&self) -> Option<RwLockReadGuard<'_, bool>> {
        loop {
            let paused = self.paused.read().await;
            match self.signal() {
                RunSignal::Go if !*paused => return Some(paused),
                RunSignal::Go => {
                    drop(paused);
                    self.announce_pause().await;
                }
                RunSignal::Pause => {
                    drop(paused);
                    self.unpaused().await;
                }
                RunSignal::Stop | RunSignal::Abort => return None,
            }
        }
    }
}
