//! Header, progress, summary and footer around a screen.
//!
//! ```text
//!  triage   1 Edit [2 Grid] 3 Diff  4 Runs              model-a  40 rows  n=5
//!  ████████░░░░ 552/800  32 in flight  11/s  ETA 0:22   ok 545 (300 kept)  err 7
//!  (the screen)
//!  the findings, and how many rows change
//!  r run  p pause  x stop  …
//! ```

use super::{diff, edit, grid, overlay, progress::progress_line, runs, text};
use crate::{
    display::count,
    narrate::{
        quality::short_weighting,
        seal::row_count,
        summary::{LiveRowCounts, row_sensitivity},
        verdict::short_headline,
        wear::wear_labels,
    },
    row_filter::RowKind,
    tui::{
        keys,
        model::{Hit, Measured, Model, Phase, Screen},
    },
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

/// Shown before the first run.
const FIRST: &str =
    " r shows the plan, r again sends it; nothing is sent before. ? lists all keys.";

pub const LEAST: (u16, u16) = (60, 16);

/// Draw all, and keep what was measured on the way.
pub fn draw(frame: &mut Frame<'_>, model: &mut Model) {
    let mut seen = Measured {
        offsets: model.view.measured.offsets,
        ..Measured::default()
    };
    render(frame, model, &mut seen);
    model.view.measured = seen;
}

fn render(frame: &mut Frame<'_>, model: &Model, seen: &mut Measured) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!(
            "wording needs {}x{}, this terminal has {}x{}",
            LEAST.0, LEAST.1, area.width, area.height
        );
        return frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
    }
    // The list of runs, the one pane of its screen, is zoomed over the lines around it.
    let fills = model.view.zoom && model.view.screen == Screen::Runs;
    let [head, progress, body, status, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(!fills)),
        Constraint::Min(4),
        Constraint::Length(match area.height {
            _ if fills => u16::from(model.view.toast.is_some()),
            0..26 => 1,
            26..34 => 2,
            _ => 3,
        }),
        Constraint::Length(1),
    ])
    .areas(area);
    header(frame, head, model, seen);
    let line = progress_line(model, usize::from(progress.width));
    frame
        .buffer_mut()
        .set_line(progress.x, progress.y, &line, progress.width);
    match &model.answers.table {
        Err(message) if model.view.screen != Screen::Runs => {
            let said = if message.is_empty() {
                "Reading the experiment …"
            } else {
                message
            };
            let lines = text::lines(said, usize::from(body.width), "", model.view.theme.unsure());
            text::put(frame.buffer_mut(), body, &lines);
        }
        _ => match model.view.screen {
            Screen::Grid => grid::draw(frame, body, model, seen),
            Screen::Edit => edit::draw(frame, body, model, seen),
            Screen::Diff => diff::draw(frame, body, model, seen),
            Screen::Runs => runs::draw(frame, body, model, seen),
        },
    }
    let lines = status_lines(model, status);
    text::put(frame.buffer_mut(), status, &lines);
    footer(frame, foot, model);
    overlay::draw(frame, area, model, seen);
}

fn header(frame: &mut Frame<'_>, area: Rect, model: &Model, seen: &mut Measured) {
    let theme = model.view.theme;
    let name = text::fit(&text::line(&model.spec().name), 20);
    let mut x = area.x;
    let buffer = frame.buffer_mut();
    let mut put = |span: Span<'_>, x: &mut u16| {
        let w = text::width(&span.content) as u16;
        buffer.set_span(*x, area.y, &span, area.right().saturating_sub(*x));
        *x += w;
    };
    put(Span::styled(format!(" {name}  "), theme.strong()), &mut x);
    for (screen, name) in [
        (Screen::Edit, "1 Edit"),
        (Screen::Grid, "2 Grid"),
        (Screen::Diff, "3 Diff"),
        (Screen::Runs, "4 Runs"),
    ] {
        let from = x;
        if model.view.screen == screen {
            put(
                Span::styled(format!("[{name}]"), theme.accent().patch(theme.strong())),
                &mut x,
            );
        } else {
            put(Span::raw(format!(" {name} ")), &mut x);
        }
        seen.hits
            .add(Rect::new(from, area.y, x - from, 1), Hit::Tab(screen));
    }
    let room = usize::from(area.right().saturating_sub(x + 2));
    let right = text::line(&where_we_are(model, room));
    let right = text::fit(&right, room);
    let at = area.right().saturating_sub(text::width(&right) as u16 + 1);
    let span = Span::styled(right, theme.dim());
    buffer.set_span(at.max(x), area.y, &span, area.right().saturating_sub(at));
}

/// The model, the rows and the samples; the sealed rows in full where there is room for it.
fn where_we_are(model: &Model, room: usize) -> String {
    let (Ok(table), Some(name)) = (&model.answers.table, model.model_name()) else {
        return String::new();
    };
    let shown = model.answers.columns.models.len();
    let which = match table.models.len() {
        1 => String::new(),
        all if shown > 1 => format!(" · {shown} of {all} models"),
        all => format!(" {}/{all}", model.cursor.model + 1),
    };
    let stand_in = if name.is_stand_in() {
        " (stand-in)"
    } else {
        ""
    };
    let old = table
        .run()
        .map_or(String::new(), |info| format!("run {} · ", info.id));
    let with = |stand_in: &str, rows: &str| {
        format!("{old}{name}{stand_in}{which}  {rows}  n={}", table.samples)
    };
    // More wordings than the grid has: those that were tried before it count too.
    let wear = (model.answers.source.as_ref())
        .and_then(|source| source.wear.as_ref())
        .filter(|wear| wear.wordings > table.variants() || table.seal().is_some())
        .map_or(Vec::new(), wear_labels);
    let worn = |rows: &str| {
        let labels = wear.iter();
        let labels = labels.map(|wear| with(stand_in, &format!("{rows}, {wear}")));
        labels.collect::<Vec<String>>()
    };
    let Some(seal) = table.seal() else {
        let rows = count(table.rows, "row");
        let mut all = worn(&rows).into_iter();
        let fitting = all.find(|said| text::width(said) <= room);
        return fitting.unwrap_or_else(|| with(stand_in, &rows));
    };
    let whole = row_count(table.rows, Some(seal));
    let short = format!("{} ({} sealed)", count(table.rows, "row"), seal.sealed);
    let mut all = worn(&whole);
    all.extend([
        with(stand_in, &whole),
        with(stand_in, &short),
        with("", &short),
    ]);
    let fits = all.iter().find(|said| text::width(said) <= room);
    fits.unwrap_or(&short).clone()
}

fn status_lines(model: &Model, area: Rect) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    if let Some(progress) = &model.run.progress
        && let Phase::Paused(reason) = &progress.phase
        && reason != "paused"
    {
        let said = format!(
            " Paused (p: retry): {}. Progress is saved.",
            text::line(reason)
        );
        lines.push(Line::styled(
            text::fit(&said, width),
            theme.bad().patch(theme.strong()),
        ));
    }
    if let Some(toast) = &model.view.toast {
        let style = if toast.bad {
            theme.unsure()
        } else {
            theme.accent()
        };
        let room = usize::from(area.height).saturating_sub(lines.len()).max(1);
        let mut said = text::wrap(&text::line(&toast.text), width.saturating_sub(1));
        if said.len() > room {
            said.truncate(room);
            if let Some(last) = said.last_mut() {
                *last = text::fit(&format!("{last} …"), width.saturating_sub(1));
            }
        }
        let said = said.into_iter().map(|l| format!(" {l}"));
        lines.extend(said.map(|l| Line::styled(l, style)));
    }
    let (signal, noise) = (headline_line(model), rows_line(model));
    let room = usize::from(area.height).saturating_sub(lines.len());
    if room == 0 {
        return lines;
    }
    if room < 2 {
        let both = format!("{signal} {}", noise.trim());
        lines.push(Line::raw(text::fit(&both, width)));
        return lines;
    }
    let mut wrapped = text::wrap(&signal, width.saturating_sub(1));
    if wrapped.len() > room - 1 {
        wrapped.truncate(room - 1);
        if let Some(last) = wrapped.last_mut() {
            *last = text::fit(&format!("{last} …"), width);
        }
    }
    lines.extend(
        wrapped
            .into_iter()
            .map(|l| Line::raw(format!(" {}", l.trim()))),
    );
    lines.push(Line::styled(text::fit(&noise, width), theme.dim()));
    lines
}

/// The findings in a sentence.
fn headline_line(model: &Model) -> String {
    let (Ok(table), Some(analysis)) = (&model.answers.table, model.analysis()) else {
        return String::new();
    };
    if model.view.screen == Screen::Runs || model.answers.arrangement.counts.answered == 0 {
        return String::new();
    }
    let names: Vec<String> = (0..table.variants())
        .map(|v| text::line(table.short(v)))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let about = model.named_model();
    let about = about.map_or(String::new(), |name| {
        format!("{}: ", text::line(&name.to_string()))
    });
    let is_behind = analysis.variants.iter().all(|f| f.score.is_none())
        && (model.cells())
            .is_some_and(|grid| (0..grid.variants()).any(|v| grid.totals(v).mean().is_some()));
    if is_behind {
        // Scores came since; those on the screen are plain means.
        return format!(" {about}Analyzing …");
    }
    let mut found = text::line(&short_headline(analysis, &names));
    if let Some(weighting) = table.label_weighting().filter(|_| analysis.is_weighted()) {
        found += &format!(" {}", short_weighting(weighting));
    }
    let mut letters = found.chars();
    match letters.next() {
        Some(first) if model.is_running() => {
            format!(
                " {about}So far, {}{}",
                first.to_lowercase(),
                letters.as_str()
            )
        }
        _ => format!(" {about}{found}"),
    }
}

/// How many rows change with the wording.
fn rows_line(model: &Model) -> String {
    let counts = &model.answers.arrangement.counts;
    let n = counts.answered;
    if model.view.screen == Screen::Runs {
        return String::new();
    }
    if n == 0 {
        let begun = model.is_running() || model.answers.table.is_err();
        return if begun { "" } else { FIRST }.into();
    }
    let samples = model.cells().map_or(1, |c| c.samples());
    let text = row_sensitivity(&LiveRowCounts {
        answered: n,
        differ: counts.get(RowKind::Differ),
        is_scored: (model.answers.grids.iter())
            .any(|grid| (0..grid.variants()).any(|v| grid.totals(v).answered > 0)),
        noisy: (samples > 1).then(|| counts.get(RowKind::Noisy)),
        flipping: counts.get(RowKind::Flipped),
        always_wrong: counts.get(RowKind::Wrong),
        unreadable: counts.get(RowKind::Unreadable),
        failed: counts.get(RowKind::Failed),
    });
    format!(" {text}")
}

fn footer(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let theme = model.view.theme;
    let words: Vec<_> = keys::footer(model).collect();
    let most = usize::from(area.width);
    let mut spans = Vec::new();
    let mut used = 1;
    let last = words.iter().position(|(_, _, b)| b.name == "help");
    // Help stands there at any width.
    let kept = last.map_or(0, |i| text::width(&words[i].0) + 7);
    for (i, (key, word, _)) in words.iter().enumerate() {
        let w = text::width(key) + 1 + text::width(word) + 2;
        let reserve = if Some(i) < last { kept } else { 0 };
        if used + w + reserve > most {
            continue;
        }
        used += w;
        spans.push(Span::styled(format!(" {key}"), theme.accent()));
        spans.push(Span::raw(format!(" {word} ")));
    }
    frame
        .buffer_mut()
        .set_line(area.x, area.y, &Line::from(spans), area.width);
}
