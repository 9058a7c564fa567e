//! Where the prompts of a configuration stand: in it, in files, several in a file.

use super::{
    super::{ImportError, Kind, Node, NotePlace, Notes, slug},
    environment::fill_known,
    files::{Files, extension, is_program},
    prompt_files::pieces,
};
use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

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
    /// What a person chooses it by.
    pub(super) fn shown(&self) -> String {
        let called = self.called.first().map_or("", String::as_str);
        let short: String = crate::display::one_line(called).chars().take(60).collect();
        format!("`{short}`")
    }

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
    env: &BTreeMap<String, String>,
    notes: &mut Notes,
) -> Result<Vec<Prompt>, ImportError> {
    let mut reading = Reading {
        files,
        env,
        notes,
        texts: HashSet::new(),
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
    /// The variables of the environment that are known: paths may name them.
    env: &'a BTreeMap<String, String>,
    notes: &'a mut Notes,
    /// Those that were texts or paths alone.
    texts: HashSet<String>,
    all: Vec<Prompt>,
}

impl Reading<'_> {
    fn item(&mut self, item: &Node) -> Result<(), ImportError> {
        if let Some(text) = item.text() {
            // Texts are a set there.
            if self.texts.insert(text.to_owned()) {
                return self.one(text, None, None, &item.at);
            }
            let what = format!("the prompt `{}`", crate::display::one_line(text));
            let why = "it stands there twice, and promptfoo runs it once, as here";
            self.notes.changed(&item.at, what, why);
            return Ok(());
        }
        let id = item.get("id").and_then(Node::text);
        for (key, value) in item.entries() {
            let why = match key.as_str() {
                "raw" | "id" | "label" => continue,
                "display" | "prefix" | "suffix" => {
                    let why = "promptfoo does not read it, so it is not used";
                    self.notes
                        .changed(&value.at, format!("`{key}` of a prompt"), why);
                    continue;
                }
                _ => "parameters are set for an experiment, not for a prompt",
            };
            self.notes
                .dropped(&value.at, format!("`{key}` of a prompt"), why);
        }
        let label = item.get("label").and_then(Node::text);
        let raw = item.get("raw").filter(|raw| !raw.is_null());
        if raw.and_then(Node::text).is_none() && label.is_none() {
            let why = "it has neither a text (`raw`) nor a label with a file (`id`), and promptfoo refuses it";
            return Err(ImportError::refused(&item.at, "a prompt", why));
        }
        match raw.or(item.get("id")) {
            Some(raw) => match raw.text() {
                Some(text) => self.one(text, label, id, &raw.at),
                None => {
                    let why =
                        "its text is no text, and promptfoo refuses it: write it as JSON in quotes";
                    Err(ImportError::refused(&raw.at, "a prompt", why))
                }
            },
            None => {
                let why =
                    "it has neither a text (`raw`) nor a file (`id`), and promptfoo refuses it";
                Err(ImportError::refused(&item.at, "a prompt", why))
            }
        }
    }

    /// A text, or the path or pattern of files.
    fn one(
        &mut self,
        written: &str,
        label: Option<&str>,
        id: Option<&str>,
        at: &NotePlace,
    ) -> Result<(), ImportError> {
        const SERVICES: [&str; 4] = ["exec:", "portkey://", "langfuse://", "helicone://"];
        if SERVICES.iter().any(|s| written.starts_with(s)) {
            let why =
                "prompts of programs and services are not fetched: write its text into a file";
            let what = format!("the prompt `{}`", crate::display::one_line(written));
            self.notes.dropped(at, what, why);
            return Ok(());
        }
        let text = |this: &mut Self| {
            let mut called: Vec<String> = vec![label.unwrap_or(written).to_owned()];
            called.extend(id.map(str::to_owned));
            this.all.push(Prompt {
                name: slug(label.unwrap_or_default()),
                label: label.map(str::to_owned),
                called,
                raw: written.to_owned(),
                at: at.clone(),
            });
            Ok(())
        };
        let (filled, _) = fill_known(written, self.env);
        if !may_be_path(&filled) {
            return text(self);
        }
        let written = filled.as_str();
        let function = ["js", "mjs", "cjs", "ts", "py"]
            .iter()
            .any(|e| written.contains(&format!(".{e}:")));
        let program = ["js", "mjs", "cjs", "ts", "mts", "cts", "py"]
            .iter()
            .any(|e| written.ends_with(&format!(".{e}")));
        if (function || program) && (written.starts_with("file://") || self.is_file(written)) {
            let path = written.strip_prefix("file://").unwrap_or(written);
            self.program(Path::new(path), at);
            return Ok(());
        }
        let found = self.files.all(written, at);
        if self.files.path(written).is_dir() {
            let what = format!("the prompt `{}`", crate::display::one_line(written));
            let why = "promptfoo takes the name of a folder for the prompt itself; here the files in it are prompts: write a pattern, such as `folder/*.txt`";
            self.notes.dropped(at, what, why);
        }
        if found.is_empty() {
            // A text may have such signs too.
            let is_path = written.starts_with("file://") || !written.contains(char::is_whitespace);
            if is_pattern(written) && !is_path {
                return text(self);
            }
            if is_pattern(written) {
                let what = format!("the prompt `{}`", crate::display::one_line(written));
                if is_extended(written) {
                    self.notes.dropped(at, what, NOT_READ);
                } else if written.starts_with("file://") {
                    let why = "no file matches it, and promptfoo sends the path itself, from the root of the disk";
                    self.notes.dropped(at, what, why);
                } else {
                    let why = "no file matches it, so that the text is the prompt, as in promptfoo";
                    self.notes.changed(at, what, why);
                }
                return text(self);
            }
            if written.starts_with("file://") {
                self.files.text(&self.files.path(written), at)?;
            }
            let what = format!("the prompt `{}`", crate::display::one_line(written));
            let why = "promptfoo takes it for the path of a file that is not there, and refuses the configuration: write the prompt over two lines, or into a file";
            return Err(ImportError::refused(at, &what, why));
        }
        if written.contains('{') && !is_pattern(written) && !self.is_file(written) {
            let what = format!("the prompt `{}`", crate::display::one_line(written));
            let why = "promptfoo looks for a file of this name, braces and all, and refuses the configuration: write a `*` into the pattern, or name the files";
            return Err(ImportError::refused(at, &what, why));
        }
        if let Some(folder) = self.sent_folder(written, at) {
            let what = format!("the folder `{}`", folder.display());
            let why = "the pattern matches it too, and promptfoo takes its name for a prompt: end the pattern with that of the files, such as `*.txt`";
            self.notes.dropped(at, what, why);
        }
        // The label of a pattern is lost there.
        let is_one = !is_pattern(written) && !self.files.path(written).is_dir();
        let were_read = found.iter().all(|path| self.files.allows(path));
        let (before, mut programs) = (self.all.len(), 0);
        for path in found {
            match extension(&path).as_str() {
                "csv" | "j2" | "json" | "jsonl" | "md" | "txt" | "yml" | "yaml" => {
                    self.file(&path, label.filter(|_| is_one), id, at)?;
                }
                kind if is_program(kind) => {
                    programs += 1;
                    self.program(&path, at);
                }
                // promptfoo finds no prompts in it.
                _ if is_one => {
                    let what = format!("the prompt `{}`", crate::display::one_line(written));
                    let why = "promptfoo reads no prompts from files of this kind, and refuses the configuration: rename the file to .txt";
                    return Err(ImportError::refused(at, &what, why));
                }
                _ => {
                    let what = format!("the file `{}`", path.display());
                    let why =
                        "promptfoo reads no prompts from files of this kind, so it is not read";
                    self.notes.changed(at, what, why);
                }
            }
        }
        if self.all.len() == before && programs == 0 && were_read {
            let what = format!("the prompt `{}`", crate::display::one_line(written));
            let why = "there is no prompt in it, and promptfoo refuses the configuration";
            return Err(ImportError::refused(at, &what, why));
        }
        Ok(())
    }

    /// The first folder whose name promptfoo sends as a prompt: a pattern matches it, and it does not look like the path of a file.
    fn sent_folder(&self, written: &str, at: &NotePlace) -> Option<PathBuf> {
        if !is_pattern(written) || self.is_file(written) {
            return None;
        }
        let own = written
            .strip_suffix("/**")
            .map(|own| self.files.path(own))
            .filter(|own| own.is_dir());
        let folders = self.files.matches(written, at).folders;
        let base = self.files.path("");
        own.into_iter().chain(folders).find(|folder| {
            let below = folder.strip_prefix(&base).unwrap_or(folder);
            !may_be_path(&below.to_string_lossy())
        })
    }

    fn is_file(&self, written: &str) -> bool {
        self.files.path(written).is_file()
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
        label: Option<&str>,
        id: Option<&str>,
        at: &NotePlace,
    ) -> Result<(), ImportError> {
        let text = self.files.text(path, at)?;
        let begin = NotePlace {
            file: crate::source::as_typed(path).into(),
            line: Some(1),
        };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        for piece in pieces(path, text, label, self.files)? {
            let shown = piece.label.as_deref().or(label);
            let mut called = vec![piece.called];
            // Of tables alone the id is kept.
            called.extend(id.filter(|_| extension(path) == "csv").map(str::to_owned));
            self.all.push(Prompt {
                name: slug(shown.unwrap_or(&stem)),
                label: shown.map(str::to_owned),
                called,
                raw: piece.raw,
                at: begin.after(piece.line),
            });
        }
        Ok(())
    }
}

/// Whether promptfoo looks for a file of this name.
fn may_be_path(written: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        ".cjs", ".cts", ".j2", ".js", ".json", ".jsonl", ".md", ".mjs", ".mts", ".py", ".ts",
        ".txt", ".yml", ".yaml",
    ];
    let services = ["portkey://", "langfuse://", "helicone://"];
    if written.contains('\n') || services.iter().any(|service| written.contains(service)) {
        return false;
    }
    let units: Vec<u16> = written.encode_utf16().collect();
    let is_dot = |from_end: usize| {
        let at = units.len().checked_sub(from_end);
        at.and_then(|at| units.get(at)) == Some(&u16::from(b'.'))
    };
    // The last part, or the one before it, which a function's name may follow.
    let mut parts = written.rsplit(':').take(2);
    written.starts_with("file://")
        || parts.any(|part| ENDINGS.iter().any(|ending| part.ends_with(ending)))
        || is_dot(3)
        || is_dot(4)
        || written.contains(['*', '/', '\\'])
}

/// Whether promptfoo takes a path for a pattern: one that matches nothing is a text. Braces alone make none.
fn is_pattern(written: &str) -> bool {
    let path = written.strip_prefix("file://").unwrap_or(written);
    let has_class = path
        .find('[')
        .is_some_and(|at| path[at + 1..].find(']').is_some_and(|end| end > 0));
    path.contains(['*', '?']) || has_class || is_extended(path)
}

/// Whether there is something in a pattern that is not read here: a choice in parentheses, such as `!(a)`, a range, `{1..3}`, or a
/// class with a name, `[[:alpha:]]`.
pub(super) fn is_extended(written: &str) -> bool {
    let mut opens = ["?(", "*(", "+(", "@(", "!("].iter();
    let has_range = written.split('{').skip(1).any(|inner| {
        let inner = inner.split_once('}').map_or("", |(inner, _)| inner);
        inner.contains("..") && !inner.contains('/')
    });
    let has_named_class = written.contains("[:") && written.contains(":]");
    has_range || has_named_class || opens.any(|open| written.contains(open))
}

/// Of such a pattern.
pub(super) const NOT_READ: &str =
    "patterns with parentheses, ranges or named classes are not read here: name the files";

#[cfg(test)]
mod tests {
    use super::*;

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
