//! A program as one attempt after the other sees it: started when it is needed, called, and started again after it has ended.

use super::{
    super::{
        AttemptFailure, Delta, WireRequest, own_limit::OwnLimit, reply::Reply, secrets::Secrets,
        stop::end_at_stop,
    },
    answer::read_answer,
    calls::AnswerLine,
    identity::program_identity,
    process::{Process, ProgramContext},
};
use crate::{
    child_process::{AllowedCommands, StartError, StderrTail, stderr_note},
    model::FailureKind,
    project::ProgramSpec,
};
use bytes::Bytes;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout},
};

/// Longest wait before a program is started again.
const MAX_RESTART_WAIT: Duration = Duration::from_secs(30);

/// A program, and the process of it that runs now.
#[derive(Debug)]
pub(in crate::endpoint) struct ProgramLink {
    /// What the project calls it: an endpoint, or the command for tools.
    named: String,
    spec: ProgramSpec,
    /// What its answers are stored under; where that has changed, it is not started again.
    identity: String,
    context: ProgramContext,
    slot: Mutex<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    process: Option<Arc<Process>>,
    /// Processes in a row that have ended without an answer.
    in_vain: u32,
}

/// The wait before a program is started again: none after one that has answered, then 0.5 s, twice as long each time.
fn restart_wait(in_vain: u32) -> Duration {
    match in_vain {
        0 => Duration::ZERO,
        n => Duration::from_millis(500 << (n - 1).min(10)).min(MAX_RESTART_WAIT),
    }
}

impl ProgramLink {
    /// What it is to the store; it is not started again as another.
    pub(in crate::endpoint) fn identity(&self) -> &str {
        &self.identity
    }

    /// Not started yet.
    pub(in crate::endpoint) fn new(
        named: &str,
        spec: &ProgramSpec,
        allowed: AllowedCommands,
    ) -> ProgramLink {
        let mut secrets = Secrets::default();
        // What it is handed may be a key, and come back in what it says.
        for name in &spec.command.variables {
            secrets.add(&std::env::var(name).unwrap_or_default());
        }
        ProgramLink {
            named: named.to_owned(),
            identity: program_identity(spec),
            context: ProgramContext {
                command: spec.command.clone(),
                allowed,
                secrets,
                stderr: StderrTail::default(),
                own_limit: OwnLimit::new(),
                has_answered: Arc::new(AtomicBool::new(false)),
            },
            spec: spec.clone(),
            slot: Mutex::default(),
        }
    }

    pub(in crate::endpoint) fn secrets(&self) -> &Secrets {
        &self.context.secrets
    }

    /// What it says of itself, where the project does not say how many calls it takes at once.
    pub(in crate::endpoint) fn own_limit(&self) -> Option<OwnLimit> {
        let own = &self.context.own_limit;
        self.spec.max_in_flight.is_none().then(|| own.clone())
    }

    /// One call, at most so long. The time that the program takes to be started again is not counted.
    pub(in crate::endpoint) async fn exchange(
        &self,
        limit: Duration,
        model: &str,
        request: &WireRequest,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Reply, AttemptFailure> {
        let process = self.running_process().await?;
        let started = Instant::now();
        let answered = self.call(&process, limit, &request.body).await;
        let took = started.elapsed();
        let read = answered.and_then(|line| read_answer(line, model, self.secrets(), on_delta));
        match read {
            Ok(mut reply) => {
                reply.completion.latency_ms = took.as_secs_f64() * 1e3;
                end_at_stop(&mut reply.completion, request);
                Ok(reply)
            }
            Err(mut failed) => {
                failed.failure.trace.took = took;
                Err(failed)
            }
        }
    }

    /// One line, at most so long, and what the program answers to it.
    pub(super) async fn exchange_line(
        &self,
        limit: Duration,
        body: &[u8],
    ) -> Result<AnswerLine, AttemptFailure> {
        let process = self.running_process().await?;
        self.call(&process, limit, body).await
    }

    async fn call(
        &self,
        process: &Process,
        limit: Duration,
        body: &[u8],
    ) -> Result<AnswerLine, AttemptFailure> {
        let mut call = process.calls.register()?;
        let made = Instant::now();
        process.send(call_line(call.id, body));
        match timeout(limit, call.answer()).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(AttemptFailure::network(
                FailureKind::Cut,
                format!("`{}` has ended", self.context.command.display_name()),
            )),
            Err(_) => {
                // One that answers others is only slow with this one.
                if process.calls.last_answer().is_none_or(|last| last < made) {
                    process.stop_stuck();
                }
                Err(self.late(limit))
            }
        }
    }

    fn late(&self, limit: Duration) -> AttemptFailure {
        let stderr = self.context.stderr.last_lines(1);
        AttemptFailure::network(
            FailureKind::Timeout,
            format!(
                "`{}` did not answer within {limit:?} (`timeout` of {}){}",
                self.context.command.display_name(),
                self.named,
                stderr_note(&self.secrets().message(&stderr))
            ),
        )
    }

    fn not_started(&self, error: &StartError) -> AttemptFailure {
        let name = self.context.command.display_name();
        let message = format!(
            "`{name}` failed to start ({error}); is the `command` of {} right?",
            self.named
        );
        match error {
            StartError::NotAllowed(_) => AttemptFailure::not_allowed(&error.to_string()),
            // It had been started before: a file that is replaced just now may be back soon.
            StartError::Io(_) if self.context.has_answered.load(Ordering::Relaxed) => {
                AttemptFailure::network(FailureKind::Connect, message)
            }
            StartError::Io(_) => AttemptFailure::untrusted(&message),
        }
    }

    /// The process that runs, or a new one.
    async fn running_process(&self) -> Result<Arc<Process>, AttemptFailure> {
        let mut slot = self.slot.lock().await;
        if let Some(process) = &slot.process {
            if !process.calls.has_ended() {
                return Ok(Arc::clone(process));
            }
            slot.in_vain = match process.calls.last_answer() {
                Some(_) => 0,
                None => slot.in_vain + 1,
            };
            slot.process = None;
            sleep(restart_wait(slot.in_vain)).await;
        }
        if program_identity(&self.spec) != self.identity {
            return Err(AttemptFailure::program_changed(
                &self.context.command.display_name(),
            ));
        }
        let started = Process::start(&self.context);
        let process = Arc::new(started.map_err(|error| self.not_started(&error))?);
        slot.process = Some(Arc::clone(&process));
        Ok(process)
    }
}

/// A request as a line: its body is an object, and the `id` comes first.
fn call_line(id: u64, body: &[u8]) -> Bytes {
    let rest = body.strip_prefix(b"{").unwrap_or(body);
    let mut line = format!("{{\"id\":{id},").into_bytes();
    line.extend_from_slice(rest);
    line.push(b'\n');
    line.into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{child_process::ProgramCommand, model::Completion};
    use std::path::Path;

    const LONG: Duration = Duration::from_secs(60);

    fn program(folder: &Path, script: &str) -> ProgramLink {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        let spec = ProgramSpec {
            command: ProgramCommand {
                words,
                folder: folder.to_owned(),
                variables: Vec::new(),
            },
            ..ProgramSpec::default()
        };
        ProgramLink::new("app", &spec, AllowedCommands::all())
    }

    fn request(n: u32) -> WireRequest {
        WireRequest {
            body: format!("{{\"row\":{{\"n\":{n}}}}}").into(),
            stream: false,
            problem: None,
            is_format_optional: false,
            asks_for_usage: false,
        }
    }

    async fn call(
        program: &ProgramLink,
        n: u32,
        limit: Duration,
    ) -> Result<Completion, AttemptFailure> {
        let request = request(n);
        let mut ignore = |_: Delta<'_>| {};
        let exchange = program.exchange(limit, "m", &request, &mut ignore);
        exchange.await.map(|reply| reply.completion)
    }

    /// Reads three lines, then answers them from the last to the first.
    const BACKWARDS: &str = r#"
        echo '{"hello": {"max_in_flight": 3}}'
        while read -r a && read -r b && read -r c; do
            for line in "$c" "$b" "$a"; do
                id=${line#'{"id":'}; id=${id%%,*}
                n=${line##*'"n":'}; n=${n%%\}*}
                echo "{\"text\": \"row $n\", \"id\": $id}"
            done
        done"#;

    #[tokio::test]
    async fn answers_in_another_order_go_to_their_calls() {
        let folder = tempfile::tempdir().unwrap();
        let program = program(folder.path(), BACKWARDS);
        assert_eq!(program.own_limit().unwrap().get(), 1);
        for n in [10, 20] {
            let calls = [n, n + 1, n + 2].map(|n| call(&program, n, LONG));
            let texts = futures_util::future::join_all(calls).await;
            let texts: Vec<String> = texts.into_iter().map(|c| c.unwrap().text).collect();
            let expected = [n, n + 1, n + 2].map(|n| format!("row {n}"));
            assert_eq!(texts, expected);
        }
        assert_eq!(program.own_limit().unwrap().get(), 3);
    }

    #[tokio::test]
    async fn a_crash_fails_what_is_in_flight_and_the_program_is_started_again() {
        let folder = tempfile::tempdir().unwrap();
        // The first process answers one call and dies over the second.
        let script = r#"
            read -r line; echo '{"id": 1, "text": "first"}'
            if [ ! -e died ]; then read -r line; touch died; echo 'out of memory' >&2; exit 7; fi
            while read -r line; do :; done"#;
        let program = program(folder.path(), script);
        assert_eq!(call(&program, 1, LONG).await.unwrap().text, "first");
        let failed = call(&program, 2, LONG).await.unwrap_err();
        assert_eq!(failed.failure.kind, FailureKind::Cut);
        assert!(failed.retry);
        let message = &failed.failure.message;
        assert!(
            message.contains("exit status: 7") && message.contains("out of memory"),
            "{message}"
        );
        assert_eq!(call(&program, 2, LONG).await.unwrap().text, "first");
    }

    #[tokio::test]
    async fn what_never_answers_is_like_a_server_that_nobody_reaches() {
        let folder = tempfile::tempdir().unwrap();
        let dead = program(folder.path(), "echo 'no module named app' >&2; exit 1");
        let failed = call(&dead, 1, LONG).await.unwrap_err();
        assert_eq!(failed.failure.kind, FailureKind::Connect);
        assert!(failed.retry && failed.failure.message.contains("no module named app"));
        let chatty = program(folder.path(), "echo 'loading…'; cat");
        let failed = call(&chatty, 1, LONG).await.unwrap_err();
        assert_eq!(failed.failure.kind, FailureKind::Connect);
        assert!(!failed.retry && failed.failure.message.contains("not a JSON object"));
    }

    #[tokio::test]
    async fn lines_that_belong_to_no_call_end_the_process() {
        let folder = tempfile::tempdir().unwrap();
        for (line, what) in [
            ("debug: here", "not a JSON object"),
            ("{\"text\": \"x\"}", "without the `id`"),
            ("{\"id\": 77, \"text\": \"x\"}", "never made"),
        ] {
            let script = format!(
                "read -r a; echo '{{\"id\": 1, \"text\": \"ok\"}}'; read -r b; echo '{line}'; cat >/dev/null"
            );
            let program = program(folder.path(), &script);
            assert_eq!(call(&program, 1, LONG).await.unwrap().text, "ok");
            let failed = call(&program, 2, LONG).await.unwrap_err();
            assert_eq!(failed.failure.kind, FailureKind::Malformed, "{line}");
            assert!(
                failed.retry && failed.failure.message.contains(what),
                "{failed:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_fails_its_own_call_only() {
        let folder = tempfile::tempdir().unwrap();
        let script = r#"
            read -r a; read -r b
            printf '{"id": 1, "text": "'; head -c 17000000 /dev/zero | tr '\0' x; echo '"}'
            echo '{"id": 2, "text": "short"}'; cat >/dev/null"#;
        let program = program(folder.path(), script);
        let (long, short) = tokio::join!(call(&program, 1, LONG), call(&program, 2, LONG));
        let failed = long.unwrap_err();
        assert_eq!(failed.failure.kind, FailureKind::Malformed);
        assert!(failed.failure.message.contains("16 MiB"), "{failed:?}");
        assert_eq!(short.unwrap().text, "short");
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_stopped_with_its_children_and_one_that_works_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let short = Duration::from_millis(400);
        let held = folder.path().join("held");
        let made = std::process::Command::new("mkfifo").arg(&held).status();
        assert!(made.unwrap().success());
        // Over once nobody writes into it any more: when the program's child is gone.
        let child_is_gone = tokio::task::spawn_blocking(move || std::fs::read(held));
        let script = "echo 'thinking' >&2; sleep 600 > held; cat";
        let hangs = program(folder.path(), script);
        let failed = call(&hangs, 1, short).await.unwrap_err();
        assert_eq!(failed.failure.kind, FailureKind::Timeout);
        assert!(failed.failure.message.contains("thinking"), "{failed:?}");
        assert!(child_is_gone.await.unwrap().unwrap().is_empty());
        // Only the first call is never answered.
        let script = r#"read -r a; n=1; while read -r line; do n=$((n+1)); echo "{\"id\": $n, \"text\": \"$$\"}"; done"#;
        let works = program(folder.path(), script);
        let mut late = std::pin::pin!(call(&works, 1, short));
        let mut pids = Vec::new();
        let failed = loop {
            tokio::select! {
                biased;
                late = &mut late => break late.unwrap_err(),
                other = call(&works, 2, LONG) => pids.push(other.unwrap().text),
            }
        };
        assert_eq!(failed.failure.kind, FailureKind::Timeout);
        let again = call(&works, 3, LONG).await.unwrap().text;
        assert_eq!(pids.first(), Some(&again), "the same process");
    }

    #[tokio::test]
    async fn a_program_that_nobody_allowed_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let spec = ProgramSpec {
            command: ProgramCommand {
                words: ["sh", "-c", "touch started"].map(str::to_owned).to_vec(),
                folder: folder.path().to_owned(),
                variables: Vec::new(),
            },
            ..ProgramSpec::default()
        };
        let program = ProgramLink::new("app", &spec, AllowedCommands::default());
        let failed = call(&program, 1, LONG).await.unwrap_err();
        assert!(failed.failure.kind.stops_run() && !failed.retry);
        assert!(failed.failure.message.contains("--allow-commands"));
        assert!(!folder.path().join("started").exists());
    }

    #[tokio::test]
    async fn a_program_whose_files_change_is_not_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join("app.sh");
        std::fs::write(&app, "read -r a; echo '{\"id\": 1, \"text\": \"old\"}'").unwrap();
        let spec = ProgramSpec {
            command: ProgramCommand {
                words: ["sh", "app.sh"].map(str::to_owned).to_vec(),
                folder: folder.path().to_owned(),
                variables: Vec::new(),
            },
            ..ProgramSpec::default()
        };
        let program = ProgramLink::new("app", &spec, AllowedCommands::all());
        assert_eq!(call(&program, 1, LONG).await.unwrap().text, "old");
        std::fs::write(&app, "cat").unwrap();
        // It has ended by itself, before or in this call.
        let mut failed = call(&program, 1, LONG).await.unwrap_err();
        if failed.retry {
            failed = call(&program, 1, LONG).await.unwrap_err();
        }
        assert!(failed.failure.kind.stops_run(), "{failed:?}");
        assert!(failed.failure.message.contains("have changed"));
    }
}
