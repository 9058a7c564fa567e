//! Recorded calls of models as projects: spans of OpenTelemetry (GenAI and OpenInference), exports of Langfuse and Phoenix, stored
//! completions of OpenAI, logs of Inspect.
//!
//! Files are read record by record; what is kept is one row per different input.

mod annotations;
mod answer;
mod call;
mod collected;
mod content;
mod further_outputs;
mod inspect;
mod json_records;
mod json_text;
mod langfuse;
mod log_part;
mod lost_parts;
mod messages;
mod model_service;
mod nested_items;
mod openai;
mod prompt;
mod python_literal;
mod reader;
mod record;
mod record_kind;
mod record_room;
mod record_sink;
mod redactor;
mod seen_params;
mod sent_param;
mod span;
mod stored_completions;
mod table;
mod told_apart;
mod traced_prompt;
mod tree;
mod vendor_attributes;
mod wrapped_list;

use super::{ImportError, ImportedProject, error::first_lines, files::Files};
use crate::source::as_typed;
use collected::Collected;
use redactor::Redactor;
use regex::Regex;
use std::path::Path;

/// Make a project of a file or of all files in a folder. What matches one of `redact` is replaced in everything that is written.
/// An error where there is no call in it, or where links in the folder lead outside of it and that is not allowed.
pub fn traces(
    path: &Path,
    redact: &[Regex],
    allow_outside: bool,
) -> Result<ImportedProject, ImportError> {
    let files = Files::around(path, allow_outside);
    files.finish(read(path, redact, &files))
}

fn read(path: &Path, redact: &[Regex], files: &Files) -> Result<ImportedProject, ImportError> {
    let mut collected = Collected::new(Redactor::new(redact));
    let unread = reader::read(path, files, &mut |record, at| {
        record::collect(record, at, &mut collected);
    })?;
    collected.add_stored();
    let found = collected.first_omission();
    for (at, what, why) in &unread {
        collected.dropped(at, what, why.clone());
    }
    collected.finish(path).ok_or_else(|| {
        let mut message = match found {
            Some(found) => format!("no call of a model with its messages in it; what was found: {found}"),
            None => "no call of a model in it: neither spans of OpenTelemetry (JSON), nor an export of Langfuse or Phoenix (JSONL, CSV), nor stored completions of OpenAI, nor a log of Inspect".to_owned(),
        };
        message += &first_lines(unread.iter().map(|(at, what, why)| {
            format!("not read: {}: {what}: {why}", at.file.display())
        }));
        let path = as_typed(path);
        ImportError::Nothing { path, message }
    })
}
