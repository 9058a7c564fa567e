//! Scripted faults: what the endpoint does wrong, step by step, for tests and for trying out how a client copes.

use super::DemoError;
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path, sync::Mutex, time::Duration};

/// One step: what happens to one request (or to `times` of them).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Answer with this status instead of 200.
    pub status: Option<u16>,
    /// Headers to add.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body to send instead of an answer.
    pub body: Option<String>,
    /// Wait before the answer, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// Close the connection after so many bytes of the body.
    pub cut_after: Option<usize>,
    /// Send a body that is no JSON.
    #[serde(default)]
    pub malformed: bool,
    /// Never answer.
    #[serde(default)]
    pub never: bool,
    /// Begin a stream with 200, then send this as an error object.
    pub stream_error: Option<String>,
    /// For so many requests.
    #[serde(default = "one")]
    pub times: u64,
    /// Answer as usual: a step to wait with.
    #[serde(default)]
    pub ok: bool,
}

fn one() -> u64 {
    1
}

impl Step {
    /// The delay.
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    step: Vec<Step>,
    /// Begin again after the last step; else the endpoint is well from then on.
    #[serde(default, rename = "loop")]
    again: bool,
}

/// A script and how far it is.
#[derive(Debug)]
pub struct Script {
    steps: Vec<Step>,
    again: bool,
    at: Mutex<(usize, u64)>,
}

impl Script {
    /// Read a script file.
    pub fn read(path: &Path) -> Result<Script, DemoError> {
        let text = std::fs::read_to_string(path).map_err(|source| DemoError::ScriptRead {
            path: path.to_path_buf(),
            source,
        })?;
        Script::parse(&text).map_err(|e| DemoError::Script {
            path: path.to_path_buf(),
            message: e,
        })
    }

    /// Parse a script.
    pub fn parse(text: &str) -> Result<Script, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        Ok(Script {
            steps: file.step,
            again: file.again,
            at: Mutex::new((0, 0)),
        })
    }

    /// The step for the next request, if something is wrong with it.
    pub fn next(&self) -> Option<Step> {
        let mut at = self
            .at
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if at.0 >= self.steps.len() {
            if !self.again || self.steps.is_empty() {
                return None;
            }
            *at = (0, 0);
        }
        let step = self.steps[at.0].clone();
        at.1 += 1;
        if at.1 >= step.times {
            *at = (at.0 + 1, 0);
        }
        Some(step).filter(|step| !step.ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_in_order_and_as_often_as_they_say() {
        let script = Script::parse(
            "[[step]]\nstatus = 500\ntimes = 2\n[[step]]\nok = true\n[[step]]\nmalformed = true\n",
        )
        .unwrap();
        let all: Vec<Option<u16>> = (0..5)
            .map(|_| script.next().map(|s| s.status.unwrap_or(1)))
            .collect();
        assert_eq!(all, [Some(500), Some(500), None, Some(1), None]);
        assert!(
            Script::parse("[[step]]\nstatsu = 1\n")
                .unwrap_err()
                .contains("statsu")
        );
    }
}
