//! Answers that earlier runs have cut at `max_tokens`, requested again with more room. Which they are is read off the
//! store, trial by trial, so that a run that was killed goes on like any other.

use super::{
    stored_answer::{AnswerQuery, AnswerSearch},
    target::ModelTarget,
};
use crate::{
    endpoint::WireRequest,
    model::{Params, Prompt, RaisedMaxTokens, Row},
    store::{CompletionKey, Store, StoreError},
};
use parking_lot::Mutex;
use std::collections::HashSet;

/// The request of a trial, and where its answer is kept.
pub(super) struct TrialRequest {
    pub(super) request: WireRequest,
    pub(super) key: CompletionKey,
    /// The parameters that give more room; empty where there is no need.
    pub(super) raised: Params,
}

impl TrialRequest {
    pub(super) fn new(
        target: &ModelTarget,
        row: &Row,
        prompt: &Prompt,
        params: [&Params; 2],
        raised: Params,
        sample: u32,
    ) -> TrialRequest {
        let [experiment, variant] = params;
        let params = [experiment, variant, &raised];
        let (request, key) = (target.requests).request(row, prompt, &params, sample, target.stream);
        TrialRequest {
            request,
            key,
            raised,
        }
    }
}

/// How a run gives cut answers more room, and which it gave.
#[derive(Default)]
pub(super) struct MoreRoom {
    raised: RaisedMaxTokens,
    keys: Mutex<HashSet<CompletionKey>>,
}

impl MoreRoom {
    pub(super) fn new(raised: RaisedMaxTokens) -> MoreRoom {
        MoreRoom {
            raised,
            ..MoreRoom::default()
        }
    }

    /// The request of a trial: with more room where its answer is known and was cut.
    pub(super) fn request(
        &self,
        store: &Store,
        target: &ModelTarget,
        row: &Row,
        prompt: &Prompt,
        params: [&Params; 2],
        sample: u32,
    ) -> Result<TrialRequest, StoreError> {
        let query = AnswerQuery {
            target: &target.requests,
            row,
            prompt,
            params,
            sample,
        };
        let search = AnswerSearch::new(store, query, &self.raised.limits())?;
        let raised = match self.raised.stored_only {
            true => search.answer.map_or(Params::new(), |answer| answer.raised),
            false => search.raised,
        };
        let request = TrialRequest::new(target, row, prompt, params, raised, sample);
        if !request.raised.is_empty() {
            self.keys.lock().insert(request.key);
        }
        Ok(request)
    }

    /// Whether a request was given more room.
    pub(super) fn has_raised(&self, key: &CompletionKey) -> bool {
        self.keys.lock().contains(key)
    }
}
