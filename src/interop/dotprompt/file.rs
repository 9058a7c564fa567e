//! The file: front matter in YAML between lines `---`, and the prompt below.

use super::{handlebars, picoschema::json_schema};
use crate::{
    interop::{
        Endpoint, Endpoints, ImportError, ImportedModel, ImportedProject, Node, NotePlace, Notes,
        files::Files, services::service, slug, toml,
    },
    source::{as_typed, read_text},
};
use serde_json::{Map, Value};
use std::path::Path;

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
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let shown = as_typed(path);
    let at = NotePlace {
        file: shown.as_path().into(),
        line: Some(1),
    };
    let (head, body, first) = split(&text);
    if body.trim().is_empty() {
        return Err(ImportError::Nothing {
            path: shown,
            message: "no prompt below the front matter".into(),
        });
    }
    let node = Node::parse(path, head)?;
    let mut reading = Reading {
        node,
        at,
        notes: Notes::default(),
        is_prompty: path.extension().is_some_and(|e| e == "prompty"),
    };
    let body_at = reading.at.after(first);
    let template = if reading.is_prompty {
        jinja(body)
    } else {
        let (text, problems) = handlebars::rewrite(body.trim());
        let blank = body.lines().take_while(|l| l.trim().is_empty()).count();
        for (line, what, why) in problems {
            reading
                .notes
                .dropped(&body_at.after(blank + line - 1), what, why);
        }
        text
    };
    Ok(reading.project(path, &template, files))
}

/// Front matter, body, and how many lines stand before the body.
fn split(text: &str) -> (&str, &str, usize) {
    let rest = text
        .lines()
        .position(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let begin = rest.unwrap_or(0);
    let mut at = 0;
    let mut start = None;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_end() == "---" && (n == begin || start.is_some()) {
            match start {
                None => start = Some(at + line.len()),
                Some(from) => return (blanked(text, from, at), &text[at + line.len()..], n + 1),
            }
        }
        at += line.len();
    }
    ("", text, 0)
}

/// The front matter; with it the lines before it, where they are comments, so that lines are counted from the first.
fn blanked(text: &str, from: usize, to: usize) -> &str {
    // A line `---` begins a document of YAML, so all of it can be read from the start.
    if text[..from].lines().count() <= 1 {
        &text[..to]
    } else {
        &text[from..to]
    }
}

/// A prompt of Prompty: lines `system:`, `user:` and `assistant:` begin messages.
fn jinja(body: &str) -> String {
    let mut out = String::new();
    for line in body.trim().lines() {
        let word = line.trim().trim_start_matches('#').trim();
        let role = word.strip_suffix(':').map(str::trim_end);
        match role.filter(|r| ["system", "developer", "user", "assistant"].contains(r)) {
            Some(role) => out += &format!("{{{{ role(\"{role}\") }}}}\n"),
            None => out += &format!("{line}\n"),
        }
    }
    out
}

struct Reading {
    node: Node,
    at: NotePlace,
    notes: Notes,
    is_prompty: bool,
}

impl Reading {
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
        let title = self
            .node
            .get("description")
            .and_then(Node::text)
            .unwrap_or_default();
        let description = toml(&title.into());
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
        head += &format!("\n[[experiment.{name}.metric]]\n{}", self.metric());
        let front = if title.is_empty() {
            String::new()
        } else {
            format!("+++\ndescription = {description}\n+++\n")
        };
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
                    format!("{front}{}\n", template.trim()),
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
                "maxOutputTokens" => "max_tokens",
                "topP" => "top_p",
                "topK" => "top_k",
                "stopSequences" => "stop",
                other => {
                    let why = "unknown parameter: add it to `params` if the endpoint supports it";
                    self.notes
                        .dropped(&value.at, format!("`config.{other}`"), why);
                    continue;
                }
            };
            params.insert(name.into(), value.json());
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

    /// `model` of Prompty: `configuration` says where, `parameters` how.
    fn prompty_model(&mut self) -> ImportedModel {
        let Some(model) = self.node.get("model").cloned() else {
            self.notes.dropped(
                &self.at,
                "the model",
                "none is named: demo/echo, which repeats the prompt, is in its place",
            );
            return stand_in(Map::new());
        };
        let parameters = model.get("parameters").or(model.get("options"));
        let params = parameters
            .map(Node::json)
            .and_then(|v| v.as_object().cloned())
            .unwrap_or_default();
        let configuration = model.get("configuration").or(model.get("connection"));
        let text = |keys: &[&str]| {
            keys.iter().find_map(|key| {
                let found = configuration.and_then(|c| c.get(key)).or(model.get(key));
                found.and_then(Node::text).map(str::to_owned)
            })
        };
        let name = text(&["azure_deployment", "name", "model", "id"]);
        let name = name.unwrap_or_else(|| "gpt-4o-mini".into());
        let kind = text(&["type", "provider"]).unwrap_or_default();
        let completions = model.get("api").and_then(Node::text) == Some("completion");
        let endpoint = if kind.contains("azure") {
            let host = text(&["azure_endpoint", "endpoint"]).unwrap_or_default();
            let host = if host.starts_with("http") {
                host.trim_end_matches('/').to_owned()
            } else {
                self.notes.dropped(
                    &model.at,
                    "the address of Azure",
                    "a variable of the environment decides it: write it into wording.toml as `base_url`",
                );
                "https://set-the-host.openai.azure.com".into()
            };
            let version = text(&["api_version"]).filter(|v| !v.starts_with("${"));
            let version = version.unwrap_or_else(|| "2024-12-01-preview".into());
            Endpoint {
                name: "azure".into(),
                base_url: format!("{host}/openai/deployments/{name}?api-version={version}"),
                key: Some("AZURE_OPENAI_API_KEY".into()),
                completions,
                headers: Vec::new(),
            }
        } else {
            let base = text(&["base_url", "endpoint"]).filter(|url| url.starts_with("http"));
            Endpoint {
                name: "openai".into(),
                base_url: base.unwrap_or_else(|| "https://api.openai.com/v1".into()),
                key: Some("OPENAI_API_KEY".into()),
                completions,
                headers: Vec::new(),
            }
        };
        ImportedModel {
            endpoint: Some(endpoint),
            name,
            params,
            price: None,
        }
    }

    /// The example values; where there are none, the names that the schema has.
    fn row(&mut self, files: &Files) -> Map<String, Value> {
        let node = &self.node;
        let mut row = Map::new();
        let schema = node.get("input").and_then(|i| i.get("schema"));
        let inputs = if self.is_prompty {
            node.get("inputs")
        } else {
            schema
        };
        for (key, value) in inputs.map_or(&[][..], Node::entries) {
            let name = key.split(['(', '?']).next().unwrap_or(key);
            let sample = ["sample", "default", "example"]
                .iter()
                .find_map(|k| value.get(k));
            // What may be missing is.
            let usual = || match key.contains('?') {
                true => "".into(),
                false => format!("({name})").into(),
            };
            row.insert(name.to_owned(), sample.map_or_else(usual, Node::json));
        }
        let examples = [
            node.get("input").and_then(|i| i.get("default")).cloned(),
            node.get("sample").cloned(),
        ];
        for example in examples.into_iter().flatten() {
            let example = match example.text() {
                Some(name) => {
                    let name = name.trim_start_matches("${file:").trim_end_matches('}');
                    match files.tree(&files.path(name), &example.at) {
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
            for (key, value) in example.entries() {
                row.insert(key.clone(), value.json());
            }
        }
        if row.is_empty() {
            row.insert("example".into(), 1.into());
        }
        row
    }

    /// What an answer is held against.
    fn metric(&self) -> String {
        let output = self.node.get("output");
        let schema = output
            .and_then(|o| o.get("schema"))
            .map(|s| json_schema(&s.json()));
        let is_json = output.and_then(|o| o.get("format")).and_then(Node::text) == Some("json");
        match schema {
            Some(schema) => format!("kind = \"json\"\nschema = {}\n", toml(&schema)),
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

fn stand_in(params: Map<String, Value>) -> ImportedModel {
    ImportedModel {
        name: "echo".into(),
        params,
        ..ImportedModel::default()
    }
}
