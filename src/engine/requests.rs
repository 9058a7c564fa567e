//! The requests of a plan, for those who send them elsewhere.

use super::{EngineError, Plan, TrialOrder, order::Schedule};
use crate::{
    endpoint::{WireRequest, identity},
    project::EndpointSpec,
    store::CompletionKey,
};
use bytes::Bytes;

/// A request that was not sent.
#[derive(Debug, Clone)]
pub struct PlannedRequest {
    /// Where its answer belongs.
    pub key: CompletionKey,
    pub body: Bytes,
}

impl Plan {
    /// The requests of one model at its endpoint, in the order in which they would be sent; one is held at a time. Rows that
    /// ask the same have the same key.
    pub fn requests<'a>(
        &'a self,
        model: usize,
        endpoint: &'a EndpointSpec,
    ) -> impl Iterator<Item = Result<PlannedRequest, EngineError>> + 'a {
        let schedule = Schedule::new(self, TrialOrder::Prefix);
        let identity = identity(endpoint);
        (0..schedule.len()).map(move |number| {
            let (variant, row, sample) = schedule.cell(number);
            let row = self.dataset.row(row as usize)?;
            let prompt = self.prompt(variant as usize, &row)?;
            let params = self.params(variant as usize);
            let model = &self.models[model].model;
            let request = WireRequest::new(endpoint.api, model, &prompt, &params, false);
            Ok(PlannedRequest {
                key: CompletionKey::new(&identity, &request.body, sample),
                body: request.body,
            })
        })
    }
}
