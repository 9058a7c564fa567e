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
    action::{KEYS, LabelAction},
    answer_pane::{answer_lines, answer_title},
    screen::{LabelMode, LabelScreen},
    spec::LabelQueueKind,
    status::status,
};
use crate::{
    annotation::SelectionReason,
    display::count,
    tui::{
        annotate::{ItemKey, fits},
        model::Theme,
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
