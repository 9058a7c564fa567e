//! The advice as Markdown, for a pull request or a note.

use super::{Advice, words::percent_interval};
use crate::display::one_line;

/// A text for a line of prose or a cell.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        if "|*_`<>[]\\#~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The advice as Markdown.
pub fn markdown(advice: &Advice) -> String {
    let mut text = format!(
        "# {}: {}\n\n{}\n\n| question | answer | from | speaks for |\n| --- | --- | --- | --- |\n",
        escape(&advice.experiment),
        advice.verdict.as_str(),
        escape(advice.because)
    );
    for q in &advice.questions {
        text += &format!(
            "| {} | {} | {} | {} |\n",
            q.name,
            escape(&q.answer),
            q.source.as_str(),
            q.leans.as_str()
        );
    }
    if let Some(curve) = &advice.evidence.curve {
        text += "\n| shots | score (95 %) |\n| ---: | --- |\n";
        for point in &curve.points {
            text += &format!("| {} | {} |\n", point.shots, percent_interval(&point.score));
        }
    }
    let mut list = |title: &str, items: &[String]| {
        if !items.is_empty() {
            text += &format!("\n## {title}\n\n");
            for item in items {
                text += &format!("- {}\n", escape(item));
            }
        }
    };
    list("For it", &advice.reasons_for);
    list("Against it", &advice.reasons_against);
    if let Some(tune) = &advice.tune {
        list("How", &tune.sentences());
    }
    list("What would change it", &advice.would_change);
    list("Next", &advice.next);
    if !advice.measure.is_empty() {
        text += "\n## Not known\n\n";
        for m in &advice.measure {
            text += &format!("- {}: `{}`\n", escape(&m.what), m.command.replace('`', "'"));
        }
    }
    text
}
