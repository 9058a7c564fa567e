//! Every sample of one cell: identical outputs counted, each kind in full, and the words that differ.

use super::{cells, changes, text};
use crate::{
    diff::word_diff,
    display::count,
    model::{Completion, Opinion, Outcome, Score, TrialRecord},
    narrate::{labels::opinion_text, reading::metric_reading},
    score::MetricReading,
    tui::model::{Model, Table, Theme},
};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Samples that came to the same.
struct Kind {
    samples: Vec<usize>,
    text: String,
    truncated: bool,
    /// What each metric read.
    readings: Vec<MetricReading>,
    facts: String,
}

/// The title of the inspector.
pub(super) fn title(model: &Model, table: &Table) -> String {
    let name = table
        .names
        .get(model.cursor.variant)
        .map_or("", String::as_str);
    format!(
        " {} · {} ",
        text::line(&table.row_id(model.cursor.row)),
        text::line(name)
    )
}

/// All that is known of the cell under the cursor.
pub(super) fn lines(model: &Model, table: &Table, width: usize) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let row = table.row(model.cursor.row);
    let mut lines = text::lines(&row.input, width, "", Style::new());
    if let Some(expected) = &row.expected {
        lines.push(Line::styled(
            format!("expected: {}", text::line(expected)),
            theme.strong(),
        ));
    }
    if let Some(case) = model.answers.bad_cases.get(&row.id) {
        let right = match case.corrected.as_str() {
            "" => "correct answer not set".to_owned(),
            right => format!("correct answer: {}", text::line(right)),
        };
        let said = format!("⚑ bad case; {right}");
        lines.push(Line::styled(text::fit(&said, width), theme.unsure()));
    }
    let Some(cells) = model.cells() else {
        return lines;
    };
    let sum = cells.summary(model.cursor.variant, model.cursor.row);
    let base = cells.summary(model.answers.baseline, model.cursor.row);
    let mut said = format!(
        "{} of {} answered, {}",
        sum.answered,
        count(cells.samples(), "sample"),
        count(sum.distinct_answers, "distinct answer")
    );
    if model.cursor.variant != model.answers.baseline && base.answered > 0 {
        let name = table
            .names
            .get(model.answers.baseline)
            .map_or(String::new(), |n| text::line(n));
        said += &format!(
            "; {name}: {} {}/{}",
            cells::top_words(cells, &base),
            base.majority_count,
            cells.samples()
        );
    }
    lines.push(Line::styled(said, theme.dim()));
    let kinds = kinds(model, table);
    for kind in &kinds {
        lines.push(Line::raw(""));
        lines.extend(kind_lines(model, kind, width));
        lines.extend(opinion_lines(model, table, kind, width));
    }
    if let [first, second, ..] = kinds.as_slice() {
        lines.push(Line::raw(""));
        lines.push(Line::styled(
            format!(
                "word diff, sample {} → {}:",
                first.samples[0] + 1,
                second.samples[0] + 1
            ),
            theme.dim(),
        ));
        lines.extend(words(model, &first.text, &second.text, width));
    }
    if model.cursor.variant != model.answers.baseline
        && let Some(other) = model
            .answers
            .outputs
            .get(model.trial(model.answers.baseline, model.cursor.sample))
        && let Outcome::Completed(c) = &other.outcome
        && let Some(first) = kinds.first()
    {
        lines.push(Line::raw(""));
        lines.push(Line::styled(
            "word diff, baseline → this variant:",
            theme.dim(),
        ));
        lines.extend(words(model, &c.text, &first.text, width));
    }
    lines
}

fn words(model: &Model, before: &str, after: &str, width: usize) -> Vec<Line<'static>> {
    let short = |text: &str| text.chars().take(4_000).collect::<String>();
    let words: Vec<_> = word_diff(&short(before), &short(after))
        .into_iter()
        .map(|p| (p.change, p.text))
        .collect();
    text::wrap_pieces(&changes::pieces(model.view.theme, &words), width)
}

/// The samples, grouped by what they came to; the most frequent first.
fn kinds(model: &Model, table: &Table) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for sample in 0..table.samples {
        let id = model.trial(model.cursor.variant, sample);
        let Some(record) = model.answers.outputs.get(id) else {
            continue;
        };
        let (text, facts) = match &record.outcome {
            Outcome::Completed(c) => {
                let reason = c.finish.as_str();
                let finish = if reason == "stop" {
                    String::new()
                } else {
                    format!("  finish: {reason}")
                };
                let cost = record
                    .cost_usd
                    .map_or(String::new(), |usd| format!("  {}", text::money(usd)));
                let facts = format!(
                    "{}  {} tok in, {} out{cost}{finish}{}",
                    text::time(c.latency_ms / 1e3),
                    c.usage.prompt,
                    c.usage.completion,
                    if record.reused { "  reused" } else { "" }
                );
                (c.text.clone(), facts)
            }
            Outcome::Failed(failure) => (
                failure.to_string(),
                format!(
                    "failed after {}",
                    count(record.attempts as usize, "attempt")
                ),
            ),
        };
        match kinds.iter_mut().find(|k| k.text == text) {
            Some(kind) => kind.samples.push(sample),
            None => kinds.push(Kind {
                samples: vec![sample],
                text,
                truncated: record
                    .outcome
                    .completion()
                    .is_some_and(Completion::is_truncated),
                readings: readings(model, table, record),
                facts,
            }),
        }
    }
    kinds.sort_by_key(|k| std::cmp::Reverse(k.samples.len()));
    kinds
}

/// What judges said of the first of these samples.
fn opinion_lines(model: &Model, table: &Table, kind: &Kind, width: usize) -> Vec<Line<'static>> {
    let opinions = model.answers.opinions.1.iter();
    let of_kind = opinions.filter(|o| {
        let (variant, row) = (o.id.variant as usize, o.id.row as usize);
        (variant, row, o.id.sample as usize)
            == (model.cursor.variant, model.cursor.row, kind.samples[0])
    });
    let line = |opinion: &Opinion| {
        let metric = table.metrics.get(opinion.metric as usize);
        let said = opinion_text(metric.map_or("", String::as_str), opinion);
        text::lines(&said, width.saturating_sub(2), "  ", model.view.theme.dim())
    };
    of_kind.flat_map(line).collect()
}

fn kind_lines(model: &Model, kind: &Kind, width: usize) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let first = kind.samples[0];
    let (sign, style) = model.cells().map_or(("·", theme.dim()), |grid| {
        let cell = grid.cell(model.cursor.variant, model.cursor.row, first);
        cells::sample_sign(theme, cell, grid.threshold())
    });
    let names: Vec<String> = kind.samples.iter().map(|s| format!("s{}", s + 1)).collect();
    let at_hand = if kind.samples.contains(&model.cursor.sample) {
        "▸"
    } else {
        " "
    };
    let facts = format!(
        " {}× {}  {}",
        kind.samples.len(),
        names.join(" "),
        kind.facts
    );
    let mut lines = vec![Line::from(vec![
        Span::styled(format!("{at_hand}{sign}"), style),
        Span::styled(text::fit(&facts, width.saturating_sub(2)), theme.dim()),
    ])];
    lines.extend(kind.readings.iter().map(|reading| {
        let words = format!("  {}", text::line(&metric_reading(reading, kind.truncated)));
        Line::styled(text::fit(&words, width), theme.dim())
    }));
    lines.extend(output_lines(theme, kind, width.saturating_sub(2)));
    lines
}

/// The output, with the part that the first metric read highlighted.
fn output_lines(theme: Theme, kind: &Kind, width: usize) -> Vec<Line<'static>> {
    let span = kind
        .readings
        .iter()
        .find_map(|reading| reading.span.clone());
    let parts = span.and_then(|span| {
        let read = kind.text.get(span.clone())?;
        Some((
            kind.text.get(..span.start)?,
            read,
            kind.text.get(span.end..)?,
        ))
    });
    let Some((before, read, after)) = parts else {
        return text::lines(&kind.text, width, "  ", Style::new());
    };
    let pieces = [
        (before.to_owned(), Style::new()),
        (read.to_owned(), theme.found()),
        (after.to_owned(), Style::new()),
    ];
    let mut lines = text::wrap_pieces(&pieces, width);
    for line in &mut lines {
        line.spans.insert(0, Span::raw("  "));
    }
    lines
}

/// What each metric read in an output. The place, and why nothing could be read, are known where the metrics of the project are
/// those of the run and still read the same.
fn readings(model: &Model, table: &Table, record: &TrialRecord) -> Vec<MetricReading> {
    let found = explained(model, table, record).unwrap_or_default();
    let scores = table.metrics.iter().zip(&record.scores.0).enumerate();
    let reading = |(place, (metric, score)): (usize, (&String, &Score))| {
        let same = found.get(place).filter(|found| {
            found.score.answer == score.answer && found.score.unreadable == score.unreadable
        });
        MetricReading {
            metric: metric.clone(),
            score: score.clone(),
            span: same.and_then(|found| found.span.clone()),
            unreadable: same.and_then(|found| found.unreadable),
        }
    };
    scores.map(reading).collect()
}

fn explained(model: &Model, table: &Table, record: &TrialRecord) -> Option<Vec<MetricReading>> {
    let scorer = &table.plan.as_ref()?.scorer;
    let completion = record.outcome.completion()?;
    if scorer.names() != table.metrics {
        return None;
    }
    let row = table.data(model.cursor.row)?;
    let reading = scorer.explain(completion, &row, record.cost_usd);
    Some(reading.metrics)
}
