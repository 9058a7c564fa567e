//! `--log FILE`: what happens in a run, one JSON object per line: times, and the names that servers give to requests.
//! No prompts and no keys; answers only with `-vv`.

use crate::{
    cli::Global,
    engine::RunEvent,
    model::{EliminationCause, Outcome, Trace, TrialId},
};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::{fs::File, io::Write, time::Instant};

#[derive(Debug)]
pub struct Log {
    file: File,
    started: Instant,
    texts: bool,
}

impl Log {
    /// Open the log that was asked for, if one was.
    pub fn open(global: &Global) -> anyhow::Result<Option<Log>> {
        let Some(path) = &global.log else {
            return Ok(None);
        };
        let file = File::create(path)
            .with_context(|| format!("cannot write the log {}", path.display()))?;
        Ok(Some(Log {
            file,
            started: Instant::now(),
            texts: global.verbose >= 2,
        }))
    }

    pub fn event(&mut self, event: &RunEvent) -> std::io::Result<()> {
        let Some(mut line) = self.line(event) else {
            return Ok(());
        };
        if let Some(map) = line.as_object_mut() {
            map.insert("at_s".into(), json!(self.started.elapsed().as_secs_f64()));
        }
        // In one piece, so that whoever follows the file sees whole lines as they come.
        self.file.write_all(format!("{line}\n").as_bytes())
    }

    fn line(&self, event: &RunEvent) -> Option<Value> {
        let trial = |id: &TrialId| json!([id.variant, id.model, id.row, id.sample]);
        Some(match event {
            RunEvent::RunStarted {
                run,
                planned,
                completed,
                ..
            } => {
                json!({"event": "run_started", "run": run, "planned": planned, "behind": completed})
            }
            RunEvent::ReusableFound { trials } => {
                json!({"event": "reusable_found", "trials": trials})
            }
            RunEvent::TrialStarted { id } => json!({"event": "sent", "trial": trial(id)}),
            RunEvent::TrialRetried { id, failure, wait } => {
                let mut line = json!({"event": "retried", "trial": trial(id), "failure": failure, "wait_s": wait.as_secs_f64()});
                add_trace(&mut line, &failure.trace);
                line
            }
            RunEvent::TrialFinished(record) => {
                let mut line = json!({
                    "event": "finished", "trial": trial(&record.id), "reused": record.reused, "attempts": record.attempts,
                    "failure": record.outcome.failure(),
                });
                match &record.outcome {
                    Outcome::Completed(c) => {
                        add(&mut line, "usage", json!(c.usage));
                        add(&mut line, "latency_ms", json!(c.latency_ms));
                        if c.in_flight > 0 {
                            add(&mut line, "in_flight", json!(c.in_flight));
                        }
                        if let Some(first) = c.first_token_ms {
                            add(&mut line, "first_token_ms", json!(first));
                        }
                        if let Some(id) = &c.request_id {
                            add(&mut line, "request_id", json!(id));
                        }
                        if self.texts {
                            add(&mut line, "output", json!(c.text));
                        }
                    }
                    Outcome::Failed(failure) => add_trace(&mut line, &failure.trace),
                }
                line
            }
            RunEvent::ScoringStarted { metrics, answers } => {
                json!({"event": "scoring_started", "metrics": metrics, "answers": answers})
            }
            RunEvent::TrialScored { record, missing } => {
                let missing: serde_json::Map<String, Value> = missing
                    .iter()
                    .map(|(metric, reason)| (metric.clone(), json!(reason)))
                    .collect();
                json!({"event": "scored", "trial": trial(&record.id), "missing": missing})
            }
            RunEvent::ProgramStderr { metric, text } => {
                json!({"event": "program_said", "metric": metric, "text": text})
            }
            RunEvent::EndpointDown { endpoint, cause } => {
                json!({"event": "endpoint_down", "endpoint": endpoint, "cause": cause.as_str()})
            }
            RunEvent::EndpointBack { endpoint, after } => {
                json!({"event": "endpoint_back", "endpoint": endpoint, "after_s": after.as_secs_f64()})
            }
            RunEvent::SlowedDown {
                endpoint,
                wait,
                in_flight,
            } => {
                json!({"event": "slowed_down", "endpoint": endpoint, "wait_s": wait.as_secs_f64(), "in_flight": in_flight})
            }
            RunEvent::VariantsEliminated {
                model,
                variants,
                round,
                rows,
                cause,
            } => {
                let cut = *cause == EliminationCause::CutAnswers;
                json!({"event": "variants_fell", "model": model, "variants": variants, "round": round, "rows": rows, "answers_cut": cut})
            }
            RunEvent::TrialsSkipped {
                model,
                variant,
                trials,
                failure,
            } => {
                json!({"event": "trials_skipped", "model": model, "variant": variant, "trials": trials, "failure": failure})
            }
            RunEvent::PromptsCut(cut) => json!({
                "event": "prompts_cut", "model": cut.model, "reported_tokens": cut.reported, "counted_tokens": cut.counted,
            }),
            RunEvent::EndpointWarned(warning) => {
                json!({"event": "endpoint_warned", "warning": warning})
            }
            RunEvent::Paused { reason } => json!({"event": "paused", "reason": reason}),
            RunEvent::Continued => json!({"event": "continued"}),
            RunEvent::RunFinished(s) => json!({
                "event": "run_finished", "completed": s.completed, "failed": s.failed, "sent": s.sent, "reused": s.reused,
                "missing_scores": s.missing_scores(), "elapsed_s": s.elapsed_s, "stopped": s.stopped,
                "cause": s.cause,
            }),
            RunEvent::Delta { .. } => return None,
        })
    }
}

fn add(line: &mut Value, name: &str, value: Value) {
    if let Some(map) = line.as_object_mut() {
        map.insert(name.into(), value);
    }
}

/// How an attempt that failed went on the wire, where it got so far.
fn add_trace(line: &mut Value, trace: &Trace) {
    if !trace.took.is_zero() {
        add(line, "latency_ms", json!(trace.took.as_secs_f64() * 1e3));
    }
    if trace.in_flight > 0 {
        add(line, "in_flight", json!(trace.in_flight));
    }
    if let Some(id) = &trace.request_id {
        add(line, "request_id", json!(id));
    }
}
