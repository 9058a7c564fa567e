//! The advice as text for a terminal.

use super::{Advice, words::percent_interval};
use crate::display::{visible, wrap};

/// The advice as text, at most `width` columns wide.
pub fn text(advice: &Advice, width: usize, color: bool) -> String {
    let bold = |text: &str| {
        if color {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let run = advice
        .run
        .as_ref()
        .map_or(String::new(), |run| format!(" · {run}"));
    let mut lines = vec![
        format!("{}{run}", visible(&advice.experiment)),
        bold(&format!("→ {}", advice.verdict.as_str())),
    ];
    let width = width.min(110);
    lines.extend(wrap(advice.because, width));
    lines.push(String::new());
    lines.push(bold("The five questions"));
    for q in &advice.questions {
        let head = format!("  {:<14} ", q.name);
        let tail = format!(" [{}]", q.source.as_str());
        hang(&mut lines, &head, &(q.answer.clone() + &tail), width);
    }
    if let Some(curve) = &advice.evidence.curve {
        lines.push(String::new());
        lines.push(bold("Score by number of shots"));
        for point in &curve.points {
            lines.push(format!(
                "  {:>5}  {}",
                point.shots,
                percent_interval(&point.score)
            ));
        }
        if let Some(ceiling) = &curve.ceiling {
            lines.push(format!("  levels off at {}", percent_interval(ceiling)));
        }
    }
    let mut list = |title: &str, items: &[String]| {
        if !items.is_empty() {
            lines.push(String::new());
            lines.push(bold(title));
            for item in items {
                hang(&mut lines, "  · ", item, width);
            }
        }
    };
    list("For it", &advice.reasons_for);
    list("Against it", &advice.reasons_against);
    if let Some(tune) = &advice.tune {
        list(
            "How",
            &[
                format!("method: {}", tune.method),
                format!("data: {}", tune.data),
                format!("expected gain: {}", tune.gain),
            ],
        );
    }
    list("What would change it", &advice.would_change);
    list("Next", &advice.next);
    if !advice.measure.is_empty() {
        lines.push(String::new());
        lines.push(bold("Not known"));
        for m in &advice.measure {
            hang(&mut lines, "  · ", &m.what, width);
            lines.push(format!("      {}", visible(&m.command)));
        }
    }
    lines.join("\n")
}

/// A line with its continuation under its text.
fn hang(lines: &mut Vec<String>, head: &str, text: &str, width: usize) {
    let indent = head.chars().count();
    let wrapped = wrap(&visible(text), width.saturating_sub(indent).max(30));
    for (i, line) in wrapped.into_iter().enumerate() {
        lines.push(if i == 0 {
            format!("{head}{line}")
        } else {
            format!("{}{line}", " ".repeat(indent))
        });
    }
}
