//! The list of runs: what was done, when, what came of it, what it cost.

use super::{pane::pane_box, text};
use crate::tui::model::{Hit, Measured, Model, RunLine, ScrolledList};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model, seen: &mut Measured) {
    let theme = model.view.theme;
    let title = format!(" Runs {} ", model.run_list.lines.len());
    let inner = pane_box(frame, area, &title, model, true);
    let width = usize::from(inner.width);
    let page = usize::from(inner.height).saturating_sub(1).max(1);
    seen.page = page;
    let wide = width >= 100;
    let head = if wide {
        format!(
            "   {:<13} {:<12} {:<14} {:<11} {:>12} {:>5}  {:<18} {:>8}  note",
            "run", "when", "experiment", "state", "trials", "base", "best", "cost"
        )
    } else {
        format!(
            "   {:<13} {:<12} {:<11} {:<11} {:>5} {:>8}  note",
            "run", "when", "experiment", "state", "score", "cost"
        )
    };
    let mut lines = vec![Line::styled(head, theme.dim())];
    let from = (seen.offsets).follow(
        ScrolledList::Runs,
        model.run_list.line,
        page,
        model.run_list.lines.len(),
    );
    for (i, run) in model
        .run_list
        .lines
        .iter()
        .enumerate()
        .skip(from)
        .take(page)
    {
        let here = i == model.run_list.line;
        let chosen = model.run_list.chosen.as_ref() == Some(&run.info.id);
        let lead = format!(
            "{}{} ",
            if here { "▸" } else { " " },
            if chosen { "*" } else { " " }
        );
        let said = if wide {
            long(model, run)
        } else {
            short(model, run)
        };
        let style = if here {
            theme.strong()
        } else {
            Default::default()
        };
        lines.push(Line::from(vec![
            Span::styled(lead, theme.accent()),
            Span::styled(text::fit(&said, width.saturating_sub(3)), style),
        ]));
        let y = inner.y + (i - from) as u16 + 1;
        seen.hits
            .add(Rect::new(inner.x, y, inner.width, 1), Hit::Line(i));
    }
    if model.run_list.lines.is_empty() {
        lines.push(Line::styled(
            "   No runs yet. r: run the experiment",
            theme.dim(),
        ));
    }
    text::put(frame.buffer_mut(), inner, &lines);
}

fn cost(run: &RunLine) -> String {
    match run.counts.cost_usd {
        Some(usd) => text::money(usd),
        None if run.counts.sent == 0 => "0 calls".into(),
        None => format!(
            "{} tok",
            text::count(run.counts.usage.prompt + run.counts.usage.completion)
        ),
    }
}

fn base(run: &RunLine) -> String {
    match &run.scores {
        Some((score, ..)) if score.is_finite() => format!("{:.0}%", score * 100.0),
        _ => "–".into(),
    }
}

fn long(model: &Model, run: &RunLine) -> String {
    let info = &run.info;
    let trials = format!("{}×{}×{}", info.variants.len(), info.rows, info.samples);
    let best = match &run.scores {
        Some((_, name, score)) => format!("{:.0}% {}", score * 100.0, text::line(name)),
        None => "–".into(),
    };
    format!(
        "{} {} {} {} {trials:>12} {:>5}  {} {:>8}  {}",
        text::pad(&info.id.0, 13),
        text::pad(&text::ago(model.clock.unix_s - info.started_at), 12),
        text::pad(&text::line(&info.experiment), 14),
        text::pad(&run.info.state, 11),
        base(run),
        text::pad(&best, 18),
        cost(run),
        text::line(info.note.as_deref().unwrap_or(""))
    )
}

fn short(model: &Model, run: &RunLine) -> String {
    let info = &run.info;
    format!(
        "{} {} {} {} {:>5} {:>8}  {}",
        text::pad(&info.id.0, 13),
        text::pad(&text::ago(model.clock.unix_s - info.started_at), 12),
        text::pad(&text::line(&info.experiment), 11),
        text::pad(&run.info.state, 11),
        base(run),
        cost(run),
        text::line(info.note.as_deref().unwrap_or(""))
    )
}
