//! Renders the prompts of variants and counts what they send; nothing is sent. `cost` does the arithmetic.

use super::{
    AnsweredCalls, DesignEstimate, ModelEstimate, Plan, PlannedTrial,
    call_counts::CallCounts,
    call_prompt::CallPrompt,
    estimate::LongestPrompt,
    priced_model::{Limits, PricedModel},
};
use crate::{
    catalog,
    cost::{CallGroup, CostEstimate, UnknownCost},
    dataset::DatasetError,
    model::{
        Params, Price, RequestTerms, Row, ServiceChoice, ServiceTier, Variant, max_output_tokens,
    },
    project::Project,
    tokens::{Counter, TokensError},
};
use std::sync::Arc;

/// Limits on what is rendered: more would be slow without saying more. Beyond them counts are scaled.
const MAX_VARIANTS: u64 = 1_000;
const MAX_PROMPTS: usize = 10_000;
const MAX_ROWS: usize = 2_000;
const MIN_ROWS: usize = 20;
/// Limit on the prompts that an exact tokenizer counts.
const MAX_TOKENIZED: usize = 1_000;

/// Up to `most` rows of a plan, evenly spaced.
pub fn sample_rows(plan: &Plan, most: usize) -> Result<Vec<Arc<Row>>, DatasetError> {
    let step = plan.dataset.len().div_ceil(most).max(1);
    let rows = (0..plan.dataset.len()).step_by(step);
    rows.map(|row| plan.dataset.row(row)).collect()
}

/// Renders variants, which need not be in the plan, and counts what they send.
pub struct PlanEstimator<'p> {
    plan: &'p Plan,
    rows: Vec<Arc<Row>>,
    models: Vec<PricedModel>,
    /// The service tier, where it is not a matter of the request parameters.
    service: Option<ServiceTier>,
}

impl<'p> PlanEstimator<'p> {
    /// Reads rows. Counts are exact for models whose vocabulary is known; an unusable tokenizer is returned beside the
    /// estimator, which then approximates.
    pub fn new(
        project: &Project,
        plan: &'p Plan,
    ) -> Result<(PlanEstimator<'p>, Vec<TokensError>), DatasetError> {
        let mut errors = Vec::new();
        let models = plan.models.iter().map(|model| {
            let known = project.model(model);
            let facts = catalog::facts(&model.model, project.endpoint(model));
            let exact = Counter::exact(&project.root, &model.model, known);
            PricedModel {
                counter: exact.unwrap_or_else(|error| {
                    errors.push(error);
                    Counter::approximate_of(&model.model)
                }),
                price: facts.price_at_most,
                context: facts.context,
                max_output: facts.max_output,
            }
        });
        let estimator = PlanEstimator {
            models: models.collect(),
            rows: sample_rows(plan, MAX_ROWS)?,
            plan,
            service: None,
        };
        Ok((estimator, errors))
    }

    /// The same for calls in a provider's batch API.
    pub fn in_batches(mut self) -> PlanEstimator<'p> {
        self.service = Some(ServiceTier::Batch);
        self
    }

    /// The terms of requests with these parameters, for each model.
    fn terms(&self, params: &[&Params]) -> Vec<RequestTerms> {
        let models = self.plan.models.iter();
        let terms = models.map(|model| {
            let terms = RequestTerms::of_request(&model.model, params);
            RequestTerms {
                service: self.service.map_or(terms.service, ServiceChoice::Of),
                ..terms
            }
        });
        terms.collect()
    }

    /// What the plan's own variants would send; see [`PlanEstimator::estimate`].
    pub fn estimate_plan(&self, answered: &AnsweredCalls<'_>) -> DesignEstimate {
        let variants = &self.plan.variants;
        let get = |n: u64| variants.get(n as usize).cloned();
        self.estimate(variants.len() as u64, &get, answered)
    }

    /// What these variants would send. `answered` is how many calls of a trial have an answer in the store.
    pub fn estimate(
        &self,
        variants: u64,
        get: &dyn Fn(u64) -> Option<Variant>,
        answered: &AnsweredCalls<'_>,
    ) -> DesignEstimate {
        let plan = self.plan;
        let taken = variants.min(MAX_VARIANTS) as usize;
        let rows_each = (MAX_PROMPTS / taken.max(1)).max(MIN_ROWS);
        let step = self.rows.len().div_ceil(rows_each).max(1);
        let rows: Vec<&Arc<Row>> = self.rows.iter().step_by(step).collect();
        let count_step = rows
            .len()
            .div_ceil((MAX_TOKENIZED / taken.max(1)).max(1))
            .max(1);
        let samples = plan.experiment.samples as u32;
        let content_free = plan.scorer.content_free_prompts() as u32;
        // Calls per rendered call of one variant and model.
        let row_scale = plan.dataset.len() as f64 / rows.len().max(1) as f64;
        let scale = row_scale * variants as f64 / taken.max(1) as f64;
        let mut estimate = DesignEstimate {
            scaled: scale > 1.0,
            ..DesignEstimate::default()
        };
        let mut groups = vec![(Vec::new(), Vec::new()); plan.models.len()];
        let mut longest: Vec<Option<LongestPrompt>> = vec![None; plan.models.len()];
        let mut has_conversations = false;
        let mut unknown_costs: Vec<Option<UnknownCost>> = vec![None; plan.models.len()];
        for i in 0..taken as u64 {
            let number = u128::from(i) * u128::from(variants) / taken as u128;
            let Some(variant) = get(number as u64) else {
                continue;
            };
            let params = [&plan.experiment.params, &variant.params];
            let max_output = max_output_tokens(&params);
            let mut terms = self.terms(&params);
            let mut counts = vec![CallCounts::default(); plan.models.len()];
            let of_params = self.models.iter();
            let of_params = of_params.map(|model| model.counter.parameters_at_most(&params));
            let of_params: Vec<u64> = of_params.collect();
            let computes_with_replies = plan.templates.computes_with_replies(variant.template);
            let mut no_bound = None;
            let mut rounds = 0;
            for (r, row) in rows.iter().enumerate() {
                let prompt = match plan.prompt_of(&variant, row) {
                    Ok(prompt) => prompt,
                    Err(error) => {
                        estimate.add_error(&variant.name, row, error);
                        break;
                    }
                };
                let calls = prompt.calls();
                has_conversations |= !prompt.replies.is_empty();
                if plan.may_call_tools(&prompt) {
                    no_bound = Some(UnknownCost::ToolAnswers);
                    rounds = plan.tool_rounds() as u64;
                } else if computes_with_replies && calls > 1 {
                    no_bound = Some(UnknownCost::Replies);
                } else if prompt.has_documents() {
                    no_bound = no_bound.or(Some(UnknownCost::Documents));
                }
                for (model, priced) in self.models.iter().enumerate() {
                    let sum = &mut counts[model];
                    let answered = |sample| {
                        let trial = PlannedTrial {
                            model,
                            variant: &variant,
                            row,
                            prompt: &prompt,
                            sample,
                        };
                        answered(&trial).min(calls)
                    };
                    let answered: Vec<usize> = (0..samples).map(answered).collect();
                    let new: usize = answered.iter().map(|answered| calls - answered).sum();
                    sum.calls += calls as f64;
                    sum.new_calls += new as f64;
                    let terms = &mut terms[model];
                    terms.media = prompt.has_media();
                    let output = priced.output_limit(&params);
                    let is_counted = priced.counter.estimates() || r % count_step == 0;
                    // Calls of one trial, the first ones first.
                    for call in 0..calls {
                        let sent = CallPrompt::new(&prompt, call);
                        let new = answered.iter().filter(|answered| **answered <= call);
                        let new = new.count() as f64;
                        let heard = sent.heard * output.unwrap_or(0);
                        let added = priced.counter.additions_at_most(&sent.prompt);
                        let fixed = heard + added + of_params[model];
                        let usd = |texts| priced.at_most_usd(texts + fixed, output, terms);
                        let bytes = sent.bytes();
                        if !is_counted {
                            let usd = usd((bytes * sum.density).ceil() as u64);
                            sum.add_usd(usd, samples, new);
                            continue;
                        }
                        let tokens = sent.tokens(&priced.counter, max_output);
                        let at_most = priced.counter.texts_at_most(&sent.prompt);
                        sum.density = sum.density.max(at_most as f64 / bytes);
                        sum.add_usd(usd(at_most), samples, new);
                        sum.counted += 1.0;
                        sum.tokens += tokens.tokens as f64;
                        sum.new_counted += new;
                        sum.new_tokens += new * tokens.tokens as f64;
                        let (m, max_output) = (model, max_output.unwrap_or(0));
                        if longest[m].as_ref().is_none_or(|l| {
                            l.tokens.tokens + l.max_output < tokens.tokens + max_output
                        }) {
                            longest[m] = Some(LongestPrompt {
                                tokens,
                                name: format!("{}, row {}", variant.name, row.id),
                                template: variant.template,
                                max_output,
                            });
                        }
                    }
                }
            }
            let limits = self.models.iter().zip(&terms).map(|(model, terms)| {
                let is_free = model.price.as_ref().is_some_and(Price::is_free);
                let mut limits = model.limits(model.output_limit(&params), terms);
                limits.unknown_cost = limits.unknown_cost.or(no_bound).filter(|_| !is_free);
                limits.max_output = limits
                    .max_output
                    .map(|most| most.saturating_mul(1 + rounds));
                limits
            });
            let limits: Vec<Limits> = limits.collect();
            for (unknown, limits) in unknown_costs.iter_mut().zip(&limits) {
                *unknown = unknown.or(limits.unknown_cost);
            }
            for ((sum, limits), (all, new)) in counts.iter().zip(&limits).zip(&mut groups) {
                all.push(sum.all(f64::from(samples) * scale, limits));
                new.push(sum.unanswered(scale, limits));
            }
            if content_free > 0 {
                let calls = f64::from(content_free) * variants as f64 / taken.max(1) as f64;
                for ((sum, limits), (all, new)) in counts.iter().zip(&limits).zip(&mut groups) {
                    let group = sum.others(calls, limits);
                    all.push(group);
                    new.push(group);
                }
            }
            let new: f64 = counts.iter().map(|sum| sum.new_calls).sum();
            estimate.variant_new.push((new * row_scale).round() as u64);
            let mean = counts.first().map_or(0.0, CallCounts::mean_tokens);
            estimate.variant_tokens.push(mean);
        }
        let calls = variants.saturating_mul(plan.dataset.len() as u64) * u64::from(samples)
            + variants.saturating_mul(u64::from(content_free));
        let models = self.models.iter().zip(groups).zip(longest).enumerate();
        estimate.models = models
            .map(|(m, ((priced, (all, new)), longest))| {
                let approximate = priced.counter.estimates()
                    || estimate.scaled
                    || count_step > 1
                    || has_conversations;
                let of_all: f64 = all.iter().map(|group: &CallGroup| group.calls).sum();
                let calls = match has_conversations {
                    true => of_all.round() as u64,
                    false => calls,
                };
                let to_send: f64 = new.iter().map(|group| group.calls).sum();
                ModelEstimate {
                    model: plan.models[m].clone(),
                    calls,
                    to_send: (to_send.round() as u64).min(calls),
                    all: CostEstimate::new(&all, approximate),
                    new: CostEstimate::new(&new, approximate),
                    longest,
                    context: priced.context,
                    unknown_cost: unknown_costs[m],
                }
            })
            .collect();
        estimate
    }
}
