//! What a Prompty file says: its template, its inputs, its model.

use super::{
    file::{Reading, named, stand_in},
    prompty::{self, PromptyText},
};
use crate::{
    dialect::MustacheText,
    interop::{Endpoint, ImportedModel, Node, NotePlace},
};
use serde_json::{Map, Value};

impl Reading {
    /// Prompty looks for the end of the front matter anywhere, and for its beginning at the first line.
    pub(super) fn check_fences(&mut self, head: &str) {
        let Some(inner) = head.get(3..) else {
            let why = "Prompty reads a file without it as YAML";
            self.notes
                .dropped(&self.at, "the missing front matter", why);
            return;
        };
        for fence in ["---", "+++"] {
            if let Some(at) = inner.find(fence) {
                let at = self.at.after(inner[..at].matches('\n').count());
                let why = "Prompty ends the front matter there: write it in another way";
                self.notes.dropped(&at, format!("`{fence}`"), why);
            }
        }
    }

    pub(super) fn prompty_template(&mut self, body: &str, at: &NotePlace) -> String {
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

    /// `model` of Prompty: `configuration` says where, `parameters` how.
    pub(super) fn prompty_model(&mut self) -> ImportedModel {
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
}

#[cfg(test)]
mod tests {
    use super::super::dotprompt;
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
        let text = "---\ndescription: a --- b\ninputs:\n  - {name: chat, kind: thread}\ntemplate: {format: {kind: mustache}, parser: {kind: own}}\n---\nsystem:\n{{> head}}\n{{role \"user\"}}\nuser[name=\"B\"]:\nhi\n";
        std::fs::write(&file, text).unwrap();
        let made = dotprompt(&file, false).unwrap();
        let told: Vec<String> = made.notes.iter().map(ToString::to_string).collect();
        let told = told.join("\n");
        for (line, what) in [
            (2, "`---`"),
            (4, "the thread `chat`"),
            (5, "the template parser `own`"),
            (8, "`{{> head}}`"),
            (9, "`{{role \"user\"}}`"),
            (10, "`[name=\"B\"]`"),
        ] {
            assert!(
                told.contains(&format!("a.prompty:{line}: {what}")),
                "{told}"
            );
        }
    }
}
