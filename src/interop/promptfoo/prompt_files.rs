//! The prompts in a file, and the labels that promptfoo gives them.

use super::{
    super::{ImportError, Node},
    files::{Files, extension},
};
use serde::de::IgnoredAny;
use std::path::Path;

/// A prompt of a file.
pub(super) struct Piece {
    pub(super) raw: String,
    /// Its first line, from 0.
    pub(super) line: usize,
    /// A label of its own.
    pub(super) label: Option<String>,
    /// What promptfoo calls it: tests choose it by this, or by what stands before a colon in it.
    pub(super) called: String,
}

/// All prompts of a file with the label that the configuration gives it.
pub(super) fn pieces(
    path: &Path,
    text: String,
    label: Option<&str>,
    files: &Files,
) -> Result<Vec<Piece>, ImportError> {
    let kind = extension(path);
    let found = match kind.as_str() {
        "txt" => split(&text),
        "jsonl" => text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
            .map(|(n, line)| (line.to_owned(), n, None))
            .collect(),
        // What is no JSON is a template that makes some.
        "json" | "yaml" | "yml" => vec![(with_files(path, text, files)?, 0, None)],
        "csv" => table(&text),
        _ => vec![(text, 0, None)],
    };
    let (many, shown) = (found.len() > 1, path.display());
    let pieces = found.into_iter().map(|(raw, line, own)| {
        let first = |most: usize| raw.chars().take(most).collect::<String>();
        let called = match (kind.as_str(), &own, label) {
            ("txt", _, Some(label)) => format!("{label}: {shown}: {raw}"),
            ("csv", Some(own), _) => own.clone(),
            ("csv", None, _) => raw.clone(),
            ("jsonl", _, Some(label)) if many => format!("{label}: {raw}"),
            (_, _, Some(label)) => label.to_owned(),
            ("jsonl", _, None) if !many => shown.to_string(),
            ("yaml" | "yml", ..) => format!("{shown}: {}", first(80)),
            ("txt" | "json" | "jsonl", ..) => format!("{shown}: {raw}"),
            _ => format!("{shown}: {}...", first(50)),
        };
        Piece {
            called,
            raw,
            line,
            label: own,
        }
    });
    Ok(pieces.collect())
}

/// JSON or YAML as JSON, with what stands in the files that texts in it name. What is neither stays as it is.
fn with_files(path: &Path, text: String, files: &Files) -> Result<String, ImportError> {
    let node = match extension(path).as_str() {
        // promptfoo reads these files as JSON and nothing else.
        "json" if serde_json::from_str::<IgnoredAny>(&text).is_err() => return Ok(text),
        _ => Node::parse(path, &text),
    };
    match node {
        Ok(node) => Ok(files.expanded(&node)?.json().to_string()),
        Err(_) => Ok(text),
    }
}

/// A text file: prompts with lines `---` between them.
fn split(text: &str) -> Vec<(String, usize, Option<String>)> {
    let mut all = Vec::new();
    let mut piece: Vec<&str> = Vec::new();
    let mut start = 0;
    let lines: Vec<&str> = text.lines().chain(["---"]).collect();
    for (n, line) in lines.iter().enumerate() {
        if line.trim() != "---" {
            piece.push(line);
            continue;
        }
        let blank = piece.iter().take_while(|l| l.trim().is_empty()).count();
        let joined = piece.join("\n").trim().to_owned();
        if !joined.is_empty() {
            all.push((joined, start + blank, None));
        }
        piece.clear();
        start = n + 1;
    }
    all
}

/// A table with the columns `prompt` and `label`, or a prompt a line.
fn table(text: &str) -> Vec<(String, usize, Option<String>)> {
    if !text.contains(',') {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(n, line)| {
            let line = line.trim();
            let is_head = *n == 0 && line.eq_ignore_ascii_case("prompt");
            !line.is_empty() && !is_head
        });
        return lines.map(|(n, line)| (line.to_owned(), n, None)).collect();
    }
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heads = reader.headers().cloned().unwrap_or_default();
    let column = |name: &str| heads.iter().position(|head| head == name);
    let (prompt, label) = (column("prompt"), column("label"));
    let mut all = Vec::new();
    for record in reader.records().flatten() {
        let cell = |at: Option<usize>| record.get(at?).filter(|cell| !cell.is_empty());
        let line = record.position().map_or(0, |p| p.line() as usize - 1);
        if let Some(text) = cell(prompt) {
            all.push((text.to_owned(), line, cell(label).map(str::to_owned)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_tables_hold_several_prompts() {
        let found = split("one\n---\n\ntwo\nlines\n---\n  \n");
        assert_eq!(
            found,
            [("one".into(), 0, None), ("two\nlines".into(), 3, None)]
        );
        let found = table("label,prompt\nA,\"x, y\"\n,z\n");
        assert_eq!(
            found,
            [("x, y".into(), 1, Some("A".into())), ("z".into(), 2, None)]
        );
        assert_eq!(table("prompt\nx\ny\n").len(), 2);
    }
}
