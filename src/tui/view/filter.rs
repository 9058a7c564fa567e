//! The filter of rows: what is typed, what is wrong with it and where, and what can be added.

use super::{lists::typed, popup::Content, text};
use crate::{
    display::count,
    tui::model::{Arrangement, FilterChoice, FilterMenu, Model},
};
use ratatui::text::{Line, Span};

const LEAD: &str = " text, /regex/ or =condition: ";

/// ```text
///  text, /regex/ or =condition: =score(plan) < 1▏
///                                ^ unknown variant `plan`; did you mean `plain`?
/// ```
pub(super) fn content(model: &Model, menu: &FilterMenu, width: usize) -> Content {
    let theme = model.view.theme;
    let arrangement = &model.answers.arrangement;
    let mut lines = vec![typed(model, LEAD, &menu.input, width)];
    match &menu.problem {
        Some(problem) => {
            let input = menu.input.text();
            let caret = caret(menu, problem.span.start, width);
            let column = problem.column(&input);
            let message = format!("column {column}: {}", problem.message);
            lines.push(Line::styled(format!("{}^", " ".repeat(caret)), theme.bad()));
            lines.extend(text::lines(
                &text::line(&message),
                width - 1,
                " ",
                theme.bad(),
            ));
            let said = "The rows stay as they were.";
            lines.push(Line::styled(format!(" {said}"), theme.dim()));
        }
        None => {
            let rows = match arrangement.rows.len() {
                0 => no_match(arrangement),
                n => count(n, "row"),
            };
            lines.extend(text::lines(&rows, width - 1, " ", theme.strong()));
            let keys = "↑ ↓: select · Tab: add to the text · ^s: save · ^x: remove a saved one";
            lines.push(Line::styled(
                format!(" {}", text::fit(keys, width - 1)),
                theme.dim(),
            ));
        }
    }
    let lead = lines.len();
    for entry in &menu.entries {
        let n = match entry.choice {
            FilterChoice::Kind(kind) => arrangement.counts.get(kind).to_string(),
            FilterChoice::Saved(..) => "saved".into(),
            FilterChoice::Condition(_) => String::new(),
        };
        let word = text::pad(&text::line(&entry.word), 12);
        let meaning = text::fit(&text::line(&entry.meaning), width.saturating_sub(23));
        lines.push(Line::from(vec![
            Span::raw(format!(" {word}{n:>7}  ")),
            Span::styled(meaning, theme.dim()),
        ]));
    }
    Content::choices(" Filter rows ", lines, (lead, menu.at, menu.entries.len()))
}

/// Below which column of the line the error is.
fn caret(menu: &FilterMenu, at: usize, width: usize) -> usize {
    let (before, _) = menu.input.parts();
    let cleaned = text::clean(before);
    let room = width.saturating_sub(text::width(LEAD) + 2);
    let hidden = text::width(&cleaned) - text::width(&text::tail(&cleaned, room));
    let input = menu.input.text();
    let start = text::width(&text::clean(input.get(..at).unwrap_or(&input)));
    let cursor = usize::from(at > before.len());
    (text::width(LEAD) + (start + cursor).saturating_sub(hidden)).min(width.saturating_sub(2))
}

/// Why no row is shown: the part that excludes all, or what each part lets pass.
pub(super) fn no_match(arrangement: &Arrangement) -> String {
    let parts = &arrangement.unmatched;
    let none: Vec<String> = (parts.iter())
        .filter(|(_, n)| *n == 0)
        .map(|(part, _)| text::line(part))
        .collect();
    if !none.is_empty() {
        return format!("No row matches: {}", none.join(" · "));
    }
    let all: Vec<String> = (parts.iter())
        .map(|(part, n)| format!("{} ({})", text::line(part), count(*n, "row")))
        .collect();
    match all.len() {
        0 => "No row matches.".to_owned(),
        _ => format!("No row matches all of: {}", all.join(" · ")),
    }
}
