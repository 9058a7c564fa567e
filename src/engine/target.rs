//! A model that requests are sent to, and what is known about its endpoint.

use super::{budget::TokenEstimate, endpoint_state::EndpointState, prompt_cuts::PromptCutDetector};
use crate::{
    cost::max_output_tokens,
    endpoint::{Client, EndpointChange, ModelLimits},
    model::{
        Completion, CutPrompts, FailureKind, ModelRef, Params, Price, Prompt, RunEvent, Usage,
    },
    project::Budget,
    retry::AttemptFailure,
    tokens::{self, Counter},
};
use std::{sync::Arc, time::Duration};

/// A model that requests are sent to.
pub(super) struct ModelTarget {
    pub(super) name: ModelRef,
    pub(super) client: Client,
    pub(super) stream: bool,
    pub(super) endpoint: Arc<EndpointState>,
    pub(super) limits: ModelLimits,
    pub(super) price: Option<Price>,
    pub(super) cuts: PromptCutDetector,
    counter: Counter,
}

impl ModelTarget {
    pub(super) fn new(
        name: ModelRef,
        client: Client,
        endpoint: Arc<EndpointState>,
        stream: bool,
    ) -> ModelTarget {
        let spec = client.spec();
        let known = spec.models.get(&name.model);
        ModelTarget {
            price: tokens::price(&name.model, known),
            cuts: PromptCutDetector::default(),
            counter: Counter::approximate(),
            stream: spec.stream.unwrap_or(stream),
            limits: endpoint.limits.model(&name.model),
            name,
            client,
            endpoint,
        }
    }

    /// Whether no connection was made and none ever was.
    pub(super) fn is_unreachable(&self, failed: &AttemptFailure) -> bool {
        failed.failure.kind == FailureKind::Connect && !self.limits.has_answered()
    }

    /// How long a request may take.
    pub(super) fn patience(&self) -> Duration {
        let timeout = self.client.spec().timeout;
        timeout.mul_f64(self.limits.patience())
    }

    /// The event of a change of its endpoint.
    pub(super) fn event(&self, change: EndpointChange) -> RunEvent {
        let endpoint = self.name.endpoint.clone();
        match change {
            EndpointChange::Down(cause) => RunEvent::EndpointDown { endpoint, cause },
            EndpointChange::Back { after } => RunEvent::EndpointBack { endpoint, after },
            EndpointChange::Slowed { in_flight, wait } => RunEvent::SlowedDown {
                endpoint,
                wait,
                in_flight,
            },
        }
    }

    /// The tokens that a request may need; the prompt is counted only where a limit or a budget asks for it.
    pub(super) fn estimate(
        &self,
        prompt: &Prompt,
        params: &[&Params],
        budget: &Budget,
    ) -> TokenEstimate {
        let counts = self.limits.counts_tokens() || budget.usd.is_some();
        TokenEstimate {
            prompt: match counts {
                true => self.counter.prompt(prompt).tokens,
                false => 0,
            },
            max_output: max_output_tokens(params),
        }
    }

    /// Estimate the tokens that the endpoint did not report.
    pub(super) fn answered(&self, mut completion: Completion, prompt: &Prompt) -> Completion {
        let usage = &mut completion.usage;
        if usage.estimated {
            if usage.prompt == 0 {
                usage.prompt = self.counter.prompt(prompt).tokens;
            }
            if usage.completion == 0 {
                let thoughts = completion.reasoning.as_deref().unwrap_or("");
                usage.completion =
                    self.counter.text(&completion.text).tokens + self.counter.text(thoughts).tokens;
            }
        }
        completion
    }

    /// Whether the server seems to have cut the prompt of an answer, the first of this model.
    pub(super) fn check_prompt(&self, usage: &Usage, prompt: &Prompt) -> Option<CutPrompts> {
        self.cuts.check(&self.name, usage, prompt, &self.counter)
    }

    /// What an answer cost in dollars, where the price is known.
    pub(super) fn cost_usd(&self, usage: &Usage) -> Option<f64> {
        Some(self.price?.cost_usd(usage))
    }
}
