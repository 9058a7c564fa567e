//! The file: front matter in YAML between lines `---`, and the prompt below.

use super::{
    picoschema::json_schema,
    prompty::{self, PromptyText},
};
use crate::{
    dialect::{Dialect, MustacheText, Script},
    interop::{
        Endpoint, Endpoints, ImportError, ImportedModel, ImportedProject, Node, NotePlace, Notes,
        files::Files, services::service, slug, toml,
    },
    source::{as_typed, read_text},
};
use regex::Regex;
use serde_json::{Map, Value, json};
use std::{path::Path, sync::LazyLock};

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
        node: Node::parse(path, head)?,
        at,
        notes: Notes::default(),
        is_prompty,
    };
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

struct Reading {
    node: Node,
    at: NotePlace,
    notes: Notes,
    is_prompty: bool,
}

impl Reading {
    fn handlebars_template(&mut self, body: &str, at: &NotePlace) -> String {
        let line = |byte: usize| at.after(body[..byte.min(body.len())].matches('\n').count());
        let mut text = body.to_owned();
        match Script::parse(Dialect::Handlebars, body) {
            Some(Ok(script)) => {
                // The last first, so that places stay what they are.
                for missing in script.survey().missing.into_iter().rev() {
                    let what = match missing.what.starts_with("{{#") {
                        false => comment_out(&mut text, missing.at),
                        true => None,
                    };
                    let what = what.unwrap_or(missing.what);
                    self.notes.dropped(&line(missing.at), what, missing.why);
                }
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

    fn prompty_template(&mut self, body: &str, at: &NotePlace) -> String {
        let kind = |key: &str| {
            let template = self.node.get("template")?;
            let node = template
                .get(key)
                .or((key == "format").then_some(template))?;
            let node = node.get("kind").unwrap_or(node);
            Some((node.text()?.to_owned(), node.at.clone()))
        };
        let (format, parser) = (kind("format"), kind("parser"));
        if let Some((parser, at)) =
            parser.filter(|(name, _)| !["prompty", "*", ""].contains(&name.as_str()))
        {
            let what = format!("the template parser `{parser}`");
            self.notes
                .dropped(&at, what, "only the parser of Prompty is known");
        }
        self.rich_inputs();
        let (made, settings) = match format {
            Some((format, _)) if format == "mustache" => {
                (self.mustache_text(body, at), "dialect = \"mustache\"\n")
            }
            format => {
                const JINJA: [&str; 3] = ["jinja2", "*", ""];
                if let Some((format, at)) =
                    format.filter(|(name, _)| !JINJA.contains(&name.as_str()))
                {
                    let why =
                        "only jinja2 and mustache are converted: write the text again as Jinja";
                    self.notes
                        .dropped(&at, format!("the template format `{format}`"), why);
                }
                (prompty::jinja(body), "whitespace = \"keep\"\n")
            }
        };
        for (line, attributes) in made.attributes {
            let why = "attributes of messages are not sent";
            self.notes
                .dropped(&at.after(line - 1), format!("`{attributes}`"), why);
        }
        self.front(settings) + &made.template
    }

    /// What Mustache cannot do here becomes a comment and is listed.
    fn mustache_text(&mut self, body: &str, at: &NotePlace) -> PromptyText {
        let line = |byte: usize| at.after(body[..byte.min(body.len())].matches('\n').count());
        let mut text = body.to_owned();
        let parsed = MustacheText::parse(body);
        if let Ok(parsed) = &parsed {
            for partial in &parsed.partials {
                let at = line(partial.start);
                let tag = text[partial.clone()].to_owned();
                let why = "partials are not read: write its text in its place";
                self.notes.dropped(&at, format!("`{tag}`"), why);
                if let Some(mark) = tag.find('>').map(|n| partial.start + n) {
                    text.replace_range(mark..=mark, "!");
                }
            }
            for role in &parsed.roles {
                let why = "it begins a message here, and prints nothing in Prompty";
                self.notes
                    .dropped(&line(role.start), format!("`{}`", &body[role.clone()]), why);
            }
        }
        match prompty::mustache(&text) {
            Ok(made) => made,
            Err(error) => {
                self.notes
                    .dropped(&line(error.at), "the template", error.message);
                PromptyText {
                    template: text,
                    ..PromptyText::default()
                }
            }
        }
    }

    /// Inputs that Prompty sends as messages or parts of their own.
    fn rich_inputs(&mut self) {
        const RICH: [&str; 4] = ["thread", "image", "file", "audio"];
        let inputs = self.node.get("inputs").cloned();
        for (name, input) in named(inputs.as_ref()) {
            let kind = input.get("kind").and_then(Node::text).unwrap_or_default();
            if RICH.contains(&kind) {
                let why = "it is sent as text here: write messages and parts into the template (docs/messages.md)";
                self.notes
                    .dropped(&input.at, format!("the {kind} `{name}`"), why);
            }
        }
    }

    /// The front matter of the template.
    fn front(&self, settings: &str) -> String {
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
        let params = self.prompty_params(&model);
        let configuration = model.get("configuration").or(model.get("connection"));
        let text = |keys: &[&str]| {
            keys.iter().find_map(|key| {
                let found = configuration.and_then(|c| c.get(key)).or(model.get(key));
                found.and_then(Node::text).map(str::to_owned)
            })
        };
        let name = text(&["azure_deployment", "name", "model", "id"]);
        let name = name.or(model.text().map(str::to_owned));
        let name = name.unwrap_or_else(|| "gpt-4o-mini".into());
        for value in [Some(&name), text(&["base_url", "endpoint"]).as_ref()]
            .into_iter()
            .flatten()
        {
            if value.contains("${")
                && !text(&["type", "provider"])
                    .unwrap_or_default()
                    .contains("azure")
            {
                let why = "a variable of the environment decides it: write it into wording.toml";
                self.notes.dropped(&model.at, format!("`{value}`"), why);
            }
        }
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
                api: completions.then_some("completions"),
                headers: Vec::new(),
            }
        } else {
            let base = text(&["base_url", "endpoint"]).filter(|url| url.starts_with("http"));
            Endpoint {
                name: "openai".into(),
                base_url: base.unwrap_or_else(|| "https://api.openai.com/v1".into()),
                key: Some("OPENAI_API_KEY".into()),
                api: completions.then_some("completions"),
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

    /// Request parameters: `parameters` as they are, or `options`, which have names of their own.
    fn prompty_params(&mut self, model: &Node) -> Map<String, Value> {
        let mut params = Map::new();
        for (key, value) in model.get("parameters").map_or(&[][..], Node::entries) {
            params.insert(key.clone(), value.json());
        }
        for (key, value) in model.get("options").map_or(&[][..], Node::entries) {
            let name = match key.as_str() {
                "temperature" | "seed" => key.as_str(),
                "topP" => "top_p",
                "topK" => "top_k",
                "maxOutputTokens" => "max_completion_tokens",
                "frequencyPenalty" => "frequency_penalty",
                "presencePenalty" => "presence_penalty",
                "stopSequences" => "stop",
                "allowMultipleToolCalls" => "parallel_tool_calls",
                "additionalProperties" => {
                    for (key, value) in value.entries() {
                        params.insert(key.clone(), value.json());
                    }
                    continue;
                }
                other => {
                    let why = "unknown option: add it to `params` if the endpoint supports it";
                    self.notes
                        .dropped(&value.at, format!("`options.{other}`"), why);
                    continue;
                }
            };
            let json = value.json();
            if json != Value::Array(Vec::new()) {
                params.insert(name.into(), json);
            }
        }
        params
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
            let sample = ["default", "sample", "example"]
                .iter()
                .find_map(|k| value.get(k));
            match sample {
                Some(sample) => {
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
        for (name, is_optional, at) in bare {
            if row.contains_key(&name) {
                continue;
            }
            if !is_optional {
                let why = "it has no example value, so it is empty: write one into examples.jsonl";
                self.notes
                    .changed(&at, format!("the variable `{name}`"), why);
            }
            // Jinja refuses a name that is not there.
            if self.is_prompty {
                row.insert(name, "".into());
            }
        }
        if row.is_empty() {
            row.insert("example".into(), 1.into());
        }
        row
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

/// Make a comment of the tag around a byte, and of the whole block where it opens one, so that the rest of the template can be
/// sent; the tag is returned.
fn comment_out(text: &mut String, at: usize) -> Option<String> {
    let start = match text.get(at..)?.starts_with("{{") {
        true => at,
        false => text[..at].rfind("{{")?,
    };
    let mut end = at + text[at..].find("}}")? + 2;
    let tag = text[start..end].to_owned();
    let inside = tag.trim_matches(['{', '}', '~']).trim();
    if let Some(opened) = inside.strip_prefix(['#', '^']) {
        let name = opened.split_whitespace().next().unwrap_or_default();
        end = end_of_block(text, end, name)?;
    }
    text.replace_range(start..end, &format!("{{{{!-- {inside} --}}}}"));
    Some(tag)
}

/// The byte behind the tag that closes a block, which was opened before `from`.
fn end_of_block(text: &str, from: usize, name: &str) -> Option<usize> {
    let (mut at, mut open) = (from, 1);
    loop {
        let start = at + text[at..].find("{{")?;
        at = start + text[start..].find("}}")? + 2;
        let inside = text[start..at].trim_matches(['{', '}', '~']).trim();
        let is_of = |rest: &str| rest.split_whitespace().next() == Some(name);
        if inside.strip_prefix(['#', '^']).is_some_and(is_of) {
            open += 1;
        } else if inside
            .strip_prefix('/')
            .is_some_and(|rest| is_of(rest.trim()))
        {
            open -= 1;
        }
        if open == 0 {
            return Some(at);
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

/// The entries of a map, or the items of a list by their `name`.
fn named(node: Option<&Node>) -> Vec<(String, &Node)> {
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

fn stand_in(params: Map<String, Value>) -> ImportedModel {
    ImportedModel {
        name: "echo".into(),
        params,
        ..ImportedModel::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{comment_out, dotprompt};
    use crate::{model::Row, project::DesignSpec, template::TemplateSet};
    use serde_json::Value;
    use std::{collections::BTreeMap, path::Path, sync::Arc};

    /// The messages that an imported project sends for its row.
    fn sent(root: &Path, name: &str, text: &str) -> Vec<(String, String)> {
        let file = root.join(format!("{name}.prompty"));
        std::fs::write(&file, text).unwrap();
        let made = dotprompt(&file, false).unwrap();
        for (path, text) in &made.files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let set = TemplateSet::load(root, &[format!("templates/{name}.j2")]).unwrap();
        assert!(set.problems().is_empty(), "{name}: {:?}", set.problems());
        let row = std::fs::read_to_string(root.join("examples.jsonl")).unwrap();
        let row = Row {
            index: 0,
            id: "r0".into(),
            fields: serde_json::from_str(&row).unwrap(),
            expected: None,
            cluster: None,
        };
        let variants = set.variants(&[], &BTreeMap::new(), &DesignSpec::Full, None);
        let variant = &variants.unwrap().list().unwrap()[0];
        let prompt = set.render(variant, &Arc::new(row), &[]).unwrap();
        let messages = prompt.messages.iter();
        messages
            .map(|m| (m.role.as_str().to_owned(), m.content.clone()))
            .collect()
    }

    #[test]
    fn prompty_files_send_what_prompty_sends() {
        let recorded = include_str!("../../../tests/fixtures/dialects/prompty.jsonl");
        let dir = tempfile::tempdir().unwrap();
        for line in recorded.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let name = line["name"].as_str().unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let expected: Vec<_> = (line["messages"].as_array().unwrap().iter())
                .map(|m| (text(&m["role"]), text(&m["content"])))
                .collect();
            assert_eq!(
                sent(dir.path(), name, &text(&line["file"])),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn what_mustache_cannot_do_here_is_listed_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.prompty");
        let text = "---\ninputs:\n  - {name: chat, kind: thread}\ntemplate: {format: {kind: mustache}, parser: {kind: own}}\n---\nsystem:\n{{> head}}\n{{role \"user\"}}\nuser[name=\"B\"]:\nhi\n";
        std::fs::write(&file, text).unwrap();
        let made = dotprompt(&file, false).unwrap();
        let told: Vec<String> = made.notes.iter().map(ToString::to_string).collect();
        let told = told.join("\n");
        for (line, what) in [
            (3, "the thread `chat`"),
            (4, "the template parser `own`"),
            (7, "`{{> head}}`"),
            (8, "`{{role \"user\"}}`"),
            (9, "`[name=\"B\"]`"),
        ] {
            assert!(
                told.contains(&format!("a.prompty:{line}: {what}")),
                "{told}"
            );
        }
    }

    #[test]
    fn tags_and_whole_blocks_become_comments() {
        for (before, at, after) in [
            ("a {{日本 x}} b", 2, "a {{!-- 日本 x --}} b"),
            ("a {{ 日本 x}} b", 5, "a {{!-- 日本 x --}} b"),
            (
                "{{#if (f x)}}a{{#if b}}c{{/if}}d{{else}}e{{/if}} f",
                6,
                "{{!-- #if (f x) --}} f",
            ),
            ("{{#if @f}}a", 6, "{{#if @f}}a"),
        ] {
            let mut text = before.to_owned();
            let tag = comment_out(&mut text, at);
            assert_eq!(text, after);
            assert_eq!(tag.is_some(), before != after);
        }
    }
}
