//! `wording diff`: two wordings, what changed in the words, and what came of it.
//!
//! The two are run over the dataset as `wording run` would; answers already kept are taken, so a diff after a run
//! sends nothing.

use super::{
    context::{Workplace, override_experiment},
    output::{Exit, print, print_json, stdout_color, stdout_width},
    run::{cap, check_gates, exit, hold, parse_gates, send},
};
use crate::{
    cli::{DiffArgs, Format, Global, YesNo},
    dataset::Dataset,
    diff::word_diff,
    engine::{EngineError, Plan, RunOptions, TrialOrder},
    model::{Row, TrialId},
    project::ExperimentSpec,
    report::{
        ChangedRow, DiffReport, Effect, Fate, RunReport, Side, WriteOptions, check_form, diff_json,
        diff_text, run_facts, write_diff,
    },
    source::nearest,
    store::Store,
    tokens::Counter,
};
use anyhow::bail;
use std::path::{Path, PathBuf};

/// Compare two wordings.
pub async fn diff(global: &Global, args: &DiffArgs) -> anyhow::Result<Exit> {
    let gates = parse_gates(&args.gates)?;
    if let Some(path) = &args.write.output {
        check_form(path)?;
    }
    let (place, plan) = plan(global, args)?;
    place.announce();
    let store = place.store()?;
    let options = RunOptions {
        reuse: args.send.reuse == YesNo::Yes,
        max_in_flight: args.send.max_in_flight,
        note: Some(format!("diff {} {}", args.before, args.after)),
        order: TrialOrder::Prefix,
        ..RunOptions::default()
    };
    let mut report = words(&place, &plan, args)?;
    let dataset = plan.dataset.clone();
    let (ended, store) = send(&place, plan, &store, options, &args.send).await?;
    let Some(id) = &ended.run else {
        bail!(
            "{}",
            ended
                .stopped
                .unwrap_or_else(|| "the run could not begin".into())
        );
    };
    let run = RunReport::read(&store, store.run(&id.0)?)?;
    report.run = id.0.clone();
    report.effects = effects(&run, &store, &dataset)?;
    match (&args.write.output, args.write.format) {
        (Some(path), _) => {
            let options = WriteOptions {
                no_outputs: args.write.no_outputs,
                title: None,
            };
            write_diff(path, &report, &options)?;
            place.messages.note(&format!("wrote {}", path.display()));
            for effect in &report.effects {
                print(&effect.sentence(&report))?;
            }
        }
        (None, Format::Json) => print_json(&diff_json(&report, !args.write.no_outputs))?,
        (None, Format::Human) => {
            print(&diff_text(
                &report,
                stdout_width(),
                stdout_color(global.color),
                !args.write.no_outputs,
            ))?;
        }
    }
    let held = hold(&place, &check_gates(&gates, &run_facts(&run))?);
    Ok(exit(&place, &ended, held))
}

/// The plan of the two wordings: before is the baseline and stands first.
fn plan(global: &Global, args: &DiffArgs) -> anyhow::Result<(Workplace, Plan)> {
    let files = Path::new(&args.before).is_file() && Path::new(&args.after).is_file();
    if args.bare.dataset.is_some() {
        let mut bare = args.bare.clone();
        if bare.templates.is_empty() {
            if !files {
                bail!(
                    "with --dataset, both {} and {} must be template files",
                    args.before,
                    args.after
                );
            }
            bare.templates = vec![args.before.clone(), args.after.clone()];
        }
        let (place, mut experiment) = Workplace::bare(global, &bare, &args.overrides.models)?;
        override_experiment(&mut experiment, &args.overrides);
        cap(&mut experiment, &args.send);
        let plan = place.plan(&experiment, &[])?;
        return Ok((place, two(plan, args, files)?));
    }
    let place = Workplace::open(global)?;
    let prepare = |experiment: &ExperimentSpec| {
        let mut experiment = experiment.clone();
        override_experiment(&mut experiment, &args.overrides);
        cap(&mut experiment, &args.send);
        if files {
            let here = std::env::current_dir().unwrap_or_default();
            experiment.templates = [&args.before, &args.after]
                .map(|f| here.join(f).display().to_string())
                .to_vec();
        }
        experiment.baseline = None;
        place.plan(&experiment, &[])
    };
    if let Some(name) = &args.experiment {
        let plan = prepare(place.project.experiment(Some(name))?)?;
        let plan = two(plan, args, files)?;
        return Ok((place, plan));
    }
    if files {
        let plan = two(prepare(place.project.experiment(None)?)?, args, files)?;
        return Ok((place, plan));
    }
    let mut names = Vec::new();
    for experiment in &place.project.experiments {
        // An experiment that cannot be read cannot have them; `check` says what is wrong with it.
        let Ok(plan) = prepare(experiment) else {
            continue;
        };
        if [&args.before, &args.after]
            .iter()
            .all(|name| plan.variants.iter().any(|v| v.name == **name))
        {
            let plan = two(plan, args, files)?;
            return Ok((place, plan));
        }
        names.extend(plan.variants.into_iter().map(|v| v.name));
    }
    let near = [&args.before, &args.after]
        .into_iter()
        .filter(|n| !names.contains(n))
        .find_map(|n| {
            nearest(n, names.iter().map(String::as_str))
                .map(|near| format!(" (did you mean `{near}` for `{n}`?)"))
        });
    let some: Vec<&str> = names.iter().map(String::as_str).take(16).collect();
    bail!(
        "no experiment has both `{}` and `{}`{}; there are {}",
        args.before,
        args.after,
        near.unwrap_or_default(),
        some.join(", ")
    )
}

/// Leave the two variants, before first.
fn two(mut plan: Plan, args: &DiffArgs, files: bool) -> anyhow::Result<Plan> {
    if !plan.templates.problems().is_empty() {
        return Err(EngineError::Templates(plan.templates.problems().to_vec()).into());
    }
    let find = |name: &str| {
        plan.variants.iter().position(|v| {
            v.name == name || (files && plan.templates.templates()[v.template].path == typed(name))
        })
    };
    let (Some(before), Some(after)) = (find(&args.before), find(&args.after)) else {
        let names: Vec<&str> = plan
            .variants
            .iter()
            .map(|v| v.name.as_str())
            .take(16)
            .collect();
        bail!(
            "`{}` and `{}` must both be variants of [experiment.{}]; there are {}",
            args.before,
            args.after,
            plan.experiment.name,
            names.join(", ")
        );
    };
    if before == after {
        bail!(
            "`{}` and `{}` are the same variant",
            args.before,
            args.after
        );
    }
    let keep: Vec<bool> = (0..plan.variants.len())
        .map(|i| i == before || i == after)
        .collect();
    plan.baseline = before;
    plan.keep_variants(&keep);
    if plan.baseline == 1 {
        plan.variants.swap(0, 1);
        plan.variant_shots.swap(0, 1);
        plan.baseline = 0;
    }
    Ok(plan)
}

fn typed(name: &str) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    crate::source::as_typed(&here.join(name))
}

/// What changed in the words.
fn words(place: &Workplace, plan: &Plan, args: &DiffArgs) -> anyhow::Result<DiffReport> {
    let [a, b] = [&plan.variants[0], &plan.variants[1]];
    let template = |v: usize| &plan.templates.templates()[plan.variants[v].template];
    let counter = plan
        .models
        .first()
        .map(|m| Counter::of(&m.model, place.project.model(m)));
    let (mut changed, mut tokens, mut prompt_diff) = (0, [0u64; 2], Vec::new());
    for row in plan.dataset.rows() {
        let row = row?;
        let prompts = [plan.prompt(0, &row)?, plan.prompt(1, &row)?];
        for (sum, prompt) in tokens.iter_mut().zip(&prompts) {
            *sum += counter.as_ref().map_or(0, |c| c.prompt(prompt).tokens);
        }
        if prompts[0] != prompts[1] {
            changed += 1;
            if prompt_diff.is_empty() {
                let text = |p: &crate::model::Prompt| {
                    p.messages
                        .iter()
                        .map(|m| format!("{}\n{}\n\n", m.role, m.content))
                        .collect::<String>()
                };
                prompt_diff = word_diff(&text(&prompts[0]), &text(&prompts[1]));
            }
        }
    }
    let side = |v: usize, name: &str| Side {
        variant: name.to_owned(),
        path: template(v).path.display().to_string(),
        prompt_tokens: tokens[v] as f64 / plan.dataset.len().max(1) as f64,
    };
    let levels = a
        .levels
        .iter()
        .filter_map(|(axis, level)| {
            let other = b.level(axis).map_or("–", |l| l.name.as_str());
            (level.name != other).then(|| (axis.clone(), level.name.clone(), other.to_owned()))
        })
        .collect();
    Ok(DiffReport {
        schema_version: 1,
        title: args
            .write
            .title
            .clone()
            .unwrap_or_else(|| format!("{} → {}", a.name, b.name)),
        experiment: plan.experiment.name.clone(),
        run: String::new(),
        before: side(0, &a.name),
        after: side(1, &b.name),
        template_diff: word_diff(template(0).body(), template(1).body()),
        levels,
        prompt_diff,
        prompts_changed: changed,
        prompts: plan.dataset.len(),
        effects: Vec::new(),
    })
}

/// What came of it, a model.
fn effects(run: &RunReport, store: &Store, dataset: &Dataset) -> anyhow::Result<Vec<Effect>> {
    let mut all = Vec::new();
    for (m, part) in run.models.iter().enumerate() {
        let [before, after] = [&part.analysis.variants[0], &part.analysis.variants[1]];
        let (verdict, more_rows) = Effect::verdict_of(&after.verdict);
        let mut changed = Vec::new();
        for r in 0..run.info.rows {
            let cells = [0, 1].map(|v| part.grid.cell(v, r, 0));
            let (Some(a), Some(b)) = (cells[0].score, cells[1].score) else {
                continue;
            };
            let fate = if b > a {
                Fate::Fixed
            } else if b < a {
                Fate::Broken
            } else if b < 1.0 && cells[0].answer != cells[1].answer {
                Fate::Churn
            } else {
                continue;
            };
            let output = |variant: u32| -> anyhow::Result<String> {
                let id = TrialId {
                    model: m as u32,
                    variant,
                    row: r as u32,
                    sample: 0,
                };
                Ok(store
                    .trial(&run.info.id, id)?
                    .and_then(|t| t.outcome.completion().map(|c| c.text.clone()))
                    .unwrap_or_default())
            };
            let row = dataset.row(r)?;
            changed.push(ChangedRow {
                row_id: row.id.clone(),
                fate,
                input: input(&row),
                expected: row.expected_text(),
                before: output(0)?,
                after: output(1)?,
            });
        }
        changed.sort_by_key(|r| match r.fate {
            Fate::Fixed => 0,
            Fate::Broken => 1,
            Fate::Churn => 2,
        });
        all.push(Effect {
            model: part.model.clone(),
            before: before.score,
            after: after.score,
            difference: after.difference.as_ref().map(|d| d.interval),
            p: after.difference.as_ref().map(|d| d.p),
            rows_compared: after.difference.as_ref().map_or(0, |d| d.rows),
            verdict,
            more_rows,
            failed: before.failed + after.failed,
            rows: changed,
        });
    }
    Ok(all)
}

/// The text of a row for a person: its longest text column.
fn input(row: &Row) -> String {
    row.fields
        .values()
        .filter_map(|v| v.as_str())
        .filter(|t| Some(*t) != row.expected_text().as_deref())
        .max_by_key(|t| t.len())
        .unwrap_or("")
        .to_owned()
}
