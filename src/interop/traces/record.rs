//! The calls of records.

use super::{
    call::Call,
    collected::Collected,
    inspect,
    langfuse::{self, Omitted},
    openai,
    record_kind::{RecordKind, WRAPPERS, record_kind},
    span::{Span, span, spans_of},
    tree::items,
};
use crate::interop::NotePlace;
use serde_json::Value;

/// Collect the calls of a record.
pub(super) fn collect(record: &Value, at: &NotePlace, collected: &mut Collected) {
    match record_kind(record) {
        RecordKind::List => collect_all(record, at, collected),
        RecordKind::Wrapped => {
            if langfuse::is_download(record) {
                return collect_langfuse(record, langfuse::downloaded_calls, at, collected);
            }
            collected.page(record, at);
            let lists = WRAPPERS.map(|key| &record[key]).into_iter();
            let lists = lists.filter(|list| list.is_array());
            lists.for_each(|list| collect_all(list, at, collected));
        }
        RecordKind::Spans => {
            for one in spans_of(record) {
                collect_span(one, at, collected);
            }
        }
        RecordKind::Logs => collected.dropped(
            at,
            "records of logs",
            "only spans are read: record messages as attributes or events of spans",
        ),
        RecordKind::InspectLog => match record.get("samples") {
            Some(samples) => items(samples)
                .into_iter()
                .for_each(|sample| collect_sample(sample, record, at, collected)),
            None => collected.inspect_header = inspect::header(record),
        },
        RecordKind::InspectSample => {
            let header = collected.inspect_header.clone();
            collect_sample(record, &header, at, collected);
        }
        RecordKind::Span => collect_span(record, at, collected),
        RecordKind::Langfuse => collect_langfuse(record, langfuse::calls, at, collected),
        RecordKind::Completion => collect_completion(record, at, collected),
        RecordKind::Message => {
            if let Err((what, why)) = collected.stored.add_message(record, at) {
                collected.dropped(at, what, why);
            }
        }
        RecordKind::Unknown => collected.dropped(
            at,
            "a record",
            "it is no call of a model in a form that is known",
        ),
    }
}

fn collect_all(list: &Value, at: &NotePlace, collected: &mut Collected) {
    let items = items(list).into_iter();
    items.for_each(|item| collect(item, at, collected));
}

fn collect_langfuse(
    record: &Value,
    calls: fn(&Value, &mut Vec<Omitted>) -> Vec<Call>,
    at: &NotePlace,
    collected: &mut Collected,
) {
    let mut omitted = Vec::new();
    for call in calls(record, &mut omitted) {
        collected.add(call, at);
    }
    for one in omitted {
        match one {
            Omitted::Other(kind) => collected.other(at, &kind),
            Omitted::WithoutMessages => collected.dropped(
                at,
                "a record without messages",
                "its input is neither a text nor messages: what was sent to the model is unknown",
            ),
        }
    }
}

fn collect_sample(sample: &Value, header: &Value, at: &NotePlace, collected: &mut Collected) {
    match inspect::call(sample, header) {
        Some(call) => collected.add(call, at),
        None => collected.dropped(at, "a sample", "it has no messages"),
    }
}

fn collect_span(record: &Value, at: &NotePlace, collected: &mut Collected) {
    match span(record) {
        Span::Call(call) => collected.add(*call, at),
        Span::WithoutTexts => collected.dropped(
            at,
            "a call of a model without its messages",
            "none are in it in a form that is known; if they were not recorded, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT turns that on for later calls",
        ),
        Span::Other(kind) => collected.other(at, &kind),
        Span::TooLarge(problem) => collected.dropped(
            at,
            "a span",
            format!("its attributes are {problem}: each part of a name is an object"),
        ),
    }
}

fn collect_completion(record: &Value, at: &NotePlace, collected: &mut Collected) {
    if let Some(call) = openai::call(record, &[]) {
        collected.stored.add_whole(record);
        collected.add(call, at);
    } else if !collected.stored.add_completion(record, at) {
        collected.dropped(
            at,
            "a stored completion with the id of another",
            "the first one of an id is taken over",
        );
    }
}
