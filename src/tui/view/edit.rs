//! The variants, the template of the one under the cursor, and its prompt for the row under the cursor.

use crate::{
    display::{fit, one_line, visible, wrap},
    tui::Model,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Block, Borders, Paragraph},
};

/// Draw the screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, model: &mut Model) {
    let Ok(plan) = &model.plan else { return };
    let theme = model.theme;
    let narrow = area.width < 100;
    let constraints = if narrow {
        vec![Constraint::Length(24), Constraint::Min(30)]
    } else {
        vec![
            Constraint::Length(27),
            Constraint::Percentage(42),
            Constraint::Min(30),
        ]
    };
    let panes = Layout::horizontal(constraints).split(area);
    let list = Block::new().borders(Borders::ALL).title(" Variants ");
    let inner = list.inner(panes[0]);
    let height = usize::from(inner.height).max(1);
    let from = (model.variant / height) * height;
    let lines: Vec<Line<'_>> = plan
        .variants
        .iter()
        .enumerate()
        .skip(from)
        .take(height)
        .map(|(v, variant)| {
            let mark = if v == plan.baseline { " *" } else { "" };
            let text = format!(
                "{} {}{mark}",
                if v == model.variant { "▸" } else { " " },
                one_line(&variant.name)
            );
            let style = if v == model.variant {
                theme.strong().patch(theme.accent())
            } else {
                Default::default()
            };
            Line::styled(fit(&text, usize::from(inner.width)), style)
        })
        .collect();
    frame.render_widget(list, panes[0]);
    frame.render_widget(Paragraph::new(lines), inner);
    let Some(variant) = plan.variants.get(model.variant) else {
        return;
    };
    let template = &plan.templates.templates()[variant.template];
    if !narrow {
        let block = Block::new().borders(Borders::ALL).title(format!(
            " {} · e opens the editor ",
            one_line(&template.path.display().to_string())
        ));
        let inner = block.inner(panes[1]);
        let mut lines: Vec<Line<'_>> = visible(&template.source)
            .lines()
            .enumerate()
            .flat_map(|(i, line)| {
                let pieces = wrap(line, usize::from(inner.width).saturating_sub(5));
                pieces.into_iter().enumerate().map(move |(p, piece)| {
                    let number = if p == 0 {
                        format!("{:>3}  ", i + 1)
                    } else {
                        "     ".into()
                    };
                    Line::from(vec![Span::styled(number, theme.dim()), Span::raw(piece)])
                })
            })
            .collect();
        for problem in plan.templates.problems() {
            lines.push(Line::raw(""));
            lines.extend(
                wrap(&problem.to_string(), usize::from(inner.width))
                    .into_iter()
                    .map(|l| Line::styled(l, theme.bad())),
            );
        }
        frame.render_widget(block, panes[1]);
        frame.render_widget(Paragraph::new(lines), inner);
    }
    let pane = panes[panes.len() - 1];
    let Ok(row) = plan.dataset.row(model.row) else {
        return;
    };
    let block = Block::new()
        .borders(Borders::ALL)
        .title(format!(" Prompt · row {} · j k ", one_line(&row.id)));
    let inner = block.inner(pane);
    let width = usize::from(inner.width);
    let mut lines = Vec::new();
    match plan.prompt(model.variant, &row) {
        Ok(prompt) => {
            for message in &prompt.messages {
                lines.push(Line::styled(message.role.to_string(), theme.accent()));
                lines.extend(
                    wrap(&message.content, width.saturating_sub(2))
                        .into_iter()
                        .map(|l| Line::raw(format!("  {l}"))),
                );
            }
        }
        Err(error) => lines.extend(
            wrap(&error.to_string(), width)
                .into_iter()
                .map(|l| Line::styled(l, theme.bad())),
        ),
    }
    // The end matters most: the row itself stands there.
    let over = lines.len().saturating_sub(usize::from(inner.height));
    if over > 0 {
        lines.drain(..over);
        lines[0] = Line::styled(format!("… {} lines above", over + 1), theme.dim());
    }
    frame.render_widget(block, pane);
    frame.render_widget(Paragraph::new(lines), inner);
}
