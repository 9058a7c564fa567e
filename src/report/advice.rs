//! Prompt or fine-tune as lines for the terminal and the session.

use super::text::{BOLD, Paint};
use crate::{
    display::{visible, wrap},
    narrate::advice::Advice,
};

/// Heading of the section in a report.
pub(super) const HEADING: &str = "Prompt or fine-tune";
/// Widest line that reads well.
const WIDEST: usize = 110;

/// How a line is to be painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Verdict,
    Title,
    Dim,
    Plain,
}

/// The advice as text, at most `width` columns wide.
pub fn advice_text(advice: &Advice, width: usize, color: bool) -> String {
    let paint = Paint(color);
    let painted = advice_lines(advice, width)
        .into_iter()
        .map(|(ink, line)| match ink {
            Ink::Verdict | Ink::Title => paint.with(BOLD, &line),
            Ink::Dim | Ink::Plain => line,
        });
    painted.collect::<Vec<_>>().join("\n")
}

/// The advice as lines, what to do first.
pub fn advice_lines(advice: &Advice, width: usize) -> Vec<(Ink, String)> {
    let width = width.min(WIDEST);
    let run = advice.run.as_ref();
    let run = run.map_or(String::new(), |run| format!(" · {run}"));
    let mut lines = vec![
        (Ink::Dim, visible(&format!("{}{run}", advice.experiment))),
        (Ink::Verdict, format!("→ {}", advice.verdict.as_str())),
    ];
    let plain = |line| (Ink::Plain, line);
    lines.extend(wrap(advice.because, width).into_iter().map(plain));
    for section in advice.sections() {
        lines.push(plain(String::new()));
        lines.push((Ink::Title, section.title.to_owned()));
        for item in section.items {
            let wrapped = wrap(&item.text, width.saturating_sub(4).max(30));
            let marks = std::iter::once("  · ").chain(std::iter::repeat("    "));
            lines.extend(
                marks
                    .zip(wrapped)
                    .map(|(mark, l)| plain(format!("{mark}{l}"))),
            );
            let command = item.command.iter();
            lines.extend(command.map(|c| plain(format!("      {}", visible(c)))));
        }
    }
    lines
}
