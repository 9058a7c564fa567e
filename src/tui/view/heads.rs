//! The heads of the columns: score with its interval, difference, tokens, cost.

use super::{
    columns::{ColumnArea, Columns},
    model_names::ModelNames,
    pane::ZOOMED,
    scrollbar, text,
    variant_names::ShownVariants,
};
use crate::{
    analysis::{Analysis, Verdict},
    narrate::labels::points,
    outcome::VariantTotals,
    row_filter::RowKind,
    tui::model::{ColumnGrouping, GridColumn, Hit, Lens, Measured, Model, Sort, Table, Theme},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// Lines of the heads, the line below them included: one more where models stand side by side.
pub(super) fn height(model: &Model) -> u16 {
    if model.answers.columns.has_groups() {
        5
    } else {
        4
    }
}

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
    let names = ModelNames::new(model, table);
    let variants = ShownVariants::new(table, columns.shown().iter().map(|c| c.variant));
    text::put(buffer, label, &labels(model, &names, label.width));
    let mut heads = area;
    if model.answers.columns.has_groups() {
        for group in columns.groups(area) {
            group_head(buffer, model, (table, &variants), &group);
        }
        heads.y += 1;
        heads.height = heads.height.saturating_sub(1);
    }
    for ColumnArea { column, area, edge } in columns.areas(heads) {
        let width = usize::from(area.width).saturating_sub(1);
        let lines = head(model, (table, &variants), &names, column, width);
        for (y, line) in lines.iter().enumerate().take(usize::from(area.height)) {
            buffer.set_string(area.x, area.y + y as u16, edge, theme.dim());
            buffer.set_line(area.x + 1, area.y + y as u16, line, width as u16);
        }
        seen.hits.add(area, Hit::Column(column));
    }
    if area.height >= height(model) {
        let y = area.y + height(model) - 1;
        buffer.set_string(area.x, y, "─".repeat(usize::from(area.width)), theme.dim());
        for ColumnArea { area, edge, .. } in columns.areas(area) {
            let crossing = if edge == "┃" { "╂" } else { "┼" };
            buffer.set_string(area.x, y, crossing, theme.dim());
        }
        let said = columns_line(model, table, columns);
        let said = text::fit(&said, usize::from(columns.label).saturating_sub(2));
        buffer.set_string(area.x, y, said, theme.dim());
        let free = columns.areas(area).map(|column| column.area);
        let free: Vec<Rect> = free
            .skip(columns.shown().len() - columns.window.scrolled.1)
            .collect();
        if let (Some(first), Some(last)) = (free.first(), free.last()) {
            let bar = Rect::new(first.x, y, last.right() - first.x, 1);
            scrollbar::horizontal(buffer, bar, theme, columns.window.scrolled);
        }
    }
}

/// What the lines of the heads say.
fn labels(model: &Model, names: &ModelNames, width: u16) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let room = usize::from(width);
    let dim = |said: &str| Line::styled(text::fit(said, room), theme.dim());
    let mut lines = vec![Line::styled(
        text::fit(
            &rows_line(model, room.saturating_sub(1)),
            room.saturating_sub(1),
        ),
        theme.strong(),
    )];
    if model.answers.columns.has_groups() {
        lines.push(dim(&grouping(model, names, room)));
        // Figures of different models are not compared.
        lines.push(dim(match room {
            0..36 => "  score, own baseline",
            _ => "  score, 95% CI, vs own baseline",
        }));
    } else {
        lines.push(dim("  score, 95% CI"));
    }
    lines.push(dim("  tokens, cost, latency"));
    lines
}

/// How the columns are grouped; where rows are filtered or sorted, by whose answers.
fn grouping(model: &Model, names: &ModelNames, room: usize) -> String {
    let settings = &model.view.settings;
    if !settings.filter.is_all() || settings.sort != Sort::Dataset {
        let name = names.name(model.answers.row_model, room.saturating_sub(10));
        return format!("  rows by {name}");
    }
    match model.answers.columns.grouping {
        ColumnGrouping::Variant => format!("  by variant{}", names.shared()),
        ColumnGrouping::Model => "  by model".to_owned(),
    }
}

/// What the columns of a group have in common.
fn group_head(
    buffer: &mut Buffer,
    model: &Model,
    (table, variants): (&Table, &ShownVariants<'_>),
    group: &ColumnArea,
) {
    let theme = model.view.theme;
    let columns = &model.answers.columns;
    let width = usize::from(group.area.width).saturating_sub(1);
    let name = match columns.grouping {
        ColumnGrouping::Variant => {
            let variant = group.column.variant;
            variant_name(model, (table, variants), variant, width.saturating_sub(1))
        }
        ColumnGrouping::Model => model_name(table, group.column.model),
    };
    let style = if columns.are_grouped(group.column, model.cursor.column()) {
        theme.strong().patch(theme.accent())
    } else {
        theme.strong()
    };
    buffer.set_string(group.area.x, group.area.y, group.edge, theme.dim());
    buffer.set_stringn(
        group.area.x + 1,
        group.area.y,
        text::fit(&format!(" {name}"), width),
        width,
        style,
    );
}

fn model_name(table: &Table, model: usize) -> String {
    (table.models.get(model)).map_or(String::new(), |name| text::line(&name.to_string()))
}

/// A variant's name with its mark: the baseline, or pinned.
fn variant_name(
    model: &Model,
    (table, variants): (&Table, &ShownVariants<'_>),
    variant: usize,
    room: usize,
) -> String {
    let is_pinned = |name: &String| model.view.settings.column_layout.pinned.contains(name);
    let mark = if variant == model.answers.baseline {
        " *"
    } else if table.names.get(variant).is_some_and(is_pinned) {
        " ◂"
    } else {
        ""
    };
    variants.name(variant, room.saturating_sub(text::width(mark))) + mark
}

/// The row under the cursor among those shown, which they are, and in which order; where there is no room, in short.
fn rows_line(model: &Model, width: usize) -> String {
    let n = model.answers.arrangement.rows.len();
    let at = model.row_position() + 1;
    let facts = rows_facts(model);
    let said = match n {
        0 => format!(" no rows{facts}"),
        n => format!(" row {at} of {n}{facts}"),
    };
    if n == 0 || text::width(&said) <= width {
        return said;
    }
    format!(" {at}/{n}{facts}")
}

fn rows_facts(model: &Model) -> String {
    let outlook = &model.view.settings;
    let mut said = String::new();
    if outlook.filter.kind != RowKind::All {
        said += &format!(" {}", outlook.filter.kind.word());
    }
    if !outlook.filter.text.is_empty() {
        said += &match outlook.filter.text.strip_prefix('=') {
            Some(condition) => format!(" {}", text::line(condition.trim())),
            None => format!(" {:?}", text::line(&outlook.filter.text)),
        };
    }
    if outlook.sort != Sort::Dataset {
        said += &format!(" {}", outlook.sort.word());
    }
    if outlook.lens != Lens::Answers {
        said += &format!(" · {}", outlook.lens.word());
    }
    if model.view.zoom {
        said += &format!(" {ZOOMED}");
    }
    said
}

/// `7 of 54 variants, 2 hidden`: where not all are on the screen.
fn columns_line(model: &Model, table: &Table, columns: &Columns) -> String {
    let grid = &model.answers.columns;
    let (what, each) = match grid.has_groups() {
        true => ("columns", grid.models.len()),
        false => ("variants", 1),
    };
    let (shown, all) = (columns.shown().len(), table.variants() * each);
    let hidden = table.variants().saturating_sub(grid.variants.len()) * each;
    match (shown == all, hidden) {
        (true, _) => String::new(),
        (false, 0) => format!(" {shown} of {all} {what} "),
        (false, hidden) => format!(" {shown} of {all} {what}, {hidden} hidden "),
    }
}

fn head(
    model: &Model,
    variants: (&Table, &ShownVariants<'_>),
    names: &ModelNames,
    column: GridColumn,
    width: usize,
) -> [Line<'static>; 3] {
    let theme = model.view.theme;
    let columns = &model.answers.columns;
    let name = match columns.grouping {
        ColumnGrouping::Variant if columns.has_groups() => {
            names.name(column.model, width.saturating_sub(1))
        }
        _ => variant_name(model, variants, column.variant, width.saturating_sub(1)),
    };
    let style = if column == model.cursor.column() {
        theme.strong().patch(theme.accent())
    } else if model.has_fallen(column) {
        theme.dim()
    } else {
        theme.strong()
    };
    [
        Line::styled(text::fit(&format!(" {name}"), width), style),
        score(model, column, width),
        Line::styled(costs(model, column, width), theme.dim()),
    ]
}

fn score(model: &Model, column: GridColumn, width: usize) -> Line<'static> {
    let (theme, v) = (model.view.theme, column.variant);
    let analysis = model.findings.analysis_of(column.model);
    let finding = analysis.and_then(|a| a.variants.get(v));
    // By formula during a run; what was resampled last may be of fewer answers.
    let live = model.findings.live.get(&column.model);
    let live = live.and_then(|live| live.variant(v));
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
        // Nothing was compared with an expected answer: how often it answers as most others do.
        None if analysis.is_some_and(Analysis::is_unscored) => {
            let consensus = finding.and_then(|f| f.consensus);
            let said =
                consensus.map_or("–".into(), |share| format!("{:.0}% agree", share * 100.0));
            parts.push((said, Style::new()));
        }
        None => {
            // Until the grid is analyzed, the plain mean stands there.
            let said = totals(model, column)
                .mean()
                .map_or("–".into(), |mean| format!("{:.0}%", mean * 100.0));
            parts.push((said, Style::new()));
        }
    }
    if v == model.answers.baseline {
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

fn totals(model: &Model, column: GridColumn) -> VariantTotals {
    let grid = model.answers.grids.get(column.model);
    grid.map(|grid| grid.totals(column.variant))
        .unwrap_or_default()
}

/// Mean prompt tokens, cost and latency of a variant's answers; before there are any, the tokens that were counted. A narrow column
/// leaves out the tokens.
fn costs(model: &Model, column: GridColumn, width: usize) -> String {
    let totals = totals(model, column);
    if totals.answers == 0 {
        let counted = model
            .workspace
            .estimate
            .as_ref()
            .and_then(|e| e.variant_tokens.get(column.variant));
        return counted.map_or(String::new(), |t| {
            text::fit(&format!(" ~{t:.0} tok"), width)
        });
    }
    let n = totals.answers as f64;
    let grid = model.answers.grids.get(column.model);
    let cost = grid.and_then(|grid| grid.mean_cost(column.variant));
    let mut parts = vec![format!("{:.0} tok", totals.prompt_tokens as f64 / n)];
    parts.extend(cost.map(|mean| text::money(mean * n)));
    parts.push(text::time(totals.latency_ms / n / 1e3));
    if totals.failed > 0 {
        parts.push(format!("!{}", totals.failed));
    }
    let forms = [(&parts[..], "  "), (&parts[..], " "), (&parts[1..], " ")];
    let forms = forms.map(|(parts, gap)| format!(" {}", parts.join(gap)));
    let fits = |form: &&String| form.chars().count() <= width;
    let narrowest = &forms[2];
    text::fit(forms.iter().find(fits).unwrap_or(narrowest), width)
}
