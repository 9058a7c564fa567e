//! A model that requests are sent to, and what is known about its endpoint.

use super::{
    EngineError,
    answer_watch::AnswerWatch,
    endpoint_state::EndpointState,
    prompt_cuts::PromptCutDetector,
    stored_answer::RequestTarget,
    variant_failures::{MIN_SAME_FAILURES, VariantFailures},
};
use crate::{
    catalog,
    cost::TokenEstimate,
    endpoint::{Client, EndpointChange, ModelLimits},
    model::{
        Completion, CutPrompts, EndpointWarning, Failure, FailureKind, ModelRef, Params, Price,
        Prompt, RequestTerms, RunEvent, ServiceChoice, Usage, max_output_tokens, output_limit,
    },
    project::Budget,
    retry::AttemptFailure,
    tokens::Counter,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// A model that requests are sent to.
pub(super) struct ModelTarget {
    pub(super) name: ModelRef,
    pub(super) client: Client,
    pub(super) requests: RequestTarget,
    pub(super) stream: bool,
    pub(super) endpoint: Arc<EndpointState>,
    pub(super) limits: ModelLimits,
    pub(super) price: Option<Price>,
    /// The most that a request costs, wherever it is processed.
    pub(super) price_at_most: Option<Price>,
    /// The longest answer that the model gives, where that is known.
    max_output: Option<u64>,
    /// The most by which a reported prompt exceeded its bound, without documents and with some: this server adds more than is known.
    prompt_excess: [AtomicU64; 2],
    /// The longest answer that was longer than its request allowed, of several the mean: this server does not keep to limits.
    longest_excess: AtomicU64,
    /// Whether an answer came from another service tier than was asked for.
    is_tier_chosen: AtomicBool,
    pub(super) cuts: PromptCutDetector,
    /// The name under which it answered in a run that is resumed.
    earlier_name: Option<String>,
    answers: AnswerWatch,
    pub(super) failures: VariantFailures,
    /// Whether it was reported that the server ends streams early.
    are_stream_cuts_reported: AtomicBool,
    counter: Counter,
    /// Held by the first trial of a run that needs log-probabilities, until its answer has shown that there are some.
    pub(super) first_logprobs: tokio::sync::Mutex<()>,
    has_logprobs: AtomicBool,
}

impl ModelTarget {
    pub(super) fn new(
        name: ModelRef,
        client: Client,
        requests: RequestTarget,
        endpoint: Arc<EndpointState>,
        stream: bool,
    ) -> ModelTarget {
        let spec = client.spec();
        let facts = catalog::facts(&name.model, Some(spec));
        ModelTarget {
            requests,
            price: facts.price,
            price_at_most: facts.price_at_most,
            max_output: facts.max_output,
            prompt_excess: [AtomicU64::new(0), AtomicU64::new(0)],
            longest_excess: AtomicU64::new(0),
            is_tier_chosen: AtomicBool::new(false),
            cuts: PromptCutDetector::default(),
            earlier_name: None,
            answers: AnswerWatch::default(),
            failures: VariantFailures::default(),
            are_stream_cuts_reported: AtomicBool::new(false),
            counter: Counter::approximate_of(&name.model),
            first_logprobs: tokio::sync::Mutex::default(),
            has_logprobs: AtomicBool::new(false),
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
        let only = |counts: bool, count: &dyn Fn() -> u64| if counts { count() } else { 0 };
        let mut terms = RequestTerms::of_request(&self.name.model, params);
        terms.media = prompt.has_media();
        if self.is_tier_chosen.load(Ordering::Relaxed) {
            terms.service = ServiceChoice::Any;
        }
        let limit = output_limit(params, self.max_output);
        let excess = self.longest_excess.load(Ordering::Relaxed);
        TokenEstimate {
            prompt: only(self.limits.counts_tokens(), &|| {
                self.counter.prompt(prompt).tokens
            }),
            prompt_at_most: only(budget.usd.is_some(), &|| {
                self.counter.prompt_at_most(prompt, params)
            }),
            prompt_excess: self.prompt_excess(prompt).load(Ordering::Relaxed),
            max_output: max_output_tokens(params),
            output_at_most: limit.map(|limit| limit.max(excess)),
            terms,
        }
    }

    /// The pages of documents are not bounded: what one has beyond its estimate says nothing of prompts without any.
    fn prompt_excess(&self, prompt: &Prompt) -> &AtomicU64 {
        &self.prompt_excess[usize::from(prompt.has_documents())]
    }

    /// Learn from an answer what the next ones may cost.
    pub(super) fn record_usage(&self, usage: &Usage, prompt: &Prompt, estimate: &TokenEstimate) {
        let terms = &estimate.terms;
        let answers = terms.more_answers.saturating_add(1);
        let of_one = usage.completion.saturating_sub(terms.predicted);
        let of_one = of_one.div_ceil(answers);
        if estimate.output_at_most.is_some_and(|most| of_one > most) {
            self.longest_excess.fetch_max(of_one, Ordering::Relaxed);
        }
        if estimate.prompt_at_most > 0 {
            let excess = usage.prompt.saturating_sub(estimate.prompt_at_most);
            self.prompt_excess(prompt)
                .fetch_max(excess, Ordering::Relaxed);
        }
        let tier = usage.billing.service_tier;
        if !tier.is_standard() && estimate.terms.service != ServiceChoice::Of(tier) {
            self.is_tier_chosen.store(true, Ordering::Relaxed);
        }
    }

    /// An error where dollars are capped and the cap would not hold: nothing says what the model costs, or a parameter lets the
    /// server take more than it is sent.
    pub(super) fn check_price<'a>(
        &self,
        budget: &Budget,
        mut params: impl Iterator<Item = [&'a Params; 2]>,
    ) -> Result<(), EngineError> {
        if budget.usd.is_none() || !self.client.spec().needs_price() {
            return Ok(());
        }
        match &self.price {
            None => return Err(EngineError::NoPrice(self.name.clone())),
            Some(price) if price.is_free() => return Ok(()),
            Some(_) => {}
        }
        let unbounded =
            |params: [&'a Params; 2]| RequestTerms::of_request(&self.name.model, &params).unbounded;
        match params.find_map(unbounded) {
            Some(parameter) => Err(EngineError::UnboundedCost(parameter)),
            None => Ok(()),
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

    /// Continue a run whose answers came under this name, and with this fingerprint.
    pub(super) fn continue_as(&mut self, [name, fingerprint]: [Option<Option<String>>; 2]) {
        self.earlier_name = name.map(|name| name.unwrap_or_else(|| self.name.model.clone()));
        self.answers
            .continue_from(self.earlier_name.clone(), fingerprint.flatten());
    }

    /// The names before and now, where an answer comes from another model than the answers of a resumed run.
    pub(super) fn other_name(&self, completion: &Completion) -> Option<(String, String)> {
        let now = completion.served_by.as_ref().unwrap_or(&self.name.model);
        let before = self.earlier_name.as_ref()?;
        (before != now).then(|| (before.clone(), now.clone()))
    }

    /// Whether an answer had log-probabilities.
    pub(super) fn has_logprobs(&self) -> bool {
        self.has_logprobs.load(Ordering::Acquire)
    }

    pub(super) fn record_logprobs(&self) {
        self.has_logprobs.store(true, Ordering::Release);
    }

    /// Look at an answer; what to warn of, once per kind.
    pub(super) fn check_answer(&self, completion: &Completion) -> Vec<EndpointWarning> {
        self.answers.record(&self.name, completion)
    }

    /// That the server ends streams early, once.
    pub(super) fn check_streams(&self) -> Option<EndpointWarning> {
        let warning = self.stream_cuts()?;
        let is_reported = self.are_stream_cuts_reported.swap(true, Ordering::Relaxed);
        (!is_reported).then_some(warning)
    }

    fn stream_cuts(&self) -> Option<EndpointWarning> {
        let streams = self.client.cut_streams()?;
        let model = self.name.clone();
        Some(EndpointWarning::UnfinishedStreams { model, streams })
    }

    /// Why variants are stopped: one sentence per failure.
    pub(super) fn stopped_variants(&self, variants: usize) -> Vec<String> {
        let stopped = self.failures.all_stopped().into_iter();
        let sentence = |(failure, n): (Failure, usize)| match variants {
            1 => format!(
                "{}: {failure}; so all of the first {MIN_SAME_FAILURES} trials, and the others were not sent",
                self.name
            ),
            _ => format!(
                "{}: {failure}; in {n} of {variants} variants, whose other trials were not sent",
                self.name
            ),
        };
        stopped.map(sentence).collect()
    }

    /// All that makes its answers less sure.
    pub(super) fn warnings(&self) -> Vec<EndpointWarning> {
        let mut all = self.answers.warnings(&self.name);
        all.extend(self.stream_cuts());
        all
    }

    /// What an answer cost in dollars, where that is known.
    pub(super) fn cost_usd(&self, completion: &Completion) -> Option<f64> {
        completion.cost_usd(self.price.as_ref())
    }

    /// What an answer takes from a budget in dollars: what its server reports, else the most that it cost, as where it was processed
    /// is not known.
    pub(super) fn budget_usd(&self, completion: &Completion, terms: &RequestTerms) -> f64 {
        completion.reported_cost_usd.unwrap_or_else(|| {
            let usd = self
                .price_at_most
                .as_ref()
                .map(|p| p.cost_usd(&completion.usage));
            terms.with_surcharge(usd.unwrap_or(0.0))
        })
    }
}
