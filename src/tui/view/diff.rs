//! The baseline and the variant under the cursor, word by word, and what came of the change.

use super::grid::input;
use crate::{
    analysis::points,
    diff::{Change, Piece, changes, word_diff},
    display::{fit, one_line, visible},
    tui::Model,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, Borders, Paragraph, Wrap},
};

/// Draw the screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, model: &mut Model) {
    let Ok(plan) = &model.plan else { return };
    let theme = model.theme;
    let (Some(base), Some(variant)) = (
        plan.variants.get(plan.baseline),
        plan.variants.get(model.variant),
    ) else {
        return;
    };
    let [top, bottom] =
        Layout::vertical([Constraint::Percentage(55), Constraint::Min(5)]).areas(area);
    let title = format!(
        " {} → {} · h l choose the variant ",
        one_line(&base.name),
        one_line(&variant.name)
    );
    let block = Block::new()
        .borders(Borders::ALL)
        .title(fit(&title, usize::from(top.width).saturating_sub(2)));
    let mut lines: Vec<Line<'_>> = Vec::new();
    if model.variant == plan.baseline {
        lines.push(Line::styled(
            "this is the baseline; → goes to the next variant",
            theme.dim(),
        ));
    } else {
        let templates = plan.templates.templates();
        let pieces = word_diff(
            &templates[base.template].source,
            &templates[variant.template].source,
        );
        let moved: Vec<String> = base
            .levels
            .iter()
            .filter_map(|(axis, level)| {
                let other = variant.level(axis).map_or("–", |l| l.name.as_str());
                (level.name != other).then(|| format!("{axis}: {} → {other}", level.name))
            })
            .collect();
        let head = format!(
            "{} change(s) in the template{}",
            changes(&pieces),
            if moved.is_empty() {
                String::new()
            } else {
                format!("; {}", moved.join(", "))
            }
        );
        lines.push(Line::styled(one_line(&head), theme.dim()));
        lines.extend(diff_lines(&pieces, model));
    }
    let inner = block.inner(top);
    frame.render_widget(block, top);
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inner);
    effect(frame, bottom, model);
}

fn diff_lines(pieces: &[Piece], model: &Model) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    for piece in pieces {
        let style = match piece.change {
            Change::Same => Style::new(),
            Change::Removed => theme.removed(),
            Change::Added => theme.added(),
        };
        for (i, part) in visible(&piece.text).split('\n').enumerate() {
            if i > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut()
                && !part.is_empty()
            {
                line.push(Span::styled(part.to_owned(), style));
            }
        }
    }
    lines.into_iter().map(Line::from).collect()
}

fn effect(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let (Ok(plan), Some(grid)) = (&model.plan, model.grid()) else {
        return;
    };
    let theme = model.theme;
    let width = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    let finding = model
        .analysis
        .as_ref()
        .and_then(|a| a.variants.get(model.variant));
    if let Some(d) = finding.and_then(|f| f.difference.as_ref()) {
        lines.push(Line::styled(
            format!(
                "{} points [{} to {}], p = {:.3} (Holm {:.3}); fixed {}, broke {}, other change {}",
                points(d.interval.value),
                points(d.interval.low),
                points(d.interval.high),
                d.p,
                d.p_adjusted,
                d.fixed,
                d.broken,
                d.churn
            ),
            theme.strong(),
        ));
    }
    for r in 0..plan.dataset.len() {
        let cells = [plan.baseline, model.variant].map(|v| grid.cell(v, r, 0));
        let (Some(a), Some(b)) = (cells[0].score, cells[1].score) else {
            continue;
        };
        let (mark, style) = match (a >= 1.0, b >= 1.0) {
            (false, true) => ("✗→✓", theme.good()),
            (true, false) => ("✓→✗", theme.bad()),
            (false, false) if cells[0].answer != cells[1].answer => ("✗→✗", theme.unsure()),
            _ => continue,
        };
        let answer = |i: usize| {
            cells[i]
                .answer
                .map_or("~".into(), |a| one_line(grid.answer_text(a)))
        };
        lines.push(Line::styled(
            fit(
                &format!(
                    "{mark} {}  {} → {}  {}",
                    one_line(&plan.dataset.heads().id(r)),
                    answer(0),
                    answer(1),
                    one_line(&plan.dataset.row(r).map_or(String::new(), |row| input(&row)))
                ),
                width,
            ),
            style,
        ));
    }
    if lines.is_empty() {
        lines.push(Line::styled(
            "no answers to compare yet; r runs",
            theme.dim(),
        ));
    }
    let block = Block::new().borders(Borders::ALL).title(" Effect ");
    let inner = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inner);
}
