//! Writing a report to a file: the form by its extension, whole or not at all.

use super::{DiffReport, RunReport, csv, diff_forms, html, junit, markdown, run_report_json};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Why a report is not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The extension says nothing.
    #[error("{}: in which form? Name it .html, .md, .json, .csv or .xml (JUnit)", .0.display())]
    Form(PathBuf),
    /// The file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be put into JSON.
    #[error("the report cannot be put into JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// How a report is written.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// Leave inputs and outputs out.
    pub no_outputs: bool,
    /// Title.
    pub title: Option<String>,
}

/// Whether a file's name says a form; for asking before anything is sent.
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

/// Write the report of a run.
pub fn write_run(
    path: &Path,
    report: &RunReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let text = match check_form(path)? {
        "html" => html::run(report, options.title.as_deref()),
        "md" => markdown::run(report, options.title.as_deref()),
        "json" => serde_json::to_string_pretty(&run_report_json(report))? + "\n",
        "csv" => csv::run(report),
        _ => junit::run(report),
    };
    write(path, &text)
}

/// Write the report of a difference.
pub fn write_diff(
    path: &Path,
    report: &DiffReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let outputs = !options.no_outputs;
    let text = match check_form(path)? {
        "html" => html::diff(report, outputs),
        "md" => markdown::diff(report, outputs),
        "json" => serde_json::to_string_pretty(&diff_forms::json(report, outputs))? + "\n",
        "csv" => csv::diff(report, outputs),
        _ => junit::diff(report),
    };
    write(path, &text)
}

/// Write a file whole or not at all: beside it first, then in its place.
fn write(path: &Path, text: &str) -> Result<(), WriteError> {
    let io = |source| WriteError::Io {
        path: path.to_path_buf(),
        source,
    };
    let dir = path
        .parent()
        .filter(|d| !d.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".wording-")
        .tempfile_in(dir)
        .map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
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
