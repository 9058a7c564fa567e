//! Header, status line and footer around a screen.

use super::{diff, edit, grid, popup, runs};
use crate::{
    analysis::sentence,
    display::{fit, one_line},
    tui::{KEYS, Model, Screen},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

const LEAST: (u16, u16) = (60, 16);

/// Draw all.
pub fn draw(frame: &mut Frame<'_>, model: &mut Model) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!(
            "wording needs {}x{}, this terminal has {}x{}",
            LEAST.0, LEAST.1, area.width, area.height
        );
        return frame.render_widget(
            Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true }),
            area,
        );
    }
    let [head, progress, body, status, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(4),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    header(frame, head, model);
    frame.render_widget(
        Paragraph::new(progress_line(model, usize::from(progress.width))),
        progress,
    );
    match &model.plan {
        Err(message) if model.screen != Screen::Runs => {
            let text = crate::display::wrap(message, usize::from(body.width)).join("\n");
            frame.render_widget(Paragraph::new(text).style(model.theme.unsure()), body);
        }
        _ => match model.screen {
            Screen::Grid => grid::draw(frame, body, model),
            Screen::Edit => edit::draw(frame, body, model),
            Screen::Diff => diff::draw(frame, body, model),
            Screen::Runs => runs::draw(frame, body, model),
        },
    }
    frame.render_widget(
        Paragraph::new(status_line(model, usize::from(status.width))),
        status,
    );
    footer(frame, foot, model);
    popup::draw(frame, area, model);
}

fn header(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let theme = model.theme;
    let mut spans = vec![Span::styled(
        format!(" {}  ", one_line(&model.spec().name)),
        theme.strong(),
    )];
    for (screen, name) in [
        (Screen::Edit, "1 Edit"),
        (Screen::Grid, "2 Grid"),
        (Screen::Diff, "3 Diff"),
        (Screen::Runs, "4 Runs"),
    ] {
        spans.push(if model.screen == screen {
            Span::styled(format!("[{name}]"), theme.accent().patch(theme.strong()))
        } else {
            Span::raw(format!(" {name} "))
        });
    }
    let mut right = String::new();
    if let (Ok(plan), Some(name)) = (&model.plan, model.model_name()) {
        let stand_in = if name.endpoint == "demo" {
            " (stand-in)"
        } else {
            ""
        };
        right = format!(
            "{name}{stand_in}{}  {} rows  n={} ",
            if plan.models.len() > 1 {
                format!(" {}/{}", model.model + 1, plan.models.len())
            } else {
                String::new()
            },
            plan.dataset.len(),
            plan.experiment.samples
        );
    }
    let left: usize = spans.iter().map(|s| s.content.width()).sum();
    let room = usize::from(area.width).saturating_sub(left + 1);
    let right = fit(&one_line(&right), room);
    spans.push(Span::raw(
        " ".repeat(room.saturating_sub(right.width()) + 1),
    ));
    spans.push(Span::styled(right, theme.dim()));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn progress_line(model: &Model, width: usize) -> Line<'static> {
    let theme = model.theme;
    let Some(state) = &model.state else {
        let text = match &model.run {
            Some(run) => format!(
                " answers of run {run}; r runs the experiment again, only what changed is sent"
            ),
            None => match &model.plan {
                Ok(plan) => format!(
                    " {} variants × {} rows × {} = {} calls; r sends them",
                    plan.variants.len(),
                    plan.dataset.len(),
                    plan.experiment.samples,
                    plan.len()
                ),
                Err(_) => String::new(),
            },
        };
        return Line::styled(fit(&text, width), theme.dim());
    };
    let bar_width = 18;
    let full = (state.done * bar_width)
        .checked_div(state.planned)
        .unwrap_or(bar_width)
        .min(bar_width) as usize;
    let elapsed = state
        .elapsed_s
        .unwrap_or_else(|| state.started.elapsed().as_secs_f64());
    let mut text = format!(" {}/{}", state.done, state.planned);
    if model.is_running() {
        let rate = state.done as f64 / elapsed.max(0.001);
        text += &format!("  {} in flight  {rate:.0}/s", state.in_flight);
        if state.done > 0 {
            text += &format!(
                "  ETA {:.0}s",
                (state.planned.saturating_sub(state.done)) as f64 / rate.max(1e-9)
            );
        }
    } else {
        text += &format!("  done in {elapsed:.1}s");
    }
    text += &format!(
        "  {} reused  retry {}  err {}  {} tok",
        state.reused, state.retries, state.failed, state.tokens
    );
    if let Some(cost) = state.cost_usd {
        text += &format!("  ${cost:.4}");
    }
    if state.paused {
        text += "  PAUSED";
    }
    Line::from(vec![
        Span::raw(" "),
        Span::styled("█".repeat(full), theme.accent()),
        Span::styled("░".repeat(bar_width as usize - full), theme.dim()),
        Span::raw(fit(&text, width.saturating_sub(bar_width as usize + 1))),
    ])
}

fn status_line(model: &Model, width: usize) -> Line<'static> {
    let theme = model.theme;
    if let Some(note) = model
        .state
        .as_ref()
        .and_then(|s| s.note.as_ref())
        .or(model.notice.as_ref())
    {
        return Line::styled(fit(&format!(" {}", one_line(note)), width), theme.unsure());
    }
    match (&model.analysis, &model.plan) {
        (Some(analysis), Ok(plan)) if analysis.variants.len() == plan.variants.len() => {
            let names: Vec<&str> = plan.variants.iter().map(|v| v.name.as_str()).collect();
            Line::raw(fit(
                &format!(" {}", one_line(&sentence(analysis, &names))),
                width,
            ))
        }
        _ => Line::raw(""),
    }
}

fn footer(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let theme = model.theme;
    let mut spans = vec![Span::raw(" ")];
    for key in KEYS
        .iter()
        .filter(|k| k.screen.is_none_or(|s| s == model.screen))
    {
        if let Some(word) = key.footer {
            spans.push(Span::styled(
                key.shown.split(' ').next().unwrap_or(key.shown).to_owned(),
                theme.accent(),
            ));
            spans.push(Span::raw(format!(" {word}  ")));
        }
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}
