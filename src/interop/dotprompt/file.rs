//! The file: front matter in YAML between lines `---`, and the prompt below.

use super::{
    comment::{Comment, comment_out},
    front_matter::FrontMatter,
    picoschema::json_schema,
    prompty::PromptyVersion,
    prompty_values,
};
use crate::{
    dialect::{Dialect, Script},
    interop::{
        Endpoints, ImportError, ImportedProject, Node, NotePlace, Notes, files::Files,
        line_starts::LineStarts, slug, toml,
    },
    source::{as_typed, read_text},
};
use regex::Regex;
use serde_json::{Map, Value, json};
use std::{collections::HashSet, path::Path, sync::LazyLock};

/// Make a project of a prompt file. An error where there is no prompt in it.
pub fn dotprompt(path: &Path, allow_outside: bool) -> Result<ImportedProject, ImportError> {
    let files = Files::beside(path, allow_outside);
    files.finish(read(path, &files))
}

fn read(path: &Path, files: &Files) -> Result<ImportedProject, ImportError> {
    let text = read_text(path).map_err(|source| ImportError::Read {
        path: as_typed(path),
        source,
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let shown = as_typed(path);
    let at = NotePlace {
        file: shown.as_path().into(),
        line: Some(1),
    };
    let is_prompty = path.extension().is_some_and(|e| e == "prompty");
    let nothing = |message: &str| ImportError::Nothing {
        path: as_typed(path),
        message: message.into(),
    };
    let front = match is_prompty {
        true => FrontMatter::of_prompty(text).ok_or_else(|| {
            nothing("its front matter has no end (`---`), and Prompty refuses it")
        })?,
        false => FrontMatter::of_dotprompt(text),
    };
    let body = front.body;
    if body.trim().is_empty() {
        return Err(nothing("no prompt below the front matter"));
    }
    let offset = body.as_ptr() as usize - text.as_ptr() as usize;
    let body_at = at.after(text[..offset].matches('\n').count());
    let mut reading = Reading {
        body,
        names: HashSet::new(),
        node: match is_prompty {
            true => Node::parse_as_python(path, &front.yaml)?,
            false => Node::parse(path, &front.yaml)?,
        },
        at,
        notes: Notes::default(),
        is_prompty,
        version: PromptyVersion::Two,
        rendered_in_1: None,
    };
    if !is_prompty {
        reading.check_merges(&front.yaml);
    }
    if is_prompty {
        reading.check_front(&front);
        reading.version = reading.prompty_version(&front);
        reading.node =
            prompty_values::resolved(&reading.node, reading.version, files, &mut reading.notes);
    }
    let template = match is_prompty {
        true => reading.prompty_template(body, &body_at),
        false => reading.handlebars_template(body, &body_at),
    };
    Ok(reading.project(path, &template, files, &body_at))
}

pub(super) struct Reading<'a> {
    pub(super) body: &'a str,
    /// What a template in Handlebars looks at.
    pub(super) names: HashSet<String>,
    pub(super) node: Node,
    pub(super) at: NotePlace,
    pub(super) notes: Notes,
    pub(super) is_prompty: bool,
    /// Of a Prompty file.
    pub(super) version: PromptyVersion,
    /// A template of what version 1 of Prompty renders before it looks for roles, where nothing is told of those yet.
    pub(super) rendered_in_1: Option<String>,
}

impl Reading<'_> {
    fn handlebars_template(&mut self, body: &str, at: &NotePlace) -> String {
        let lines = LineStarts::of(body);
        let line = |byte: usize| at.after(lines.before(byte));
        let mut text = body.to_owned();
        match Script::parse(Dialect::Handlebars, body) {
            Some(Ok(script)) => {
                let survey = script.survey();
                self.names = survey.names;
                let mut comments = Vec::new();
                for missing in survey.missing {
                    let comment = match missing.what.starts_with("{{#") {
                        false => Comment::around(body, missing.at),
                        true => None,
                    };
                    let what = comment.as_ref().map(|comment| comment.tag.clone());
                    let what = what.unwrap_or(missing.what);
                    self.notes.dropped(&line(missing.at), what, missing.why);
                    comments.extend(comment);
                }
                text = comment_out(body, comments);
            }
            Some(Err(error)) => self
                .notes
                .dropped(&line(error.at), "the template", error.message),
            None => {}
        }
        if body.contains("<<<dotprompt:") {
            self.notes
                .dropped(at, "`<<<dotprompt:`", "such marks are text here");
        }
        self.front("dialect = \"handlebars\"\n") + &text
    }

    /// Dotprompt reads `<<` as a key like any other.
    fn check_merges(&mut self, head: &str) {
        static MERGE: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"(?:^|[\s{,])<<\s*:").ok());
        for (n, line) in head.lines().enumerate() {
            if MERGE.as_ref().is_some_and(|merge| merge.is_match(line)) {
                let why = "Dotprompt merges nothing there: write the values out";
                self.notes.dropped(&self.at.after(n), "the key `<<`", why);
            }
        }
    }

    /// The front matter of the template.
    pub(super) fn front(&self, settings: &str) -> String {
        let title = self.node.get("description").and_then(Node::text);
        let title = title.map_or(String::new(), |title| {
            format!("description = {}\n", toml(&title.into()))
        });
        format!("+++\n{title}{settings}+++\n")
    }

    fn project(
        mut self,
        path: &Path,
        template: &str,
        files: &Files,
        body_at: &NotePlace,
    ) -> ImportedProject {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let stem = stem.split('.').next().unwrap_or_default();
        let name = match slug(stem) {
            name if name.is_empty() => "prompt".to_owned(),
            name => name,
        };
        let mut endpoints = Endpoints::default();
        let model = if self.is_prompty {
            self.prompty_model()
        } else {
            self.dotprompt_model()
        };
        self.unknown();
        let row = self.row(files);
        self.check_messages_of_1(template, &row, body_at);
        let reference = endpoints.reference(&model);
        let mut head = format!(
            "# Made of {} by `wording import dotprompt`.\n# The dataset has one row, of the example values: add rows, with an answer that is expected.\n\n",
            self.at.file.display()
        );
        head += &endpoints.toml("");
        head += &format!(
            "[experiment.{name}]\ntemplates = [\"templates/*.j2\"]\ndataset = \"examples.jsonl\"\nmodels = [{}]\n",
            toml(&reference.clone().into())
        );
        if !model.params.is_empty() {
            head += &format!("params = {}\n", toml(&model.params.clone().into()));
        }
        let metric = self.metric();
        head += &format!("\n[[experiment.{name}.metric]]\n{metric}");
        let notes = self.notes.finish();
        ImportedProject {
            experiments: vec![name.clone()],
            templates: 1,
            rows: 1,
            models: vec![reference],
            notes,
            files: vec![
                (
                    format!("templates/{name}.j2").into(),
                    format!("{template}\n"),
                ),
                ("examples.jsonl".into(), format!("{}\n", Value::Object(row))),
                ("wording.toml".into(), head),
            ],
            ..ImportedProject::default()
        }
    }

    /// What an answer is held against.
    fn metric(&mut self) -> String {
        let output = self.node.get("output").cloned();
        let output = output.as_ref();
        let schema = output.and_then(|o| o.get("schema"));
        let schema = schema.and_then(|schema| match json_schema(&schema.json()) {
            Ok(made) => Some(made),
            Err(why) => {
                self.notes.dropped(&schema.at, "`output.schema`", why);
                None
            }
        });
        let is_json = output.and_then(|o| o.get("format")).and_then(Node::text) == Some("json");
        match schema {
            Some(schema) => {
                let schema = toml(&without_nulls(schema));
                format!("kind = \"json\"\nschema = {schema}\n")
            }
            None if is_json => "kind = \"json\"\n".into(),
            None => "# Says only that there is an answer: choose a metric (docs/metrics.md).\nkind = \"length\"\nmin = 1\n".into(),
        }
    }

    /// Tell of keys that have no counterpart.
    fn unknown(&mut self) {
        const KNOWN: [&str; 14] = [
            "name",
            "description",
            "model",
            "config",
            "input",
            "output",
            "inputs",
            "sample",
            "authors",
            "tags",
            "version",
            "variant",
            "outputs",
            "template",
        ];
        let entries = self.node.entries().to_vec();
        for (key, value) in entries {
            match key.as_str() {
                "tools" | "toolChoice" | "maxTurns" => {
                    let why = "answers are judged as they come, without tools";
                    self.notes.dropped(&value.at, format!("`{key}`"), why);
                }
                known if KNOWN.contains(&known) => {}
                "base" if self.version == PromptyVersion::One => {
                    let why = "values of that file are in the place of those that are missing here: write them into this one";
                    self.notes.dropped(&value.at, "`base`", why);
                }
                _ => self
                    .notes
                    .changed(&value.at, format!("`{key}`"), "it has no counterpart"),
            }
        }
    }
}

/// The same schema without values that are null, which TOML does not have.
fn without_nulls(schema: Value) -> Value {
    match schema {
        Value::Object(mut map) => {
            let nullable = match map.get_mut("enum") {
                Some(Value::Array(values)) => {
                    let before = values.len();
                    values.retain(|value| !value.is_null());
                    values.len() < before
                }
                _ => false,
            };
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            let map: Map<String, Value> = kept
                .map(|(key, value)| (key, without_nulls(value)))
                .collect();
            match nullable {
                true => json!({"anyOf": [map, {"type": "null"}]}),
                false => map.into(),
            }
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is listed of a file, with its line, and the row of its dataset. Dotprompt 1.1.2 merges no `<<` and prints nothing for
    /// `{{row}}` and `{{example}}`.
    fn imported(text: &str) -> (Vec<(usize, String)>, String) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.prompt");
        std::fs::write(&file, text).unwrap();
        let made = dotprompt(&file, false).unwrap();
        let told = made.notes.into_iter();
        let told = told.filter_map(|note| Some((note.line?, note.what)));
        let rows = made
            .files
            .iter()
            .find(|(path, _)| path.ends_with("examples.jsonl"));
        (told.collect(), rows.unwrap().1.trim().to_owned())
    }

    #[test]
    fn names_and_keys_that_mean_another_thing_here_are_listed() {
        let front = "---\nmodel: openai/a\ninput:\n  default:\n    <<: {a: 1}\n    b: 2\n---\n";
        let (told, _) = imported(&format!("{front}{{{{row}}}} {{{{b}}}}"));
        let wanted = [(1, "`{{row}}`"), (5, "the key `<<`")];
        assert_eq!(told, wanted.map(|(line, what)| (line, what.to_owned())));
        let (told, _) = imported(
            "---\nmodel: openai/a\ninput: {default: {b: 1}}\n---\n{{b}} tomorrow, {{json this}}",
        );
        assert_eq!(told, []);
    }

    #[test]
    fn the_column_of_a_row_without_values_is_one_that_the_template_does_not_show() {
        let (told, row) = imported("---\nmodel: openai/a\n---\nHi {{example}}");
        assert_eq!((told, row.as_str()), (vec![], "{\"example_\":1}"));
        let (told, _) = imported("---\nmodel: openai/a\n---\n{{json this}}");
        assert_eq!(told, [(1, "`this`".to_owned())]);
    }
}
