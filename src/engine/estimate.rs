//! What variants of a plan would send: prompts are rendered and counted, nothing is sent.
//!
//! `check`, `batch` and the session read the same [`DesignEstimate`]; `cost` does the arithmetic.

use super::{Conversation, EngineError, Plan, RequestTarget};
use crate::{
    catalog,
    cost::{CallGroup, CostEstimate, UnknownCost},
    dataset::DatasetError,
    display::count,
    model::{
        MessagePiece, ModelRef, Price, Prompt, Reply, RequestTerms, Row, ServiceChoice,
        ServiceTier, Variant, max_output_tokens, unbounded_model,
    },
    project::Project,
    store::Store,
    template::TemplateError,
    tokens::{Counter, TokenCount, TokensError},
};
use std::{borrow::Cow, sync::Arc};

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

/// What variants would send to one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelEstimate {
    pub model: ModelRef,
    pub calls: u64,
    /// Calls without an answer in the store.
    pub to_send: u64,
    /// What all calls take.
    pub all: CostEstimate,
    /// What the calls to send take.
    pub new: CostEstimate,
    pub longest: Option<LongestPrompt>,
    /// The model's context window in tokens, if known.
    pub context: Option<u64>,
    /// Why nothing is said of what its calls cost at most.
    pub unknown_cost: Option<UnknownCost>,
}

/// The prompt that needs the largest context window.
#[derive(Debug, Clone, PartialEq)]
pub struct LongestPrompt {
    pub tokens: TokenCount,
    /// Variant and row.
    pub name: String,
    pub template: usize,
    /// 0 if unlimited.
    pub max_output: u64,
}

/// A prompt that cannot be rendered: the first one of its variant, and of all variants with the same error.
#[derive(Debug)]
pub struct PromptError {
    variant: String,
    row: String,
    /// Variants besides this one.
    others: usize,
    pub error: TemplateError,
}

impl PromptError {
    /// Which prompt it is: `careful, row s01, and 3 more variants`.
    pub fn prompt_name(&self) -> String {
        let others = match self.others {
            0 => String::new(),
            n => format!(", and {}", count(n, "more variant")),
        };
        format!("{}, row {}{others}", self.variant, self.row)
    }
}

/// What variants would send.
#[derive(Debug, Default)]
pub struct DesignEstimate {
    pub models: Vec<ModelEstimate>,
    /// Mean prompt tokens of each rendered variant, counted for the first model.
    pub variant_tokens: Vec<f64>,
    /// Calls of each rendered variant that are to be sent, over all models.
    pub variant_new: Vec<u64>,
    /// Whether only a part of the prompts was rendered.
    pub scaled: bool,
    pub errors: Vec<PromptError>,
}

impl DesignEstimate {
    fn add_error(&mut self, variant: &str, row: &Row, error: TemplateError) {
        match self.errors.iter_mut().find(|e| e.error.is_same(&error)) {
            Some(known) => known.others += 1,
            None => self.errors.push(PromptError {
                variant: variant.to_owned(),
                row: row.id.clone(),
                others: 0,
                error,
            }),
        }
    }
}

/// Renders variants, which need not be in the plan, and counts what they send.
pub struct PlanEstimator<'p> {
    plan: &'p Plan,
    rows: Vec<Arc<Row>>,
    models: Vec<PricedModel>,
    /// The service tier, where it is not a matter of the request parameters.
    service: Option<ServiceTier>,
}

struct PricedModel {
    counter: Counter,
    /// The most that a request costs, wherever it is processed.
    price: Option<Price>,
    context: Option<u64>,
    /// The longest answer that it gives.
    max_output: Option<u64>,
    /// The end of its name by which its server adds to prompts what nothing bounds.
    unbounded: Option<&'static str>,
}

/// A trial that would be sent.
#[derive(Debug, Clone, Copy)]
pub struct PlannedTrial<'a> {
    /// By its index in the plan.
    pub model: usize,
    pub variant: &'a Variant,
    pub row: &'a Arc<Row>,
    pub prompt: &'a Prompt,
    pub sample: u32,
}

impl PlannedTrial<'_> {
    /// How many of its calls have an answer in the store; those of a reply that calls tools count as one, once it is given.
    pub fn answered_calls(
        &self,
        plan: &Plan,
        store: &Store,
        target: &RequestTarget,
        limits: &[u64],
    ) -> Result<usize, EngineError> {
        let prompt = self.prompt.clone();
        let mut conversation = Conversation::new(plan, self.variant, self.row, prompt);
        conversation.take_stored(store, target, self.sample, limits)?;
        Ok(conversation.answered())
    }
}

/// How many calls of a trial have an answer in the store.
pub type AnsweredCalls<'a> = dyn Fn(&PlannedTrial<'_>) -> usize + 'a;

/// What one call of a prompt sends, with placeholders for what the model said before.
struct CallPrompt<'a> {
    prompt: Cow<'a, Prompt>,
    /// How often it holds an earlier reply.
    heard: u64,
}

impl CallPrompt<'_> {
    /// The call of this number, from 0.
    fn new(prompt: &Prompt, call: usize) -> CallPrompt<'_> {
        if prompt.replies.is_empty() {
            return CallPrompt {
                prompt: Cow::Borrowed(prompt),
                heard: 0,
            };
        }
        let sent = prompt.call(call);
        // Quoted ones may be in capitals.
        let texts = sent.messages.iter().map(|m| m.content.to_lowercase());
        let texts: Vec<String> = texts.collect();
        let heard = sent.replies.iter().map(|reply| {
            let placeholder = Reply::placeholder(&reply.name).to_lowercase();
            let times = texts.iter().map(|text| text.matches(&placeholder).count());
            times.sum::<usize>() as u64
        });
        CallPrompt {
            heard: heard.sum(),
            prompt: Cow::Owned(sent),
        }
    }

    /// Bytes of its texts.
    fn bytes(&self) -> f64 {
        let pieces = self.prompt.messages.iter().flat_map(|m| m.pieces());
        let bytes = pieces.map(|piece| match piece {
            MessagePiece::Text(text) => text.len(),
            MessagePiece::Media(_) => 0,
        });
        bytes.sum::<usize>().max(1) as f64
    }

    /// Its tokens, where a reply has at most `max_output` of them.
    fn tokens(&self, counter: &Counter, max_output: Option<u64>) -> TokenCount {
        let TokenCount { tokens, estimated } = counter.prompt(&self.prompt);
        TokenCount {
            tokens: tokens + self.heard * max_output.unwrap_or(0),
            estimated: estimated || self.heard > 0,
        }
    }
}

/// Counts of one variant and one model over the rendered rows.
#[derive(Clone, Copy, Default)]
struct Counts {
    calls: f64,
    tokens: f64,
    new_calls: f64,
    /// Calls to send of the rows whose tokens were counted, and their tokens.
    new_counted: f64,
    new_tokens: f64,
    counted: f64,
    /// The most tokens per byte of the texts that were counted exactly.
    density: f64,
    /// What the calls of these rows cost at most, where price and limit are known, and those to send; how many calls these are.
    usd: f64,
    new_usd: f64,
    usd_calls: f64,
    /// What the dearest of them costs at most.
    dearest_usd: f64,
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
                unbounded: unbounded_model(&model.model),
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
            let mut terms = RequestTerms::of_params(&params);
            if let Some(service) = self.service {
                terms.service = ServiceChoice::Of(service);
            }
            let mut counts = vec![Counts::default(); plan.models.len()];
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
                    terms.media = prompt.has_media();
                    let reply_limit = max_output.or(priced.max_output).unwrap_or(0);
                    let is_counted = priced.counter.estimates() || r % count_step == 0;
                    // Calls of one trial, the first ones first.
                    for call in 0..calls {
                        let sent = CallPrompt::new(&prompt, call);
                        let new = answered.iter().filter(|answered| **answered <= call);
                        let new = new.count() as f64;
                        let heard = sent.heard * reply_limit;
                        let added = priced.counter.additions_at_most(&sent.prompt);
                        let fixed = heard + added + of_params[model];
                        let usd = |texts| priced.at_most_usd(texts + fixed, max_output, &terms);
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
            let limits = self.models.iter().map(|model| {
                let is_free = model.price.as_ref().is_some_and(Price::is_free);
                let mut limits = model.limits(max_output, &terms);
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
            let mean = counts.first().map_or(0.0, Counts::mean_tokens);
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

/// What bounds the calls of a variant to one model.
#[derive(Clone, Copy)]
struct Limits {
    /// Tokens of all answers to one call.
    max_output: Option<u64>,
    unknown_cost: Option<UnknownCost>,
}

impl PricedModel {
    /// The bounds under a limit and the terms of the request parameters.
    fn limits(&self, max_output: Option<u64>, terms: &RequestTerms) -> Limits {
        let max_output = max_output.or(self.max_output);
        let answers = terms.more_answers.saturating_add(1);
        Limits {
            max_output: max_output.map(|most| most.saturating_mul(answers)),
            unknown_cost: match (&self.price, max_output, terms.unbounded.or(self.unbounded)) {
                (None, ..) => Some(UnknownCost::NoPrice),
                (_, _, Some(parameter)) => Some(UnknownCost::Parameter(parameter)),
                (_, None, _) => Some(UnknownCost::NoLimit),
                _ => None,
            },
        }
    }

    /// What one call costs at most; 0 where that is not known.
    fn at_most_usd(&self, prompt: u64, max_output: Option<u64>, terms: &RequestTerms) -> f64 {
        let known = self.price.as_ref().zip(max_output.or(self.max_output));
        known.map_or(0.0, |(price, output)| {
            price.at_most_usd(prompt, output, terms)
        })
    }
}

impl Counts {
    /// Add a rendered prompt, with what a call costs at most.
    fn add_usd(&mut self, usd: f64, samples: u32, new: f64) {
        self.usd += f64::from(samples) * usd;
        self.new_usd += new * usd;
        self.usd_calls += f64::from(samples);
        self.dearest_usd = self.dearest_usd.max(usd);
    }

    fn mean_tokens(&self) -> f64 {
        self.tokens / self.counted.max(1.0)
    }

    /// All calls, `scale` for each rendered prompt.
    fn all(&self, scale: f64, limits: &Limits) -> CallGroup {
        self.group(self.calls * scale, limits)
    }

    /// Calls with prompts of mean length.
    fn group(&self, calls: f64, limits: &Limits) -> CallGroup {
        CallGroup {
            calls,
            prompt_tokens: self.mean_tokens() * calls,
            max_output: limits.max_output,
            usd_at_most: match limits.unknown_cost {
                None => Some(self.usd * (calls / self.usd_calls.max(1.0))),
                Some(_) => None,
            },
        }
    }

    /// Calls with prompts that were not rendered, none of them longer than the longest that was.
    fn others(&self, calls: f64, limits: &Limits) -> CallGroup {
        let group = self.group(calls, limits);
        CallGroup {
            usd_at_most: group.usd_at_most.map(|_| self.dearest_usd * calls),
            ..group
        }
    }

    /// The calls to send, `scale` for each one counted.
    fn unanswered(&self, scale: f64, limits: &Limits) -> CallGroup {
        let calls = self.new_calls * scale;
        let mean = match self.new_counted {
            0.0 => self.mean_tokens(),
            counted => self.new_tokens / counted,
        };
        CallGroup {
            calls,
            prompt_tokens: mean * calls,
            max_output: limits.max_output,
            usd_at_most: match limits.unknown_cost {
                None => Some(self.new_usd * scale),
                Some(_) => None,
            },
        }
    }
}
