//! Completions out of the store.

use super::{CompletionKey, address::Addresses};
use crate::model::{BillingDetails, Completion, FinishReason, Usage};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Deserialize;
use serde_json::Value;

/// The completion of a key and its number, unless it was cut.
pub(super) fn usable(
    known: &Addresses,
    connection: &Connection,
    key: &CompletionKey,
) -> rusqlite::Result<Option<(i64, Completion)>> {
    let number = match known.may_have(key) {
        true => known.find(connection, key)?,
        false => None,
    };
    let Some(number) = number else {
        return Ok(None);
    };
    let completion = numbered(connection, number)?.filter(|completion| !completion.is_cut());
    Ok(completion.map(|completion| (number, completion)))
}

/// The completion of a number.
pub(super) fn numbered(
    connection: &Connection,
    number: i64,
) -> rusqlite::Result<Option<Completion>> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT text, extra, finish, prompt, cached, completion, reasoning, estimated, latency_ms, first_token_ms ",
        "FROM completions WHERE number = ?"
    ))?;
    statement
        .query_row([number], |row| completion(row, 0))
        .optional()
}

/// A completion from ten columns, the first of them at `at`.
pub(super) fn completion(row: &Row<'_>, at: usize) -> rusqlite::Result<Completion> {
    let extra: Option<Value> = row
        .get::<_, Option<String>>(at + 1)?
        .and_then(|e| serde_json::from_str(&e).ok());
    let part = |key: &str| {
        extra
            .as_ref()
            .and_then(|e| e[key].as_str())
            .map(str::to_owned)
    };
    let n = |i| row.get::<_, i64>(i).map(|n| n as u64);
    Ok(Completion {
        replies: Vec::new(),
        answered_calls: Vec::new(),
        text: row.get(at)?,
        tool_calls: extra
            .as_ref()
            .and_then(|e| Vec::deserialize(e.get("tool_calls")?).ok())
            .unwrap_or_default(),
        reasoning: part("reasoning"),
        refusal: part("refusal"),
        served_by: part("served_by"),
        fingerprint: part("fingerprint"),
        logprobs: part("logprobs"),
        finish: FinishReason::from(row.get::<_, String>(at + 2)?),
        usage: Usage {
            prompt: n(at + 3)?,
            cached: n(at + 4)?,
            completion: n(at + 5)?,
            reasoning: n(at + 6)?,
            estimated: row.get(at + 7)?,
            billing: extra
                .as_ref()
                .and_then(|e| BillingDetails::deserialize(e.get("billing")?).ok())
                .unwrap_or_default(),
        },
        reported_cost_usd: extra.as_ref().and_then(|e| e["cost_usd"].as_f64()),
        latency_ms: row.get(at + 8)?,
        first_token_ms: row.get(at + 9)?,
        stop_removed: extra.as_ref().is_some_and(|e| e["stop_removed"] == true),
        request_id: None,
        in_flight: 0,
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        model::{Completion, ToolCall, output_with_calls},
        store::{CompletionKey, Store},
    };

    #[test]
    fn tool_calls_and_reported_costs_come_back_as_they_were_written() {
        let call = |id: Option<&str>, arguments: &str| ToolCall {
            id: id.map(str::to_owned),
            name: "search".into(),
            arguments: arguments.into(),
        };
        let tool_calls = vec![call(Some("c1"), "{\"q\": 1.0}"), call(None, "{\"q")];
        let answer = Completion {
            text: output_with_calls("Let me look.".into(), &tool_calls),
            tool_calls,
            reported_cost_usd: Some(0.0125),
            ..Completion::default()
        };
        assert_eq!(answer.message_text(), "Let me look.");
        let key = CompletionKey::new("x", b"{}", 0);
        let store = Store::in_memory().unwrap();
        store.import_completions(&[(key, answer.clone())]).unwrap();
        assert_eq!(store.completion(&key).unwrap(), Some(answer));
    }
}
