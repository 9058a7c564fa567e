//! What a plan would send, counted before anything is sent: calls, those kept already, tokens, cost, problems.

use crate::{
    endpoint::Client,
    engine::Plan,
    lint::{Window, look_over},
    model::{ModelRef, Row},
    project::Project,
    source::SourcePlace,
    store::{CompletionKey, Store},
    tokens::{self, Counter, TokenCount},
};
use std::sync::Arc;

/// Most prompts that are rendered; beyond that, rows are sampled evenly and the counts are scaled.
const MOST_PROMPTS: usize = 4_000;
/// Most rows that are looked over for what is likely not meant.
const MOST_LOOKED_OVER: usize = 500;

/// What one model would be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelEstimate {
    pub model: ModelRef,
    pub calls: u64,
    /// Of them kept already.
    pub kept: u64,
    /// Prompt tokens of those to send.
    pub prompt_tokens: u64,
    /// Completion tokens of those to send, at most; where `max_tokens` says so.
    pub completion_at_most: Option<u64>,
    /// US dollars at most, where the price is known.
    pub usd_at_most: Option<f64>,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// It keeps the plan from being run as it is; else a warning.
    pub serious: bool,
    /// What, where and why, as told to the user.
    pub text: String,
    /// The place to mend.
    pub place: Option<SourcePlace>,
}

impl Diagnostic {
    /// What is the matter, in a line, with its place before it.
    pub fn line(&self) -> String {
        let what = self.text.lines().next().unwrap_or("");
        let Some(place) = &self.place else {
            return what.to_owned();
        };
        let file = place.file.file_name().unwrap_or_default().to_string_lossy();
        match place.column {
            Some(column) => format!("{file}:{}:{column} {what}", place.line),
            None => format!("{file}:{} {what}", place.line),
        }
    }
}

/// What a plan would send.
#[derive(Debug, Clone, Default)]
pub struct PlanEstimate {
    pub models: Vec<ModelEstimate>,
    /// Mean prompt tokens of each variant, by the first model's count.
    pub variant_tokens: Vec<f64>,
    /// Trials of each variant that are to be sent, over all models.
    pub variant_new: Vec<u64>,
    /// Counts are scaled from a sample of rows.
    pub scaled: bool,
    pub troubles: Vec<Diagnostic>,
}

impl PlanEstimate {
    /// Trials over all models.
    pub fn calls(&self) -> u64 {
        self.models.iter().map(|m| m.calls).sum()
    }

    /// Trials that are to be sent.
    pub fn to_send(&self) -> u64 {
        self.models
            .iter()
            .map(|m| m.calls - m.kept.min(m.calls))
            .sum()
    }

    /// US dollars at most, where every price is known.
    pub fn usd_at_most(&self) -> Option<f64> {
        self.models.iter().map(|m| m.usd_at_most).sum()
    }
}

/// Count what a plan would send. Reads the store; sends nothing.
pub fn estimate(plan: &Arc<Plan>, project: &Project, store: &Store) -> PlanEstimate {
    let mut estimate = PlanEstimate {
        variant_tokens: vec![0.0; plan.variants.len()],
        variant_new: vec![0; plan.variants.len()],
        ..PlanEstimate::default()
    };
    for problem in plan.templates.problems() {
        estimate.troubles.push(Diagnostic {
            serious: true,
            text: problem.to_string(),
            place: problem.place().cloned(),
        });
    }
    let mut windows = Vec::new();
    let rows = plan.dataset.len();
    let each = (MOST_PROMPTS / plan.variants.len().max(1)).max(20);
    let step = rows.div_ceil(each).max(1);
    estimate.scaled = step > 1;
    let sampled: Vec<usize> = (0..rows).step_by(step).collect();
    let scale = rows as f64 / sampled.len().max(1) as f64;
    let samples = plan.experiment.samples as u32;
    for (m, model) in plan.models.iter().enumerate() {
        let spec = project.endpoints.get(&model.endpoint);
        let known = project.model(model);
        let counter = Counter::of(&model.model, known);
        let client = match spec.map(|spec| {
            let mut spec = spec.clone();
            if spec.demo {
                // Its address is known when it runs; nothing is sent here.
                spec.base_url = "http://127.0.0.1/v1".into();
            }
            Client::new(&spec)
        }) {
            Some(Ok(client)) => Some(client),
            Some(Err(error)) => {
                estimate.trouble(error.to_string());
                None
            }
            None => {
                estimate.trouble(format!(
                    "no endpoint `{}` for the model `{model}`: add [endpoint.{}] with its base_url to wording.toml",
                    model.endpoint, model.endpoint
                ));
                None
            }
        };
        let (mut kept, mut new, mut new_tokens) = (0u64, 0u64, 0u64);
        let mut longest: Option<(TokenCount, usize, usize)> = None;
        for (v, variant) in plan.variants.iter().enumerate() {
            let (mut tokens, mut fresh) = (0, 0u64);
            for &r in &sampled {
                let row = match plan.dataset.row(r) {
                    Ok(row) => row,
                    Err(error) => {
                        if m == 0 && v == 0 {
                            estimate.trouble(error.to_string());
                        }
                        break;
                    }
                };
                let prompt = match plan.prompt(v, &row) {
                    Ok(prompt) => prompt,
                    Err(error) => {
                        if m == 0 {
                            estimate.troubles.push(Diagnostic {
                                serious: true,
                                text: format!("{}, row {}: {error}", variant.name, row.id),
                                place: error.place().cloned(),
                            });
                        }
                        break;
                    }
                };
                let counted = counter.prompt(&prompt);
                let count = counted.tokens;
                tokens += count;
                if longest.as_ref().is_none_or(|(n, ..)| n.tokens < count) {
                    longest = Some((counted, v, r));
                }
                let Some(client) = &client else {
                    (new, fresh) = (new + u64::from(samples), fresh + u64::from(samples));
                    new_tokens += count * u64::from(samples);
                    continue;
                };
                let request = client.request(&model.model, &prompt, &plan.params(v), false);
                for sample in 0..samples {
                    let key = CompletionKey::new(client.identity(), &request.body, sample);
                    if matches!(store.completion(&key), Ok(Some(_))) {
                        kept += 1;
                    } else {
                        (new, fresh) = (new + 1, fresh + 1);
                        new_tokens += count;
                    }
                }
            }
            if m == 0 {
                estimate.variant_tokens[v] = tokens as f64 / sampled.len().max(1) as f64;
            }
            estimate.variant_new[v] += (fresh as f64 * scale).round() as u64;
        }
        let calls = plan.len() / plan.models.len().max(1) as u64;
        let prompt_tokens = (new_tokens as f64 * scale) as u64;
        let new = (new as f64 * scale) as u64;
        let most = plan
            .experiment
            .params
            .get("max_tokens")
            .and_then(serde_json::Value::as_u64);
        let completion_at_most = most.map(|n| n * new);
        if let (Some(context), Some((longest, v, r))) =
            (tokens::context(&model.model, known), longest)
        {
            let variant = &plan.variants[v];
            windows.push(Window {
                model: model.clone(),
                context,
                longest,
                which: format!("{}, row {}", variant.name, plan.dataset.heads().id(r)),
                template: variant.template,
                answer: most.unwrap_or(0),
            });
        }
        estimate.models.push(ModelEstimate {
            model: model.clone(),
            calls,
            kept: ((kept as f64 * scale).round() as u64).min(calls),
            prompt_tokens,
            completion_at_most,
            usd_at_most: tokens::price(&model.model, known)
                .zip(completion_at_most)
                .map(|(price, out)| {
                    (prompt_tokens as f64 * price.input + out as f64 * price.output) / 1e6
                }),
        });
    }
    let step = rows.div_ceil(MOST_LOOKED_OVER).max(1);
    // A row that cannot be read is reported above.
    let looked: Vec<Arc<Row>> = (0..rows)
        .step_by(step)
        .filter_map(|r| plan.dataset.row(r).ok())
        .collect();
    // Axes that make no variants are reported when the plan is read.
    if let Ok(variants) = plan.space(&plan.experiment.design) {
        let found = look_over(plan, &variants, &looked, &windows);
        estimate
            .troubles
            .extend(found.into_iter().map(|w| Diagnostic {
                serious: w.fatal,
                text: w.to_string(),
                place: w.place,
            }));
    }
    // Files are reported from the project's folder, as the plan names them.
    let root = format!("{}/", project.root.display());
    if root.len() > 2 {
        for trouble in &mut estimate.troubles {
            trouble.text = trouble.text.replace(&root, "");
        }
    }
    estimate
}

impl PlanEstimate {
    fn trouble(&mut self, text: String) {
        self.troubles.push(Diagnostic {
            serious: true,
            text,
            place: None,
        });
    }
}
