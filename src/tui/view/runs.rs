//! The runs in the store.

use crate::{
    display::{fit, one_line},
    tui::Model,
};
use ratatui::{
    Frame,
    layout::Rect,
    text::Line,
    widgets::{Block, Borders, Paragraph},
};

/// Draw the screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, model: &mut Model) {
    let block = Block::new()
        .borders(Borders::ALL)
        .title(" Runs, the newest first ");
    let inner = block.inner(area);
    let height = usize::from(inner.height).saturating_sub(1).max(1);
    let from = (model.run_row / height) * height;
    let mut lines = vec![Line::styled(
        format!(
            "  {:<13} {:<9} {:>8} {:>6} {:>7}  {}",
            "run", "state", "variants", "rows", "samples", "experiment, note"
        ),
        model.theme.dim(),
    )];
    for (i, run) in model.runs.iter().enumerate().skip(from).take(height) {
        let text = format!(
            "{} {:<13} {:<9} {:>8} {:>6} {:>7}  {} {}",
            if i == model.run_row { "▸" } else { " " },
            run.id.0,
            run.state,
            run.variants.len(),
            run.rows,
            run.samples,
            one_line(&run.experiment),
            one_line(run.note.as_deref().unwrap_or(""))
        );
        let style = if i == model.run_row {
            model.theme.strong()
        } else {
            Default::default()
        };
        lines.push(Line::styled(fit(&text, usize::from(inner.width)), style));
    }
    if model.runs.is_empty() {
        lines.push(Line::styled(
            "  none yet; r runs the experiment",
            model.theme.dim(),
        ));
    }
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inner);
}
