//! The file: front matter in YAML between lines `---`, and the prompt below.

use super::{
    comment::{Comment, comment_out},
    picoschema::json_schema,
    prompty_values,
};
use crate::{
    dialect::{Dialect, Script},
    interop::{
        Endpoint, Endpoints, ImportError, ImportedModel, ImportedProject, Node, NotePlace, Notes,
        files::Files,
        javascript_numbers::javascript_numbers,
        line_starts::LineStarts,
        own_names::{is_hidden, whole},
        services::service,
        slug, toml,
    },
    source::{as_typed, read_text},
    template::{JinjaName, has_name, undeclared_names},
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
    let (head, body) = split(text);
    let body = match (is_prompty, head.is_empty()) {
        // Prompty keeps the end, and Dotprompt the ends of a file without front matter.
        (true, _) => body.trim_start(),
        (false, true) => body,
        (false, false) => body.trim(),
    };
    if body.trim().is_empty() {
        return Err(ImportError::Nothing {
            path: shown,
            message: "no prompt below the front matter".into(),
        });
    }
    let offset = body.as_ptr() as usize - text.as_ptr() as usize;
    let body_at = at.after(text[..offset].matches('\n').count());
    let mut reading = Reading {
        body,
        names: HashSet::new(),
        node: match is_prompty {
            true => Node::parse_as_python(path, head)?,
            false => Node::parse(path, head)?,
        },
        at,
        notes: Notes::default(),
        is_prompty,
    };
    if !is_prompty {
        reading.check_merges(head);
    }
    if is_prompty {
        reading.check_fences(head);
        reading.node = prompty_values::resolved(&reading.node, files, &mut reading.notes);
    }
    let template = match is_prompty {
        true => reading.prompty_template(body, &body_at),
        false => reading.handlebars_template(body, &body_at),
    };
    Ok(reading.project(path, &template, files))
}

/// Front matter with the line before it, so that its lines are counted from the first; and the body.
fn split(text: &str) -> (&str, &str) {
    static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?s)^---\s*(?:\r\n|\r|\n)(.*?)(?:\r\n|\r|\n)---[^\S\r\n]*(?:(?:\r\n|\r|\n)\s*?(.*))?$").ok()
    });
    let found = PARTS.as_ref().and_then(|parts| parts.captures(text));
    match found
        .as_ref()
        .and_then(|found| Some((found.get(1)?, found.get(2))))
    {
        Some((head, body)) if !head.is_empty() => {
            (&text[..head.end()], body.map_or("", |body| body.as_str()))
        }
        _ => ("", text),
    }
}

pub(super) struct Reading<'a> {
    pub(super) body: &'a str,
    /// What a template in Handlebars looks at.
    names: HashSet<String>,
    pub(super) node: Node,
    pub(super) at: NotePlace,
    pub(super) notes: Notes,
    pub(super) is_prompty: bool,
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
        for (n, line) in head.lines().enumerate() {
            let key = line.trim_start().strip_prefix("<<").map(str::trim_start);
            if key.is_some_and(|rest| rest.starts_with(':')) {
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

    fn project(mut self, path: &Path, template: &str, files: &Files) -> ImportedProject {
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

    /// `provider/model` of Dotprompt with its `config`.
    fn dotprompt_model(&mut self) -> ImportedModel {
        let mut params = Map::new();
        for (key, value) in self.node.get("config").map_or(&[][..], Node::entries) {
            let name = match key.as_str() {
                "temperature" => "temperature",
                "maxOutputTokens" | "max_tokens" => "max_tokens",
                "topP" | "top_p" => "top_p",
                "topK" | "top_k" => "top_k",
                "stopSequences" | "stop" => "stop",
                // Names of Dotprompt's own adapter for OpenAI.
                "frequency_penalty" | "presence_penalty" | "seed" => key.as_str(),
                other => {
                    let why = "unknown parameter: add it to `params` if the endpoint supports it";
                    self.notes
                        .dropped(&value.at, format!("`config.{other}`"), why);
                    continue;
                }
            };
            params.insert(name.into(), javascript_numbers(value.json()));
        }
        let Some(node) = self.node.get("model") else {
            let what = "the model";
            self.notes.dropped(
                &self.at,
                what,
                "none is named: demo/echo, which repeats the prompt, is in its place",
            );
            return stand_in(params);
        };
        let text = node.text().unwrap_or_default();
        let (at, name) = text.split_once('/').unwrap_or(("", text));
        let known = if at == "googleai" { "google" } else { at };
        match service(known) {
            Some((_, url, key)) => ImportedModel {
                endpoint: Some(Endpoint {
                    name: at.into(),
                    base_url: url.into(),
                    key: Some(key.to_owned()).filter(|key| !key.is_empty()),
                    ..Endpoint::default()
                }),
                name: name.to_owned(),
                params,
                price: None,
            },
            None => {
                let why = "no OpenAI-compatible address is known of it: demo/echo, which repeats the prompt, is in its place";
                self.notes
                    .dropped(&node.at, format!("the model `{text}`"), why);
                stand_in(params)
            }
        }
    }

    /// The example values; where there are none, the names that the schema has.
    fn row(&mut self, files: &Files) -> Map<String, Value> {
        let node = self.node.clone();
        let mut row = Map::new();
        let mut bare = Vec::new();
        let inputs = match self.is_prompty {
            true => node.get("inputs"),
            false => node.get("input").and_then(|i| i.get("schema")),
        };
        for (key, value) in named(inputs) {
            let name = key.split(['(', '?']).next().unwrap_or(&key).to_owned();
            let mut samples = ["default", "sample", "example"]
                .iter()
                .filter_map(|k| value.get(k));
            // `default: ~` is none in Prompty.
            let sample = samples.find(|sample| !(self.is_prompty && sample.json().is_null()));
            match sample {
                Some(sample) => {
                    self.check_unquoted(sample);
                    row.insert(name, sample.json());
                }
                None => bare.push((name, key.contains('?'), value.at.clone())),
            }
        }
        let examples = [
            node.get("input").and_then(|i| i.get("default")).cloned(),
            node.get("sample").cloned(),
        ];
        for example in examples.into_iter().flatten() {
            let example = match example.text() {
                Some(name) => {
                    let name = name.trim_start_matches("${file:").trim_end_matches('}');
                    let read = match self.is_prompty {
                        true => Files::tree_as_python,
                        false => Files::tree,
                    };
                    match read(files, &files.path(name), &example.at) {
                        Ok(tree) => tree,
                        Err(error) => {
                            self.notes.dropped(
                                &example.at,
                                "the example values",
                                error.to_string(),
                            );
                            continue;
                        }
                    }
                }
                None => example,
            };
            self.check_unquoted(&example);
            for (key, value) in example.entries() {
                row.insert(key.clone(), value.json());
            }
        }
        for (name, is_optional, at) in bare {
            if row.contains_key(&name) {
                continue;
            }
            if self.is_prompty && asks_whether_set(self.body, &name) {
                let why = "the template asks whether it has a value: it has none in Prompty, and is empty here";
                self.notes.dropped(&at, format!("the input `{name}`"), why);
            } else if !is_optional {
                let why = "it has no example value, so it is empty: write one into examples.jsonl";
                self.notes
                    .changed(&at, format!("the variable `{name}`"), why);
            }
            // Jinja refuses a name that is not there.
            if self.is_prompty {
                row.insert(name, "".into());
            }
        }
        if self.is_prompty {
            // Jinja prints nothing for a name that is not there, and refuses it here.
            for name in undeclared_names(self.body) {
                if row.contains_key(&name)
                    || is_hidden(&name)
                    || has_name(JinjaName::Function, &name)
                {
                    continue;
                }
                let what = format!("the name `{name}`");
                if asks_whether_set(self.body, &name) {
                    let why = "the template asks whether it has a value: it has none in Prompty, and is empty here";
                    self.notes.dropped(&self.at, what, why);
                } else {
                    let why = "no input has it, so it is empty: write a value into examples.jsonl";
                    self.notes.changed(&self.at, what, why);
                }
                row.insert(name, "".into());
            }
        }
        if row.is_empty() {
            row.insert(self.unused_name(), 1.into());
        }
        for name in whole(&self.names) {
            // `this` is a look at the row too.
            let mut words = self.body.split(|c: char| !c.is_alphanumeric() && c != '_');
            if !row.contains_key(name) && words.any(|word| word == name) {
                let why = "the name means something in a template here, and Dotprompt has no such value: give the variable another name";
                self.notes
                    .dropped(&self.at, format!("`{{{{{name}}}}}`"), why);
            }
        }
        row
    }

    /// A column that the template does not look at: a row has one at least.
    fn unused_name(&mut self) -> String {
        let is_whole = |tag: &str| self.body.contains(tag);
        if ["json this", "{{this}}", "{{{this}}}"]
            .into_iter()
            .any(is_whole)
        {
            let why = "there are no example values, and the row that stands for them has a column: write some into `input.default`";
            self.notes.dropped(&self.at, "`this`", why);
        }
        let mut name = "example".to_owned();
        while self.body.contains(&name) {
            name.push('_');
        }
        name
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
                _ => self
                    .notes
                    .changed(&value.at, format!("`{key}`"), "it has no counterpart"),
            }
        }
    }
}

/// Whether a template in Jinja tells a name without a value from one that is empty.
fn asks_whether_set(body: &str, name: &str) -> bool {
    static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(\w+)\s*(?:is\s+(?:not\s+)?(?:un)?defined|\|\s*(?:default|d)\b)").ok()
    });
    let asked = ASKED.as_ref().map(|asked| asked.captures_iter(body));
    asked.is_some_and(|mut asked| asked.any(|found| &found[1] == name))
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

/// The entries of a map, or the items of a list by their `name`.
pub(super) fn named(node: Option<&Node>) -> Vec<(String, &Node)> {
    let Some(node) = node else { return Vec::new() };
    if node.is_map() {
        return node
            .entries()
            .iter()
            .map(|(key, node)| (key.clone(), node))
            .collect();
    }
    let items = node.items().iter();
    items
        .filter_map(|item| Some((item.get("name")?.text()?.to_owned(), item)))
        .collect()
}

pub(super) fn stand_in(params: Map<String, Value>) -> ImportedModel {
    ImportedModel {
        name: "echo".into(),
        params,
        ..ImportedModel::default()
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
