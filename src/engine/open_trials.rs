//! Trials between their preparation and their durable end.

use crate::{
    endpoint::LargeAnswerPermit,
    model::{Outcome, TrialId},
    store::CompletionKey,
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::sync::{Semaphore, oneshot};

/// Most open trials: what a run may hold in memory.
const MAX_OPEN: usize = 8192;

pub(super) struct OpenTrials {
    room: Semaphore,
    /// The requests in flight, and who waits for the answer to the same request.
    waiting: Mutex<HashMap<CompletionKey, Waiting>>,
    /// Rights to hold the large answers among them.
    large: Mutex<Vec<(CompletionKey, LargeAnswerPermit)>>,
    /// Trials that the store's writer has not confirmed yet.
    unwritten: AtomicU64,
    /// Trials that were given up in flight.
    given_up: Mutex<Vec<GivenUp>>,
}

/// Who waits for the answer to a request in flight.
#[derive(Default)]
pub(super) struct Waiting {
    /// Trials of which it is the answer.
    pub(super) trials: Vec<TrialId>,
    /// Conversations that go on with it. Where the sender is dropped, there is no answer.
    pub(super) conversations: Vec<oneshot::Sender<Outcome>>,
}

/// A trial that was given up in flight.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenUp {
    pub(super) id: TrialId,
    pub(super) key: CompletionKey,
    pub(super) attempts: u32,
}

impl OpenTrials {
    pub(super) fn new() -> OpenTrials {
        OpenTrials {
            room: Semaphore::new(MAX_OPEN),
            waiting: Mutex::default(),
            large: Mutex::default(),
            unwritten: AtomicU64::new(0),
            given_up: Mutex::default(),
        }
    }

    /// Wait for room for one more trial; it is given back by [`OpenTrials::free_room`].
    pub(super) async fn wait_for_room(&self) {
        if let Ok(room) = self.room.acquire().await {
            room.forget();
        }
    }

    /// Whether the same request is in flight already; then this trial takes its answer.
    pub(super) fn is_duplicate(&self, key: CompletionKey, id: TrialId) -> bool {
        let mut waiting = self.waiting.lock();
        match waiting.get_mut(&key) {
            Some(waiting) => {
                waiting.trials.push(id);
                true
            }
            None => {
                waiting.insert(key, Waiting::default());
                false
            }
        }
    }

    /// The answer to come where the same request is in flight already; else it is from now on.
    pub(super) fn answer_in_flight(
        &self,
        key: CompletionKey,
    ) -> Option<oneshot::Receiver<Outcome>> {
        let mut waiting = self.waiting.lock();
        let Some(waiting) = waiting.get_mut(&key) else {
            waiting.insert(key, Waiting::default());
            return None;
        };
        let (answer, answered) = oneshot::channel();
        waiting.conversations.push(answer);
        Some(answered)
    }

    /// Keep the right to hold an answer, if it is large, until its trial is over.
    pub(super) fn hold_large(&self, key: CompletionKey, permit: LargeAnswerPermit) {
        if permit.is_needed() {
            self.large.lock().push((key, permit));
        }
    }

    /// A trial is over: there is room for another.
    pub(super) fn free_room(&self) {
        self.room.add_permits(1);
    }

    /// A request is over; who waited for its answer.
    pub(super) fn close(&self, key: &CompletionKey) -> Waiting {
        self.large.lock().retain(|(held, _)| held != key);
        self.waiting.lock().remove(key).unwrap_or_default()
    }

    pub(super) fn begin_write(&self) {
        self.unwritten.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end_write(&self) {
        self.unwritten.fetch_sub(1, Ordering::Release);
    }

    pub(super) fn are_written(&self) -> bool {
        self.unwritten.load(Ordering::Acquire) == 0
    }

    pub(super) fn give_up(&self, trial: GivenUp) {
        self.given_up.lock().push(trial);
    }

    pub(super) fn take_given_up(&self) -> Vec<GivenUp> {
        std::mem::take(&mut *self.given_up.lock())
    }
}
