//! Two wordings, and what came of the change.
//!
//! ```text
//!  t [template]  m rendered  o outputs  v within      change 1/3
//! ┌ plain ──────────────────────┬ opinion ─────────────────────┐
//! │  3- Answer with one label   │  3+ Answer with one word     │
//! └─────────────────────────────┴──────────────────────────────┘
//! ┌ Effect: fixed 4  broke 1 ───┐┌ #17 outputs ────────────────┐
//! │ ✗→✓ #17 Refund fails        ││ plain    billing            │
//! └─────────────────────────────┘└─────────────────────────────┘
//! ```

use super::{
    answer, cells, changes,
    pane::{boxed, pane_box},
    sides::{before_output, both, output},
    text,
};
use crate::{
    narrate::{
        labels::{count, p_value},
        verdict::finding_line,
    },
    tui::model::{
        Against, ComparedSide, DiffMode, Hit, Measured, Model, ScrolledList, Split, Table,
    },
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model, seen: &mut Measured) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    if table.variants() == 0 {
        return;
    }
    let words = if model.view.zoom && model.cursor.pane == 0 {
        100
    } else if model.view.zoom {
        0
    } else {
        model.view.settings.splits.words
    };
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(3)]).areas(area);
    let height = body.height * words / 100;
    let height = if words == 0 || words == 100 {
        height
    } else {
        height.clamp(3, body.height.saturating_sub(5).max(3))
    };
    let top = Rect { height, ..body };
    let bottom = Rect::new(body.x, top.bottom(), body.width, body.height - height);
    let found = if height > 0 {
        words_pane(frame, top, model, table, seen)
    } else {
        0
    };
    heading(frame, head, model, found);
    if bottom.height > 2 {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(48), Constraint::Min(20)]).areas(bottom);
        effect_pane(frame, left, model, table, seen);
        outputs_pane(frame, right, model, table);
        if height > 0 {
            let divider = Rect {
                height: 1,
                ..bottom
            };
            seen.hits
                .add(divider, Hit::Split(Split::Words, body.y, body.height));
        }
    }
}

fn heading(frame: &mut Frame<'_>, area: Rect, model: &Model, found: usize) {
    let theme = model.view.theme;
    let mut spans = Vec::new();
    for (mode, key, word) in [
        (DiffMode::Template, "t", "template"),
        (DiffMode::Rendered, "m", "rendered"),
        (DiffMode::Outputs, "o", "outputs"),
        (DiffMode::Within, "v", "samples"),
    ] {
        spans.push(Span::styled(format!(" {key}"), theme.accent()));
        spans.push(if model.diff_mode() == mode {
            Span::styled(format!(" [{word}] "), theme.strong())
        } else {
            Span::raw(format!("  {word}  "))
        });
    }
    let said = match found {
        0 => "  no changes".to_owned(),
        n => format!("  change {} of {n}", model.diff.change.min(n - 1) + 1),
    };
    spans.push(Span::styled(said, theme.dim()));
    frame
        .buffer_mut()
        .set_line(area.x, area.y, &Line::from(spans), area.width);
}

/// Draw the words; how many changes there are.
fn words_pane(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    table: &Table,
    seen: &mut Measured,
) -> usize {
    let theme = model.view.theme;
    let (mut before, mut after) = both(model, table);
    if model.diff.swapped {
        std::mem::swap(&mut before, &mut after);
    }
    let beside = model.diff.side_by_side && area.width >= 80;
    // Templates and prompts are the same for all models.
    let of_model = match model.diff_mode() {
        DiffMode::Outputs | DiffMode::Within => about_model(model),
        DiffMode::Template | DiffMode::Rendered => String::new(),
    };
    let title = format!(
        " {} → {}{of_model} ",
        text::line(&before.title),
        text::line(&after.title)
    );
    let inner = pane_box(frame, area, &title, model, model.cursor.pane == 0);
    seen.hits.add(area, Hit::Pane(0));
    let layout = changes::Layout {
        width: usize::from(inner.width),
        beside,
        context: model.diff.context,
        cut: model.view.settings.no_wrap,
    };
    let mut lines = facts(model, table);
    let lead = lines.len();
    let (body, starts) = changes::lay_out(theme, &before.text, &after.text, layout);
    lines.extend(body);
    seen.changes = starts.iter().map(|s| s + lead).collect();
    let room = usize::from(inner.height);
    let most = lines.len().saturating_sub(room);
    if model.cursor.pane == 0 {
        (seen.scroll, seen.page) = (most, room);
    }
    let from = model.diff.scroll.min(most);
    text::put(frame.buffer_mut(), inner, &lines[from..]);
    seen.changes.len()
}

/// Levels and parameters that differ, shots that moved.
fn facts(model: &Model, table: &Table) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    if matches!(model.diff_mode(), DiffMode::Outputs | DiffMode::Within) {
        return Vec::new();
    }
    let (left, v) = match &model.diff.against {
        Against::Baseline => (table, model.answers.baseline),
        Against::Run(other) => (&*other.table, model.other_variant(other, table)),
    };
    let none = Vec::new();
    let was = left.levels.get(v).unwrap_or(&none);
    let is = table.levels.get(model.cursor.variant).unwrap_or(&none);
    let mut moved: Vec<String> = Vec::new();
    for (axis, level) in is {
        let old = was.iter().find(|(a, _)| a == axis).map_or("–", |(_, l)| l);
        if old != level {
            moved.push(format!("{axis}: {old} → {level}"));
        }
    }
    let mut lines = Vec::new();
    if !moved.is_empty() {
        lines.push(Line::styled(
            format!("     {}", text::line(&moved.join(", "))),
            theme.unsure(),
        ));
    }
    if matches!(model.diff.against, Against::Baseline) {
        let ids = |v| -> Vec<String> {
            let shots = table.shots(v, model.cursor.row);
            shots.iter().map(|s| text::line(&s.id)).collect()
        };
        let (a, b) = (ids(model.answers.baseline), ids(model.cursor.variant));
        if a != b {
            let said = format!("     shots: {} → {}", a.join(" "), b.join(" "));
            lines.push(Line::styled(said, theme.unsure()));
        }
    }
    lines
}

/// The model under the cursor, whose answers are compared, where several are shown.
fn about_model(model: &Model) -> String {
    let name = model.named_model();
    name.map_or(String::new(), |name| {
        format!(" · {}", text::line(&name.to_string()))
    })
}

fn effect_pane(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    table: &Table,
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let effects = &model.diff.effects;
    let title = format!(" Changed rows{} ", about_model(model));
    let inner = pane_box(frame, area, &title, model, model.cursor.pane == 1);
    seen.hits.add(area, Hit::Pane(1));
    let width = usize::from(inner.width);
    let counts = (effects.counts.compared() > 0).then(|| effects.counts.to_string());
    let mut lines: Vec<Line<'_>> = verdict(model, table)
        .into_iter()
        .chain(counts)
        .flat_map(|said| text::wrap(&said, width))
        .map(|l| Line::styled(l, theme.strong()))
        .collect();
    // The list keeps at least two lines.
    lines.truncate(usize::from(inner.height).saturating_sub(2));
    let lead = lines.len();
    let room = usize::from(inner.height).saturating_sub(lead).max(1);
    if model.cursor.pane == 1 {
        seen.page = room;
    }
    let from = (seen.offsets).follow(
        ScrolledList::ChangedRows,
        model.diff.at,
        room,
        effects.rows.len(),
    );
    let sides = model.sides();
    for (i, (row, change)) in effects.rows.iter().enumerate().skip(from).take(room) {
        let row = *row as usize;
        let style = cells::change_style(theme, *change);
        let data = table.row(row);
        let words = sides.as_ref().map_or(String::new(), |(a, b, link)| {
            let summary = |side: &ComparedSide, row| side.cells.summary(side.variant, row);
            let (before, after) = (link.earlier(row).map(|r| summary(a, r)), summary(b, row));
            let was = before.map_or(String::new(), |sum| answer::top_words(&a.cells, &sum));
            let is = answer::top_words(&b.cells, &after);
            let counts = before.and_then(|before| answer::sample_counts(&before, &after));
            match counts {
                // The answer of most samples alone would show no change.
                Some(counts) if was == is => format!("{is}  {counts}"),
                Some(counts) => format!("{}  {counts}", answer::change_words(&was, &is)),
                None => answer::change_words(&was, &is),
            }
        });
        let here = if row == model.cursor.row { "▸" } else { " " };
        let said = format!(
            " {}  {words}  {}",
            text::line(&data.id),
            text::line(&data.input)
        );
        let mut line = Line::from(vec![
            Span::raw(here),
            Span::styled(format!("{:<9}", change.word()), style),
            Span::raw(text::fit(&said, width.saturating_sub(10))),
        ]);
        if i == model.diff.at && model.cursor.pane == 1 {
            line = line.patch_style(theme.cursor());
        }
        let y = inner.y + (lead + i - from) as u16;
        seen.hits
            .add(Rect::new(inner.x, y, inner.width, 1), Hit::Line(i));
        lines.push(line);
    }
    if effects.rows.is_empty() {
        let is_baseline = matches!(model.diff.against, Against::Baseline)
            && model.cursor.variant == model.answers.baseline;
        let said = if is_baseline {
            "This is the baseline itself. ← →: another variant"
        } else if effects.counts.compared() > 0 {
            "No answer changed."
        } else {
            "No answers to compare yet. r: run"
        };
        lines.extend(text::lines(said, width, "", theme.dim()));
    }
    text::put(frame.buffer_mut(), inner, &lines);
}

/// The difference with its interval and what is concluded from it.
fn verdict(model: &Model, table: &Table) -> Vec<String> {
    if let Against::Run(other) = &model.diff.against {
        let mean = |boards: &[crate::outcome::Grid], m: usize, v: usize| {
            Some(boards.get(m)?.totals(v).mean()? * 100.0)
        };
        let was = mean(
            &other.boards,
            model.other_model(other, table),
            model.other_variant(other, table),
        );
        let is = mean(
            &model.answers.grids,
            model.cursor.model,
            model.cursor.variant,
        );
        let scores = was
            .zip(is)
            .map(|(was, is)| format!("score {was:.1} % → {is:.1} % between the two runs"));
        let here = (model.cursor.model, model.cursor.variant);
        let found = model.diff.finding.as_ref().filter(|(of, _)| *of == here);
        let tested = found.and_then(|(_, f)| {
            let d = f.difference.as_ref()?;
            Some(format!(
                "{}, on {}",
                finding_line(f, d),
                count(d.rows, "shared row")
            ))
        });
        return scores.into_iter().chain(tested).collect();
    }
    let Some(finding) = model
        .analysis()
        .and_then(|a| a.variants.get(model.cursor.variant))
    else {
        return Vec::new();
    };
    let Some(d) = &finding.difference else {
        return Vec::new();
    };
    let adjusted = p_value(d.p_adjusted);
    let adjusted = adjusted.trim_start_matches("= ");
    vec![format!("{} (Holm {adjusted})", finding_line(finding, d))]
}

fn outputs_pane(frame: &mut Frame<'_>, area: Rect, model: &Model, table: &Table) {
    let theme = model.view.theme;
    let row = table.row(model.cursor.row);
    let title = format!(
        " {} · sample {} · [ ]: change ",
        text::line(&row.id),
        model.cursor.sample + 1
    );
    let inner = boxed(frame, area, &title, theme, false);
    let width = usize::from(inner.width);
    let mut lines = Vec::new();
    let before = before_output(model, table, model.cursor.sample);
    let after = output(model, model.cursor.variant, model.cursor.sample);
    match (&before, &after) {
        (None, None) => lines.push(Line::styled("No output yet", theme.dim())),
        (a, b) => {
            let a = a.as_deref().unwrap_or("");
            let b = b.as_deref().unwrap_or("");
            let words: Vec<_> = crate::diff::word_diff(cap(a), cap(b))
                .into_iter()
                .map(|p| (p.change, p.text))
                .collect();
            lines.extend(text::wrap_pieces(&changes::pieces(theme, &words), width));
        }
    }
    if let Some(expected) = &row.expected {
        lines.push(Line::styled(
            format!("expected: {}", text::line(expected)),
            theme.strong(),
        ));
    }
    if let Some(cells) = model.cells()
        && table.samples > 1
    {
        let sum = cells.summary(model.cursor.variant, model.cursor.row);
        let said = format!(
            "{} of {} samples give another answer",
            sum.answered.saturating_sub(sum.majority_count),
            sum.answered
        );
        lines.extend(text::lines(&said, width, "", theme.dim()));
    }
    lines.extend(text::lines(&row.input, width, "", theme.dim()));
    text::put(frame.buffer_mut(), inner, &lines);
}

/// What the pane has room for, and some more.
fn cap(text: &str) -> &str {
    &text[..text.floor_char_boundary(8 << 10)]
}
