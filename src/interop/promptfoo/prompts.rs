//! Where the prompts of a configuration stand: in it, in files, several in a file.

use super::{
    super::{ImportError, Kind, Node, NotePlace, Notes, slug},
    files::{Files, extension, is_program},
};
use serde_json::Value;
use std::path::Path;

/// A prompt as it is written.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    /// Its name, and the stem of its template.
    pub(super) name: String,
    /// What a person calls it, where that is known.
    pub(super) label: Option<String>,
    /// The names by which tests and providers may choose it.
    pub(super) called: Vec<String>,
    pub(super) raw: String,
    /// Where the text begins.
    pub(super) at: NotePlace,
}

impl Prompt {
    /// Whether a list of names of prompts chooses this one; no list chooses all.
    pub(super) fn is_chosen(&self, names: Option<&[String]>) -> bool {
        let Some(names) = names else { return true };
        names.iter().any(|name| {
            let start = name.strip_suffix('*');
            self.called.iter().any(|called| {
                called == name
                    || called.starts_with(&format!("{name}:"))
                    || start.is_some_and(|start| called.starts_with(start))
            })
        })
    }
}

pub(super) fn prompts(
    node: &Node,
    files: &Files,
    notes: &mut Notes,
) -> Result<Vec<Prompt>, ImportError> {
    let mut reading = Reading {
        files,
        notes,
        all: Vec::new(),
    };
    match &node.kind {
        // An old form: the text or path is the key, the label its value.
        Kind::Map(entries) if !entries.iter().any(|(k, _)| k == "raw" || k == "id") => {
            for (written, label) in entries {
                reading.one(written, label.text(), None, &label.at)?;
            }
        }
        _ => {
            for item in node.items() {
                reading.item(item)?;
            }
        }
    }
    let mut all = reading.all;
    unique(&mut all);
    Ok(all)
}

/// Give every prompt a name of its own.
fn unique(all: &mut [Prompt]) {
    for at in 0..all.len() {
        let stem = match all[at].name.as_str() {
            "" => format!("prompt-{}", at + 1),
            name => name.to_owned(),
        };
        let mut name = stem.clone();
        let mut n = 2;
        while all[..at].iter().any(|other| other.name == name) {
            name = format!("{stem}-{n}");
            n += 1;
        }
        all[at].name = name;
    }
}

struct Reading<'a> {
    files: &'a Files,
    notes: &'a mut Notes,
    all: Vec<Prompt>,
}

impl Reading<'_> {
    fn item(&mut self, item: &Node) -> Result<(), ImportError> {
        if let Some(text) = item.text() {
            return self.one(text, None, None, &item.at);
        }
        let label = item.get("label").or(item.get("display"));
        let id = item.get("id").and_then(Node::text);
        for (key, value) in item.entries() {
            if !["raw", "id", "label", "display", "prefix", "suffix"].contains(&key.as_str()) {
                self.notes.dropped(
                    &value.at,
                    format!("`{key}` of a prompt"),
                    "parameters are set for an experiment, not for a prompt",
                );
            }
        }
        let raw = item.get("raw").or(item.get("id"));
        let Some(raw) = raw else {
            self.notes.dropped(
                &item.at,
                "a prompt",
                "it has neither a text (`raw`) nor a file (`id`)",
            );
            return Ok(());
        };
        let text = match raw.text() {
            Some(text) => text.to_owned(),
            None => raw.json().to_string(),
        };
        let (before, after) = (affix(item, "prefix"), affix(item, "suffix"));
        let from = self.all.len();
        self.one(&text, label.and_then(Node::text), id, &raw.at)?;
        for prompt in &mut self.all[from..] {
            prompt.raw = format!("{before}{}{after}", prompt.raw);
        }
        Ok(())
    }

    /// A text, or the path or pattern of files.
    fn one(
        &mut self,
        written: &str,
        label: Option<&str>,
        id: Option<&str>,
        at: &NotePlace,
    ) -> Result<(), ImportError> {
        const SERVICES: [&str; 5] = ["exec:", "portkey://", "langfuse://", "helicone://", "http"];
        if SERVICES.iter().any(|s| written.starts_with(s)) && !written.contains(char::is_whitespace)
        {
            let why =
                "prompts of programs and services are not fetched: write its text into a file";
            self.notes
                .dropped(at, format!("the prompt `{written}`"), why);
            return Ok(());
        }
        let found = if written.contains('\n') {
            Vec::new()
        } else {
            self.files.all(written, at)
        };
        let function = ["js", "mjs", "cjs", "ts", "py"]
            .iter()
            .any(|e| written.contains(&format!(".{e}:")));
        if function && written.starts_with("file://") {
            self.program(Path::new(written), at);
            return Ok(());
        }
        if found.is_empty() {
            if written.starts_with("file://") {
                self.files.text(&self.files.path(written), at)?;
            }
            if is_path_to_promptfoo(written) {
                let what = format!("the prompt `{}`", crate::display::one_line(written));
                let why = "promptfoo takes it for the path of a file that is not there, and refuses the configuration; here it is the prompt itself";
                self.notes.changed(at, what, why);
            }
            let mut called: Vec<String> = vec![label.unwrap_or(written).to_owned()];
            called.extend(id.map(str::to_owned));
            self.all.push(Prompt {
                name: slug(label.unwrap_or_default()),
                label: label.map(str::to_owned),
                called,
                raw: written.to_owned(),
                at: at.clone(),
            });
            return Ok(());
        }
        for path in found {
            self.file(&path, written, label, id, at)?;
        }
        Ok(())
    }

    fn program(&mut self, path: &Path, at: &NotePlace) {
        self.notes.dropped(
            at,
            format!("the prompt `{}`", path.display()),
            "a prompt that a program makes is not converted: write it as a template",
        );
    }

    /// All prompts of a file.
    fn file(
        &mut self,
        path: &Path,
        written: &str,
        label: Option<&str>,
        id: Option<&str>,
        at: &NotePlace,
    ) -> Result<(), ImportError> {
        let kind = extension(path);
        if is_program(&kind) {
            self.program(path, at);
            return Ok(());
        }
        let text = self.files.text(path, at)?;
        let begin = NotePlace {
            file: crate::source::as_typed(path).into(),
            line: Some(1),
        };
        // Text, its first line, and a label of its own.
        let pieces: Vec<(String, usize, Option<String>)> = match kind.as_str() {
            "txt" => split(&text),
            "jsonl" => text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(n, line)| (line.to_owned(), n, None))
                .collect(),
            // What is no JSON is a template that makes some.
            "json" => {
                let json = serde_json::from_str::<Value>(&text);
                vec![(json.map_or(text, |json| json.to_string()), 0, None)]
            }
            "yaml" | "yml" => {
                let json = Node::parse(path, &text).map(|node| node.json());
                vec![(json.map_or(text, |json| json.to_string()), 0, None)]
            }
            "csv" => table(&text),
            _ => vec![(text, 0, None)],
        };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        for (raw, line, own) in pieces {
            let label = own.or(label.map(str::to_owned));
            let mut called = vec![written.to_owned(), path.display().to_string()];
            called.extend(label.clone());
            called.extend(id.map(str::to_owned));
            self.all.push(Prompt {
                name: slug(label.as_deref().unwrap_or(&stem)),
                label,
                called,
                raw,
                at: begin.after(line),
            });
        }
        Ok(())
    }
}

/// Whether promptfoo takes a prompt for the path of a file.
fn is_path_to_promptfoo(written: &str) -> bool {
    let from_end = |n: usize| written.chars().rev().nth(n) == Some('.');
    !written.contains('\n') && (written.contains(['*', '/', '\\']) || from_end(2) || from_end(3))
}

fn affix(item: &Node, key: &str) -> String {
    let text = item.get(key).and_then(Node::text);
    text.unwrap_or_default().to_owned()
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

    #[test]
    fn prompts_are_chosen_by_name() {
        let prompt = Prompt {
            name: "a".into(),
            label: None,
            called: vec!["Group:one".into(), "p/a.txt".into()],
            raw: String::new(),
            at: NotePlace {
                file: Path::new("c").into(),
                line: None,
            },
        };
        for (names, chosen) in [
            (vec!["Group"], true),
            (vec!["Gr*"], true),
            (vec!["p/a.txt"], true),
            (vec!["Gr"], false),
            (vec![], false),
        ] {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            assert_eq!(prompt.is_chosen(Some(&names)), chosen, "{names:?}");
        }
        assert!(prompt.is_chosen(None));
    }
}
