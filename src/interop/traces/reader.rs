//! The records of files, one after the other: lines of JSON, lists and objects, tables, logs of Inspect. One record is held at a time.

use super::{
    json_records::{read_json, read_lines},
    log_part::read_part,
    record_room::{Limited, Room},
    record_sink::{Sink, failed, place},
    table::read_table,
};
use crate::{
    archive_limit::ArchiveLimit,
    interop::{
        ImportError,
        error::json_problem,
        files::Files,
        folder_files::{Unread, files_of, unread_files},
        non_finite::NonFiniteReader,
    },
    source::{as_typed, check_regular},
};
use std::{fs::File, io::BufReader, path::Path};

/// The formats, by the ends of names.
const READ: &str = ".jsonl, .json, .csv, .tsv and .eval";

/// Extensions of files that are read.
const EXTENSIONS: [&str; 7] = ["jsonl", "ndjson", "jsonlines", "json", "csv", "tsv", "eval"];

/// Read a file, or all files in a folder and in the folders of it; what was not read.
pub(super) fn read(path: &Path, files: &Files, sink: Sink<'_>) -> Result<Vec<Unread>, ImportError> {
    let (all, mut unread) = files_of(path, files)?;
    let mut others = Vec::new();
    for file in all {
        let failed = |source| ImportError::Read {
            path: as_typed(&file),
            source,
        };
        let open = || {
            check_regular(&file)
                .and_then(|_| File::open(&file))
                .map_err(failed)
        };
        let extension = file
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        match extension.as_str() {
            kind if !EXTENSIONS.contains(&kind) && path.is_dir() => others.push(file),
            _ if path.is_dir() && !files.admits(&file, &place(path, None)) => {}
            "json" => read_json(&file, open()?, sink)?,
            "csv" => read_table(&file, open()?, b',', sink)?,
            "tsv" => read_table(&file, open()?, b'\t', sink)?,
            "eval" => read_log(&file, open()?, sink)?,
            kind if EXTENSIONS.contains(&kind) => read_lines(&file, open()?, sink)?,
            _ => {
                return Err(ImportError::Nothing {
                    path: as_typed(&file),
                    message: format!("unknown format; only {READ} are read"),
                });
            }
        }
    }
    unread.extend(unread_files(
        path,
        &others,
        &format!("only {READ} are read"),
    ));
    Ok(unread)
}

/// A log of Inspect: an archive with its header and a file per sample.
fn read_log(file: &Path, from: File, sink: Sink<'_>) -> Result<(), ImportError> {
    let damaged =
        |error: zip::result::ZipError| failed(file, format!("not a complete .eval file: {error}"));
    let packed = from.metadata().map_err(|e| failed(file, e.to_string()))?;
    let mut unpacked = ArchiveLimit::of_log(packed.len());
    let mut archive = zip::ZipArchive::new(BufReader::new(from)).map_err(damaged)?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(std::borrow::Cow::into_owned)
        .collect();
    let samples = names
        .iter()
        .filter(|name| name.starts_with("samples/") && name.ends_with(".json"));
    let header = names
        .iter()
        .filter(|name| *name == "header.json" || *name == "_journal/start.json");
    // A log that was not finished has only the journal's beginning.
    for name in header.take(1).chain(samples) {
        let part = archive.by_name(name).map_err(damaged)?;
        let part = Limited::new(unpacked.reader(part), &Room::default());
        let record = read_part(BufReader::new(NonFiniteReader::new(part))).map_err(|error| {
            let is_json = !error.is_syntax() && !error.is_eof();
            let wrong = if is_json { "" } else { "not valid JSON: " };
            failed(file, format!("{name}: {wrong}{}", json_problem(&error)))
        })?;
        let mut at = place(file, None);
        at.file = as_typed(&file.join(name)).into();
        sink(&record, &at);
    }
    Ok(())
}
