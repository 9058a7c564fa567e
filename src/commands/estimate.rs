//! What a design would send, estimated from prompts that are rendered and not sent.

use crate::{
    engine::Plan,
    lint::Window,
    model::{ModelRef, Row, Variant},
    project::Project,
    tokens::{self, Counter, TokenCount, TokensError},
};
use serde::Serialize;
use std::sync::Arc;

/// Most variants and most prompts that are rendered; more would make checking slow without saying more.
const MOST_VARIANTS: u64 = 1_000;
const MOST_PROMPTS: usize = 20_000;
/// Most prompts that an exact tokenizer counts; the rest is in proportion.
const MOST_COUNTED: usize = 1_000;

/// What one model is sent.
#[derive(Debug, Clone, Serialize)]
pub struct DesignEstimate {
    pub model: ModelRef,
    /// Tokens of all prompts.
    pub prompt_tokens: u64,
    /// Whether they are estimated, by the tokenizer or from a part of the prompts.
    pub estimated: bool,
    /// Where `max_tokens` is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens_at_most: Option<u64>,
    /// Where the price is known too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_at_most: Option<f64>,
    /// Tokens of the longest prompt.
    pub longest_prompt: u64,
    #[serde(skip)]
    longest: Option<(TokenCount, String, usize)>,
    #[serde(skip)]
    context: Option<u64>,
    #[serde(skip)]
    answer: u64,
}

impl DesignEstimate {
    /// Tokens of all prompts as they are shown, `~` before an estimate.
    pub fn tokens(&self) -> String {
        let mark = if self.estimated { "~" } else { "" };
        format!(
            "{mark}{}",
            super::progress::short_number(self.prompt_tokens)
        )
    }

    /// How the longest prompt fits into the model's context, where that is known.
    pub fn window(&self) -> Option<Window> {
        let (longest, which, template) = self.longest.clone()?;
        Some(Window {
            model: self.model.clone(),
            context: self.context?,
            longest,
            which,
            template,
            answer: self.answer,
        })
    }
}

/// Renders variants that need not be in the plan, and counts what they take.
pub struct Estimator<'p> {
    project: &'p Project,
    plan: &'p Plan,
    rows: &'p [Arc<Row>],
    counters: Vec<Counter>,
}

impl<'p> Estimator<'p> {
    /// An estimator over these rows, with an exact counter for each model whose vocabulary is known.
    pub fn new(
        project: &'p Project,
        plan: &'p Plan,
        rows: &'p [Arc<Row>],
    ) -> Result<Estimator<'p>, TokensError> {
        let counters = plan
            .models
            .iter()
            .map(|m| Counter::exact(&project.root, &m.model, project.model(m)))
            .collect::<Result<_, _>>()?;
        Ok(Estimator {
            project,
            plan,
            rows,
            counters,
        })
    }

    /// The rows that it renders.
    pub fn rows(&self) -> &'p [Arc<Row>] {
        self.rows
    }

    /// Calls that one variant takes.
    pub fn calls_a_variant(&self) -> u64 {
        let rows = self.plan.dataset.len() as u64;
        rows * self.plan.models.len() as u64 * self.plan.experiment.samples as u64
    }

    /// What these variants would send, one estimate a model, and what is wrong with their prompts, one error a variant.
    pub fn estimate(
        &self,
        variants: u64,
        get: &dyn Fn(u64) -> Option<Variant>,
    ) -> (Vec<DesignEstimate>, Vec<String>) {
        let plan = self.plan;
        let taken = variants.min(MOST_VARIANTS);
        let rows = self.rows;
        let rows = &rows[..rows
            .len()
            .min((MOST_PROMPTS / taken.max(1) as usize).max(1))];
        let every = (taken as usize * rows.len()).div_ceil(MOST_COUNTED).max(1);
        let mut sums = vec![(0u64, 0u64); plan.models.len()];
        let mut longest: Vec<Option<(TokenCount, String, usize)>> = vec![None; plan.models.len()];
        let mut most_out: Option<u64> = None;
        let (mut errors, mut rendered) = (Vec::new(), 0usize);
        for i in 0..taken {
            let number = u128::from(i) * u128::from(variants) / u128::from(taken);
            let Some(variant) = get(number as u64) else {
                continue;
            };
            let out = ["max_tokens", "max_completion_tokens"]
                .into_iter()
                .find_map(|key| {
                    let own = variant
                        .params
                        .get(key)
                        .or_else(|| plan.experiment.params.get(key));
                    own.and_then(serde_json::Value::as_u64)
                });
            most_out = most_out.max(out);
            for row in rows {
                let prompt = match plan.prompt_of(&variant, row) {
                    Ok(prompt) => prompt,
                    Err(error) => {
                        errors.push(format!("variant {}, row {}: {error}", variant.name, row.id));
                        break;
                    }
                };
                rendered += 1;
                for (m, counter) in self.counters.iter().enumerate() {
                    if !counter.estimates() && rendered % every != 0 {
                        continue;
                    }
                    let count = counter.prompt(&prompt);
                    sums[m].0 += count.tokens;
                    sums[m].1 += 1;
                    if longest[m]
                        .as_ref()
                        .is_none_or(|(n, ..)| n.tokens < count.tokens)
                    {
                        longest[m] = Some((
                            count,
                            format!("{}, row {}", variant.name, row.id),
                            variant.template,
                        ));
                    }
                }
            }
        }
        let calls = variants as f64 * plan.dataset.len() as f64 * plan.experiment.samples as f64;
        let estimates = plan.models.iter().enumerate().map(|(m, model)| {
            let known = self.project.model(model);
            let (sum, counted) = sums[m];
            let prompt_tokens = (sum as f64 / counted.max(1) as f64 * calls).round() as u64;
            let out = most_out.map(|n| (n as f64 * calls) as u64);
            let price = tokens::price(&model.model, known);
            DesignEstimate {
                model: model.clone(),
                prompt_tokens,
                estimated: self.counters[m].estimates()
                    || (counted as f64 * plan.experiment.samples as f64) < calls,
                completion_tokens_at_most: out,
                usd_at_most: price.zip(out).map(|(price, out)| {
                    (prompt_tokens as f64 * price.input + out as f64 * price.output) / 1e6
                }),
                longest_prompt: longest[m].as_ref().map_or(0, |(n, ..)| n.tokens),
                longest: longest[m].clone(),
                context: tokens::context(&model.model, known),
                answer: most_out.unwrap_or(0),
            }
        });
        (estimates.collect(), errors)
    }
}
