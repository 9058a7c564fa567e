//! The heads of the columns: score with its interval, difference, tokens, cost.

use super::{columns::Columns, scrollbar, text};
use crate::{
    analysis::{VariantFinding, Verdict},
    narrate::labels::points,
    row_filter::RowKind,
    tokens,
    tui::model::{Hit, Lens, Measured, Model, Table, Theme},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// Lines of the heads, the line below them included.
pub(super) const HEIGHT: u16 = 4;

pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    table: &Table,
    columns: &Columns,
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let label = Rect {
        width: columns.label,
        ..area
    };
    let dim = |t: String| Line::styled(t, theme.dim());
    let lines = [
        Line::styled(
            text::fit(&rows_line(model), usize::from(columns.label) - 1),
            theme.strong(),
        ),
        dim("  score, 95% CI".into()),
        dim("  tokens, cost, latency".into()),
    ];
    text::put(buffer, label, &lines);
    for (v, cell) in columns.areas(area) {
        let width = usize::from(cell.width).saturating_sub(1);
        let lines = head(model, table, v, width);
        for (y, line) in lines.iter().enumerate().take(usize::from(area.height)) {
            buffer.set_string(cell.x, cell.y + y as u16, "│", theme.dim());
            buffer.set_line(cell.x + 1, cell.y + y as u16, line, width as u16);
        }
        seen.hits.add(cell, Hit::Variant(v));
    }
    if area.height >= HEIGHT {
        let y = area.y + HEIGHT - 1;
        buffer.set_string(area.x, y, "─".repeat(usize::from(area.width)), theme.dim());
        for (_, cell) in columns.areas(area) {
            buffer.set_string(cell.x, y, "┼", theme.dim());
        }
        let said = columns_line(model, table, columns);
        let said = text::fit(&said, usize::from(columns.label).saturating_sub(2));
        buffer.set_string(area.x, y, said, theme.dim());
        let free = columns.areas(area).map(|(_, cell)| cell);
        let free: Vec<Rect> = free.skip(columns.shown.len() - columns.window.1).collect();
        if let (Some(first), Some(last)) = (free.first(), free.last()) {
            let bar = Rect::new(first.x, y, last.right() - first.x, 1);
            scrollbar::horizontal(buffer, bar, theme, columns.window);
        }
    }
}

/// The row under the cursor among those shown, which they are, and in which order.
fn rows_line(model: &Model) -> String {
    let n = model.answers.arrangement.rows.len();
    let outlook = &model.view.settings;
    let mut said = match n {
        0 => " no rows".to_owned(),
        n => format!(" row {} of {n}", model.row_position() + 1),
    };
    if outlook.filter.kind != RowKind::All {
        said += &format!(" {}", outlook.filter.kind.word());
    }
    if !outlook.filter.text.is_empty() {
        said += &match outlook.filter.text.strip_prefix('=') {
            Some(condition) => format!(" {}", text::line(condition.trim())),
            None => format!(" {:?}", text::line(&outlook.filter.text)),
        };
    }
    if outlook.sort != crate::tui::model::Sort::Dataset {
        said += &format!(" {}", outlook.sort.word());
    }
    if outlook.lens != Lens::Answers {
        said += &format!(" · {}", outlook.lens.word());
    }
    said
}

/// `7 of 54 variants, 2 hidden`: where not all are on the screen.
fn columns_line(model: &Model, table: &Table, columns: &Columns) -> String {
    let (shown, all) = (columns.shown.len(), table.variants());
    let hidden = all.saturating_sub(model.answers.columns.variants.len());
    match (shown == all, hidden) {
        (true, _) => String::new(),
        (false, 0) => format!(" {shown} of {all} variants "),
        (false, hidden) => format!(" {shown} of {all} variants, {hidden} hidden "),
    }
}

fn head(model: &Model, table: &Table, v: usize, width: usize) -> [Line<'static>; 3] {
    let theme = model.view.theme;
    let base = v == model.answers.baseline;
    let mut name = text::line(table.short(v));
    let is_pinned = |name: &String| model.view.settings.column_layout.pinned.contains(name);
    if base {
        name += " *";
    } else if table.names.get(v).is_some_and(is_pinned) {
        name += " ◂";
    }
    let style = if v == model.cursor.variant {
        theme.strong().patch(theme.accent())
    } else if model.has_fallen(v) {
        theme.dim()
    } else {
        theme.strong()
    };
    let finding = model.analysis().and_then(|a| a.variants.get(v));
    [
        Line::styled(text::fit(&format!(" {name}"), width), style),
        score(model, v, finding, base, width),
        Line::styled(text::fit(&costs(model, table, v), width), theme.dim()),
    ]
}

fn score(
    model: &Model,
    v: usize,
    finding: Option<&VariantFinding>,
    base: bool,
    width: usize,
) -> Line<'static> {
    let theme = model.view.theme;
    // By formula during a run; what was resampled last may be of fewer answers.
    let live = model
        .findings
        .live
        .as_ref()
        .and_then(|live| live.variant(v));
    let resampled = finding.and_then(|f| f.difference.as_ref());
    let (known, difference) = match live {
        Some(live) => (live.score, live.difference),
        None => (finding.and_then(|f| f.score), resampled.map(|d| d.interval)),
    };
    let mut parts: Vec<(String, Style)> = Vec::new();
    match known {
        Some(s) => {
            parts.push((format!("{:.0}%", s.value * 100.0), Style::new()));
            let interval = format!("{:.0}–{:.0}", s.low * 100.0, s.high * 100.0);
            parts.push((interval, theme.dim()));
        }
        None => {
            // Until the grid is analyzed, the plain mean stands there.
            let totals = model
                .answers
                .grids
                .get(model.cursor.model)
                .map(|b| b.totals(v))
                .unwrap_or_default();
            let said = match totals.answered {
                0 => "–".into(),
                n => format!("{:.0}%", totals.score / n as f64 * 100.0),
            };
            parts.push((said, Style::new()));
        }
    }
    if base {
        let is_cut = finding.is_some_and(|f| f.truncation.is_excessive);
        let mark = if is_cut { " ✂" } else { "" };
        parts.push((format!("baseline{mark}"), theme.dim()));
    } else if let Some(d) = difference {
        let (mark, style) = match finding {
            Some(f) => verdict(theme, &f.verdict),
            None => (" ?", theme.dim()),
        };
        parts.push((format!("{}{mark}", points(d.value)), style));
    }
    spaced(parts, width)
}

/// The parts that fit beside each other, two blanks between them where there is room.
fn spaced(mut parts: Vec<(String, Style)>, width: usize) -> Line<'static> {
    let all = |parts: &[(String, Style)], gap: usize| -> usize {
        let words: usize = parts.iter().map(|(said, _)| text::width(said)).sum();
        1 + words + gap * parts.len().saturating_sub(1)
    };
    while parts.len() > 1 && all(&parts, 1) > width {
        parts.pop();
    }
    let gap = if all(&parts, 2) <= width { "  " } else { " " };
    let mut spans = Vec::new();
    for (i, (said, style)) in parts.into_iter().enumerate() {
        spans.push(Span::raw(if i == 0 { " " } else { gap }));
        spans.push(Span::styled(said, style));
    }
    Line::from(spans)
}

/// The sign and the color of a verdict.
pub(super) fn verdict(theme: Theme, verdict: &Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::Better => (" ▲", theme.good().patch(theme.strong())),
        Verdict::Worse => (" ▼", theme.bad().patch(theme.strong())),
        Verdict::Identical => (" ≡", theme.dim()),
        Verdict::Equivalent => (" =", theme.dim()),
        Verdict::NotComparable { .. } => (" ✂", theme.unsure()),
        Verdict::Baseline => ("", theme.dim()),
        _ => (" ?", theme.dim()),
    }
}

/// Mean prompt tokens, cost and latency of a variant's answers; before there are any, the tokens that were counted.
fn costs(model: &Model, table: &Table, v: usize) -> String {
    let totals = model
        .answers
        .grids
        .get(model.cursor.model)
        .map(|b| b.totals(v))
        .unwrap_or_default();
    if totals.answered == 0 {
        let counted = model
            .workspace
            .estimate
            .as_ref()
            .and_then(|e| e.variant_tokens.get(v));
        return counted.map_or(String::new(), |t| format!(" ~{t:.0} tok"));
    }
    let n = totals.answered as f64;
    let mut said = format!(" {:.0} tok", totals.prompt_tokens as f64 / n);
    if let Some(name) = table.models.get(model.cursor.model)
        && let Some(price) = tokens::price(&name.model, model.workspace.project.model(name))
    {
        let usage = crate::model::Usage {
            prompt: totals.prompt_tokens,
            cached: totals.cached_tokens,
            completion: totals.completion_tokens,
            ..Default::default()
        };
        said += &format!("  {}", text::money(price.cost_usd(&usage)));
    }
    said += &format!("  {}", text::time(totals.latency_ms / n / 1e3));
    if totals.failed > 0 {
        said += &format!("  !{}", totals.failed);
    }
    said
}
