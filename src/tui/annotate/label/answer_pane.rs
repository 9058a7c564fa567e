//! The pane below the row: the choices or what is typed, what is suggested, and what others say.

use super::{
    action::label_key,
    screen::{CurrentRow, LabelMode, LabelScreen, matching_labels},
    typed::{typed_line, typed_lines},
};
use crate::{
    annotation::{AnswerForm, Decision},
    tui::{model::Theme, view::text},
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

pub(super) fn answer_title(screen: &LabelScreen) -> String {
    match (&screen.mode, &screen.spec.form) {
        (LabelMode::Help, _) => "Esc closes the help".into(),
        (LabelMode::Note(_), _) => "Note: Enter saves it, Esc cancels".into(),
        (LabelMode::Several(_), _) => "Several right answers: Enter saves them, Esc cancels".into(),
        (LabelMode::Line(_), AnswerForm::Labels(_)) => {
            "Type a part of the label: Enter takes the first, Esc cancels".into()
        }
        (LabelMode::Line(_), AnswerForm::Number) => "Number: Enter saves it, Esc cancels".into(),
        (LabelMode::Line(_), _) => "Answer: Enter saves it, Esc cancels".into(),
        (LabelMode::Lines(_), AnswerForm::Json { .. }) => {
            "JSON: Ctrl-S saves it, Esc cancels".into()
        }
        (LabelMode::Lines(_), _) => {
            "One right answer per line: Ctrl-S saves them, Esc cancels".into()
        }
        (LabelMode::Choose, _) if screen.settles() => "The right answer, for all".into(),
        (LabelMode::Choose, _) => "Answer".into(),
    }
}

pub(super) fn answer_lines(screen: &LabelScreen, width: usize) -> Vec<Line<'static>> {
    let theme = screen.spec.theme;
    let form = &screen.spec.form;
    let Some(current) = &screen.current else {
        return Vec::new();
    };
    let mut lines = match (&screen.mode, form) {
        (LabelMode::Line(area), AnswerForm::Labels(labels)) => {
            let mut lines = vec![typed_line(area, width, theme)];
            let found = matching_labels(labels, &area.text());
            let entries: Vec<(String, Style)> = found
                .iter()
                .enumerate()
                .map(|(at, label)| {
                    let style = if at == 0 { theme.strong() } else { theme.dim() };
                    (text::line(&labels[*label]), style)
                })
                .collect();
            lines.extend(flow(&entries, width));
            lines
        }
        (LabelMode::Line(area) | LabelMode::Note(area), _) => vec![typed_line(area, width, theme)],
        (LabelMode::Lines(area), _) => typed_lines(area, width, theme),
        (mode, AnswerForm::Labels(labels)) => flow(&choices(labels, mode, theme), width),
        (_, AnswerForm::Json { .. }) => {
            vec![Line::styled(" Enter edits the answer as JSON", theme.dim())]
        }
        _ => vec![Line::styled(
            " Enter types the answer; m: several right ones",
            theme.dim(),
        )],
    };
    let mut say =
        |text: String, style: Style| lines.extend(text::lines(&text, width - 2, " ", style));
    if let Some(answer) = screen.shown_suggestion() {
        let (count, answers) = share(screen, current);
        let answer = Decision::Answer(answer).words();
        say(
            format!("suggested, by {count} of {answers} answers: {answer} (y takes it)"),
            theme.accent(),
        );
    }
    if screen.settles() {
        opinions(screen, current)
            .into_iter()
            .for_each(|text| say(text, Style::new()));
    }
    for near in &current.neighbors {
        let how = if near.is_equal {
            "same text as"
        } else {
            "similar to"
        };
        let answer = near.decision.words();
        say(
            format!("{how} row {}: {answer} ({})", near.id, near.by),
            theme.unsure(),
        );
    }
    if !current.note.is_empty() && !matches!(screen.mode, LabelMode::Note(_)) {
        say(format!("note: {}", current.note), theme.dim());
    }
    lines
}

/// What people and the dataset say about a disputed row.
fn opinions(screen: &LabelScreen, current: &CurrentRow) -> Vec<String> {
    let place = current.turn.place;
    let people = screen
        .labels
        .row(place)
        .into_iter()
        .flat_map(|row| row.opinions());
    let mut lines: Vec<String> = people
        .map(|record| {
            let note = match record.note.as_str() {
                "" => String::new(),
                note => format!(" ({note})"),
            };
            format!("{}: {}{note}", record.by, record.decision.words())
        })
        .collect();
    if let Some(answer) = screen.own_answer(place) {
        lines.push(format!("dataset: {}", Decision::Answer(answer).words()));
    }
    lines
}

fn share(screen: &LabelScreen, current: &CurrentRow) -> (usize, usize) {
    screen
        .evidence(current.turn.place)
        .and_then(|evidence| evidence.majority.as_ref())
        .map_or((0, 0), |vote| (vote.count, vote.answers))
}

fn choices(labels: &[String], mode: &LabelMode, theme: Theme) -> Vec<(String, Style)> {
    let chosen = match mode {
        LabelMode::Several(chosen) => Some(chosen),
        _ => None,
    };
    let entry = |(at, label): (usize, &String)| {
        let is_chosen = chosen.is_some_and(|chosen| chosen[at]);
        let sign = match (chosen, is_chosen) {
            (None, _) => "",
            (Some(_), true) => "[x] ",
            (Some(_), false) => "[ ] ",
        };
        let key = label_key(at).map_or(String::new(), |key| format!("{key} "));
        let style = if is_chosen {
            theme.strong()
        } else {
            Style::new()
        };
        (format!("{sign}{key}{}", text::line(label)), style)
    };
    labels.iter().enumerate().map(entry).collect()
}

/// Entries one after another, as many in a line as fit.
fn flow(entries: &[(String, Style)], width: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    for (entry, style) in entries {
        let entry = text::fit(entry, width.saturating_sub(2));
        let own = text::width(&entry) + 3;
        if used > 0 && used + own - 1 > width {
            lines.push(Vec::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(Span::raw(if used == 0 { " " } else { "   " }));
            line.push(Span::styled(entry, *style));
        }
        used += own;
    }
    lines.into_iter().map(Line::from).collect()
}
