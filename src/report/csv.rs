//! Reports as CSV: one line per trial, or per changed row.

use super::{DiffReport, RunReport, WriteError, WriteOptions, opinions::Opinions};
use crate::{
    model::{Outcome, Score, TrialRecord},
    outcome::{CellOutcome, CellState},
};
use std::io::Write;

/// A text for a cell; one that a spreadsheet would take for a formula gets a leading apostrophe.
pub fn cell(text: &str) -> String {
    if text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn number(x: Option<f64>) -> String {
    x.map_or(String::new(), |x| x.to_string())
}

/// The trials of a run, one per line, streamed.
pub(super) fn run(
    out: &mut dyn Write,
    report: &RunReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let info = &report.info;
    let mut axes: Vec<&str> = Vec::new();
    for (axis, _) in info.variants.iter().flat_map(|v| &v.levels) {
        if !axes.contains(&axis.as_str()) {
            axes.push(axis);
        }
    }
    let mut head: Vec<String> = ["run", "model", "variant"].map(str::to_owned).to_vec();
    head.extend(axes.iter().map(|a| cell(&format!("axis:{a}"))));
    head.extend(
        [
            "row",
            "row_id",
            "sample",
            "expected",
            "answer",
            "unreadable",
        ]
        .map(str::to_owned),
    );
    head.extend(info.metrics.iter().map(|m| cell(&format!("score:{m}"))));
    head.extend(
        [
            "finish_reason",
            "failure",
            "failure_message",
            "latency_ms",
            "prompt_tokens",
            "cached_tokens",
            "completion_tokens",
            "cost_usd",
            "attempts",
            "reused",
            "output",
            "outcome",
        ]
        .map(str::to_owned),
    );
    let opinions = Opinions::read(&report.store, info)?;
    if !opinions.is_empty() {
        head.push("judge".into());
    }
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(&head)?;
    let mut failed = None;
    report.store.each_trial(&info.id, &mut |record| {
        if failed.is_none() {
            let mut cells = trial(report, &axes, &record, options.no_outputs);
            if !opinions.is_empty() {
                let shown = match options.no_outputs {
                    true => String::new(),
                    false => opinions.lines(info, record.id).join("\n"),
                };
                cells.push(cell(&shown));
            }
            failed = writer.write_record(cells).err();
        }
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(writer.flush().map_err(::csv::Error::from)?),
    }
}

fn trial(report: &RunReport, axes: &[&str], record: &TrialRecord, no_outputs: bool) -> Vec<String> {
    let info = &report.info;
    let row = record.id.row as usize;
    let variant = info.variants.get(record.id.variant as usize);
    let model = info.models.get(record.id.model as usize);
    let text = |text: Option<&str>| match text {
        Some(text) if !no_outputs => cell(text),
        _ => String::new(),
    };
    let main = record.scores.main();
    let score = main.and_then(Score::known);
    let outcome = CellOutcome::of_sample(CellState::of(record), score, info.correct_from());
    let mut cells = vec![
        info.id.0.clone(),
        cell(&model.map_or(String::new(), ToString::to_string)),
        cell(variant.map_or("", |v| v.name.as_str())),
    ];
    for axis in axes {
        let level = variant.and_then(|v| v.level(axis));
        cells.push(cell(level.map_or("", |l| l.name.as_str())));
    }
    cells.extend([
        row.to_string(),
        cell(&info.heads.id(row)),
        record.id.sample.to_string(),
        text(info.heads.expected(row)),
        text(main.and_then(|s| s.answer.as_deref())),
        main.is_some_and(|s| s.unreadable).to_string(),
    ]);
    for m in 0..info.metrics.len() {
        let score = record.scores.0.get(m);
        cells.push(number(score.map(|s| s.value)));
    }
    match &record.outcome {
        Outcome::Completed(c) => cells.extend([
            cell(c.finish.as_str()),
            String::new(),
            String::new(),
            c.latency_ms.to_string(),
            c.usage.prompt.to_string(),
            c.usage.cached.to_string(),
            c.usage.completion.to_string(),
        ]),
        Outcome::Failed(f) => {
            cells.extend([
                String::new(),
                f.kind.as_str().to_owned(),
                text(Some(&f.to_string())),
            ]);
            cells.extend(vec![String::new(); 4]);
        }
    }
    cells.extend([
        number(record.cost_usd),
        record.attempts.to_string(),
        record.reused.to_string(),
        text(record.outcome.completion().map(|c| c.text.as_str())),
        outcome.word().replace(' ', "_"),
    ]);
    cells
}

/// The rows of a difference that changed.
pub(super) fn diff(
    out: &mut dyn Write,
    report: &DiffReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record([
        "model",
        "before",
        "after",
        "row_id",
        "fate",
        "right_before",
        "answers_before",
        "right_after",
        "answers_after",
        "moves_on_repeats",
        "input",
        "expected",
        "output_before",
        "output_after",
    ])?;
    for pair in &report.pairs {
        for effect in &pair.effects {
            for row in &effect.rows {
                let shown = |text: Option<&str>| match text {
                    Some(text) if !options.no_outputs => cell(text),
                    _ => String::new(),
                };
                let first =
                    |told: &super::RowOutcome| told.outputs.first().map(|(text, _)| text.clone());
                writer.write_record([
                    cell(&effect.model.to_string()),
                    cell(&pair.before.name),
                    cell(&pair.after.name),
                    cell(&row.row_id),
                    row.change.as_str().to_owned(),
                    row.before.right.to_string(),
                    row.before.of.to_string(),
                    row.after.right.to_string(),
                    row.after.of.to_string(),
                    row.moves_on_repeats.to_string(),
                    shown(row.input.as_deref()),
                    shown(row.expected.as_deref()),
                    shown(first(&row.before).as_deref()),
                    shown(first(&row.after).as_deref()),
                ])?;
            }
        }
    }
    Ok(writer.flush().map_err(::csv::Error::from)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(super::cell("=1+1"), "'=1+1");
        assert_eq!(super::cell("＝1"), "'＝1");
        assert_eq!(super::cell("plain"), "plain");
    }
}
