//! `wording runs`: list, show and delete runs.

use super::{
    context::Workplace,
    output::{Exit, print, print_as},
};
use crate::{
    cli::{Global, RunsArgs, RunsCommand},
    display::visible,
    store::RunInfo,
};
use serde_json::json;

/// Do what was asked; lists by default.
pub fn runs(global: &Global, args: &RunsArgs) -> anyhow::Result<Exit> {
    let place = Workplace::open(global)?;
    let store = place.store()?;
    match &args.command {
        None | Some(RunsCommand::List) => {
            let runs = store.runs()?;
            let list: Vec<_> = runs.iter().map(brief).collect();
            print_as(args.format, &list, || table(&runs))?;
        }
        Some(RunsCommand::Show { run }) => {
            let run = store.run(run)?;
            print_as(args.format, &run, || show(&run))?;
        }
        Some(RunsCommand::Delete { runs }) => {
            // All are looked up first, so that a wrong id deletes nothing.
            let found: Vec<RunInfo> = runs
                .iter()
                .map(|id| store.run(id))
                .collect::<Result<_, _>>()?;
            for run in &found {
                store.delete_run(&run.id)?;
                print(&format!(
                    "deleted {}; its answers are kept, a new run reuses them",
                    run.id
                ))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn brief(run: &RunInfo) -> serde_json::Value {
    json!({
        "run": run.id, "experiment": run.experiment, "started_at": run.started_at, "state": run.state,
        "variants": run.variants.len(), "models": run.models, "samples": run.samples,
        "seed": run.seed, "note": run.note,
    })
}

fn table(runs: &[RunInfo]) -> String {
    if runs.is_empty() {
        return "no runs yet; `wording run` makes one".into();
    }
    let width = runs
        .iter()
        .map(|r| r.experiment.chars().count())
        .max()
        .unwrap_or(0)
        .max(10);
    let mut text = format!(
        "{:<13} {:<width$} {:<16} {:<8} {:>8} {:>7}  note\n",
        "run", "experiment", "started (UTC)", "state", "variants", "samples"
    );
    for run in runs {
        text += &format!(
            "{:<13} {:<width$} {:<16} {:<8} {:>8} {:>7}  {}\n",
            run.id.0,
            run.experiment,
            utc(run.started_at),
            run.state,
            run.variants.len(),
            run.samples,
            visible(run.note.as_deref().unwrap_or("")),
        );
    }
    text
}

fn show(run: &RunInfo) -> String {
    let models: Vec<String> = run
        .models
        .iter()
        .map(|m| {
            if m.endpoint == "demo" {
                format!("{m} (a stand-in, not a language model)")
            } else {
                m.to_string()
            }
        })
        .collect();
    let mut text = format!(
        "{} · {} · {} · {}\nmodels    {}\nrows      {} of {} ({})\nsamples   {}\nseed      {}\nmetrics   {}\n",
        run.id,
        run.experiment,
        utc(run.started_at),
        run.state,
        models.join(", "),
        run.rows,
        run.dataset.0.display(),
        run.dataset.1.get(..12).unwrap_or(&run.dataset.1),
        run.samples,
        run.seed,
        run.metrics.join(", "),
    );
    if !run.params.is_empty() {
        text += &format!(
            "params    {}\n",
            serde_json::Value::Object(run.params.clone())
        );
    }
    if let Some(note) = &run.note {
        text += &format!("note      {}\n", visible(note));
    }
    for (i, variant) in run.variants.iter().enumerate() {
        text += &format!(
            "{} {}\n",
            if i == run.baseline { "*" } else { " " },
            variant.name
        );
    }
    text + "* is the baseline; `wording report` says what the scores were"
}

/// Seconds since 1970 as `2026-01-31 09:05`.
pub fn utc(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    // Civil date from the day number, by Hinnant's algorithm: eras of 400 years that start in March.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}",
        of_day / 3600,
        of_day % 3600 / 60
    )
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00");
        assert_eq!(utc(1_795_523_940), "2026-11-24 12:39");
    }
}
