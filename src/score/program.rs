//! A program that scores: one process for a whole run, a JSON line in for each answer, a JSON line out.
//!
//! It starts when it is first needed. If it exits or does not answer in time, the current score fails and the program is
//! restarted for the next one, until [`MAX_FAILURES`] in a row. The end of its stderr is kept. Knows no run and no trial.

use crate::{
    display::{fit, visible},
    model::Score,
};
use parking_lot::Mutex;
use serde_json::Value;
use std::{
    collections::VecDeque, ffi::OsStr, path::PathBuf, process::Stdio, sync::Arc, time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

/// Variables of the environment that every program gets, with those that begin with `LC_`: where programs, the home, temporary
/// files and time zones are, who runs it and in which language. Others are not handed on: keys of endpoints are among them.
#[cfg(not(windows))]
const BASE_VARIABLES: [&str; 9] = [
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TMPDIR", "TZ",
];

/// The same, with what programs of Windows cannot start without.
#[cfg(windows)]
const BASE_VARIABLES: [&str; 20] = [
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "TEMP",
    "TMP",
    "USERNAME",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROCESSOR_ARCHITECTURE",
    "NUMBER_OF_PROCESSORS",
    "LANG",
    "TZ",
];

/// Failures in a row after which a program is not restarted.
pub(super) const MAX_FAILURES: u32 = 3;

/// Bytes kept of the end of stderr.
const STDERR_BYTES: usize = 8 << 10;

/// Longest line that is read as an answer, in bytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// How long to wait for a program to exit.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a program gave no score.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProgramError {
    #[error("`{program}` failed to start: {message}")]
    Start { program: String, message: String },
    #[error("`{program}` exited ({status}) instead of answering{}", stderr_note(.stderr))]
    Ended {
        program: String,
        status: String,
        /// The end of its stderr.
        stderr: String,
    },
    #[error("`{program}` did not answer within {limit:?} (`timeout`) and was killed{}", stderr_note(.stderr))]
    Timeout {
        program: String,
        limit: Duration,
        /// The end of its stderr.
        stderr: String,
    },
    #[error("`{program}` answered {line}: {message}")]
    Answer {
        program: String,
        line: String,
        message: String,
    },
    #[error("`{program}` says: {message}")]
    Refused { program: String, message: String },
    #[error("{MAX_FAILURES} failures in a row, not restarted; the last one: {last}")]
    GivenUp { last: String },
}

/// The end of a program's stderr, for a message.
fn stderr_note(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!("; stderr: {stderr}")
    }
}

/// A program that scores.
#[derive(Debug)]
pub struct Program {
    command: Vec<String>,
    folder: PathBuf,
    limit: Duration,
    /// Environment variables that it gets, besides [`BASE_VARIABLES`].
    variables: Vec<String>,
    state: tokio::sync::Mutex<State>,
    stderr: StderrTail,
}

#[derive(Debug, Default)]
struct State {
    running: Option<Running>,
    failures: u32,
    given_up: Option<ProgramError>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// Keeps what it writes to stderr.
    listener: JoinHandle<()>,
}

/// The end of what a program wrote to stderr.
type StderrTail = Arc<Mutex<VecDeque<u8>>>;

impl Program {
    /// A program with its arguments, the folder it runs in, and the time limit for an answer. It is not started yet.
    pub fn new(command: Vec<String>, folder: PathBuf, limit: Duration) -> Program {
        Program {
            command,
            folder,
            limit,
            variables: Vec::new(),
            state: tokio::sync::Mutex::default(),
            stderr: StderrTail::default(),
        }
    }

    /// The same with more variables of the environment.
    pub fn with_variables(mut self, variables: Vec<String>) -> Program {
        self.variables = variables;
        self
    }

    /// Whether it gets a variable of the environment.
    fn gets(&self, name: &OsStr) -> bool {
        let same = |known: &str| match cfg!(windows) {
            true => name.eq_ignore_ascii_case(known),
            false => name == known,
        };
        BASE_VARIABLES.into_iter().any(same)
            || name.to_str().is_some_and(|name| name.starts_with("LC_"))
            || self.variables.iter().any(|known| same(known))
    }

    /// As it would be typed.
    fn name(&self) -> String {
        visible(&fit(&self.command.join(" "), 80))
    }

    /// Get the score of one answer. Concurrent calls wait for each other.
    pub async fn score(&self, question: &Value) -> Result<Score, ProgramError> {
        let mut state = self.state.lock().await;
        if let Some(error) = &state.given_up {
            return Err(error.clone());
        }
        match self.exchange(&mut state, question).await {
            // A line that is not a score is still an answer: the program lives.
            Ok(line) => {
                state.failures = 0;
                self.parse_score(&line)
            }
            Err(error) => {
                state.failures += 1;
                if state.failures >= MAX_FAILURES || matches!(error, ProgramError::Start { .. }) {
                    state.given_up = Some(match &error {
                        ProgramError::Start { .. } => error.clone(),
                        other => ProgramError::GivenUp {
                            last: other.to_string(),
                        },
                    });
                }
                Err(error)
            }
        }
    }

    async fn exchange(&self, state: &mut State, question: &Value) -> Result<String, ProgramError> {
        // Taken out until it has answered: after a cancelled call it must not be used again.
        let mut running = match state.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        match timeout(self.limit, running.exchange(question)).await {
            Ok(Some(line)) => {
                state.running = Some(running);
                Ok(line)
            }
            Ok(None) => {
                let status = running.end().await;
                Err(ProgramError::Ended {
                    program: self.name(),
                    status,
                    stderr: self.stderr_tail(3),
                })
            }
            Err(_) => {
                running.kill().await;
                Err(ProgramError::Timeout {
                    program: self.name(),
                    limit: self.limit,
                    stderr: self.stderr_tail(3),
                })
            }
        }
    }

    fn start(&self) -> Result<Running, ProgramError> {
        let cannot = |message: String| ProgramError::Start {
            program: self.name(),
            message,
        };
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| cannot("`command` is empty".into()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| self.gets(name)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C stops the run, and the run ends the program after its last answer.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|e| cannot(e.to_string()))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(cannot("it has no pipes".into()));
        };
        Ok(Running {
            child,
            stdin,
            stdout: BufReader::new(stdout),
            listener: tokio::spawn(listen(stderr, Arc::clone(&self.stderr))),
        })
    }

    /// The score in an answer line.
    fn parse_score(&self, line: &str) -> Result<Score, ProgramError> {
        let wrong = |message: &str| ProgramError::Answer {
            program: self.name(),
            line: visible(&fit(line.trim(), 80)),
            message: message.to_owned(),
        };
        let answer: Value = serde_json::from_str(line)
            .map_err(|_| wrong("an answer is one line of JSON, such as {\"score\": 0.5}; write everything else to stderr"))?;
        if let Some(message) = answer.get("error") {
            let message = message.as_str().map_or(message.to_string(), str::to_owned);
            return Err(ProgramError::Refused {
                program: self.name(),
                message: visible(&fit(&message, 200)),
            });
        }
        let unreadable = answer.get("unreadable").and_then(Value::as_bool) == Some(true);
        let score = match answer.get("score").unwrap_or(&answer) {
            Value::Bool(right) => Some(f64::from(u8::from(*right))),
            other => other.as_f64(),
        };
        let score = match score {
            _ if unreadable => 0.0,
            Some(score) if (0.0..=1.0).contains(&score) => score,
            Some(_) => return Err(wrong("a score is between 0 and 1")),
            None => return Err(wrong("it has no number `score`")),
        };
        Ok(Score {
            value: score,
            answer: answer
                .get("answer")
                .and_then(Value::as_str)
                .map(str::to_owned),
            unreadable,
        })
    }

    /// The last lines of its stderr, as one line.
    pub fn stderr_tail(&self, lines: usize) -> String {
        let stderr = self.stderr.lock();
        let bytes: Vec<u8> = stderr.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let all: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        let from = all.len().saturating_sub(lines);
        let shown: Vec<String> = all[from..].iter().map(|l| visible(l.trim())).collect();
        shown.join(" · ")
    }

    /// Close its input and wait for it to exit; kill it after a time limit.
    pub async fn end(&self) {
        let running = self.state.lock().await.running.take();
        if let Some(running) = running {
            running.end().await;
        }
    }
}

impl Running {
    /// A line in, a line out; `None` if it exited.
    async fn exchange(&mut self, question: &Value) -> Option<String> {
        let mut line = question.to_string();
        line.push('\n');
        self.stdin.write_all(line.as_bytes()).await.ok()?;
        self.stdin.flush().await.ok()?;
        let mut answer = Vec::new();
        let mut stdout = (&mut self.stdout).take(MAX_LINE_BYTES);
        stdout.read_until(b'\n', &mut answer).await.ok()?;
        // Without a newline it was cut off.
        answer
            .ends_with(b"\n")
            .then(|| String::from_utf8_lossy(&answer).into_owned())
    }

    /// Close its input and wait; how it exited.
    async fn end(mut self) -> String {
        drop(self.stdin);
        let status = match timeout(EXIT_TIMEOUT, self.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => {
                kill(&mut self.child).await;
                "killed".to_owned()
            }
        };
        // Its children may still hold the pipe open.
        let _ = timeout(EXIT_TIMEOUT, self.listener).await;
        status
    }

    async fn kill(mut self) {
        kill(&mut self.child).await;
        let _ = timeout(EXIT_TIMEOUT, self.listener).await;
    }
}

/// Kill a program and its children.
async fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = child
        .id()
        .and_then(|id| rustix::process::Pid::from_raw(id as i32))
    {
        // It may have exited already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill().await;
}

/// Keep the end of a stream.
async fn listen(mut from: impl AsyncRead + Unpin, tail: StderrTail) {
    let mut buffer = [0; 4096];
    while let Ok(n) = from.read(&mut buffer).await
        && n > 0
    {
        let mut tail = tail.lock();
        tail.extend(&buffer[..n]);
        let over = tail.len().saturating_sub(STDERR_BYTES);
        tail.drain(..over);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use serde_json::json;

    fn program(script: &str, limit: Duration) -> Program {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        Program::new(command, std::env::temp_dir(), limit)
    }

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn one_process_answers_line_by_line() {
        let counts = program(
            "n=0; while read -r line; do n=$((n+1)); echo \"{\\\"score\\\": 0.$n, \\\"answer\\\": \\\"$n\\\"}\"; done",
            LONG,
        );
        for n in 1..4 {
            let score = counts.score(&json!({"output": "x"})).await.unwrap();
            assert_eq!(score.answer, Some(n.to_string()));
            assert!((score.value - f64::from(n) / 10.0).abs() < 1e-12);
        }
        counts.end().await;
    }

    #[tokio::test]
    async fn a_program_gets_the_variables_that_it_needs_and_those_that_are_named() {
        let script = "read -r line; names=$(env | sed -n 's/=.*//p' | tr '\\n' ' '); echo \"{\\\"score\\\": 1, \\\"answer\\\": \\\"$names\\\"}\"";
        // Cargo sets some variables for tests.
        for (named, gets) in [(vec![], false), (vec!["CARGO_PKG_NAME".to_owned()], true)] {
            let program = program(script, LONG).with_variables(named);
            let answer = program.score(&json!({})).await.unwrap().answer.unwrap();
            let names: Vec<&str> = answer.split_whitespace().collect();
            assert!(names.contains(&"PATH"), "{answer}");
            assert_eq!(names.contains(&"CARGO_PKG_NAME"), gets, "{answer}");
            assert!(!names.contains(&"CARGO_MANIFEST_DIR"), "{answer}");
        }
    }

    #[tokio::test]
    async fn a_program_that_ends_fails_its_score_and_is_started_again() {
        let once = program(
            "read -r line; echo 1; read -r line; echo 'no second one' >&2; exit 7",
            LONG,
        );
        assert_eq!(once.score(&json!({})).await.unwrap().value, 1.0);
        let error = once.score(&json!({})).await.unwrap_err().to_string();
        assert!(
            error.contains("exit status: 7") && error.contains("no second one"),
            "{error}"
        );
        assert_eq!(once.score(&json!({})).await.unwrap().value, 1.0);
    }

    #[tokio::test]
    async fn a_program_that_fails_on_and_on_is_given_up() {
        let dead = program("exit 1", LONG);
        for _ in 0..MAX_FAILURES {
            assert!(matches!(
                dead.score(&json!({})).await,
                Err(ProgramError::Ended { .. })
            ));
        }
        let error = dead.score(&json!({})).await.unwrap_err();
        assert!(matches!(error, ProgramError::GivenUp { .. }), "{error}");
        let none = Program::new(vec!["no-such-program-here".into()], ".".into(), LONG);
        assert!(matches!(
            none.score(&json!({})).await,
            Err(ProgramError::Start { .. })
        ));
    }

    #[tokio::test]
    async fn a_program_that_does_not_answer_in_time_is_ended() {
        let slow = program(
            "echo 'thinking hard' >&2; sleep 600",
            Duration::from_millis(300),
        );
        let error = slow.score(&json!({})).await.unwrap_err().to_string();
        assert!(
            error.contains("did not answer within 300ms") && error.contains("thinking hard"),
            "{error}"
        );
    }

    #[test]
    fn an_answer_that_is_no_score_says_why() {
        let program = program("true", LONG);
        for (line, score) in [
            ("0.25", 0.25),
            ("{\"score\": 1}", 1.0),
            ("{\"score\": true}", 1.0),
        ] {
            assert_eq!(program.parse_score(line).unwrap().value, score, "{line}");
        }
        assert!(
            program
                .parse_score("{\"unreadable\": true}")
                .unwrap()
                .unreadable
        );
        for (line, why) in [
            ("loading…", "one line of JSON"),
            ("{\"score\": 7}", "between 0 and 1"),
            ("{\"scores\": 1}", "no number `score`"),
            ("{\"error\": \"no key\"}", "says: no key"),
        ] {
            let error = program.parse_score(line).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
