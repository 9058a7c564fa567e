//! `wording tune compare`: base and tuned model in one grid, and when the tuning pays for itself.

use crate::{
    advise::{Evidence, Tuned, is_tuned, pays_after},
    analysis::Interval,
    cli::{Global, OutputFormat},
    commands::{
        advise::measured,
        context::CommandContext,
        output::{Exit, print_as},
    },
    display::{fit, visible},
    narrate::{
        cut_answers,
        labels::{count, p_value, points_interval, score_range},
    },
    report::RunReport,
    store::{RunInfo, Store},
};
use anyhow::bail;
use serde_json::json;

pub(super) fn compare(
    global: &Global,
    experiment: Option<&str>,
    run: Option<&str>,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let experiment = place.project.experiment(experiment)?.clone();
    let store = place.store()?;
    let run = match run {
        Some(id) => store.run(id)?,
        None => with_both(&store, &experiment.name)?,
    };
    let report = RunReport::read(&store, run)?;
    let mut evidence = measured(&report);
    evidence.break_even =
        report.with_figures(|f| pays_after(&place.project, f, &evidence, &experiment.advise));
    let run = &report.info;
    let Some(tuned) = evidence.tuned.clone() else {
        bail!("{} does not have both a base and a tuned model", run.id);
    };
    let value = json!({"schema_version": 1, "run": run.id, "experiment": experiment.name,
        "rows": tuned.rows, "break_even": evidence.break_even});
    print_as(format, &value, || table(run, &tuned, &evidence))?;
    Ok(Exit::Done)
}

fn with_both(store: &Store, experiment: &str) -> anyhow::Result<RunInfo> {
    for run in store.runs()? {
        let tuned = run.models.iter().filter(|m| is_tuned(m)).count();
        if run.experiment == experiment && tuned > 0 && tuned < run.models.len() {
            return Ok(store.run(&run.id.0)?);
        }
    }
    bail!(
        "no run of `{experiment}` has both a base and a tuned model; add a tuned model, then use `wording run {experiment}`"
    )
}

fn table(run: &RunInfo, tuned: &Tuned, evidence: &Evidence) -> String {
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
        None => "break-even: unknown; set model prices, and `cost` in [experiment.NAME.advise]"
            .to_owned(),
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
