//! `wording check`: validate everything, count variants, calls, tokens and cost; send nothing.

use super::{
    context::Workplace,
    output::{Exit, print_as},
    progress::count,
};
use crate::{
    cli::{CheckArgs, Global},
    display::visible,
    engine::Plan,
    model::ModelRef,
    project::ExperimentSpec,
    tokens::{self, Counter},
};
use serde::Serialize;
use std::collections::HashSet;

/// Most prompts that are rendered a variant; more would make checking slow without saying more.
const MOST_ROWS: usize = 500;

#[derive(Serialize)]
struct Checked {
    experiment: String,
    variants: usize,
    rows: usize,
    samples: usize,
    calls: u64,
    models: Vec<Cost>,
    errors: Vec<String>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Cost {
    model: ModelRef,
    prompt_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens_at_most: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usd_at_most: Option<f64>,
}

/// Check one experiment, or all of the project.
pub fn check(global: &Global, args: &CheckArgs) -> anyhow::Result<Exit> {
    let one = args.experiment.experiment.is_some() || !args.experiment.bare.templates.is_empty();
    let (place, experiments) = if one {
        let (place, experiment) = Workplace::experiment(global, &args.experiment)?;
        (place, vec![experiment])
    } else {
        let place = Workplace::open(global)?;
        let all = place.project.experiments.clone();
        let over = &args.experiment.overrides;
        let all = all
            .into_iter()
            .map(|mut e| {
                super::context::override_experiment(&mut e, over);
                e
            })
            .collect();
        (place, all)
    };
    place.announce();
    let checked: Vec<Checked> = experiments
        .iter()
        .map(|e| check_one(&place, e, &args.experiment.overrides.variants))
        .collect();
    let wrong = checked.iter().any(|c| !c.errors.is_empty());
    print_as(args.format, &checked, || {
        checked.iter().map(human).collect()
    })?;
    for c in &checked {
        for error in &c.errors {
            place
                .messages
                .error(&format!("[experiment.{}] {error}", c.experiment));
        }
    }
    if wrong {
        anyhow::bail!(
            "{} of {} experiments cannot be run",
            checked.iter().filter(|c| !c.errors.is_empty()).count(),
            checked.len()
        );
    }
    Ok(Exit::Done)
}

fn check_one(place: &Workplace, experiment: &ExperimentSpec, globs: &[String]) -> Checked {
    let mut checked = Checked {
        experiment: experiment.name.clone(),
        variants: 0,
        rows: 0,
        samples: experiment.samples,
        calls: 0,
        models: Vec::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    let plan = match place.plan(experiment, globs) {
        Ok(plan) => plan,
        Err(error) => {
            checked.errors.push(error.to_string());
            return checked;
        }
    };
    checked
        .errors
        .extend(plan.templates.problems().iter().map(ToString::to_string));
    checked.variants = plan.variants.len();
    checked.rows = plan.dataset.len();
    checked.calls = plan.len();
    if checked.errors.is_empty() {
        render_all(place, &plan, &mut checked);
    }
    for model in &plan.models {
        if let Some(spec) = place.project.endpoints.get(&model.endpoint)
            && let Some(variable) = &spec.api_key_env
            && std::env::var_os(variable).is_none()
        {
            checked.warnings.push(format!(
                "{variable} is not set; {model} needs it when it is asked"
            ));
        }
    }
    labels(&plan, &mut checked);
    checked
}

/// Render what would be sent: undefined names show, tokens are counted, and variants that say the same are found.
fn render_all(place: &Workplace, plan: &Plan, checked: &mut Checked) {
    let counters: Vec<Counter> = plan
        .models
        .iter()
        .map(|m| Counter::of(&m.model, place.project.model(m)))
        .collect();
    let rows: Vec<_> = match plan.dataset.rows().take(MOST_ROWS).collect() {
        Ok(rows) => rows,
        Err(error) => {
            let error: crate::dataset::DatasetError = error;
            checked.errors.push(error.to_string());
            return;
        }
    };
    let mut tokens = vec![0u64; plan.models.len()];
    let mut longest = 0;
    let mut seen: HashSet<Vec<u8>> = HashSet::new();
    for (v, variant) in plan.variants.iter().enumerate() {
        let mut hasher = blake3::Hasher::new();
        for row in &rows {
            match plan.prompt(v, row) {
                Ok(prompt) => {
                    for message in &prompt.messages {
                        hasher.update(message.role.as_str().as_bytes());
                        hasher.update(&[0]);
                        hasher.update(message.content.as_bytes());
                        hasher.update(&[0]);
                    }
                    for (sum, counter) in tokens.iter_mut().zip(&counters) {
                        let n = counter.prompt(&prompt).tokens;
                        *sum += n;
                        longest = longest.max(n);
                    }
                }
                Err(error) => {
                    checked
                        .errors
                        .push(format!("variant {}, row {}: {error}", variant.name, row.id));
                    break;
                }
            }
        }
        hasher.update(
            serde_json::Value::Object(variant.params.clone())
                .to_string()
                .as_bytes(),
        );
        if !seen.insert(hasher.finalize().as_bytes().to_vec()) {
            checked.warnings.push(format!(
                "{} says the same as a variant before it: its answers are those of the other",
                variant.name
            ));
        }
    }
    let scale =
        plan.dataset.len() as f64 / rows.len().max(1) as f64 * plan.experiment.samples as f64;
    for (model, sum) in plan.models.iter().zip(tokens) {
        let known = place.project.model(model);
        let prompt_tokens = (sum as f64 * scale) as u64;
        let most = plan
            .experiment
            .params
            .get("max_tokens")
            .and_then(serde_json::Value::as_u64);
        let completion = most.map(|n| n * plan.len() / plan.models.len().max(1) as u64);
        let price = tokens::price(&model.model, known);
        if let Some(context) = tokens::context(&model.model, known)
            && longest > context
        {
            checked.errors.push(format!(
                "the longest prompt has about {longest} tokens, and {model} takes {context}"
            ));
        }
        checked.models.push(Cost {
            model: model.clone(),
            prompt_tokens,
            completion_tokens_at_most: completion,
            usd_at_most: price.zip(completion).map(|(price, out)| {
                (prompt_tokens as f64 * price.input + out as f64 * price.output) / 1e6
            }),
        });
    }
}

/// Expected answers that are none of the labels.
fn labels(plan: &Plan, checked: &mut Checked) {
    let labels = plan.scorer.labels();
    if labels.is_empty() {
        return;
    }
    let heads = plan.dataset.heads();
    let strange: Vec<String> = (0..heads.len())
        .filter_map(|row| {
            heads
                .expected(row)
                .filter(|e| !labels.iter().any(|label| label == e))
                .map(|e| format!("{} ({e})", heads.id(row)))
        })
        .collect();
    if let Some(first) = strange.first() {
        checked.warnings.push(format!(
            "{} rows expect an answer that is none of the labels, for example {first}",
            strange.len()
        ));
    }
}

fn human(c: &Checked) -> String {
    let mut text = format!(
        "{}: {} variants × {} rows × {} sample{} = {} calls\n",
        c.experiment,
        c.variants,
        c.rows,
        c.samples,
        if c.samples == 1 { "" } else { "s" },
        c.calls
    );
    for m in &c.models {
        let stand_in = if m.model.endpoint == "demo" {
            " (a stand-in, not a language model)"
        } else {
            ""
        };
        text += &format!(
            "  {}{stand_in}: ~{} tokens in",
            m.model,
            count(m.prompt_tokens)
        );
        if let Some(n) = m.completion_tokens_at_most {
            text += &format!(", at most {} out", count(n));
        }
        if let Some(usd) = m.usd_at_most {
            text += &format!(", at most ${usd:.4}");
        }
        text.push('\n');
    }
    for warning in &c.warnings {
        text += &format!("  warning: {}\n", visible(warning));
    }
    if !c.errors.is_empty() {
        text += &format!("  {} error(s), see below\n", c.errors.len());
    }
    text
}
