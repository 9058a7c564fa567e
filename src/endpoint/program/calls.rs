//! The calls that a process has been given: each answer goes to the one whose `id` it has, in whatever order they come.

use super::super::AttemptFailure;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use std::collections::HashMap;
use tokio::{sync::oneshot, time::Instant};

/// An answer as the program wrote it.
pub(super) type AnswerLine = Map<String, Value>;

type Outcome = Result<AnswerLine, AttemptFailure>;

/// The calls of one process.
#[derive(Debug, Default)]
pub(super) struct CallTable(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<u64, oneshot::Sender<Outcome>>,
    last_id: u64,
    last_answer: Option<Instant>,
    /// Why no more are answered, once the process has ended.
    ended: Option<AttemptFailure>,
}

/// A call that waits for its answer; gone with this.
#[derive(Debug)]
pub(super) struct WaitingCall<'a> {
    pub(super) id: u64,
    table: &'a CallTable,
    answer: oneshot::Receiver<Outcome>,
}

/// An `id` that no call has ever had.
#[derive(Debug, PartialEq)]
pub(super) struct UnknownId;

impl CallTable {
    /// A new call; an error where the process has ended.
    pub(super) fn register(&self) -> Result<WaitingCall<'_>, AttemptFailure> {
        let mut state = self.0.lock();
        if let Some(ended) = &state.ended {
            return Err(ended.clone());
        }
        let (sender, answer) = oneshot::channel();
        state.last_id += 1;
        let id = state.last_id;
        state.waiting.insert(id, sender);
        Ok(WaitingCall {
            id,
            table: self,
            answer,
        })
    }

    /// Hand an answer to its call. One that nobody waits for any more, as it came too late, is dropped.
    pub(super) fn answer(&self, id: u64, outcome: Outcome) -> Result<(), UnknownId> {
        let mut state = self.0.lock();
        if id == 0 || id > state.last_id {
            return Err(UnknownId);
        }
        state.last_answer = Some(Instant::now());
        if let Some(call) = state.waiting.remove(&id) {
            let _ = call.send(outcome);
        }
        Ok(())
    }

    /// The process has ended: what waits fails, and whatever comes.
    pub(super) fn end(&self, failed: AttemptFailure) {
        let mut state = self.0.lock();
        for (_, call) in state.waiting.drain() {
            let _ = call.send(Err(failed.clone()));
        }
        state.ended = Some(failed);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.0.lock().ended.is_some()
    }

    /// When the last answer came.
    pub(super) fn last_answer(&self) -> Option<Instant> {
        self.0.lock().last_answer
    }
}

impl WaitingCall<'_> {
    /// The answer; `None` where the process went without a word.
    pub(super) async fn answer(&mut self) -> Option<Outcome> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for WaitingCall<'_> {
    fn drop(&mut self) {
        self.table.0.lock().waiting.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureKind;
    use proptest::prelude::*;
    use serde_json::json;

    fn line(n: u64) -> AnswerLine {
        AnswerLine::from_iter([("text".to_owned(), json!(n))])
    }

    proptest! {
        #[test]
        fn each_answer_goes_to_its_call_in_whatever_order(
            order in Just((1..=12u64).collect::<Vec<_>>()).prop_shuffle(),
            given_up in proptest::collection::vec(any::<bool>(), 12),
        ) {
            let table = CallTable::default();
            let mut calls: Vec<Option<WaitingCall>> =
                (0..12).map(|_| Some(table.register().unwrap())).collect();
            for (call, is_given_up) in calls.iter_mut().zip(&given_up) {
                if *is_given_up {
                    *call = None;
                }
            }
            for id in &order {
                prop_assert_eq!(table.answer(*id, Ok(line(*id))).ok(), Some(()));
                // A second answer to a call is nobody's.
                prop_assert_eq!(table.answer(*id, Ok(line(99))).ok(), Some(()));
            }
            prop_assert_eq!(table.answer(13, Ok(line(13))).err(), Some(UnknownId));
            prop_assert_eq!(table.answer(0, Ok(line(0))).err(), Some(UnknownId));
            for mut call in calls.into_iter().flatten() {
                let id = call.id;
                let answer = call.answer.try_recv().unwrap().unwrap();
                prop_assert_eq!(answer, line(id));
            }
        }
    }

    #[test]
    fn the_end_fails_what_waits_and_what_comes() {
        let table = CallTable::default();
        let mut call = table.register().unwrap();
        table.end(AttemptFailure::network(FailureKind::Cut, "gone"));
        let failed = call.answer.try_recv().unwrap().unwrap_err();
        assert_eq!(failed.failure.message, "gone");
        assert!(table.register().is_err() && table.has_ended());
    }
}
