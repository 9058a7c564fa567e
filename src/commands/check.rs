//! `wording check`: validate and lint the project, count tokens and estimate cost. Sends nothing.

use super::{
    access_text::access_lines,
    check_design::{Design, ModelCost, table},
    context::{CommandContext, override_experiment, without_expected},
    interface_params::interface_params,
    output::{Exit, print_as},
    progress::short_number,
    session::session_arguments,
};
use crate::{
    catalog::{self, FactsMatch, ModelTable},
    cli::{CheckArgs, Global, Overrides},
    display::{count, visible},
    engine::{Access, DesignEstimate, ExistingOutputs, Plan, PlanEstimator, RowSet, sample_rows},
    lint::{ModelChat, Warning, Window, look_over},
    model::{ModelRef, Row, RunSeal},
    narrate::{
        prompt::more_calls,
        quality,
        seal::{opening_list, row_count},
    },
    project::{AssertionPart, DesignSpec, ExperimentSpec, MetricKind},
    score::{Assertion, Assertions, Check},
};
use serde::Serialize;
use std::sync::Arc;

/// The JSON Schema of what `--format json` prints.
pub const SCHEMA: &str = include_str!("check.schema.json");

/// Variants of a random design where the project names none: as many as one looks through.
const RANDOM: usize = 24;

/// Limit on the rows that are linted: more would be slow without saying more.
const MAX_LINTED_ROWS: usize = 500;

/// What is known of an experiment before it runs.
#[derive(Serialize)]
pub struct Checked {
    experiment: String,
    variants: u64,
    /// Without the sealed ones.
    rows: usize,
    sealed_rows: usize,
    #[serde(skip)]
    seal: Option<RunSeal>,
    samples: usize,
    calls: u64,
    models: Vec<ModelCost>,
    designs: Vec<Design>,
    /// What a run reaches outside of the project.
    access: Access,
    errors: Vec<String>,
    warnings: Vec<Warning>,
    notes: Vec<String>,
}

/// Check one experiment, or all of the project.
pub fn check(global: &Global, args: &CheckArgs) -> anyhow::Result<Exit> {
    let one = args.experiment.experiment.is_some() || !args.experiment.bare.templates.is_empty();
    let (place, experiments) = if one {
        let (place, experiment) = CommandContext::experiment(global, &args.experiment)?;
        (place, vec![experiment])
    } else {
        let place = CommandContext::open(global)?;
        let all = all_experiments(&place, &args.experiment.overrides)?;
        (place, all)
    };
    place.announce();
    for experiment in &experiments {
        let arguments = session_arguments(&experiment.name);
        if arguments != experiment.name {
            place.messages.note(&format!(
                "the experiment `{}` has the name of a command; `wording {arguments}` opens it in the session",
                visible(&experiment.name)
            ));
        }
    }
    let checked = check_experiments(&place, &experiments, &args.experiment.overrides.variants);
    print_as(args.format, &checked, || {
        checked.iter().map(human).collect()
    })?;
    require_runnable(&place, &checked)?;
    Ok(Exit::Done)
}

/// All experiments of the project, with what was typed over each.
pub fn all_experiments(
    place: &CommandContext,
    over: &Overrides,
) -> anyhow::Result<Vec<ExperimentSpec>> {
    place.project.check_experiments()?;
    let mut all = place.project.experiments.clone();
    for experiment in &mut all {
        override_experiment(experiment, over);
    }
    Ok(all)
}

/// Check experiments; `globs` are those of the variants.
pub fn check_experiments(
    place: &CommandContext,
    experiments: &[ExperimentSpec],
    globs: &[String],
) -> Vec<Checked> {
    let experiments = experiments.iter();
    experiments.map(|e| check_one(place, e, globs)).collect()
}

/// Report the errors that were found; an error where there are any.
pub fn require_runnable(place: &CommandContext, checked: &[Checked]) -> anyhow::Result<()> {
    for c in checked {
        for error in &c.errors {
            place
                .messages
                .error(&format!("[experiment.{}] {error}", c.experiment));
        }
    }
    match checked.iter().filter(|c| !c.errors.is_empty()).count() {
        0 => Ok(()),
        wrong => anyhow::bail!("{wrong} of {} experiments cannot be run", checked.len()),
    }
}

fn check_one(place: &CommandContext, experiment: &ExperimentSpec, globs: &[String]) -> Checked {
    let mut checked = Checked {
        experiment: experiment.name.clone(),
        variants: 0,
        rows: 0,
        sealed_rows: 0,
        seal: None,
        samples: experiment.samples,
        calls: 0,
        models: Vec::new(),
        designs: Vec::new(),
        access: Access::new(&place.project, experiment),
        errors: Vec::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
    };
    if !experiment.outputs.is_empty() {
        match ExistingOutputs::of_experiment(&place.project, experiment, None) {
            Ok(outputs) => {
                (checked.variants, checked.rows) =
                    (outputs.columns.len() as u64, outputs.dataset.len());
                checked.note_seal(place, outputs.seal.as_ref());
                checked
                    .notes
                    .push("scores existing outputs; sends nothing".into());
            }
            Err(error) => checked.errors.push(error.to_string()),
        }
        return checked;
    }
    let plan = match place.plan(experiment, globs) {
        Ok(plan) => plan,
        Err(error) => {
            checked.errors.push(error.to_string());
            // A design that is too large to be run can be looked at all the same: that is when one wants to compare.
            let smaller = ExperimentSpec {
                design: DesignSpec::OneAtATime,
                ..experiment.clone()
            };
            match place.plan(&smaller, &[]) {
                Ok(plan) => plan,
                Err(_) => return checked,
            }
        }
    };
    checked
        .errors
        .extend(plan.templates.problems().iter().map(ToString::to_string));
    checked.rows = plan.dataset.len();
    checked.note_seal(place, plan.seal.as_ref());
    checked.notes.extend(sealed_without_expected(place, &plan));
    if plan.sealed_shots > 0 {
        checked.notes.push(format!(
            "{} of the shots file are sealed rows; they are not used as shots",
            count(plan.sealed_shots, "row")
        ));
    }
    if let Err(error) = place.embed_from_store(&plan) {
        checked.errors.push(error.to_string());
        return checked;
    }
    let estimator = match PlanEstimator::new(&place.project, &plan) {
        Ok((estimator, errors)) => {
            checked
                .errors
                .extend(errors.iter().map(ToString::to_string));
            estimator
        }
        Err(error) => {
            checked.errors.push(error.to_string());
            return checked;
        }
    };
    let chats = ModelChat::of_models(&place.project, &plan.models);
    let compared = compare_designs(&plan, &chats, &estimator, &experiment.design, &mut checked);
    if let Err(error) = compared {
        checked.errors.push(error.to_string());
    }
    if globs.is_empty() {
        if let Some(chosen) = checked.designs.iter().find(|d| d.chosen) {
            (checked.variants, checked.calls) = (chosen.variants, chosen.calls);
            checked.models.clone_from(&chosen.models);
        }
    } else {
        let estimate = estimator.estimate_plan(&|_| 0);
        checked.variants = plan.variants.len() as u64;
        checked.calls = estimate.models.iter().map(|model| model.calls).sum();
        checked.models = estimate.models.iter().map(ModelCost::new).collect();
    }
    checked.notes.extend(questions(&plan, checked.calls));
    let tools = experiment.tool_command.as_ref();
    checked
        .notes
        .extend(tools.map(|tools| more_calls(tools, checked.calls)));
    checked.notes.extend(without_expected(&plan));
    let params = interface_params(&place.project, &plan);
    checked.notes.extend(params);
    if let Some(origins) = &plan.answer_origins {
        checked.notes.push(quality::answer_origins(origins));
        checked.notes.extend(quality::unused_labels(origins));
    }
    for model in &plan.models {
        if let Some(spec) = place.project.endpoints.get(&model.endpoint)
            && let Some(variable) = &spec.api_key_env
            && std::env::var_os(variable).is_none()
        {
            checked.notes.push(format!(
                "{variable} is not set; {model} needs it for requests"
            ));
        }
        checked.notes.extend(facts_note(place, model));
    }
    checked
}

/// Which entry of the table a model's price is from.
fn facts_note(place: &CommandContext, model: &ModelRef) -> Option<String> {
    let facts = catalog::facts(&model.model, place.project.endpoint(model));
    if facts.has_own_price || facts.price.is_none() {
        return None;
    }
    let (entry, how) = facts.entry?;
    let how = match how {
        FactsMatch::Undated => ", the entry without the date",
        FactsMatch::FineTuned => ", the entry of fine-tuned models of its base",
        _ if facts.is_by_name => ", by its name alone: its host is not that of a known provider",
        _ => "",
    };
    Some(format!(
        "{model} uses the price of {entry}{how} (facts: {}); to change it, set `price` or `base_model` in [endpoint.{}.model.\"{}\"]",
        ModelTable::current().source,
        model.endpoint,
        model.model
    ))
}

impl Checked {
    /// How many rows are sealed, and how often they were opened.
    fn note_seal(&mut self, place: &CommandContext, seal: Option<&RunSeal>) {
        let Some(seal) = seal else { return };
        self.sealed_rows = seal.sealed;
        self.seal = Some(seal.clone());
        // A store that cannot be read is reported by the commands that need it.
        let openings = place
            .store()
            .and_then(|store| Ok(store.seal_openings(Some(&self.experiment))?));
        match openings {
            Ok(openings) if !openings.is_empty() => {
                let list = opening_list(&self.experiment, &openings);
                self.notes.push(list.trim_end().to_owned());
            }
            _ => {}
        }
    }
}

/// Sealed rows that no metric can score, since nobody gave their answer.
fn sealed_without_expected(place: &CommandContext, plan: &Plan) -> Option<String> {
    if !plan.scorer.needs_answer() || plan.experiment.dataset.as_os_str() == "-" {
        return None;
    }
    plan.seal.as_ref()?;
    let rows = RowSet::read(&place.project, &plan.experiment).ok()?;
    let sealed = rows.sealed()?;
    let without = sealed.without_expected();
    (without > 0).then(|| {
        format!(
            "{without} of {} have no expected answer, so they will enter no score: label rows before you seal them",
            count(sealed.len(), "sealed row")
        )
    })
}

/// Estimates every design and lints the chosen one.
fn compare_designs(
    plan: &Plan,
    chats: &[ModelChat],
    estimator: &PlanEstimator<'_>,
    chosen: &DesignSpec,
    checked: &mut Checked,
) -> anyhow::Result<()> {
    let templates = plan.templates.templates().len();
    let random = match chosen {
        DesignSpec::Random { variants } => *variants,
        _ => RANDOM.max(templates),
    };
    let all = [
        ("full", DesignSpec::Full),
        ("one-at-a-time", DesignSpec::OneAtATime),
        ("random", DesignSpec::Random { variants: random }),
        ("orthogonal", DesignSpec::Orthogonal),
    ];
    for (kind, design) in all {
        let variants = plan.space(&design)?;
        let DesignEstimate { models, errors, .. } =
            estimator.estimate(variants.len(), &|n| variants.get(n), &|_| 0);
        if design == *chosen {
            // What is found in prompts that cannot be rendered is false.
            if checked.errors.is_empty() && errors.is_empty() {
                let windows: Vec<Window> = models.iter().filter_map(Window::new).collect();
                let rows: Vec<Arc<Row>> = sample_rows(plan, MAX_LINTED_ROWS)?;
                checked.warnings = look_over(plan, &variants, &rows, &windows, chats);
                let fatal = checked.warnings.iter().filter(|w| w.fatal);
                checked.errors.extend(fatal.map(ToString::to_string));
                checked.warnings.retain(|w| !w.fatal);
            }
            let errors = errors
                .iter()
                .map(|e| format!("variant {}: {}", e.prompt_name(), e.error));
            checked.errors.extend(errors);
        }
        checked.designs.push(Design {
            kind,
            chosen: design == *chosen,
            calls: models.iter().map(|model| model.calls).sum(),
            variants: variants.len(),
            models: models.iter().map(ModelCost::new).collect(),
            notes: variants.notes(),
        });
    }
    Ok(())
}

/// How many rubrics a row has.
fn rubrics(row: &Row, column: &str) -> u64 {
    let list = Assertions::from_row(row, column).unwrap_or_default();
    let rubric = |assertion: &&Assertion| matches!(assertion.check, Check::Rubric(_));
    list.each().filter(rubric).count() as u64
}

/// What judges are asked beside the calls for answers.
fn questions(plan: &Plan, calls: u64) -> Vec<String> {
    let judges = plan
        .scorer
        .external_metrics()
        .filter_map(|(_, metric)| match &metric.kind {
            MetricKind::Judge {
                model,
                pairwise,
                repeats,
                budget,
                ..
            } => {
                let each = u64::from(*repeats) * if *pairwise { 2 } else { 1 };
                let most = calls.saturating_mul(each);
                let most = most.min(budget.calls.unwrap_or(u64::MAX));
                Some(format!(
                    "the judge of `{}`, {model}, receives at most {} more calls",
                    metric.name,
                    short_number(most)
                ))
            }
            MetricKind::Probability { content_free, .. } => Some(format!(
                "the calls include {} without content per variant and model, for the metric `{}`",
                count(content_free.len(), "prompt"),
                metric.name
            )),
            MetricKind::Assertions {
                judge: Some(model),
                part: AssertionPart::Score,
                column,
                ..
            } => {
                let rows = plan.dataset.len().max(1) as u64;
                let rubrics: u64 = plan
                    .dataset
                    .rows()
                    .flatten()
                    .map(|row| rubrics(&row, column))
                    .sum();
                Some(format!(
                    "the judge of `{}`, {model}, receives at most {} more calls",
                    metric.name,
                    short_number((calls / rows).saturating_mul(rubrics))
                ))
            }
            _ => None,
        });
    judges.collect()
}

fn human(c: &Checked) -> String {
    let mut text = format!(
        "{}: {} × {} × {} = {} calls{}\n",
        c.experiment,
        count(c.variants as usize, "variant"),
        row_count(c.rows, c.seal.as_ref()),
        count(c.samples, "sample"),
        short_number(c.calls),
        match c.models.len() {
            0 | 1 => String::new(),
            n => format!(" ({n} models)"),
        }
    );
    for m in &c.models {
        let stand_in = if m.model.is_stand_in() {
            " (a stand-in, not a language model)"
        } else {
            ""
        };
        text += &format!("  {}{stand_in}: {} tokens in", m.model, m.tokens());
        if let Some(n) = m.cost.completion_tokens_at_most {
            text += &format!(", at most {} out", short_number(n));
        }
        match m.cost.usd_at_most {
            Some(usd) => text += &format!(", at most ${usd:.4}"),
            None if m.is_free() => {}
            None => text += &m.unknown.map_or(String::new(), |why| format!(", {why}")),
        }
        text.push('\n');
    }
    let sizes = |d: &Design| d.variants != c.designs[0].variants;
    if c.designs.iter().any(sizes) {
        text += &table(&c.designs);
    }
    for line in access_lines(&c.access) {
        text += &format!("  {line}\n");
    }
    for warning in &c.warnings {
        text += &format!(
            "  warning: {}\n",
            visible(&warning.to_string()).replace('\n', "\n  ")
        );
    }
    for note in &c.notes {
        text += &format!("  note: {}\n", visible(note));
    }
    if !c.errors.is_empty() {
        text += &format!(
            "  {} error{}, see below\n",
            c.errors.len(),
            if c.errors.len() == 1 { "" } else { "s" }
        );
    }
    text
}
