//! `wording tune compare`: base and tuned model in one grid, and when the tuning pays for itself.

use crate::{
    advise::{BreakEven, Evidence, Tuned, TunedModels, TunedRow, pays_after},
    analysis::Interval,
    catalog,
    cli::{Global, OutputFormat},
    commands::{
        advise::measured,
        context::CommandContext,
        output::{Exit, print_as},
    },
    display::{fit, thousands, visible},
    model::{ModelRef, RunId},
    narrate::{
        cut_answers,
        labels::{count, p_value, points_interval, score_range},
    },
    project::Project,
    report::RunReport,
    store::{RunInfo, Store},
};
use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;

pub(super) fn compare(
    global: &Global,
    experiment: Option<&str>,
    run: Option<&str>,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let experiment = place.project.experiment(experiment)?.clone();
    let store = place.store()?;
    let tuned = TunedModels::find(&place.project, &store)?;
    let run = match run {
        Some(id) => store.run(id)?,
        None => with_both(&store, &experiment.name, &tuned)?,
    };
    let report = RunReport::read(&store, run)?;
    let mut evidence = measured(&report, &tuned);
    evidence.break_even = report.with_figures(&tuned, |f| {
        pays_after(&place.project, f, &evidence, &experiment.advise)
    });
    let run = &report.info;
    let Some(tuned) = evidence.tuned.clone() else {
        bail!("{} does not have both a base and a tuned model", run.id);
    };
    let comparison = TunedComparison {
        schema_version: 1,
        run: &run.id,
        experiment: &experiment.name,
        rows: &tuned.rows,
        break_even: evidence.break_even.as_ref(),
    };
    print_as(format, &comparison, || {
        table(&place.project, run, &tuned, &evidence)
    })?;
    Ok(Exit::Done)
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::commands) struct TunedComparison<'a> {
    /// Always 1.
    schema_version: u32,
    run: &'a RunId,
    experiment: &'a str,
    rows: &'a [TunedRow],
    /// When the tuning pays for itself; null where that is unknown.
    break_even: Option<&'a BreakEven>,
}

fn with_both(store: &Store, experiment: &str, tuned: &TunedModels) -> anyhow::Result<RunInfo> {
    for run in store.runs()? {
        let n = run.models.iter().filter(|m| tuned.contains(m)).count();
        if run.experiment == experiment && n > 0 && n < run.models.len() {
            return Ok(store.run(&run.id.0)?);
        }
    }
    bail!(
        "no run of `{experiment}` has both a base and a tuned model; add the tuned model to `models`, say `tuned = true` under [endpoint.NAME.model.\"MODEL\"] if you trained it yourself, then use `wording run {experiment}`"
    )
}

/// What is missing to say when tuning pays off, and what is known in tokens.
fn unknown_break_even(project: &Project, run: &RunInfo, evidence: &Evidence) -> String {
    let model = evidence.score.as_ref().map(|s| s.model.parse::<ModelRef>());
    let mut missing = Vec::new();
    if let Some(Ok(model)) = model
        && catalog::price(&model.model, project.endpoint(&model)).is_none()
    {
        missing.push(format!(
            "the price of {model} (`price` in [endpoint.{}.model.\"{}\"])",
            model.endpoint, model.model
        ));
    }
    let cost = project
        .experiment(Some(&run.experiment))
        .map(|e| e.advise.cost);
    if cost.is_ok_and(|c| [c.training, c.labelling, c.hosting] == [None; 3]) {
        missing.push(format!(
            "what tuning costs (`cost` in [experiment.{}.advise])",
            run.experiment
        ));
    }
    let mut text = format!("break-even: unknown; set {}", missing.join(", and "));
    let tokens = evidence.tuned.iter().flat_map(|t| &t.rows);
    let tokens: Vec<f64> = tokens.map(|row| row.prompt_tokens).collect();
    match tokens.as_slice() {
        [prompted, bare, ..] if *prompted > 0.0 && *bare > 0.0 => {
            text += &format!(
                "\nprompt tokens: {prompted:.0} per call of the base, {bare:.0} of the tuned model"
            );
            if prompted > bare {
                let saved = prompted - bare;
                text += &format!(
                    ", {saved:.0} fewer; where both cost the same per token, tuning that costs as much as N million tokens pays off after {} N calls",
                    thousands((1e6 / saved).round() as u64)
                );
            }
        }
        _ => text += "\nthe endpoint reports no token counts, so calls cannot be priced",
    }
    text
}

fn table(project: &Project, run: &RunInfo, tuned: &Tuned, evidence: &Evidence) -> String {
    let score = |i: Option<Interval>| {
        i.map_or("–".to_owned(), |i| {
            format!("{:.1} [{}]", i.value * 100.0, score_range(&i))
        })
    };
    let mut text = format!(
        "{} · {} · {}\n{:<20} {:<34} {:<20} {:>7}  {:<18} {}\n",
        run.experiment,
        run.id,
        count(run.rows, "row"),
        "",
        "model",
        "wording",
        "tokens",
        "score %",
        "compared with the base"
    );
    for row in &tuned.rows {
        let against = row.difference.map_or(String::new(), |d| {
            format!(
                "{}, p {}; {} fixed, {} broken",
                points_interval(&d),
                p_value(row.p_adjusted.unwrap_or(1.0)),
                row.flips.0,
                row.flips.1
            )
        });
        let cut = match (row.truncation.truncated, against.is_empty()) {
            (0, _) => String::new(),
            (_, true) => cut_answers(&row.truncation),
            (_, false) => format!("; {}", cut_answers(&row.truncation)),
        };
        let line = format!(
            "{:<20} {:<34} {:<20} {:>7.0}  {:<18} {against}{cut}",
            row.what,
            fit(&row.model, 34),
            fit(&row.variant, 20),
            row.prompt_tokens,
            score(row.score)
        );
        text += &visible(line.trim_end());
        text.push('\n');
    }
    text + &match &evidence.break_even {
        None => unknown_break_even(project, run, evidence),
        Some(b) => match b.calls {
            None => format!(
                "break-even: never; a tuned call costs {:.6} USD, a prompted one {:.6}",
                b.tuned_usd, b.prompted_usd
            ),
            Some(n) => format!(
                "break-even: after {n:.0} calls ({:.0} to {}); {:.2} USD up front, {:.6} USD per prompted call, {:.6} per tuned call",
                b.low.unwrap_or(n),
                b.high.map_or("never".to_owned(), |h| format!("{h:.0}")),
                b.fixed_usd.middle(),
                b.prompted_usd,
                b.tuned_usd
            ),
        },
    }
}
