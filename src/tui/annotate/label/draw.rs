//! Draws the screen of labels:
//!
//! ```text
//!  label triage  as ann                      12 labelled, 188 left, 8.5 per minute
//! ── row 17, wordings disagree ───────────────────────────────────────────────────
//! text
//!   I was charged twice for one order.
//!
//! ── Answer ──────────────────────────────────────────────────────────────────────
//!  1 billing   2 bug   3 how-to
//!  same text as row 12: billing (bo)
//!  ≠ row 16 bug: 3 of 4 answers say billing
//!  e type  m several  x cannot tell  s skip  n note  u undo  ? help  q quit
//! ```

use super::{
    action::{KEYS, LabelAction, label_key},
    screen::{CurrentRow, LabelMode, LabelScreen, LastDecision, matching_labels},
    spec::LabelQueueKind,
};
use crate::{
    annotation::{AnswerForm, Decision, SelectionReason, same_answer},
    display::count,
    tui::{
        annotate::{ItemKey, fits},
        model::{TextArea, Theme},
        view::text::{self, Piece},
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn draw(screen: &mut LabelScreen, frame: &mut Frame<'_>) {
    let area = frame.area();
    if !fits(frame) {
        return;
    }
    let theme = screen.spec.theme;
    let width = usize::from(area.width);
    let at = |y: u16, height: u16| Rect::new(area.x, y, area.width, height);
    let mut answer = answer_lines(screen, width);
    let most = usize::from(area.height) / 2 - 2;
    if answer.len() > most {
        answer.truncate(most);
        answer[most - 1] = Line::styled(" …", theme.dim());
    }
    let below = answer.len() as u16 + 3;
    let body = at(area.y + 2, area.height - below - 2);
    let rule_y = body.bottom();
    let lines = body_lines(screen, width.saturating_sub(1));
    let window = usize::from(body.height);
    screen.drawn = (lines.len(), window);
    screen.scroll = screen.scroll.min(lines.len().saturating_sub(window));
    let more = lines.len().saturating_sub(screen.scroll + window);
    let buffer = frame.buffer_mut();
    text::put(buffer, at(area.y, 1), &[header(screen, width)]);
    text::put(
        buffer,
        at(area.y + 1, 1),
        &[rule(&row_title(screen), "", width, theme)],
    );
    text::put(buffer, body, &lines[screen.scroll..]);
    let more = match (screen.scroll, more) {
        (0, 0) => String::new(),
        (_, 0) => "end of the text".into(),
        (_, more) => format!("{} below", count(more, "line")),
    };
    text::put(
        buffer,
        at(rule_y, 1),
        &[rule(&answer_title(screen), &more, width, theme)],
    );
    text::put(buffer, at(rule_y + 1, answer.len() as u16), &answer);
    text::put(buffer, at(area.bottom() - 2, 1), &[status(screen, width)]);
    text::put(buffer, at(area.bottom() - 1, 1), &[footer(screen, width)]);
}

fn header(screen: &LabelScreen, width: usize) -> Line<'static> {
    let spec = &screen.spec;
    let theme = spec.theme;
    let left = format!(" label {}", text::line(&spec.experiment));
    let person = format!("  as {}", text::line(&spec.person));
    let (left_over, shared) = screen.turns.remaining();
    let mut facts = vec![match (screen.settles(), spec.goal) {
        (true, _) => format!("{} left", count(left_over, "disputed row")),
        (false, Some(goal)) => format!("{} of {goal}", screen.pace.decisions),
        (false, None) => {
            let labelled = screen
                .own
                .iter()
                .filter(|record| record.decision.is_verdict());
            format!("{} labelled, {left_over} left", labelled.count())
        }
    }];
    if shared > 0 {
        facts.push(format!("{shared} to label twice"));
    }
    if let Some(pace) = screen.pace.per_minute() {
        facts.push(format!("{pace:.1} per minute"));
    }
    let right = facts.join(", ");
    let room = width.saturating_sub(text::width(&left) + 1);
    let person = text::fit(&person, room.saturating_sub(text::width(&right) + 1));
    let gap = room.saturating_sub(text::width(&person) + text::width(&right));
    Line::from(vec![
        Span::styled(left, theme.strong()),
        Span::styled(person, theme.dim()),
        Span::raw(" ".repeat(gap)),
        Span::raw(text::fit(&right, room)),
    ])
}

/// A line across the screen with a title, and something short at its end.
pub(in crate::tui::annotate) fn rule(
    title: &str,
    end: &str,
    width: usize,
    theme: Theme,
) -> Line<'static> {
    let title = text::fit(&format!("── {title} "), width);
    let end = if end.is_empty() {
        String::new()
    } else {
        format!(" {end} ──")
    };
    let room = width.saturating_sub(text::width(&title) + text::width(&end));
    Line::from(vec![
        Span::styled(title, theme.accent()),
        Span::styled("─".repeat(room) + &end, theme.dim()),
    ])
}

fn row_title(screen: &LabelScreen) -> String {
    let Some(current) = &screen.current else {
        return "done".into();
    };
    let why = match current.turn.chosen.reason {
        SelectionReason::Random => "chosen at random",
        SelectionReason::Disagreement => "the wordings disagree",
        SelectionReason::Decision => "the two best wordings disagree",
        SelectionReason::Overlap => "another person labelled it too",
        SelectionReason::Disputed => "the labels disagree",
        SelectionReason::Picked => "chosen by you",
    };
    let id = screen.spec.dataset.heads().id(current.turn.place);
    format!("row {}, {why}", text::line(&id))
}

fn answer_title(screen: &LabelScreen) -> String {
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

fn body_lines(screen: &LabelScreen, width: usize) -> Vec<Line<'static>> {
    let theme = screen.spec.theme;
    if matches!(screen.mode, LabelMode::Help) {
        return help_lines(theme);
    }
    let Some(current) = &screen.current else {
        return done_lines(screen, width);
    };
    let mut lines = Vec::new();
    for column in &screen.spec.columns {
        let value = match current.row.fields.get(column) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(other) => serde_json::to_string_pretty(other).unwrap_or_default(),
        };
        lines.push(Line::styled(
            text::fit(&text::line(column), width),
            theme.dim(),
        ));
        let pieces: [Piece; 1] = [(value, Style::new())];
        for line in text::wrap_pieces(&pieces, width.saturating_sub(2)) {
            let mut spans = vec![Span::raw("  ")];
            spans.extend(line.spans);
            lines.push(Line::from(spans));
        }
        lines.push(Line::raw(""));
    }
    lines.pop();
    lines
}

fn done_lines(screen: &LabelScreen, width: usize) -> Vec<Line<'static>> {
    let spec = &screen.spec;
    let done = match (&spec.queue, screen.is_done()) {
        (LabelQueueKind::Disputed, _) => "No disputed rows are left.".into(),
        (_, true) => format!(
            "{} labelled, as planned.",
            count(screen.pace.decisions, "row")
        ),
        _ => "No rows are left to label.".into(),
    };
    let next = format!(
        "q quits; `wording run {}` uses the labels.",
        text::line(&spec.experiment)
    );
    let lines = [done, next]
        .into_iter()
        .flat_map(|text| text::wrap(&text, width));
    lines.map(Line::raw).collect()
}

fn help_lines(theme: Theme) -> Vec<Line<'static>> {
    let labels = [("1-9, then letters", "the label, as shown below the text")];
    let keys = KEYS.iter().map(|key| (key.shown, key.about));
    labels
        .into_iter()
        .chain(keys)
        .map(|(key, about)| {
            Line::from(vec![
                Span::styled(text::pad(&format!("  {key}"), 22), theme.accent()),
                Span::raw(about),
            ])
        })
        .collect()
}

fn answer_lines(screen: &LabelScreen, width: usize) -> Vec<Line<'static>> {
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

pub(in crate::tui::annotate) fn typed_line(
    area: &TextArea,
    width: usize,
    theme: Theme,
) -> Line<'static> {
    let (before, after) = area.parts();
    let mut spans = vec![Span::raw(" > ")];
    spans.extend(with_cursor(before, after, width.saturating_sub(4), theme));
    Line::from(spans)
}

fn typed_lines(area: &TextArea, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let (at, bytes) = area.cursor();
    let line = |(number, line): (usize, &String)| {
        let mut spans = vec![Span::raw(" ")];
        if number == at {
            let (before, after) = line.split_at(bytes);
            spans.extend(with_cursor(before, after, width.saturating_sub(2), theme));
        } else {
            spans.push(Span::raw(text::fit(&shown(line), width.saturating_sub(2))));
        }
        Line::from(spans)
    };
    // The line of the cursor is seen, whatever room there is.
    let from = at.saturating_sub(6);
    area.lines()
        .iter()
        .enumerate()
        .skip(from)
        .take(9)
        .map(line)
        .collect()
}

fn shown(line: &str) -> String {
    text::clean(line).replace('\t', "    ")
}

fn with_cursor(before: &str, after: &str, room: usize, theme: Theme) -> Vec<Span<'static>> {
    let before = text::tail(&shown(before), room.saturating_sub(2));
    let mut rest = after.graphemes(true);
    let here = rest.next().map_or(" ".to_owned(), shown);
    let left = room.saturating_sub(text::width(&before) + text::width(&here));
    vec![
        Span::raw(before),
        Span::styled(here, theme.cursor()),
        Span::raw(text::fit(&shown(rest.as_str()), left)),
    ]
}

/// What is wrong, else what others say about the last decision.
fn status(screen: &LabelScreen, width: usize) -> Line<'static> {
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

fn footer(screen: &LabelScreen, width: usize) -> Line<'static> {
    let is_shown = |key: &&ItemKey<LabelAction>| match (&screen.mode, &screen.current) {
        (LabelMode::Line(_) | LabelMode::Lines(_) | LabelMode::Note(_), _) => false,
        (_, Some(_)) => !key.footer.is_empty(),
        (_, None) => matches!(
            key.action,
            LabelAction::Undo | LabelAction::Help | LabelAction::Leave
        ),
    };
    let words: Vec<&str> = KEYS.iter().filter(is_shown).map(|key| key.footer).collect();
    Line::styled(
        text::fit(&format!(" {}", words.join("  ")), width),
        screen.spec.theme.dim(),
    )
}
