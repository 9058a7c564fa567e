//! The advice as lines: for the terminal, and for the panel of the session.

use super::{Advice, words::percent_interval};
use crate::display::{visible, wrap};

/// What a line is, for whoever paints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Verdict,
    Title,
    Dim,
    Plain,
}

type Lines = Vec<(Ink, String)>;

/// An interval of a ceiling that is wider tells nothing.
const WIDE: f64 = 0.25;
/// Widest line that reads well.
const WIDEST: usize = 110;

/// The advice as text, at most `width` columns wide.
pub fn text(advice: &Advice, width: usize, color: bool) -> String {
    let width = width.min(WIDEST);
    let mut lines = head(advice, width);
    questions(&mut lines, advice, width);
    curve(&mut lines, advice);
    reasons(&mut lines, advice, width);
    how(&mut lines, advice, width);
    onward(&mut lines, advice, width);
    unknown(&mut lines, advice, width);
    let painted = lines.into_iter().map(|(ink, line)| match ink {
        Ink::Verdict | Ink::Title if color => format!("\u{1b}[1m{line}\u{1b}[0m"),
        _ => line,
    });
    painted.collect::<Vec<_>>().join("\n")
}

/// The advice for a panel: what to do comes first, as there may be room for little more.
pub fn panel(advice: &Advice, width: usize) -> Vec<(Ink, String)> {
    let width = width.min(WIDEST);
    let mut lines = head(advice, width);
    list(&mut lines, "Next", &advice.next, width);
    reasons(&mut lines, advice, width);
    list(
        &mut lines,
        "What would change it",
        &advice.would_change,
        width,
    );
    how(&mut lines, advice, width);
    unknown(&mut lines, advice, width);
    questions(&mut lines, advice, width);
    curve(&mut lines, advice);
    lines
}

fn head(advice: &Advice, width: usize) -> Lines {
    let run = advice
        .run
        .as_ref()
        .map_or(String::new(), |run| format!(" · {run}"));
    let mut lines = vec![
        (Ink::Dim, format!("{}{run}", visible(&advice.experiment))),
        (Ink::Verdict, format!("→ {}", advice.verdict.as_str())),
    ];
    lines.extend(
        wrap(advice.because, width)
            .into_iter()
            .map(|l| (Ink::Plain, l)),
    );
    lines
}

fn title(lines: &mut Lines, title: &str) {
    lines.push((Ink::Plain, String::new()));
    lines.push((Ink::Title, title.to_owned()));
}

fn list(lines: &mut Lines, heading: &str, items: &[String], width: usize) {
    if !items.is_empty() {
        title(lines, heading);
        for item in items {
            hang(lines, "  · ", item, width);
        }
    }
}

fn questions(lines: &mut Lines, advice: &Advice, width: usize) {
    title(lines, "The five questions");
    for q in &advice.questions {
        let head = format!("  {:<14} ", q.name);
        let tail = format!(" [{}]", q.source.as_str());
        hang(lines, &head, &(q.answer.clone() + &tail), width);
    }
}

fn curve(lines: &mut Lines, advice: &Advice) {
    let Some(curve) = &advice.evidence.curve else {
        return;
    };
    title(lines, "Score by number of shots");
    for point in &curve.points {
        let line = format!("  {:>5}  {}", point.shots, percent_interval(&point.score));
        lines.push((Ink::Plain, line));
    }
    if let Some(ceiling) = &curve.ceiling {
        let line = if ceiling.high - ceiling.low > WIDE {
            format!(
                "  where it levels off cannot be told yet: {:.1} to {:.1}",
                ceiling.low * 100.0,
                ceiling.high * 100.0
            )
        } else {
            format!("  levels off at {}", percent_interval(ceiling))
        };
        lines.push((Ink::Plain, line));
    }
}

fn reasons(lines: &mut Lines, advice: &Advice, width: usize) {
    list(lines, "For it", &advice.reasons_for, width);
    list(lines, "Against it", &advice.reasons_against, width);
}

fn how(lines: &mut Lines, advice: &Advice, width: usize) {
    if let Some(tune) = &advice.tune {
        list(lines, "How", &tune.sentences(), width);
    }
}

fn onward(lines: &mut Lines, advice: &Advice, width: usize) {
    list(lines, "What would change it", &advice.would_change, width);
    list(lines, "Next", &advice.next, width);
}

fn unknown(lines: &mut Lines, advice: &Advice, width: usize) {
    if advice.measure.is_empty() {
        return;
    }
    title(lines, "Not known");
    for m in &advice.measure {
        hang(lines, "  · ", &m.what, width);
        lines.push((Ink::Plain, format!("      {}", visible(&m.command))));
    }
}

/// A line with its continuation under its text.
fn hang(lines: &mut Lines, head: &str, text: &str, width: usize) {
    let indent = head.chars().count();
    let wrapped = wrap(&visible(text), width.saturating_sub(indent).max(30));
    for (i, line) in wrapped.into_iter().enumerate() {
        let lead = if i == 0 {
            head.to_owned()
        } else {
            " ".repeat(indent)
        };
        lines.push((Ink::Plain, lead + &line));
    }
}
