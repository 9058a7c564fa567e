//! Draws the screen of ratings:
//!
//! ```text
//!  rate triage  as ann                        12 rated, 88 left, verdict open
//! ── row 17 ──────────────────────────────────────────────────────────────────────
//! I was charged twice for one order.
//! ── left ─────────────────────────────────┬── right ─────────────────────────────
//! We are sorry to hear that.               │ Please send us the invoice.
//! ── Which answer is better? ─────────────────────────────────────────────────────
//!  row 3: left is better
//!  ← left  → right  t tie  b both bad  n reason  u undo  ? help  q quit
//! ```

use super::{
    action::{KEYS, PREFERENCES},
    screen::{RateMode, RateScreen},
};
use crate::{
    display::count,
    tui::{
        annotate::{fits, rule, typed_line},
        view::text::{self, Piece},
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// From this width on, two answers stand beside each other.
const WIDE: usize = 60;
/// The row's text takes at most this part of the height.
const ROW_PART: usize = 4;

pub(super) fn draw(screen: &mut RateScreen, frame: &mut Frame<'_>) {
    let area = frame.area();
    if !fits(frame) {
        return;
    }
    let theme = screen.spec.theme;
    let width = usize::from(area.width);
    let at = |y: u16, height: u16| Rect::new(area.x, y, area.width, height);
    let row = row_lines(screen, width, usize::from(area.height) / ROW_PART);
    let answers_y = area.y + 2 + row.len() as u16;
    let (heading, answers) = answer_lines(screen, width);
    let typed = match &screen.mode {
        RateMode::Reason(reason) => vec![typed_line(reason, width, theme)],
        _ if !screen.reason.is_empty() => {
            let reason = text::fit(&format!(" reason: {}", text::line(&screen.reason)), width);
            vec![Line::styled(reason, theme.dim())]
        }
        _ => Vec::new(),
    };
    let below = typed.len() as u16 + 3;
    let heading_height = u16::from(heading.is_some());
    let body = at(
        answers_y + heading_height,
        (area.bottom() - below).saturating_sub(answers_y + heading_height),
    );
    let window = usize::from(body.height);
    screen.drawn = (answers.len(), window);
    screen.scroll = screen.scroll.min(answers.len().saturating_sub(window));
    let more = match (
        screen.scroll,
        answers.len().saturating_sub(screen.scroll + window),
    ) {
        (0, 0) => String::new(),
        (_, 0) => "end of the text".into(),
        (_, more) => format!("{} below", count(more, "line")),
    };
    let title = match &screen.current {
        Some(current) => format!("row {}", text::line(&current.row_id)),
        None => "done".into(),
    };
    let question = match (&screen.mode, &screen.current) {
        (RateMode::Help, _) => "Esc closes the help".into(),
        (RateMode::Reason(_), _) => "Reason: Enter keeps it, Esc cancels".into(),
        (_, None) => "finished".into(),
        _ => match screen.spec.scale {
            Some(scale) => format!(
                "Grade, {} (worst) to {} (best)",
                scale.lowest, scale.highest
            ),
            None => "Which answer is better?".into(),
        },
    };
    let buffer = frame.buffer_mut();
    text::put(buffer, at(area.y, 1), &[header(screen, width)]);
    text::put(buffer, at(area.y + 1, 1), &[rule(&title, "", width, theme)]);
    text::put(buffer, at(area.y + 2, row.len() as u16), &row);
    if let Some(heading) = heading {
        text::put(buffer, at(answers_y, 1), &[heading]);
    }
    text::put(buffer, body, &answers[screen.scroll..]);
    text::put(
        buffer,
        at(body.bottom(), 1),
        &[rule(&question, &more, width, theme)],
    );
    text::put(buffer, at(body.bottom() + 1, typed.len() as u16), &typed);
    text::put(buffer, at(area.bottom() - 2, 1), &[status(screen, width)]);
    text::put(buffer, at(area.bottom() - 1, 1), &[footer(screen, width)]);
}

fn header(screen: &RateScreen, width: usize) -> Line<'static> {
    let spec = &screen.spec;
    let left = format!(" rate {}", text::line(&spec.experiment));
    let person = format!("  as {}", text::line(&spec.person));
    let mut facts = vec![match spec.goal {
        Some(goal) => format!("{} of {goal}", screen.given()),
        None => format!(
            "{} rated, {} left",
            spec.session.own(),
            spec.session.remaining()
        ),
    }];
    // Which wording is preferred is not told before the end: the rating stays blind.
    if spec.scale.is_none() {
        facts.push(match spec.session.verdict() {
            Some(_) => "verdict reached".into(),
            None => "no verdict yet".into(),
        });
    }
    let right = facts.join(", ");
    let room = width.saturating_sub(text::width(&left) + 1);
    let person = text::fit(&person, room.saturating_sub(text::width(&right) + 1));
    let gap = room.saturating_sub(text::width(&person) + text::width(&right));
    Line::from(vec![
        Span::styled(left, spec.theme.strong()),
        Span::styled(person, spec.theme.dim()),
        Span::raw(" ".repeat(gap)),
        Span::raw(text::fit(&right, room)),
    ])
}

/// The text of the row, cut where it is long.
fn row_lines(screen: &RateScreen, width: usize, most: usize) -> Vec<Line<'static>> {
    let current = screen
        .current
        .as_ref()
        .filter(|_| !matches!(screen.mode, RateMode::Help));
    let Some(row) = current.and_then(|current| current.row_text.as_deref()) else {
        return Vec::new();
    };
    let mut lines = wrapped(row, width);
    if lines.len() > most {
        lines.truncate(most);
        lines[most - 1] = Line::styled("…", screen.spec.theme.dim());
    }
    lines
}

fn wrapped(content: &str, width: usize) -> Vec<Line<'static>> {
    let pieces: [Piece; 1] = [(content.to_owned(), Style::new())];
    text::wrap_pieces(&pieces, width)
}

/// The heading over the answers, and their lines.
fn answer_lines(screen: &RateScreen, width: usize) -> (Option<Line<'static>>, Vec<Line<'static>>) {
    let theme = screen.spec.theme;
    if matches!(screen.mode, RateMode::Help) {
        return (None, help_lines(screen));
    }
    let Some(current) = &screen.current else {
        return (None, done_lines(screen, width));
    };
    match current.texts.as_slice() {
        [left, right] if width >= WIDE => {
            let column = (width - 3) / 2;
            let mut heading = rule("left", "", column + 1, theme);
            heading.spans.push(Span::styled("┬", theme.dim()));
            heading
                .spans
                .extend(rule("right", "", width - column - 2, theme).spans);
            (Some(heading), beside(left, right, column, screen))
        }
        [left, right] => {
            let mut lines = wrapped(left, width);
            lines.push(rule("right", "", width, theme));
            lines.extend(wrapped(right, width));
            (Some(rule("left", "", width, theme)), lines)
        }
        texts => {
            let lines = texts.iter().flat_map(|text| wrapped(text, width));
            (Some(rule("answer", "", width, theme)), lines.collect())
        }
    }
}

fn beside(left: &str, right: &str, column: usize, screen: &RateScreen) -> Vec<Line<'static>> {
    let (left, right) = (wrapped(left, column), wrapped(right, column));
    let height = left.len().max(right.len());
    let line = |y: usize| {
        let mut spans = left.get(y).cloned().unwrap_or_default().spans;
        let used: usize = spans.iter().map(|span| text::width(&span.content)).sum();
        spans.push(Span::raw(" ".repeat((column + 1).saturating_sub(used))));
        spans.push(Span::styled("│ ", screen.spec.theme.dim()));
        spans.extend(right.get(y).cloned().unwrap_or_default().spans);
        Line::from(spans)
    };
    (0..height).map(line).collect()
}

fn help_lines(screen: &RateScreen) -> Vec<Line<'static>> {
    let preferences = if screen.spec.scale.is_none() {
        PREFERENCES
    } else {
        &[]
    };
    let grades = screen
        .spec
        .scale
        .map(|scale| (format!("  {}-{}", scale.lowest, scale.highest), "the grade"));
    let keys = preferences.iter().chain(KEYS);
    let keys = keys.map(|key| (format!("  {}", key.shown), key.about));
    let lines = grades.into_iter().chain(keys).map(|(key, about)| {
        Line::from(vec![
            Span::styled(text::pad(&key, 22), screen.spec.theme.accent()),
            Span::raw(about),
        ])
    });
    lines.collect()
}

fn done_lines(screen: &RateScreen, width: usize) -> Vec<Line<'static>> {
    let session = &screen.spec.session;
    let done = match (
        screen.is_done(),
        session.items().is_empty(),
        session.wordings().len(),
    ) {
        (true, ..) => format!("{} given, as planned.", count(screen.given(), "rating")),
        (_, true, 2) => "No answers differ: there is nothing to rate.".into(),
        (_, true, _) => "There are no answers to rate.".into(),
        (_, false, 2) => "All pairs of answers are rated.".into(),
        _ => "All answers are rated.".into(),
    };
    let identical = match screen.spec.identical {
        0 => String::new(),
        n => format!("{} with the same answer count as ties.", count(n, "row")),
    };
    let lines = [done, identical, "q quits and shows the result.".into()];
    let lines = lines.into_iter().filter(|line| !line.is_empty());
    lines
        .flat_map(|line| text::wrap(&line, width))
        .map(Line::raw)
        .collect()
}

fn status(screen: &RateScreen, width: usize) -> Line<'static> {
    let theme = screen.spec.theme;
    let is_settled = screen.spec.scale.is_none() && screen.spec.session.verdict().is_some();
    let (said, style) = match (&screen.unsaved, &screen.last) {
        ((unsaved, Some(error)), _) => (
            format!("! {} not saved: {error}", count(*unsaved, "rating")),
            theme.bad(),
        ),
        _ if is_settled => (
            "✓ The verdict stands: q quits and shows it; more ratings narrow the interval.".into(),
            theme.good(),
        ),
        (_, Some(last)) => (last.clone(), Style::new()),
        _ => (String::new(), Style::new()),
    };
    Line::styled(text::fit(&format!(" {}", text::line(&said)), width), style)
}

fn footer(screen: &RateScreen, width: usize) -> Line<'static> {
    let (preferences, grades) = match screen.spec.scale {
        Some(scale) => (&[][..], format!("{}-{} grade", scale.lowest, scale.highest)),
        None => (PREFERENCES, String::new()),
    };
    let keys = preferences.iter().chain(KEYS).map(|key| key.footer);
    let words: Vec<&str> = std::iter::once(grades.as_str())
        .chain(keys)
        .filter(|word| !word.is_empty())
        .collect();
    let line = text::fit(&format!(" {}", words.join("  ")), width);
    Line::styled(line, screen.spec.theme.dim())
}
