//! The line that says what is wrong, else what others say about the last decision.

use super::screen::{LabelScreen, LastDecision};
use crate::{
    annotation::{Decision, same_answer},
    display::count,
    tui::view::text,
};
use ratatui::{style::Style, text::Line};

/// What is wrong, else what others say about the last decision.
pub(super) fn status(screen: &LabelScreen, width: usize) -> Line<'static> {
    let theme = screen.spec.theme;
    let (said, style) = match (&screen.unsaved, &screen.problem, &screen.last) {
        ((unsaved, Some(error)), ..) => (
            format!("! {} not saved: {error}", count(*unsaved, "decision")),
            theme.bad(),
        ),
        (_, Some(problem), _) => (format!("! {problem}"), theme.bad()),
        (_, None, Some(last)) => last_line(screen, last),
        (_, None, None) => (String::new(), Style::new()),
    };
    Line::styled(text::fit(&format!(" {}", text::line(&said)), width), style)
}

fn last_line(screen: &LabelScreen, last: &LastDecision) -> (String, Style) {
    let theme = screen.spec.theme;
    let said = format!("row {}: {}", last.row, last.decision.words());
    let Some(answer) = last.decision.answer() else {
        return (said, theme.dim());
    };
    if let Some(conflict) = last.conflicts.first() {
        let how = if conflict.is_equal {
            "the same text"
        } else {
            "a similar text"
        };
        let other = conflict.decision.words();
        return (
            format!("≠ {said}, but row {} with {how} is {other}", conflict.id),
            theme.bad(),
        );
    }
    if let Some(own) = &last.own_answer
        && !same_answer(own, answer)
        && !screen.settles()
    {
        let own = Decision::Answer(own.clone()).words();
        return (format!("≠ {said}, but the dataset has {own}"), theme.bad());
    }
    let (count, answers) = last.share;
    match &last.suggested {
        None => (said, Style::new()),
        Some(suggested) if same_answer(&suggested.answer, answer) => (
            format!("✓ {said}, as {count} of {answers} answers"),
            theme.good(),
        ),
        Some(suggested) => {
            let other = Decision::Answer(suggested.answer.clone()).words();
            (
                format!("≠ {said}; {count} of {answers} answers say {other}"),
                theme.unsure(),
            )
        }
    }
}
