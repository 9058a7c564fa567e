//! The progress line: how far a run is, what it waits for; without a run, what would be sent.

use super::{plan::whole_grid, text};
use crate::{
    display::count,
    engine::StopCause,
    narrate::{self, seal::row_count},
    optimize::CandidateState,
    tui::model::{GridSource, Model, Phase},
};
use ratatui::text::{Line, Span};

/// How far the run is, or what there is at rest.
pub(super) fn progress_line(model: &Model, width: usize) -> Line<'static> {
    let theme = model.view.theme;
    if model.wording_search.is_on() {
        return search_line(model, width);
    }
    let Some(progress) = &model.run.progress else {
        return Line::styled(text::fit(&at_rest(model), width), theme.dim());
    };
    let now = model.clock.now;
    let note = status_note(model);
    let (stats, counts) = (&progress.stats, &progress.stats.summary);
    // What the run waits for needs the room more than the bar does.
    let room = if width >= 100 && note.is_none() {
        18u64
    } else {
        10
    };
    let full = (stats.done() * room)
        .checked_div(counts.planned)
        .unwrap_or(room)
        .min(room) as usize;
    let speed = match &progress.phase {
        Phase::Ended(_) => format!("  done in {}", text::time(progress.elapsed_s(now))),
        _ => {
            let left = progress.time_left(now).map_or(String::new(), |left| {
                format!("  ETA {}", text::time(left.as_secs_f64()))
            });
            format!(
                "  {} in flight  {:.0}/s{left}",
                stats.in_flight(),
                progress.rate(now)
            )
        }
    };
    let mut answers = format!("  ok {}", counts.completed);
    if counts.reused > 0 {
        answers += &format!(" ({} reused)", counts.reused);
    }
    if counts.retries > 0 {
        answers += &format!("  retry {}", counts.retries);
    }
    let errors = match counts.failed {
        0 => String::new(),
        n => format!("  err {n}"),
    };
    let money = match (counts.cost_usd, progress.budget.usd) {
        (Some(spent), Some(cap)) => format!("  {} of {}", text::money(spent), text::money(cap)),
        (Some(spent), None) => format!("  {}", text::money(spent)),
        (None, _) => format!(
            "  {} tok",
            text::count(counts.usage.prompt + counts.usage.completion)
        ),
    };
    let note = note.map_or(String::new(), |note| format!("  {note}"));
    let done = format!(" {}/{}", stats.done(), counts.planned);
    // Where there is no room for all, those with the highest rank are left out first.
    let mut parts = [
        (
            0,
            Span::styled(format!(" {}", "█".repeat(full)), theme.good()),
        ),
        (
            0,
            Span::styled("░".repeat(room as usize - full), theme.dim()),
        ),
        (0, Span::raw(done)),
        (3, Span::raw(speed)),
        (2, Span::raw(answers)),
        (1, Span::styled(errors, theme.bad())),
        (4, Span::raw(money)),
        (0, Span::styled(note, theme.unsure())),
    ];
    for rank in (1..=4).rev() {
        let used: usize = parts.iter().map(|(_, part)| part.width()).sum();
        if used > width {
            for (_, part) in parts.iter_mut().filter(|(r, _)| *r == rank) {
                part.content = "".into();
            }
        }
    }
    Line::from_iter(parts.map(|(_, part)| part))
}

/// How far a search for a better wording is.
fn search_line(model: &Model, width: usize) -> Line<'static> {
    let theme = model.view.theme;
    let Some(record) = &model.wording_search.record else {
        return Line::styled(text::fit(" search: reading rows …", width), theme.dim());
    };
    let (calls, most) = (record.spent.calls, record.request.budget_calls.max(1));
    let adopted = record.candidates.iter();
    let adopted = adopted
        .filter(|c| c.state == CandidateState::Adopted)
        .count();
    Line::from(vec![
        Span::raw(" "),
        Span::styled(
            text::bar(calls.min(most) as usize, most as usize, 10),
            theme.good(),
        ),
        Span::raw(text::fit(
            &format!(
                " search (W): {calls} of {most} calls, {}, {adopted} adopted",
                count(record.candidates.len().saturating_sub(1), "candidate")
            ),
            width.saturating_sub(11),
        )),
    ])
}

/// What the run waits for, or how it ended.
fn status_note(model: &Model) -> Option<String> {
    let progress = model.run.progress.as_ref()?;
    match &progress.phase {
        Phase::Stopping => Some("stopping. x: drop requests in flight".into()),
        Phase::Ended(Some(_)) if progress.capped() => Some("paused at the cap. p: continue".into()),
        Phase::Ended(Some(StopCause::Interrupt)) => Some("stopped. R: resume".into()),
        Phase::Ended(Some(_)) => Some("stopped early. R: resume".into()),
        Phase::Ended(None) if progress.stats.summary.failed > 0 => Some("R: retry failed".into()),
        Phase::Ended(None) => {
            let scoring = progress.stats.scoring.as_ref()?;
            let (n, why) = (
                scoring.missing,
                scoring.reason.as_deref().unwrap_or_default(),
            );
            (n > 0).then(|| format!("{n} without a score (R: retry): {}", text::line(why)))
        }
        Phase::Paused(_) => Some("paused. p: resume".into()),
        Phase::Going if progress.stats.scoring.is_some() => {
            let scoring = progress.stats.scoring.as_ref()?;
            Some(format!(
                "scoring with {}: {} of {}",
                text::line(&scoring.metrics.join(", ")),
                scoring.scored,
                scoring.answers
            ))
        }
        Phase::Going => {
            if let Some((endpoint, cause, since)) = &progress.down {
                let since = model.clock.now.saturating_duration_since(*since);
                return Some(narrate::endpoint_down(endpoint, *cause, Some(since)));
            }
            let (endpoint, until) = progress.slowed.as_ref()?;
            let left = until.checked_duration_since(model.clock.now)?;
            Some(format!(
                "{endpoint} is rate limiting; continuing in {:.0} s",
                left.as_secs_f64().ceil()
            ))
        }
    }
}

/// The line where no run is in progress.
fn at_rest(model: &Model) -> String {
    let Ok(table) = &model.answers.table else {
        return String::new();
    };
    if let Some(info) = table.run() {
        let ago = text::ago(model.clock.unix_s - info.started_at);
        let name = text::line(&info.experiment);
        return match model.workspace.is_bundle {
            true => format!(" bundled run of {name} ({ago}), read-only"),
            false => format!(" stored run of {name} ({ago}), read-only. Esc: back"),
        };
    }
    let mut said = String::new();
    if let Some(source) = &model.answers.source {
        said += &format!(" {}", answers_of(source));
    }
    if let Some(ended) = model
        .answers
        .source
        .as_ref()
        .and_then(|k| k.ended.as_deref())
    {
        said += match ended {
            "running" => " (running in another process)",
            "interrupted" => " (interrupted; R: resume)",
            "failed" => " (some trials failed; R: retry)",
            _ => " (stopped early; R: resume)",
        };
    }
    if !said.is_empty() {
        said.push(';');
    }
    match &model.workspace.estimate {
        Some(estimate) if estimate.problems().next().is_some() => {
            let lines: Vec<String> = estimate.problems().map(|p| text::line(&p.line())).collect();
            let more = match lines.len() {
                1 => String::new(),
                n => format!("{n} problems, the first: "),
            };
            said += &format!(" {more}{} (! shows it in full)", lines[0]);
        }
        Some(estimate) if estimate.to_send() == 0 && estimate.calls() > 0 => {
            said += &format!(" all {} answers are saved", estimate.calls());
        }
        Some(estimate) if model.answers.source.is_some() => {
            let about = if estimate.scaled { "~" } else { "" };
            said += &format!(
                " {about}{} of {} calls to send",
                estimate.to_send(),
                estimate.calls()
            );
            if let Some(usd) = estimate.usd_at_most() {
                said += &format!(", ≤{}", text::money(usd));
            }
        }
        Some(_) => said += &plan_sentence(model),
        None => {
            let n = table.variants() * table.rows * table.samples * table.models.len();
            said += &format!(
                " {} × {} × {} = {n} calls. r: show the plan",
                count(table.variants(), "variant"),
                row_count(table.rows, table.seal()),
                count(table.samples, "sample")
            );
        }
    }
    said
}

/// Which runs the answers shown are of.
fn answers_of(source: &GridSource) -> String {
    let runs = source.answers.as_ref().map_or(1, |a| a.runs().len());
    match &source.run {
        Some(run) if runs > 1 => format!("{run} and {}", count(runs - 1, "other run")),
        Some(run) => run.to_string(),
        None => "answers of earlier runs".into(),
    }
}

/// The plan in a line: calls, tokens, cost.
pub(super) fn plan_sentence(model: &Model) -> String {
    let (Ok(table), Some(estimate)) = (&model.answers.table, &model.workspace.estimate) else {
        return " estimating …".into();
    };
    let about = if estimate.scaled { "~" } else { "" };
    let kept = estimate.calls() - estimate.to_send();
    let mut said = format!(" Plan: {}", whole_grid(table, estimate));
    if kept > 0 {
        said += &format!(
            "; {about}{kept} reused, {about}{} to send",
            estimate.to_send()
        );
    }
    let tokens: u64 = estimate.models.iter().map(|m| m.new.prompt_tokens).sum();
    said += &format!("; ~{} tok in", text::count(tokens));
    let out: Option<u64> = estimate
        .models
        .iter()
        .map(|m| m.new.completion_tokens_at_most)
        .sum();
    if let Some(out) = out {
        said += &format!(", ≤{} out", text::count(out));
    }
    if let Some(usd) = estimate.usd_at_most() {
        said += &format!("; ≤{}", text::money(usd));
    }
    if let Some(cap) = model.spec().budget.usd {
        said += &format!(", cap {}", text::money(cap));
    }
    said
}
