//! What a record is, told by its keys.

use super::{inspect, langfuse, openai};
use serde_json::Value;

/// Lists of records in an object that is none itself.
pub(super) const WRAPPERS: [&str; 5] = ["data", "spans", "traces", "observations", "items"];

/// Logs of OpenTelemetry, which may stand beside spans in one object.
pub(super) const LOGS: &str = "resourceLogs";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordKind {
    List,
    /// A request of OpenTelemetry.
    Spans,
    Logs,
    InspectLog,
    InspectSample,
    Span,
    Langfuse,
    Completion,
    /// A message of a stored completion.
    Message,
    Wrapped,
    Unknown,
}

pub(super) fn record_kind(record: &Value) -> RecordKind {
    let has = |key: &str| record.get(key).is_some();
    if record.is_array() {
        RecordKind::List
    } else if has("resourceSpans") {
        RecordKind::Spans
    } else if has(LOGS) {
        RecordKind::Logs
    } else if inspect::is_log(record) {
        RecordKind::InspectLog
    } else if has("epoch") && has("target") {
        RecordKind::InspectSample
    } else if has("attributes") || has("span_kind") || has("context.span_id") {
        RecordKind::Span
    } else if langfuse::is_record(record) {
        RecordKind::Langfuse
    } else if openai::is_record(record) {
        RecordKind::Completion
    } else if record["role"].is_string() && record["id"].is_string() {
        RecordKind::Message
    } else if WRAPPERS.iter().any(|key| record[*key].is_array()) {
        RecordKind::Wrapped
    } else {
        RecordKind::Unknown
    }
}
