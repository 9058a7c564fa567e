//! A program that scores: one process for a whole run, a JSON line in for each answer, a JSON line out.
//!
//! It starts when it is first needed. If it exits or does not answer in time, the current score fails and the program is
//! restarted for the next one, until [`MAX_FAILURES`] in a row. The end of its stderr is kept. Knows no run and no trial.

use crate::{
    child_process::{AllowedCommands, ChildProcess, ProgramCommand, StderrTail, stderr_note},
    display::{fit, visible},
    model::Score,
};
use serde_json::Value;
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{ChildStdin, ChildStdout},
    time::timeout,
};

/// Failures in a row after which a program is not restarted.
pub(super) const MAX_FAILURES: u32 = 3;

/// Longest line that is read as an answer, in bytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

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

/// A program that scores.
#[derive(Debug)]
pub struct Program {
    command: ProgramCommand,
    allowed: AllowedCommands,
    limit: Duration,
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
    process: ChildProcess,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    /// A program, and the time limit for an answer. It is not started yet.
    pub fn new(command: ProgramCommand, allowed: AllowedCommands, limit: Duration) -> Program {
        Program {
            command,
            allowed,
            limit,
            state: tokio::sync::Mutex::default(),
            stderr: StderrTail::default(),
        }
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
                    program: self.command.display_name(),
                    status,
                    stderr: self.stderr.last_lines(3),
                })
            }
            Err(_) => {
                running.kill().await;
                Err(ProgramError::Timeout {
                    program: self.command.display_name(),
                    limit: self.limit,
                    stderr: self.stderr.last_lines(3),
                })
            }
        }
    }

    fn start(&self) -> Result<Running, ProgramError> {
        let started = ChildProcess::start(&self.command, &self.allowed, &self.stderr);
        let (process, pipes) = started.map_err(|error| ProgramError::Start {
            program: self.command.display_name(),
            message: error.to_string(),
        })?;
        Ok(Running {
            process,
            stdin: pipes.stdin,
            stdout: BufReader::new(pipes.stdout),
        })
    }

    /// The score in an answer line.
    fn parse_score(&self, line: &str) -> Result<Score, ProgramError> {
        let wrong = |message: &str| ProgramError::Answer {
            program: self.command.display_name(),
            line: visible(&fit(line.trim(), 80)),
            message: message.to_owned(),
        };
        let answer: Value = serde_json::from_str(line)
            .map_err(|_| wrong("an answer is one line of JSON, such as {\"score\": 0.5}; write everything else to stderr"))?;
        if let Some(message) = answer.get("error") {
            let message = message.as_str().map_or(message.to_string(), str::to_owned);
            return Err(ProgramError::Refused {
                program: self.command.display_name(),
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
        self.stderr.last_lines(lines)
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
    async fn end(self) -> String {
        drop(self.stdin);
        self.process.end().await
    }

    async fn kill(self) {
        self.process.kill().await;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use serde_json::json;

    fn command(words: &[&str], variables: Vec<String>) -> ProgramCommand {
        ProgramCommand {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            folder: std::env::temp_dir(),
            variables,
        }
    }

    fn program(script: &str, limit: Duration) -> Program {
        Program::new(
            command(&["sh", "-c", script], Vec::new()),
            AllowedCommands::all(),
            limit,
        )
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
            let program = Program::new(
                command(&["sh", "-c", script], named),
                AllowedCommands::all(),
                LONG,
            );
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
        let none = Program::new(
            command(&["no-such-program-here"], Vec::new()),
            AllowedCommands::all(),
            LONG,
        );
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
