//! Odd bodies of answers, streams and errors, a table of what must be made of them: `wire.toml`.

use super::{
    ask::{ask, spec},
    dialects::server,
};
use serde::Deserialize;
use wording::model::Usage;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    #[serde(default)]
    stream: bool,
    #[serde(default = "ok")]
    status: u16,
    body: Option<String>,
    usage: Option<String>,
    choice: Option<String>,
    events: Option<Vec<String>>,
    /// Of an answer.
    #[serde(default = "positive")]
    text: String,
    /// The text as it grew, where it is not the same.
    grown: Option<String>,
    #[serde(default = "stop")]
    finish: String,
    reasoning: Option<String>,
    tokens: Option<[u64; 4]>,
    #[serde(default)]
    estimated: bool,
    /// Of a failure.
    kind: Option<String>,
    #[serde(default)]
    retry: bool,
    #[serde(default)]
    says: Vec<String>,
    wait_ms: Option<u128>,
}

fn ok() -> u16 {
    200
}

fn positive() -> String {
    "positive".into()
}

fn stop() -> String {
    "stop".into()
}

impl Case {
    fn is_stream(&self) -> bool {
        self.stream || self.events.is_some()
    }

    fn bytes(&self) -> String {
        let plain = r#"{"message":{"content":"positive"},"finish_reason":"stop"}"#;
        let tokens = r#"{"prompt_tokens":9,"completion_tokens":2}"#;
        let answer = |choice: &str, usage: &str| {
            format!(r#"{{"model":"m","choices":[{choice}],"usage":{usage}}}"#)
        };
        match (&self.body, &self.usage, &self.choice, &self.events) {
            (Some(body), None, None, None) => body.clone(),
            (None, Some(usage), None, None) => answer(plain, usage),
            (None, None, Some(choice), None) => answer(choice, tokens),
            (None, None, None, Some(events)) => {
                events.iter().map(|e| format!("data: {e}\n\n")).collect()
            }
            _ => panic!("{}: one of body, usage, choice, events", self.why),
        }
    }
}

#[tokio::test]
async fn odd_bodies_are_read_as_they_were_meant() {
    let table: Table = toml::from_str(include_str!("wire.toml")).unwrap();
    assert!(table.case.len() >= 100, "{}", table.case.len());
    let mut wrong = Vec::new();
    for case in &table.case {
        let server = server(case.status, &case.bytes(), case.is_stream()).await;
        let (result, pieces) = ask(&spec(&server, ""), case.is_stream()).await;
        let [prompt, cached, completion, reasoning] = case.tokens.unwrap_or([9, 0, 2, 0]);
        let usage = Usage {
            prompt,
            cached,
            completion,
            reasoning,
            estimated: case.estimated,
            ..Usage::default()
        };
        let problem = match (&case.kind, result) {
            (None, Err(failed)) => format!("failed: {}", failed.failure),
            (None, Ok(got)) => {
                let got = (
                    got.text,
                    got.finish.as_str().to_owned(),
                    got.reasoning,
                    got.usage,
                    pieces.text + &pieces.calls,
                );
                let (text, finish) = (case.text.clone(), case.finish.clone());
                let grown = case.grown.clone().unwrap_or_else(|| text.clone());
                let expected = (text, finish, case.reasoning.clone(), usage, grown);
                match got == expected {
                    true => continue,
                    false => format!("expected {expected:?}\n   found    {got:?}"),
                }
            }
            (Some(_), Ok(got)) => format!("no failure, but {got:?}"),
            (Some(kind), Err(failed)) => {
                let message = failed.failure.to_string();
                let wait = failed.retry_after.map(|wait| wait.as_millis());
                let got = (failed.failure.kind.as_str(), failed.retry, wait);
                let expected = (kind.as_str(), case.retry, case.wait_ms);
                match case.says.iter().find(|part| !message.contains(*part)) {
                    Some(part) => format!("{part:?} is missing in: {message}"),
                    None if got != expected => {
                        format!("expected {expected:?}\n   found    {got:?} ({message})")
                    }
                    None => continue,
                }
            }
        };
        wrong.push(format!("{}: {problem}", case.why));
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
