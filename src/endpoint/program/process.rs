//! One process of a program: lines go in as calls are made, answers are handed to their calls until it ends.

use super::{
    super::{AttemptFailure, own_limit::OwnLimit, secrets::Secrets},
    calls::{AnswerLine, CallTable, UnknownId},
    line::{Line, MAX_LINE_BYTES, leading_id, next_line},
};
use crate::{
    child_process::{
        AllowedCommands, ChildProcess, ProgramCommand, StartError, StderrTail, stderr_note,
    },
    display::{fit, visible},
    model::FailureKind,
};
use bytes::Bytes;
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::{ChildStdin, ChildStdout},
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::timeout,
};

/// Lines of stderr that a failure shows.
const STDERR_LINES: usize = 3;

/// How long what a program wrote may take to be read once it has ended.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// What all processes of a program share.
#[derive(Debug, Clone)]
pub(super) struct ProgramContext {
    pub(super) command: ProgramCommand,
    pub(super) allowed: AllowedCommands,
    pub(super) secrets: Secrets,
    pub(super) stderr: StderrTail,
    pub(super) own_limit: OwnLimit,
    /// Whether any of them has ever answered.
    pub(super) has_answered: Arc<AtomicBool>,
}

/// A running process. When it is dropped, the program's input is closed, and it has a moment to exit.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) calls: Arc<CallTable>,
    lines: mpsc::UnboundedSender<Bytes>,
    stuck: Arc<Notify>,
}

/// Why a process is over.
enum End {
    /// It closed its output, or takes no more input.
    Exited,
    /// It wrote what is no answer.
    Violation(String),
    /// It did not answer in time.
    Stuck,
}

impl Process {
    pub(super) fn start(context: &ProgramContext) -> Result<Process, StartError> {
        context.stderr.clear();
        let (child, pipes) =
            ChildProcess::start(&context.command, &context.allowed, &context.stderr)?;
        let (lines, queue) = mpsc::unbounded_channel();
        let process = Process {
            calls: Arc::default(),
            lines,
            stuck: Arc::default(),
        };
        let writer = tokio::spawn(write_lines(queue, pipes.stdin));
        let reader = LineReader {
            context: context.clone(),
            calls: Arc::clone(&process.calls),
        };
        let supervisor = Supervisor {
            context: context.clone(),
            calls: Arc::clone(&process.calls),
            stuck: Arc::clone(&process.stuck),
            child,
            reader: tokio::spawn(reader.read(BufReader::new(pipes.stdout))),
            writer,
        };
        tokio::spawn(supervisor.watch());
        Ok(process)
    }

    /// Hand it a line. Where it takes none any more, its calls are told when it ends.
    pub(super) fn send(&self, line: Bytes) {
        let _ = self.lines.send(line);
    }

    /// Stop it: it has answered nothing for too long.
    pub(super) fn stop_stuck(&self) {
        self.stuck.notify_one();
    }
}

/// Whole lines, so that a call that is given up leaves no half of one behind.
async fn write_lines(mut queue: mpsc::UnboundedReceiver<Bytes>, mut stdin: ChildStdin) {
    while let Some(line) = queue.recv().await {
        if stdin.write_all(&line).await.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
}

/// Reads what the program writes.
struct LineReader {
    context: ProgramContext,
    calls: Arc<CallTable>,
}

impl LineReader {
    async fn read(self, mut stdout: BufReader<ChildStdout>) -> End {
        loop {
            let read = match next_line(&mut stdout, MAX_LINE_BYTES).await {
                Line::End => return End::Exited,
                Line::Whole(line) if line.trim_ascii().is_empty() => Ok(()),
                Line::Whole(line) => self.take(&line),
                Line::TooLong(head) => self.refuse(&head),
            };
            if let Err(what) = read {
                return End::Violation(what);
            }
        }
    }

    /// Take in a line; the error is what is wrong with it, where it belongs to no call.
    fn take(&self, line: &[u8]) -> Result<(), String> {
        let shown = || {
            let text = String::from_utf8_lossy(line);
            visible(&fit(&self.context.secrets.message(text.trim()), 80))
        };
        let Ok(answer) = serde_json::from_slice::<AnswerLine>(line) else {
            return Err(format!(
                "a line that is not a JSON object: {}; everything but answers goes to stderr",
                shown()
            ));
        };
        if let Some(hello) = answer.get("hello") {
            if let Some(most) = hello.get("max_in_flight").and_then(Value::as_u64) {
                self.context.own_limit.set(most);
            }
            return Ok(());
        }
        let id = match answer.get("id") {
            Some(Value::Number(id)) => id.as_u64(),
            Some(Value::String(id)) => id.parse().ok(),
            _ => None,
        };
        let Some(id) = id else {
            return Err(format!("a line without the `id` of a call: {}", shown()));
        };
        let answered = self.calls.answer(id, Ok(answer));
        answered
            .map_err(|UnknownId| format!("an answer to a call that was never made: {}", shown()))?;
        self.context.has_answered.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn refuse(&self, head: &[u8]) -> Result<(), String> {
        let mebibytes = MAX_LINE_BYTES >> 20;
        let what = format!("a line longer than {mebibytes} MiB");
        let id = leading_id(head).ok_or_else(|| what.clone())?;
        let message = format!("the program wrote {what}");
        let failed = AttemptFailure::network(FailureKind::Malformed, message);
        self.calls.answer(id, Err(failed)).map_err(|UnknownId| what)
    }
}

/// Sees a process to its end, and tells its calls.
struct Supervisor {
    context: ProgramContext,
    calls: Arc<CallTable>,
    stuck: Arc<Notify>,
    child: ChildProcess,
    reader: JoinHandle<End>,
    writer: JoinHandle<()>,
}

impl Supervisor {
    async fn watch(mut self) {
        let (end, is_read) = tokio::select! {
            end = &mut self.reader => (end.unwrap_or(End::Exited), true),
            // Its input is closed: by us, who have no more calls, or by the program.
            _ = &mut self.writer => (End::Exited, false),
            () = self.stuck.notified() => (End::Stuck, false),
        };
        // Closes its input.
        self.writer.abort();
        let name = self.context.command.display_name();
        let what = match &end {
            End::Exited => {
                let status = self.child.end().await;
                format!("`{name}` exited ({status}) before it answered")
            }
            End::Violation(what) => {
                self.child.kill().await;
                format!("`{name}` was stopped, as it wrote {what}")
            }
            End::Stuck => {
                self.child.kill().await;
                format!(
                    "`{name}` was stopped, as it answered nothing within the `timeout` of a call"
                )
            }
        };
        if !is_read {
            // What it wrote before it ended are answers still.
            let _ = timeout(DRAIN_TIMEOUT, &mut self.reader).await;
            self.reader.abort();
        }
        let stderr = self.context.stderr.last_lines(STDERR_LINES);
        let note = stderr_note(&self.context.secrets.message(&stderr));
        let message = format!("{what}{note}");
        let has_answered = self.context.has_answered.load(Ordering::Relaxed);
        self.calls.end(match (end, has_answered) {
            // A program that has never answered is like a server that nobody has reached yet.
            (End::Exited, false) => AttemptFailure::network(FailureKind::Connect, message),
            (End::Violation(_), false) => AttemptFailure::untrusted(&message),
            (End::Violation(_), true) => AttemptFailure::network(FailureKind::Malformed, message),
            (End::Exited, true) | (End::Stuck, _) => {
                AttemptFailure::network(FailureKind::Cut, message)
            }
        });
    }
}
