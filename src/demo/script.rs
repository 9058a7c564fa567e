//! Scripted faults: what the endpoint does wrong, step by step, for tests and for trying out how a client copes.

use super::DemoError;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, time::Duration};

/// One step: what happens to one request (or to `times` of them).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultStep {
    /// Answer with this status instead of 200.
    pub status: Option<u16>,
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

impl FaultStep {
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

/// A parameter that the endpoint does not take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Its name in the body of the request.
    pub param: String,
    /// The status to refuse it with.
    #[serde(default = "bad_request")]
    pub status: u16,
    pub message: Option<String>,
}

fn bad_request() -> u16 {
    400
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    pub address: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; null where it was no JSON.
    pub body: Value,
}

/// Requests that are kept at most.
const MOST_SEEN: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    step: Vec<FaultStep>,
    /// Refused whatever the step says.
    #[serde(default)]
    refuse: Vec<Refusal>,
    /// Parameters that are taken away before the request is answered, as by an endpoint that does not know them.
    #[serde(default)]
    ignore: Vec<String>,
    /// Begin again after the last step; else the endpoint is well from then on.
    #[serde(default, rename = "loop")]
    again: bool,
}

/// A script and how far it is.
#[derive(Debug)]
pub struct Script {
    steps: Vec<FaultStep>,
    refuse: Vec<Refusal>,
    ignore: Vec<String>,
    again: bool,
    at: Mutex<(usize, u64)>,
    seen: Mutex<Vec<RecordedRequest>>,
}

impl Script {
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

    pub fn parse(text: &str) -> Result<Script, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        Ok(Script {
            steps: file.step,
            refuse: file.refuse,
            ignore: file.ignore,
            again: file.again,
            at: Mutex::new((0, 0)),
            seen: Mutex::default(),
        })
    }

    /// Keep a request as it came.
    pub fn see(&self, request: RecordedRequest) {
        let mut seen = self.seen.lock();
        if seen.len() < MOST_SEEN {
            seen.push(request);
        }
    }

    /// The requests so far, the first ten thousand of them.
    pub fn recorded_requests(&self) -> Vec<RecordedRequest> {
        self.seen.lock().clone()
    }

    /// What to refuse a request for, if it holds something that is not taken.
    pub fn refusal(&self, body: &Value) -> Option<&Refusal> {
        self.refuse.iter().find(|r| body.get(&r.param).is_some())
    }

    /// Take away what is ignored.
    pub fn forget(&self, body: &mut Value) {
        if let Some(map) = body.as_object_mut() {
            map.retain(|name, _| !self.ignore.contains(name));
        }
    }

    /// The step for the next request, if something is wrong with it.
    pub fn next(&self) -> Option<FaultStep> {
        let mut at = self.at.lock();
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
