//! Writing a report to a file: the format by its extension, streamed, atomically.

use super::{
    DiffReport, RunReport, SearchReport, UpgradeReport, WriteError, WriteOptions, csv, diff_json,
    html, junit, markdown, run_report_json, search_json, upgrade_json,
};
use crate::{display::write_json, report::trial_table::TrialTable};
use serde::Serialize;
use std::{
    io::{BufWriter, Write},
    path::Path,
};

/// The format by a file's extension; checked before anything is sent.
pub fn check_form(path: &Path) -> Result<&'static str, WriteError> {
    let extension = path
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    match extension.as_str() {
        "html" | "htm" => Ok("html"),
        "md" | "markdown" => Ok("md"),
        "json" => Ok("json"),
        "csv" => Ok("csv"),
        "xml" => Ok("xml"),
        _ => Err(WriteError::Form(path.to_path_buf())),
    }
}

/// The format of a page that is no list of trials: .html, .md and .json only.
pub fn check_page_form(path: &Path) -> Result<&'static str, WriteError> {
    match check_form(path)? {
        "csv" | "xml" => Err(WriteError::PageForm(path.to_path_buf())),
        form => Ok(form),
    }
}

pub fn write_search(path: &Path, report: &SearchReport) -> Result<(), WriteError> {
    let form = check_page_form(path)?;
    write_file(path, |out| match form {
        "html" => Ok(html::search(out, report)?),
        "md" => Ok(out.write_all(markdown::search(report).as_bytes())?),
        _ => json(out, &search_json(report)?),
    })
}

pub fn write_upgrade(
    path: &Path,
    report: &UpgradeReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let form = check_page_form(path)?;
    write_file(path, |out| match form {
        "html" => Ok(html::upgrade(out, report, options)?),
        "md" => Ok(out.write_all(markdown::upgrade(report, options).as_bytes())?),
        _ => json(out, &upgrade_json(report, options)),
    })
}

pub fn write_run(
    path: &Path,
    report: &RunReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let form = check_form(path)?;
    write_file(path, |out| match form {
        "html" => html::run(out, report, options),
        "md" => Ok(out.write_all(markdown::run(report, options)?.as_bytes())?),
        "json" => json(out, &run_report_json(report, options)),
        "csv" => csv::trials(
            out,
            &TrialTable::new(&report.store, &report.info, options.no_outputs)?,
        ),
        _ => Ok(junit::run(out, report, options)?),
    })
}

pub fn write_diff(
    path: &Path,
    report: &DiffReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let form = check_form(path)?;
    write_file(path, |out| match form {
        "html" => Ok(html::diff(out, report, options)?),
        "md" => Ok(out.write_all(markdown::diff(report, options).as_bytes())?),
        "json" => json(out, &diff_json(report, options)),
        "csv" => csv::diff(out, report, options),
        _ => Ok(junit::diff(out, report, options)?),
    })
}

fn json(out: &mut dyn Write, value: &impl Serialize) -> Result<(), WriteError> {
    write_json(&mut *out, value)?;
    Ok(out.write_all(b"\n")?)
}

/// Write a file atomically.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_file(path, |out| Ok(out.write_all(bytes)?))
}

/// Write a file atomically: to a temporary file first, then renamed.
pub fn write_file(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let io = |source| WriteError::Io {
        path: path.to_path_buf(),
        source,
    };
    let dir = path
        .parent()
        .filter(|d| !d.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let file = tempfile::Builder::new()
        .prefix(".wording-")
        .tempfile_in(dir)
        .map_err(io)?;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    match content(&mut out) {
        Err(WriteError::Part(source)) => return Err(io(source)),
        other => other?,
    }
    let file = out.into_inner().map_err(|e| io(e.into_error()))?;
    file.as_file().sync_all().map_err(io)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private; a report is a file like any other.
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o644))
            .map_err(io)?;
    }
    file.persist(path).map_err(|e| io(e.error))?;
    Ok(())
}
