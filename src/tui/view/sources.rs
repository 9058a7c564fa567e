//! Two lenses on where the scores come from: the effect of each level of each axis with its whiskers, and the shares of the
//! variance.

use super::text;
use crate::{
    analysis::{Analysis, Interval},
    display::count,
    narrate::{
        labels::{p_value, points_interval},
        summary::axis_effect,
    },
    tui::model::{Lens, Model, Theme},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, model: &Model) {
    let width = usize::from(area.width);
    let mut lines = match (model.analysis(), model.view.settings.lens) {
        (None, _) => vec![Line::styled(
            " No answers to analyze yet. r: run",
            model.view.theme.dim(),
        )],
        (Some(analysis), Lens::Axes) => axes(model.view.theme, analysis, width),
        (Some(analysis), _) => variance(model.view.theme, analysis, width),
    };
    if let Some(name) = model.named_model() {
        let name = format!(" {}", text::line(&name.to_string()));
        lines.insert(0, Line::styled(name, model.view.theme.strong()));
    }
    text::put(buffer, area, &lines);
}

/// Main effects in points, all on one scale.
fn axes(theme: Theme, analysis: &Analysis, width: usize) -> Vec<Line<'static>> {
    let found = &analysis.effects.axes;
    if found.is_empty() {
        let said = " These variants have no axes. Compare them on the Diff screen.";
        return vec![Line::styled(said, theme.dim())];
    }
    let widest = found
        .iter()
        .flat_map(|a| &a.levels)
        .flat_map(|l| [l.effect.low.abs(), l.effect.high.abs()])
        .fold(0.01, f64::max);
    let room = width.saturating_sub(48).max(11) | 1;
    let mut lines = Vec::new();
    for axis in found {
        let share = if axis.share.is_finite() {
            format!(
                "  {:.0}% of the variance between variants, p {} (Holm: p {})",
                axis.share * 100.0,
                p_value(axis.p),
                p_value(axis.p_adjusted)
            )
        } else {
            String::new()
        };
        lines.push(Line::from(vec![
            Span::styled(format!(" {}", text::line(&axis.name)), theme.strong()),
            Span::styled(share, theme.dim()),
        ]));
        if !axis.confounded_with.is_empty() {
            let said = format!("   {}", text::line(&axis_effect(axis).0));
            lines.push(Line::styled(text::fit(&said, width), theme.unsure()));
        }
        for level in &axis.levels {
            let e = level.effect;
            let style = if e.low > 0.0 {
                theme.good()
            } else if e.high < 0.0 {
                theme.bad()
            } else {
                theme.dim()
            };
            lines.push(Line::from(vec![
                Span::raw(format!("   {} ", text::pad(&text::line(&level.name), 18))),
                Span::styled(whisker(e, widest, room), style),
                Span::styled(format!(" {:>6}", points_interval(&e)), style),
            ]));
        }
    }
    lines.push(Line::styled(
        " Points above or below the mean of the axis. │: no effect",
        theme.dim(),
    ));
    lines
}

/// An interval on a scale from −`widest` to `widest`: `──├──●──┤──`.
fn whisker(e: Interval, widest: f64, room: usize) -> String {
    let at = |x: f64| {
        let share = (x / widest).clamp(-1.0, 1.0) * 0.5 + 0.5;
        (share * (room - 1) as f64).round() as usize
    };
    let mut signs = vec![' '; room];
    for sign in &mut signs[at(e.low)..=at(e.high).max(at(e.low))] {
        *sign = '─';
    }
    signs[at(0.0)] = '│';
    signs[at(e.low)] = '├';
    signs[at(e.high)] = '┤';
    signs[at(e.value)] = '●';
    signs.into_iter().collect()
}

/// Shares of the variance as bars with their intervals.
fn variance(theme: Theme, analysis: &Analysis, width: usize) -> Vec<Line<'static>> {
    let Some(shares) = &analysis.components else {
        let said = " Needs at least two variants and two rows with every sample.";
        return vec![Line::styled(text::fit(said, width), theme.dim())];
    };
    let room = width.saturating_sub(66).clamp(10, 60);
    let sample = shares.sample.map_or(0.0, |s| s.value);
    let all = shares.variant.value + shares.row.value + shares.variant_row.value + sample;
    if all <= 0.0 {
        return vec![Line::styled(" All scores are equal.", theme.dim())];
    }
    let mut lines = vec![Line::styled(
        format!(
            " Sources of variance of single scores ({})",
            count(shares.rows, "row")
        ),
        theme.strong(),
    )];
    let parts = [
        ("wording", "which variant is used", Some(shares.variant)),
        ("row", "some rows are harder", Some(shares.row)),
        (
            "wording × row",
            "variants rank rows differently",
            Some(shares.variant_row),
        ),
        ("sample", "repeating the same prompt", shares.sample),
    ];
    for (name, meaning, share) in parts {
        let Some(s) = share else {
            let said = format!("   {} – needs more than one sample", text::pad(name, 14));
            lines.push(Line::styled(said, theme.dim()));
            continue;
        };
        let percent = |x: f64| x / all * 100.0;
        let full = ((s.value / all).clamp(0.0, 1.0) * room as f64).round() as usize;
        lines.push(Line::from(vec![
            Span::raw(format!("   {} ", text::pad(name, 14))),
            Span::styled("█".repeat(full), theme.accent()),
            Span::styled("░".repeat(room - full), theme.dim()),
            Span::styled(
                format!(
                    " {:>3.0}% [{:.0} to {:.0}]  ",
                    percent(s.value),
                    percent(s.low),
                    percent(s.high)
                ),
                Style::new(),
            ),
            Span::styled(meaning, theme.dim()),
        ]));
    }
    lines
}
