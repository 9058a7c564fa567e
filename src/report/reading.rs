//! What the metrics read in one output: as text, with the span between markers, and as JSON.

use super::text::{BOLD, DIM, Paint};
use crate::{
    display::{fit, one_line, visible},
    narrate::reading::metric_reading,
    score::AnswerReading,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::ops::Range;

/// Characters of the output that are shown before and after a span.
const AROUND: usize = 80;

/// One output with what was read in it.
#[derive(Debug)]
pub struct OutputReading<'a> {
    pub row: usize,
    pub row_id: &'a str,
    pub variant: &'a str,
    pub expected: Option<&'a str>,
    pub output: &'a str,
    /// Whether the output was cut at `max_tokens`.
    pub truncated: bool,
    pub reading: AnswerReading<'a>,
}

impl OutputReading<'_> {
    /// A line for the row, then for each metric what it read and the output with that span marked.
    pub fn text(&self, width: usize, color: bool) -> String {
        let paint = Paint(color);
        let expected = self.expected.map_or(String::new(), |expected| {
            format!(" · expected: {}", one_line(expected))
        });
        let head = format!(
            "{} · {}{expected}",
            one_line(self.row_id),
            one_line(self.variant)
        );
        let mut text = format!("{}\n", paint.with(BOLD, &fit(&head, width)));
        for metric in &self.reading.metrics {
            let excerpt = marked_excerpt(self.output, metric.span.clone());
            let reading = metric_reading(metric, self.truncated);
            text += &format!("  {}\n", fit(&one_line(&reading), width));
            if !excerpt.is_empty() {
                text += &format!("    {}\n", paint.with(DIM, &excerpt));
            }
        }
        text
    }

    /// As `--format json` prints it.
    pub fn json(&self) -> OutputReadingJson<'_> {
        let characters = |end: usize| self.output[..end].chars().count();
        let metrics = self.reading.metrics.iter().map(|metric| {
            let span = metric.span.as_ref();
            MetricReadingJson {
                metric: &metric.metric,
                score: metric.score.known(),
                read: metric.score.answer.as_deref(),
                span: span.map(|span| [characters(span.start), characters(span.end)]),
                unreadable: metric.unreadable.map(Into::into),
            }
        });
        OutputReadingJson {
            row: self.row,
            row_id: self.row_id,
            variant: self.variant,
            expected: self.expected,
            output: self.output,
            truncated: self.truncated,
            answer: self.reading.answer.text(),
            metrics: metrics.collect(),
        }
    }
}

/// One output with what was read in it, as `--format json` prints it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutputReadingJson<'a> {
    /// Number of the row, from 0.
    row: usize,
    row_id: &'a str,
    variant: &'a str,
    expected: Option<&'a str>,
    output: &'a str,
    /// Whether the output was cut at `max_tokens`.
    truncated: bool,
    /// The output without what metrics do not read, such as thoughts.
    answer: &'a str,
    metrics: Vec<MetricReadingJson<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MetricReadingJson<'a> {
    metric: &'a str,
    score: Option<f64>,
    /// The answer that was read.
    read: Option<&'a str>,
    /// Where in the output it stands: start and end, in characters.
    span: Option<[usize; 2]>,
    /// Why nothing could be read.
    unreadable: Option<&'static str>,
}

/// A text on one line with `⟦⟧` around a span of it, cut where it is long.
fn marked_excerpt(text: &str, span: Option<Range<usize>>) -> String {
    let Some(span) = span else {
        return fit(&one_line(text), 2 * AROUND);
    };
    let (before, rest) = text.split_at(span.start);
    let (read, after) = rest.split_at(span.end - span.start);
    let skipped = before.chars().count().saturating_sub(AROUND);
    let start: String = before.chars().skip(skipped).collect();
    let end: String = after.chars().take(AROUND).collect();
    format!(
        "{}{}⟦{}⟧{}{}",
        if skipped > 0 { "…" } else { "" },
        single_blanks(&start).trim_start(),
        fit(&single_blanks(read), 2 * AROUND),
        single_blanks(&end).trim_end(),
        if end.len() < after.len() { "…" } else { "" },
    )
}

/// White space as single blanks, also at both ends; control characters visible.
fn single_blanks(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c.is_whitespace() {
            true if out.ends_with(' ') => {}
            true => out.push(' '),
            false => out.push(c),
        }
    }
    visible(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_is_marked_and_the_rest_is_cut() {
        assert_eq!(marked_excerpt("It is\nB.", Some(6..7)), "It is ⟦B⟧.");
        assert_eq!(marked_excerpt("B", Some(0..1)), "⟦B⟧");
        assert_eq!(marked_excerpt(" a  b ", None), "a b");
        let long = format!("{}好{}", "x".repeat(100), "y".repeat(100));
        let cut = marked_excerpt(&long, Some(100..103));
        assert_eq!(cut, format!("…{}⟦好⟧{}…", "x".repeat(80), "y".repeat(80)));
    }
}
