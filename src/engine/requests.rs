//! The requests of a plan, for those who send them elsewhere.

use super::{EngineError, Plan, RequestTarget, TrialOrder, order::Schedule};
use crate::{
    endpoint::{Client, identity},
    model::ModelRef,
    project::EndpointSpec,
    store::{CompletionKey, Store},
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
    /// What the requests to a model of the plan depend on.
    pub fn request_target(&self, endpoint: &EndpointSpec, model: &ModelRef) -> RequestTarget {
        let answer = self.experiment.answer.as_deref();
        RequestTarget::new(identity(endpoint), endpoint, model, answer)
    }

    /// The same of a client that is open.
    pub(super) fn client_target(&self, client: &Client, model: &ModelRef) -> RequestTarget {
        let answer = self.experiment.answer.as_deref();
        RequestTarget::new(client.identity().to_owned(), client.spec(), model, answer)
    }

    /// Whether the store has the answers to all requests to an endpoint.
    pub(super) fn is_answered(
        &self,
        name: &str,
        endpoint: &EndpointSpec,
        store: &Store,
    ) -> Result<bool, EngineError> {
        let models = self.models.iter().enumerate();
        for (model, _) in models.filter(|(_, model)| model.endpoint == name) {
            for request in self.requests(model, endpoint) {
                let key = match request {
                    Ok(request) => request.key,
                    // What later calls of a conversation send is known by its replies only.
                    Err(EngineError::ConversationInBatch { .. }) => return Ok(false),
                    Err(error) => return Err(error),
                };
                if store.completion(&key)?.is_none() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The requests of one model at its endpoint, in the order in which they would be sent; one is held at a time. Rows that
    /// ask the same have the same key.
    pub fn requests<'a>(
        &'a self,
        model: usize,
        endpoint: &'a EndpointSpec,
    ) -> impl Iterator<Item = Result<PlannedRequest, EngineError>> + 'a {
        let schedule = Schedule::new(self, TrialOrder::Prefix);
        let target = self.request_target(endpoint, &self.models[model]);
        (0..schedule.len()).map(move |number| {
            let (variant, row, sample) = schedule.cell(number);
            let row = self.dataset.row(row as usize)?;
            let prompt = self.prompt(variant as usize, &row)?;
            if !self.is_one_call(&prompt) {
                return Err(EngineError::ConversationInBatch {
                    variant: self.variants[variant as usize].name.clone(),
                });
            }
            let prompt = prompt.call(0);
            let params = self.params(variant as usize);
            let (request, key) = target.request(&row, &prompt, &params, sample, false);
            if let Some(problem) = request.problem {
                return Err(EngineError::Request(problem.to_string()));
            }
            Ok(PlannedRequest {
                key,
                body: request.body,
            })
        })
    }
}
