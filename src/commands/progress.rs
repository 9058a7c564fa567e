//! The progress of a batch run: a line on stderr, or numbers for the program that called; and what an interrupt does meanwhile.

use super::{
    context::CommandContext, interrupts::Interrupts, log::Log, output::Messages,
    remote_call::RunProgress,
};
use crate::{
    display::{count, span, visible},
    engine::{RunEvent, RunHandle, RunSummary},
    narrate::{endpoint_down, endpoint_slowed, endpoint_warning, policy::eliminated, quality},
    outcome::RunStats,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

/// More events than this at once are a crowd.
const CROWD: u32 = 64;

/// How long a crowd of events is let gather. The channel holds what comes meanwhile.
const GATHER: Duration = Duration::from_millis(10);

/// Follow a run to its end.
pub async fn follow(
    mut handle: RunHandle,
    mut interrupts: Interrupts,
    place: &CommandContext,
    mut log: Option<Log>,
) -> RunSummary {
    let (messages, global) = (&place.messages, &place.global);
    let mut line = Line::new(global.quiet, global.verbose > 0);
    let progress = place.call.as_ref().map(|call| &call.progress);
    let mut times = 0;
    let mut at_once = 0;
    loop {
        if handle.events.is_empty() {
            // Where events come in crowds they are taken in crowds: to be woken for each costs more than the event.
            if at_once > CROWD {
                tokio::time::sleep(GATHER).await;
            }
            at_once = 0;
            line.draw();
            if let Some(progress) = progress {
                progress.send_replace(line.progress());
            }
        }
        at_once += 1;
        tokio::select! {
            event = handle.events.recv() => {
                if let (Some(file), Some(event)) = (&mut log, &event)
                    && let Err(error) = file.event(event)
                {
                    messages.warn(&format!("cannot write the log: {error}; the run continues without it"));
                    log = None;
                }
                match event {
                    Some(RunEvent::RunFinished(summary)) => {
                        line.finish(messages, summary.stopped.as_deref());
                        line.scores(messages, &summary);
                        return summary;
                    }
                    Some(event) => line.event(event, messages),
                    None => {
                        line.finish(messages, None);
                        return RunSummary::broken("the engine stopped unexpectedly; please report this");
                    }
                }
            },
            () = interrupts.next() => {
                times += 1;
                if times == 1 {
                    line.print(messages, match place.call {
                        None => "stopping: waiting for requests in flight; press ^C again to drop them",
                        Some(_) => "stopping: waiting for requests in flight",
                    });
                    handle.control.stop();
                } else {
                    handle.control.abort();
                }
            }
        }
    }
}

struct Line {
    bar: ProgressBar,
    verbose: bool,
    started: Instant,
    stats: RunStats,
    /// When scoring started.
    scoring_since: Instant,
}

impl Line {
    fn new(quiet: bool, verbose: bool) -> Line {
        let bar = ProgressBar::new(0);
        bar.set_draw_target(if quiet || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(12)
        });
        if let Ok(style) = ProgressStyle::with_template("{bar:24.cyan/dim} {pos}/{len} {msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Line {
            bar,
            verbose,
            started: Instant::now(),
            stats: RunStats::default(),
            scoring_since: Instant::now(),
        }
    }

    fn event(&mut self, event: RunEvent, messages: &Messages) {
        self.stats.fold(&event);
        match event {
            RunEvent::RunStarted { planned, .. } => self.bar.set_length(planned),
            RunEvent::ScoringStarted { answers, .. } => {
                self.scoring_since = Instant::now();
                self.bar.set_length(answers);
            }
            RunEvent::ProgramStderr { metric, text } if self.verbose => {
                self.print(
                    messages,
                    &format!("the program of `{metric}` printed: {text}"),
                );
            }
            RunEvent::SlowedDown {
                endpoint,
                wait,
                in_flight,
            } => self.print(messages, &endpoint_slowed(&endpoint, wait, in_flight)),
            RunEvent::EndpointDown { endpoint, cause } => {
                self.print(messages, &endpoint_down(&endpoint, cause, None));
            }
            RunEvent::EndpointBack { endpoint, after } => self.print(
                messages,
                &format!("{endpoint} answers again after {}", span(after)),
            ),
            RunEvent::VariantsEliminated {
                variants,
                round,
                rows,
                cause,
                ..
            } => self.print(messages, &eliminated(variants.len(), round, rows, cause)),
            RunEvent::PromptsCut(cut) => {
                self.print(
                    messages,
                    &format!("warning: {}", quality::cut_prompts(&cut)),
                );
            }
            RunEvent::EndpointWarned(warning) => {
                self.bar
                    .suspend(|| messages.warn(&endpoint_warning(&warning)));
            }
            RunEvent::Paused { reason } => self.print(messages, &format!("paused: {reason}")),
            RunEvent::TrialRetried { failure, wait, .. } if self.verbose => {
                self.print(messages, &format!("{failure}; retrying in {}", span(wait)));
            }
            RunEvent::TrialStarted { .. }
            | RunEvent::TrialFinished(_)
            | RunEvent::TrialScored { .. }
            | RunEvent::Delta { .. }
            | RunEvent::TrialRetried { .. }
            | RunEvent::TrialsSkipped { .. }
            | RunEvent::ReusableFound { .. }
            | RunEvent::ProgramStderr { .. }
            | RunEvent::Continued
            | RunEvent::RunFinished(_) => {}
        }
    }

    fn draw(&self) {
        if !self.bar.is_hidden() {
            let scoring = self.stats.scoring.as_ref();
            self.bar
                .set_position(scoring.map_or_else(|| self.stats.done(), |s| s.scored));
            self.bar.set_message(self.message());
        }
    }

    /// How far the run has come. Scores follow the answers, so they are counted on.
    fn progress(&self) -> RunProgress {
        let stats = &self.stats;
        let (scored, answers) = (stats.scoring.as_ref()).map_or((0, 0), |s| (s.scored, s.answers));
        RunProgress {
            done: stats.done() + scored,
            planned: stats.summary.planned + answers,
            message: self.message().trim_start_matches("· ").to_owned(),
        }
    }

    /// The rate, and the time that the rest takes at it.
    fn pace(&self) -> (f64, Option<Duration>) {
        let stats = &self.stats;
        match &stats.scoring {
            Some(scoring) => scoring.pace(self.scoring_since.elapsed().as_secs_f64()),
            None => {
                let elapsed = self.started.elapsed().as_secs_f64();
                (stats.rate(elapsed), stats.time_left(elapsed))
            }
        }
    }

    fn message(&self) -> String {
        let (rate, left) = self.pace();
        let mut text = format!("· {rate:.0}/s");
        if let Some(left) = left {
            text += &format!(" · {} left", span(left));
        }
        if let Some(scoring) = &self.stats.scoring {
            text += &format!(" · scoring: {}", visible(&scoring.metrics.join(", ")));
            if scoring.missing > 0 {
                text += &format!(" · {} without a score", scoring.missing);
            }
            return text;
        }
        let counts = &self.stats.summary;
        text += &format!(
            " · {} in flight · {} tokens",
            self.stats.in_flight(),
            short_number(counts.usage.prompt + counts.usage.completion)
        );
        if let Some(cost) = counts.cost_usd {
            text += &format!(" · ${cost:.4}");
        }
        if counts.failed > 0 {
            text += &format!(" · {} failed", counts.failed);
        }
        text
    }

    fn print(&self, messages: &Messages, text: &str) {
        self.bar.suspend(|| messages.note(text));
    }

    /// Say of whom was asked for scores what could not be had.
    fn scores(&self, messages: &Messages, summary: &RunSummary) {
        for metric in summary.scoring.iter().filter(|m| m.missing > 0) {
            messages.warn(&format!(
                "{} without a score by `{}`: {}; retry with `--resume`",
                count(metric.missing as usize, "answer"),
                visible(&metric.metric),
                visible(metric.reason.as_deref().unwrap_or("reason unknown"))
            ));
        }
    }

    fn finish(&self, messages: &Messages, stopped: Option<&str>) {
        self.bar.finish_and_clear();
        for (number, example) in self.stats.failures.values() {
            // Why the run stopped is said at its end.
            if stopped.is_some_and(|reason| reason.contains(example.as_str())) {
                continue;
            }
            messages.warn(&format!(
                "{} failed, {}",
                count(*number as usize, "trial"),
                visible(example)
            ));
        }
    }
}

/// A number in at most five characters: `950`, `12.3k`, `4.5M`.
pub fn short_number(n: u64) -> String {
    match n {
        0..=9_999 => n.to_string(),
        10_000..=999_949 => format!("{:.1}k", n as f64 / 1e3),
        _ => format!("{:.1}M", n as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [
                short_number(999),
                short_number(12_345),
                short_number(4_500_000)
            ],
            ["999", "12.3k", "4.5M"]
        );
    }
}
