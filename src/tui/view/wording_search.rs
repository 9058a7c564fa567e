//! A search for a better wording while it goes on, and after it: its parts, the race of its candidates, and the words of the one under
//! the cursor.
//!
//! ```text
//! ┌ Search for a better wording · s-0k3… · running ──────────────────────────────┐
//! │from plain · demo/sentiment, proposed by demo/writer                        │
//! │60 rows: 13 feedback, 29 selection, 18 sealed                               │
//! │████████░░░░ 412 of 564 calls · 7 of the writer · $0.00                     │
//! │                                                                            │
//! │ name    from      round  state       rows   score   to the start           │
//! │▸c3      start         1  adopted       29   72.4 %  +10.3  ██████          │
//! ├ c3 ────────────────────────────────────────────────────────────────────────┤
//! │instruction: {-Classify-}{+Judge+} the sentiment of the review.             │
//! └────────────────────────────────────────────────────────────────────────────┘
//! ```

use super::{changes, popup::Content, text};
use crate::{
    diff::word_diff,
    narrate::{
        folds,
        labels::{percent, points},
        search as narrate,
    },
    optimize::{CandidateRecord, CandidateState, SearchRecord, WordingFile, candidate_name},
    tui::model::{Model, SearchPhase, Theme, WordingSearch},
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// Columns before the bar of the gain.
const NAME: usize = 8;
/// Least lines of the list of candidates.
const LEAST_LISTED: usize = 4;
/// A gain of this size fills the bar, in shares of the score.
const FULL_BAR: f64 = 0.2;
const BAR: usize = 14;
/// Columns of the bar of calls.
const BAR_OF_CALLS: usize = 18;

pub(super) fn content(model: &Model, at: usize, width: usize, height: usize) -> Content {
    let theme = model.view.theme;
    let search = &model.wording_search;
    let mut lines = Vec::new();
    if let Some(trouble) = &search.trouble {
        lines.extend(text::lines(trouble, width, "", theme.unsure()));
    }
    let Some(record) = &search.record else {
        let said = match search.phase {
            SearchPhase::Rest => {
                "No search yet. n: begin one; rewordings are written from failures, compete on some rows, and are judged once on rows that nobody has seen."
            }
            _ => "Reading rows and templates …",
        };
        lines.extend(text::lines(said, width, "", Style::new()));
        return Content::text(title(model, search), lines, 0);
    };
    lines.extend(head(theme, record, width));
    lines.push(Line::default());
    lines.push(Line::styled(text::fit(&heading(), width), theme.dim()));
    let at = at.min(record.candidates.len().saturating_sub(1));
    let detail = detail(theme, record, at, width);
    // The list gives way to the words of the candidate, down to a few lines.
    let room = height.saturating_sub(lines.len());
    let listed = room
        .saturating_sub(detail.len())
        .max(LEAST_LISTED)
        .min(record.candidates.len())
        .min(room);
    let from = (at + 1).saturating_sub(listed.div_ceil(2) + 1);
    let from = from.min(record.candidates.len() - listed);
    for (c, candidate) in record.candidates.iter().enumerate().skip(from).take(listed) {
        let line = candidate_line(theme, record, candidate, c == at, width);
        lines.push(line);
    }
    lines.extend(detail.into_iter().take(room - listed));
    Content::text(title(model, search), lines, 0)
}

/// What works now stands in the title: it changes with the search.
fn title(model: &Model, search: &WordingSearch) -> String {
    let id = search.record.as_ref().map_or("", |record| &*record.id);
    let keys = match search.phase {
        SearchPhase::Opening => "opening",
        SearchPhase::Going => "running · x: stop",
        SearchPhase::OnSealedRows => "start and nominee on the sealed rows · x: stop",
        SearchPhase::Stopping => "stopping …",
        SearchPhase::Rest if model.workspace.is_bundle => "stored",
        SearchPhase::Rest if search.is_by_folds() && !search.has_ended() => {
            "not ended · wording optimize --resume continues it · n: new"
        }
        SearchPhase::Rest if search.is_resumable() => "stopped · r: continue · n: new",
        SearchPhase::Rest if search.keeps_new() => "ended · w: write the wording · n: new",
        SearchPhase::Rest if search.record.is_some() => "ended · n: new",
        SearchPhase::Rest => "n: new",
    };
    match id.is_empty() {
        true => format!(" Search for a better wording · {keys} "),
        false => format!(
            " Search for a better wording · {} · {keys} ",
            text::line(id)
        ),
    }
}

fn head(theme: Theme, record: &SearchRecord, width: usize) -> Vec<Line<'static>> {
    let request = &record.request;
    let by = match (&request.writer, request.shorter) {
        (Some(writer), _) if writer.is_stand_in() => {
            format!("proposed by {writer} (a stand-in: rules, not a model)")
        }
        (Some(writer), _) => format!("proposed by {writer}"),
        (None, Some(_)) => "pieces are left out".into(),
        (None, None) => "moved without a writer".into(),
    };
    let from = format!("from `{}` · {} · {by}", record.start, request.model);
    let mut lines = text::lines(&from, width, "", Style::new());
    let parts = match request.folds {
        Some(_) => folds::parts(record),
        None => narrate::parts(record.parts),
    };
    lines.extend(text::lines(&parts, width, "", theme.dim()));
    let calls = record.spent.calls;
    let most = request.budget_calls.max(1);
    let bar = text::bar(calls.min(most) as usize, most as usize, BAR_OF_CALLS);
    lines.push(Line::from(vec![
        Span::styled(bar, theme.good()),
        Span::raw(text::fit(
            &format!(" {} · at most {most} calls", narrate::spent(record)),
            width.saturating_sub(BAR_OF_CALLS),
        )),
    ]));
    for fold in &record.folds {
        let fold = folds::fold(record, fold);
        lines.extend(text::lines(&fold, width, "", Style::new()));
    }
    if record.has_search_on_all_rows() {
        lines.extend(text::lines(&narrate::tally(record), width, "", theme.dim()));
    }
    if let Some(ending) = &record.ending {
        let style = match ending.verdict().offers_wording() {
            true => theme.good(),
            false => theme.unsure(),
        };
        let verdict = format!("→ {}", narrate::verdict(record, ending));
        lines.extend(text::lines(
            &verdict,
            width,
            "",
            theme.strong().patch(style),
        ));
        if let Some(pooled) = &ending.pooled {
            lines.extend(text::lines(
                &folds::gain(record, pooled),
                width.saturating_sub(2),
                "  ",
                Style::new(),
            ));
        }
        if ending.nominee > 0 {
            lines.extend(text::lines(
                &narrate::promised(ending),
                width.saturating_sub(2),
                "  ",
                theme.dim(),
            ));
        }
        if let Some(sealed) = &ending.sealed {
            if ending.margin.is_some() {
                lines.extend(text::lines(
                    &narrate::loss(sealed),
                    width.saturating_sub(2),
                    "  ",
                    Style::new(),
                ));
            }
            lines.extend(text::lines(
                &narrate::sealed(sealed),
                width.saturating_sub(2),
                "  ",
                Style::new(),
            ));
        }
    }
    lines
}

fn heading() -> String {
    format!(
        " {} {} {:>5}  {} {:>4} {:>8}  to the start",
        text::pad("name", NAME),
        text::pad("from", NAME + 4),
        "round",
        text::pad("state", 11),
        "rows",
        "score"
    )
}

fn candidate_line(
    theme: Theme,
    record: &SearchRecord,
    candidate: &CandidateRecord,
    is_here: bool,
    width: usize,
) -> Line<'static> {
    let parents: Vec<String> = (candidate.parents.iter().copied())
        .map(candidate_name)
        .collect();
    let is_nominee = record.nominee().is_some_and(|n| n.name == candidate.name);
    let state = match is_nominee {
        true => "nominee",
        false => candidate.state.as_str(),
    };
    let style = match candidate.state {
        _ if is_nominee => theme.strong(),
        CandidateState::Adopted => theme.good(),
        CandidateState::Dropped => theme.dim(),
        _ => Style::new(),
    };
    let score = candidate.score.map_or("·".into(), percent);
    let facts = format!(
        "{} {} {:>5}  {} {:>4} {:>8}",
        text::pad(&text::line(&candidate.name), NAME),
        text::pad(&text::fit(&parents.join("+"), NAME + 4), NAME + 4),
        candidate.round,
        text::pad(state, 11),
        candidate.rows,
        score,
    );
    let mut spans = vec![
        Span::styled(if is_here { "▸" } else { " " }, theme.accent()),
        Span::styled(facts, style),
    ];
    if let Some(gain) = candidate.gain {
        let full = ((gain.abs() / FULL_BAR).min(1.0) * BAR as f64).round() as usize;
        let color = match gain < 0.0 {
            true => theme.bad(),
            false => theme.good(),
        };
        spans.push(Span::raw(format!("  {:>6}  ", points(gain))));
        spans.push(Span::styled("█".repeat(full), color));
    }
    let mut line = Line::from(spans);
    if line.width() > width {
        line = Line::raw(text::fit(&line.to_string(), width));
    }
    if is_here {
        line = line.style(theme.cursor());
    }
    line
}

/// The words of a candidate: what differs from the wording that it was made from.
fn detail(theme: Theme, record: &SearchRecord, at: usize, width: usize) -> Vec<Line<'static>> {
    let Some(candidate) = record.candidates.get(at) else {
        return Vec::new();
    };
    let parent = candidate
        .parents
        .first()
        .and_then(|p| record.candidates.get(*p));
    let mut lead = format!("── {}", text::line(&candidate.name));
    if let Some(parent) = parent {
        lead += &format!(", against {}", text::line(&parent.name));
    }
    if let Some(why) = &candidate.why {
        lead += &format!(": {}", text::line(why));
    }
    let lead = text::fit(&format!("{lead} "), width);
    let rule = "─".repeat(width.saturating_sub(text::width(&lead)));
    let mut lines = vec![Line::styled(format!("{lead}{rule}"), theme.dim())];
    for (i, (name, words)) in record.regions.iter().zip(&candidate.texts).enumerate() {
        let before = parent.and_then(|parent| parent.texts.get(i));
        let before = before.map_or(words.trim(), |text| text.trim());
        let changes = word_diff(before, words.trim());
        let changes: Vec<_> = changes.into_iter().map(|p| (p.change, p.text)).collect();
        let pieces = changes::pieces(theme, &changes);
        let name = format!("{}: ", text::line(name));
        let room = width.saturating_sub(2);
        lines.push(Line::styled(text::fit(&name, width), theme.strong()));
        for line in text::wrap_pieces(&pieces, room) {
            let mut spans = vec![Span::raw("  ")];
            spans.extend(line.spans);
            lines.push(Line::from(spans));
        }
    }
    lines
}

/// The question whether to write the file, with the lines that change.
pub(super) fn question(model: &Model, file: &WordingFile, scroll: usize, width: usize) -> Content {
    let theme = model.view.theme;
    let root = &model.workspace.project.root;
    let name = file.path.strip_prefix(root).unwrap_or(&file.path);
    let head = match file.is_new() {
        true => format!("Write {}, a template beside the old one?", name.display()),
        false => format!("Add the new texts to {}?", name.display()),
    };
    let mut lines = text::lines(&head, width, "", Style::new());
    lines.push(Line::default());
    for line in file.unified_diff().lines().skip(2) {
        let style = match line.as_bytes().first() {
            Some(b'+') => theme.added(),
            Some(b'-') => theme.removed(),
            _ => theme.dim(),
        };
        lines.extend(text::lines(line, width, "", style));
    }
    Content::text(" y: yes · n: no ", lines, scroll)
}
