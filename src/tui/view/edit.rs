//! The variants, the template of the one under the cursor with its problems, and its prompt for the current row.
//!
//! ```text
//! ┌ Variants 4 ──┐┌ plain.j2 ─────────────┐┌ Prompt · s01 · 17 of 40 ┐
//! │▸● plain *    ││ 1 {{ role("system") }}││ system  24 tok          │
//! │ ○ terse  off ││ 2 Classify …          ││   Classify …            │
//! └──────────────┘└───────────────────────┘└─────────────────────────┘
//! ```

use super::{
    pane::{boxed, pane_box, scrolled},
    progress::plan_sentence,
    prompt::prompt,
    text,
};
use crate::{
    catalog,
    display::count,
    template::TemplateError,
    tui::model::{Diagnostic, Hit, Measured, Model, ScrolledList, Split, Table, TableSource},
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model, seen: &mut Measured) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    let mut area = area;
    // With nothing run yet, the line of progress tells the plan; a bundle has none.
    let has_plan = !model.workspace.is_bundle;
    if has_plan && (model.run.progress.is_some() || model.answers.source.is_some()) {
        area.height -= 1;
        let plan = Rect::new(area.x, area.bottom(), area.width, 1);
        let said = text::fit(&plan_sentence(model), usize::from(area.width));
        let line = Line::styled(said, model.view.theme.dim());
        text::put(frame.buffer_mut(), plan, &[line]);
    }
    if model.view.zoom {
        return match model.cursor.pane {
            0 => list(frame, area, model, table, seen),
            _ if let Some(error) = (model.workspace).broken_template_at(model.cursor.list_line) => {
                broken_pane(frame, area, model, error);
            }
            1 => template(frame, area, model, table, seen),
            _ => prompt(frame, area, model, table, seen),
        };
    }
    let left = (area.width * model.view.settings.splits.list / 100)
        .clamp(26.min(area.width / 3), area.width / 2);
    let rest = area.width - left;
    let narrow = area.width < 100;
    let middle = if narrow {
        0
    } else {
        rest * model.view.settings.splits.template / 100
    };
    let first = Rect {
        width: left,
        ..area
    };
    let second = Rect::new(first.right(), area.y, middle, area.height);
    let third = Rect::new(second.right(), area.y, rest - middle, area.height);
    list(frame, first, model, table, seen);
    let broken = (model.workspace).broken_template_at(model.cursor.list_line);
    if let Some(error) = broken {
        let rest = Rect {
            x: first.right(),
            width: rest,
            ..area
        };
        broken_pane(frame, rest, model, error);
    } else if narrow {
        // There is room for one of them: the template while it is the current pane.
        if model.cursor.pane == 1 {
            template(frame, third, model, table, seen);
        } else {
            prompt(frame, third, model, table, seen);
        }
    } else {
        template(frame, second, model, table, seen);
        prompt(frame, third, model, table, seen);
        let edge = Rect::new(second.right() - 1, area.y, 1, area.height);
        seen.hits
            .add(edge, Hit::Split(Split::Template, first.right(), rest));
    }
    let edge = Rect::new(first.right() - 1, area.y, 1, area.height);
    seen.hits
        .add(edge, Hit::Split(Split::List, area.x, area.width));
}

fn list(frame: &mut Frame<'_>, area: Rect, model: &Model, table: &Table, seen: &mut Measured) {
    let theme = model.view.theme;
    let on = model.workspace.variant_names.len()
        - model
            .workspace
            .switched_off
            .len()
            .min(model.workspace.variant_names.len());
    let broken = model.workspace.broken_templates();
    let marked = match broken.len() {
        0 => String::new(),
        broken => format!("· {broken} broken "),
    };
    let n = model.workspace.list_lines();
    let title = format!(
        " Variants {on} of {} {marked}",
        model.workspace.variant_names.len()
    );
    let inner = pane_box(frame, area, &title, model, model.cursor.pane == 0);
    seen.hits.add(area, Hit::Pane(0));
    let width = usize::from(inner.width);
    let facts = facts(model, table, width);
    let most = usize::from(inner.height);
    let page = most
        .saturating_sub(facts.len().min(most / 2) + 1)
        .min(n)
        .max(1);
    if model.cursor.pane == 0 {
        seen.page = page;
    }
    let from = (seen.offsets).follow(ScrolledList::Variants, model.cursor.list_line, page, n);
    let mut lines = Vec::new();
    for (i, name) in model
        .workspace
        .variant_names
        .iter()
        .enumerate()
        .skip(from)
        .take(page)
    {
        let here = i == model.cursor.list_line;
        let place = table.names.iter().position(|n| n == name);
        let off = model.workspace.switched_off.contains(name);
        let base = place == Some(model.answers.baseline);
        let new = place
            .and_then(|v| {
                model
                    .workspace
                    .estimate
                    .as_ref()?
                    .variant_new
                    .get(v)
                    .copied()
            })
            .filter(|n| *n > 0)
            .map_or(String::new(), |n| format!(" {} new", text::count(n)));
        let right = if off { " off".to_owned() } else { new };
        let room = width.saturating_sub(3 + text::width(&right));
        let short = text::line(place.map_or(name.as_str(), |v| table.short(v)));
        let shown = format!("{short}{}", if base { " *" } else { "" });
        let style = if here {
            theme.strong().patch(theme.accent())
        } else {
            Style::new()
        };
        lines.push(Line::from(vec![
            Span::raw(if here { "▸" } else { " " }),
            Span::styled(
                if off { "○ " } else { "● " },
                if off { theme.dim() } else { theme.good() },
            ),
            Span::styled(text::pad(&shown, room), style),
            Span::styled(right, theme.dim()),
        ]));
        let y = inner.y + (i - from) as u16;
        seen.hits
            .add(Rect::new(inner.x, y, inner.width, 1), Hit::Variant(i));
    }
    for (i, error) in (model.workspace.variant_names.len()..).zip(&broken) {
        if !(from..from + page).contains(&i) {
            continue;
        }
        let here = i == model.cursor.list_line;
        let name = text::fit(&broken_name(error), width.saturating_sub(11));
        lines.push(Line::from(vec![
            Span::raw(if here { "▸" } else { " " }),
            Span::styled("✗ ", theme.bad()),
            Span::styled(
                text::pad(&name, width.saturating_sub(10)),
                if here { theme.strong() } else { Style::new() },
            ),
            Span::styled(" broken", theme.bad()),
        ]));
        let y = inner.y + (i - from) as u16;
        seen.hits
            .add(Rect::new(inner.x, y, inner.width, 1), Hit::Variant(i));
    }
    lines.push(Line::raw(""));
    lines.extend(facts);
    text::put(frame.buffer_mut(), inner, &lines);
}

/// The file of a broken template.
fn broken_name(error: &TemplateError) -> String {
    let file = error.place().and_then(|place| place.file.file_name());
    text::line(&file.unwrap_or_default().to_string_lossy())
}

/// In place of template and prompt: what is wrong with the broken template that is selected.
fn broken_pane(frame: &mut Frame<'_>, area: Rect, model: &Model, error: &TemplateError) {
    let title = format!(" {} · i: edit ", broken_name(error));
    let theme = model.view.theme;
    let inner = pane_box(frame, area, &title, model, model.cursor.pane > 0);
    let said = crate::display::clean(&error.to_string());
    let lines = text::lines(&said, usize::from(inner.width), "", theme.bad());
    text::put(frame.buffer_mut(), inner, &lines);
}

/// Levels, shots, data, models: what goes into the prompt besides the template.
fn facts(model: &Model, table: &Table, width: usize) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let mut lines = Vec::new();
    let mut part = |title: String, items: Vec<String>| {
        if !items.is_empty() {
            lines.push(Line::styled(text::fit(&title, width), theme.strong()));
            lines.extend(items.into_iter().map(|t| {
                Line::styled(
                    text::fit(&format!("  {}", text::line(&t)), width),
                    theme.dim(),
                )
            }));
        }
    };
    let none = Vec::new();
    let levels = table.levels.get(model.cursor.variant).unwrap_or(&none);
    part(
        "Axes".into(),
        levels.iter().map(|(a, l)| format!("{a} = {l}")).collect(),
    );
    let shots = table.shots(model.cursor.variant, model.cursor.row);
    let shown: Vec<String> = shots
        .iter()
        .take(8)
        .enumerate()
        .map(|(i, s)| {
            format!(
                "{} {} {}",
                i + 1,
                s.id,
                s.expected_text().unwrap_or_default()
            )
        })
        .collect();
    part(format!("Shots {}", shots.len()), shown);
    if let Some(file) = table.data_file() {
        let file = file.file_name().unwrap_or_default().to_string_lossy();
        let mut items = vec![count(table.rows, "row")];
        if !table.columns().is_empty() {
            items.push(table.columns().join(" "));
        }
        if !table.labels.is_empty() {
            items.push(count(table.labels.len(), "label"));
        }
        part(format!("Data {}", text::line(&file)), items);
    }
    let models: Vec<String> = table
        .models
        .iter()
        .map(
            |m| match catalog::price(&m.model, model.workspace.project.endpoint(m)) {
                Some(price) => format!("{m}  ${}/M in", price.rates.input),
                None => m.to_string(),
            },
        )
        .collect();
    part("Models".into(), models);
    lines
}

fn template(frame: &mut Frame<'_>, area: Rect, model: &Model, table: &Table, seen: &mut Measured) {
    let theme = model.view.theme;
    let Some(source) = table.source(model.cursor.variant) else {
        return;
    };
    let name = source
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let troubles = model.workspace.problems();
    let height = match troubles.len() {
        0 => 0,
        n => (n as u16 * 2 + 2).min(area.height / 3).max(4),
    };
    let below = Rect::new(area.x, area.bottom() - height, area.width, height);
    let area = Rect {
        height: area.height - height,
        ..area
    };
    let action = match model.shows_old_run() {
        true => "",
        false => "· e: edit ",
    };
    let title = format!(" {} {action}", text::line(&name));
    let inner = pane_box(frame, area, &title, model, model.cursor.pane == 1);
    seen.hits.add(area, Hit::Pane(1));
    let here: Vec<(usize, bool)> = troubles
        .iter()
        .filter(|t| is_in_template(t, source))
        .filter_map(|t| Some((t.place.as_ref()?.line, t.serious)))
        .collect();
    let room = usize::from(inner.width).saturating_sub(5);
    let mut lines = Vec::new();
    for (i, line) in source.text.lines().enumerate() {
        let trouble = here.iter().find(|(n, _)| *n == i + 1);
        let (sign, style) = match trouble {
            Some((_, true)) => ("✗", theme.bad()),
            Some((_, false)) => ("!", theme.unsure()),
            None => (" ", theme.dim()),
        };
        let pieces = tags(line, theme);
        let body = if model.view.settings.no_wrap {
            text::cut_pieces(&pieces, room)
        } else {
            text::wrap_pieces(&pieces, room)
        };
        for (part, line) in body.into_iter().enumerate() {
            let lead = if part == 0 {
                format!("{:>3}{sign} ", i + 1)
            } else {
                "     ".into()
            };
            let mut spans = vec![Span::styled(lead, style)];
            spans.extend(line.spans);
            lines.push(Line::from(spans));
        }
    }
    scrolled(frame, inner, model, &lines, 0, seen);
    if height > 0 {
        problems(frame, below, model, source);
    }
}

/// Whether a problem is in this template.
fn is_in_template(trouble: &Diagnostic, source: &TableSource) -> bool {
    let place = trouble.place.as_ref();
    place.is_some_and(|p| p.file.ends_with(&source.path) || source.path.ends_with(&p.file))
}

/// A line of a template, its tags in color; blanks at its end are shown.
fn tags(line: &str, theme: crate::tui::model::Theme) -> Vec<text::Piece> {
    let mut pieces = Vec::new();
    let body = line.trim_end_matches([' ', '\t']);
    let mut rest = body;
    while let Some(at) = ["{{", "{%", "{#"].iter().filter_map(|t| rest.find(t)).min() {
        let close = match &rest[at..at + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let end = rest[at..].find(close).map_or(rest.len(), |e| at + e + 2);
        pieces.push((rest[..at].to_owned(), Style::new()));
        let style = if close == "#}" {
            theme.dim()
        } else {
            theme.accent()
        };
        pieces.push((rest[at..end].to_owned(), style));
        rest = &rest[end..];
    }
    pieces.push((rest.to_owned(), Style::new()));
    let blanks = line.len() - body.len();
    if blanks > 0 {
        pieces.push(("·".repeat(blanks), theme.unsure()));
    }
    pieces
}

/// The problems, those of this template first.
fn problems(frame: &mut Frame<'_>, area: Rect, model: &Model, source: &TableSource) {
    let theme = model.view.theme;
    let troubles = model.workspace.problems();
    let title = format!(" Problems: {} · !: show ", troubles.len());
    let inner = boxed(frame, area, &title, theme, false);
    let width = usize::from(inner.width);
    let mut lines = Vec::new();
    let mut ordered: Vec<&Diagnostic> = troubles.iter().collect();
    ordered.sort_by_key(|t| !is_in_template(t, source));
    for trouble in ordered {
        let (sign, style) = if trouble.serious {
            ("✗", theme.bad())
        } else {
            ("!", theme.unsure())
        };
        let lead = format!("{sign} ");
        lines.extend(text::hanging(&trouble.line(), width, &lead, style));
    }
    text::put(frame.buffer_mut(), inner, &lines);
}
