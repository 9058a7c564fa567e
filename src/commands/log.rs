//! `--log FILE`: what happens in a run, one JSON object a line. No prompts and no keys; answers only with `-vv`.

use crate::{
    cli::Global,
    engine::RunEvent,
    model::{Outcome, TrialId},
};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufWriter, Write},
    time::Instant,
};

/// A log file.
#[derive(Debug)]
pub struct Log {
    file: BufWriter<File>,
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
            .with_context(|| format!("the log {} cannot be written", path.display()))?;
        Ok(Some(Log {
            file: BufWriter::new(file),
            started: Instant::now(),
            texts: global.verbose >= 2,
        }))
    }

    /// Write an event.
    pub fn event(&mut self, event: &RunEvent) -> std::io::Result<()> {
        let Some(mut line) = self.line(event) else {
            return Ok(());
        };
        if let Some(map) = line.as_object_mut() {
            map.insert("at_s".into(), json!(self.started.elapsed().as_secs_f64()));
        }
        writeln!(self.file, "{line}")?;
        if matches!(event, RunEvent::RunFinished(_)) {
            self.file.flush()?;
        }
        Ok(())
    }

    fn line(&self, event: &RunEvent) -> Option<Value> {
        let trial = |id: &TrialId| json!([id.variant, id.model, id.row, id.sample]);
        Some(match event {
            RunEvent::RunStarted {
                run,
                planned,
                behind,
            } => {
                json!({"event": "run_started", "run": run, "planned": planned, "behind": behind})
            }
            RunEvent::TrialStarted { id } => json!({"event": "sent", "trial": trial(id)}),
            RunEvent::TrialRetried { id, failure, wait } => {
                json!({"event": "retried", "trial": trial(id), "failure": failure, "wait_s": wait.as_secs_f64()})
            }
            RunEvent::TrialFinished(record) => {
                let mut line = json!({
                    "event": "finished", "trial": trial(&record.id), "reused": record.reused, "attempts": record.attempts,
                    "failure": record.outcome.failure(),
                });
                if let (Outcome::Completed(c), Some(map)) = (&record.outcome, line.as_object_mut())
                {
                    map.insert("usage".into(), json!(c.usage));
                    map.insert("latency_ms".into(), json!(c.latency_ms));
                    if self.texts {
                        map.insert("output".into(), json!(c.text));
                    }
                }
                line
            }
            RunEvent::SlowedDown {
                endpoint,
                wait,
                in_flight,
            } => {
                json!({"event": "slowed_down", "endpoint": endpoint, "wait_s": wait.as_secs_f64(), "in_flight": in_flight})
            }
            RunEvent::Paused { reason } => json!({"event": "paused", "reason": reason}),
            RunEvent::Continued => json!({"event": "continued"}),
            RunEvent::RunFinished(s) => json!({
                "event": "run_finished", "completed": s.completed, "failed": s.failed, "sent": s.sent, "reused": s.reused,
                "elapsed_s": s.elapsed_s, "stopped": s.stopped,
            }),
            RunEvent::Delta { .. } => return None,
        })
    }
}
