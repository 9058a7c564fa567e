//! What a Prompty file says: its template, its inputs, its model.

use super::{
    dotprompt_model::stand_in,
    example_row::named,
    file::Reading,
    front_matter::FrontMatter,
    jinja_text::{self, Unknown},
    prompty::{self, PromptyText, PromptyVersion},
    prompty_model,
};
use crate::{
    dialect::MustacheText,
    interop::{ImportedModel, Node, NotePlace, line_starts::LineStarts, own_names::is_hidden},
};
use serde_json::Map;

/// What the front matter of a template says.
const MUSTACHE: &str = "dialect = \"mustache\"\n";
const JINJA: &str = "whitespace = \"keep\"\n";

impl Reading<'_> {
    /// Note that there is no front matter, or that it ends within a line.
    pub(super) fn check_front(&mut self, front: &FrontMatter<'_>) {
        if !front.is_there {
            let why = "Prompty reads a file without it as YAML";
            self.notes
                .dropped(&self.at, "the missing front matter", why);
        }
        if front.is_of_version_1 {
            let why =
                "version 1 of Prompty finds it there, and does not send what stands before it";
            self.notes.changed(&self.at, "the front matter", why);
        }
        if let Some(line) = front.end_within_a_line() {
            let why = "it is within a line, in Prompty too: write the dashes or plus signs in another way if it should not be";
            self.notes
                .changed(&self.at.after(line), "the end of the front matter", why);
        }
    }

    /// Keys that are no texts stay so in the values of inputs.
    pub(super) fn check_keys(&mut self, value: &Node) {
        if let Some(node) = value.typed_keys().filter(|_| self.is_prompty) {
            let keys = node.entries().iter().map(|(key, _)| format!("`{key}`"));
            let keys: Vec<String> = keys.take(5).collect();
            let what = format!("keys without quotes ({})", keys.join(", "));
            let why = "those that are numbers, dates, true, false or null stay so in Prompty, and are texts here: write them in quotes";
            self.notes.dropped(&node.at, what, why);
        }
    }

    /// Prompty reads a date with a time as one, and integers of any size.
    pub(super) fn check_unquoted(&mut self, value: &Node) {
        if let Some(node) = value.unquoted().filter(|_| self.is_prompty) {
            let text = node.text().unwrap_or_default();
            let (what, why) = match text.contains(':') {
                true => (
                    "date",
                    "Prompty prints it as Python does (`2024-01-15 10:00:00+00:00`), and here it is the text: write it in quotes",
                ),
                false => (
                    "integer",
                    "it has more than 64 bits and is a text here: it prints the same alone, but not in a list, and nothing can be computed with it",
                ),
            };
            self.notes
                .dropped(&node.at, format!("the {what} `{text}`"), why);
        }
    }

    pub(super) fn prompty_template(&mut self, body: &str, at: &NotePlace) -> String {
        let kind = |key: &str| {
            let template = self.node.get("template")?;
            // Version 1 says `type`.
            let format = || template.get("type").unwrap_or(template);
            let node = template
                .get(key)
                .or_else(|| (key == "format").then(format))?;
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
        self.taken_inputs();
        let strict = |node: &Node| node.get("strict").cloned();
        let template = self.node.get("template");
        let strict = template.and_then(|t| t.get("format").and_then(strict).or(strict(t)));
        if let Some(node) = strict.filter(|node| node.json() == serde_json::Value::Bool(false)) {
            let why = "a line of a value that names a role begins a message in Prompty; here values never do";
            self.notes.dropped(&node.at, "`strict: false`", why);
        }
        let version = self.version;
        let is_mustache = matches!(&format, Some((format, _)) if format == "mustache");
        let mut is_told = match version {
            PromptyVersion::One => self.check_version_1(body, at, is_mustache),
            PromptyVersion::Two => {
                self.check_version_2(body, at);
                true
            }
        };
        let (made, settings) = match format {
            _ if is_mustache => (self.mustache_text(body, at, version), MUSTACHE),
            format => {
                const KINDS: [&str; 3] = ["jinja2", "*", ""];
                if let Some((format, at)) =
                    format.filter(|(name, _)| !KINDS.contains(&name.as_str()))
                {
                    let why =
                        "only jinja2 and mustache are converted: write the text again as Jinja";
                    self.notes
                        .dropped(&at, format!("the template format `{format}`"), why);
                }
                is_told |= self.unknown_in_jinja(body, at);
                let made = match version == PromptyVersion::One && self.is_completion() {
                    true => PromptyText::whole(body),
                    false => prompty::jinja(body, version),
                };
                (made, JINJA)
            }
        };
        // A text that names what is not there, such as another file, is not rendered.
        if !is_told && !self.is_completion() {
            self.rendered_in_1 = Some(match is_mustache {
                true => {
                    self.front(MUSTACHE) + "{{role \"user\" trim=\"none\"}}" + &prompty::unix(body)
                }
                false => {
                    self.front(JINJA)
                        + "{{ role(\"user\", trim=\"none\") }}"
                        + &jinja_text::JinjaText::read(&prompty::unix(body)).text
                }
            });
        }
        for (line, attributes) in made.attributes {
            let why = "attributes of messages are not sent";
            self.notes
                .dropped(&at.after(line - 1), format!("`{attributes}`"), why);
        }
        self.front(settings) + &made.template
    }

    /// Note what minijinja does not have, in branches too that the example row does not take; whether there is anything.
    fn unknown_in_jinja(&mut self, body: &str, at: &NotePlace) -> bool {
        let lines = LineStarts::of(body);
        let all = jinja_text::unknown(body);
        let is_any = !all.is_empty();
        for Unknown {
            at: byte,
            what,
            why,
        } in all
        {
            self.notes.dropped(&at.after(lines.before(byte)), what, why);
        }
        is_any
    }

    /// What Mustache cannot do here becomes a comment and is listed.
    fn mustache_text(
        &mut self,
        body: &str,
        at: &NotePlace,
        version: PromptyVersion,
    ) -> PromptyText {
        let lines = LineStarts::of(body);
        let line = |byte: usize| at.after(lines.before(byte));
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
        match prompty::mustache(&text, version) {
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

    /// Inputs whose names mean something else in a template here.
    fn taken_inputs(&mut self) {
        let inputs = self.node.get("inputs").cloned();
        for (name, input) in named(inputs.as_ref()) {
            if is_hidden(&name) {
                let why =
                    "the name means something else in a template here: give the input another one";
                self.notes
                    .dropped(&input.at, format!("the input `{name}`"), why);
            }
        }
    }

    /// `model` of Prompty, or the stand-in where it cannot be called.
    pub(super) fn prompty_model(&mut self) -> ImportedModel {
        let Some(model) = self.node.get("model") else {
            self.notes.dropped(
                &self.at,
                "the model",
                "none is named: demo/echo, which repeats the prompt, is in its place",
            );
            return stand_in(Map::new());
        };
        let model = model.clone();
        self.check_unquoted(&model);
        let made = prompty_model::model(&self.node, &model, &mut self.notes);
        made.unwrap_or_else(|| stand_in(Map::new()))
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
        let text = "---\ndescription: a b\ninputs:\n  - {name: chat, kind: thread}\ntemplate: {format: {kind: mustache}, parser: {kind: own}}\n---\nsystem:\n{{> head}}\n{{role \"user\"}}\nuser[name=\"B\"]:\nhi\n";
        std::fs::write(&file, text).unwrap();
        let made = dotprompt(&file, false).unwrap();
        let told: Vec<String> = made.notes.iter().map(ToString::to_string).collect();
        let told = told.join("\n");
        for (line, what) in [
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

    /// Recorded with Prompty 0.1.50.
    #[test]
    fn files_of_version_1_send_what_version_1_sends() {
        let dir = tempfile::tempdir().unwrap();
        let text = "---\nmodel: {api: chat, configuration: {type: openai, name: gpt-4o}}\ninputs: {question: {type: string}}\nsample:\n  question: hi\n  chat:\n    - {role: user, content: 'where?'}\n    - {role: assistant, content: there}\n---\nsystem:\nYou are kind. \n\n{% for item in chat %}\n{{item.role}}:\n{{item.content}}\n{% endfor %}\n\nuser:\n{{question}}\n";
        let found = sent(dir.path(), "one", text);
        let found: Vec<_> = found
            .iter()
            .map(|(r, t)| (r.as_str(), t.as_str()))
            .collect();
        let expected = [
            ("system", "You are kind."),
            ("user", "where?"),
            ("assistant", "there"),
            ("user", "hi"),
        ];
        assert_eq!(found, expected);
        let file = dir.path().join("b.prompty");
        let text = "---\ninputs: {q: {type: string, default: d}}\nbase: a.prompty\n---\nsystem:\n![x](a.png)\nfunction:\n{{q}}\n";
        std::fs::write(&file, text).unwrap();
        let made = dotprompt(&file, false).unwrap();
        let told: Vec<String> = made.notes.iter().map(ToString::to_string).collect();
        let told = told.join("\n");
        for what in [
            "2: the default of `q`",
            "3: `base`",
            "6: `![x](a.png)`",
            "7: the role `function`",
        ] {
            assert!(told.contains(&format!("b.prompty:{what}")), "{told}");
        }
    }

    /// With Prompty 0.1.50: two messages, a picture, an error, text.
    #[test]
    fn what_values_make_of_the_messages_of_version_1_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.prompty");
        for (value, body, tells) in [
            (
                "'a\n\n  user:\n\n  b'",
                "system:\n{{q}}",
                "message 1 is of the role `system`",
            ),
            (
                "'![x](http://a/b.png)'",
                "system:\n{{q}}",
                "message 1 is of the role `system`",
            ),
            ("''", "system:\n{{q}}\n\nuser:\nhi", "Invalid prompt format"),
            (
                "developer",
                "{% for r in [{'role': q}] %}\n{{r.role}}:\nhi\n{% endfor %}",
                "message 1",
            ),
            ("'a\n\n  b'", "system:\n{{q}}", ""),
        ] {
            let text = format!(
                "---\nmodel: {{api: chat, configuration: {{type: openai, name: gpt-4o}}}}\ninputs: {{q: {{type: string}}}}\nsample:\n  q: {value}\n---\n{body}\n"
            );
            std::fs::write(&file, &text).unwrap();
            let made = dotprompt(&file, false).unwrap();
            let told: Vec<String> = made.notes.iter().map(ToString::to_string).collect();
            match tells {
                "" => assert_eq!(told, [""; 0]),
                tells => assert!(told.len() == 1 && told[0].contains(tells), "{told:?}"),
            }
        }
    }

    /// Recorded with Prompty 2.1.0 but for the names, which it does not read.
    #[test]
    fn json_is_sorted_and_raw_text_begins_messages() {
        let dir = tempfile::tempdir().unwrap();
        let text = "---\nname: x\nmodel: {id: gpt-4o}\n---\nsystem:\n{{ {\"b\": \"é\", \"A\": 2}|tojson }}\n{% raw %}\nuser:\n{{ x }}\n{% endraw %}\n";
        let expected = [
            ("system", "{\"A\": 2, \"b\": \"\\u00e9\"}"),
            ("user", "{{ x }}"),
        ];
        let found = sent(dir.path(), "json", text);
        let found: Vec<_> = found
            .iter()
            .map(|(r, t)| (r.as_str(), t.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn inputs_that_cannot_be_the_same_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.prompty");
        let text = "---\ninputs:\n  - {name: role, kind: string, default: x}\n  - {name: q, kind: string}\n  - {name: p, kind: string}\nmodel: {id: gpt-4o}\n---\nsystem:\n{{ role }} {{ q|default('a') }} {{ p }}\n";
        std::fs::write(&file, text).unwrap();
        let made = dotprompt(&file, false).unwrap();
        let told: Vec<(usize, &str)> = (made.notes.iter())
            .filter_map(|note| Some((note.line?, note.what.as_str())))
            .collect();
        assert_eq!(
            told,
            [
                (3, "the input `role`"),
                (4, "the input `q`"),
                (5, "the variable `p`")
            ]
        );
    }

    /// With Prompty 2.1.0 the loop prints `a,b`, and here `a,b,`.
    #[test]
    fn a_loop_over_characters_that_asks_for_the_last_is_listed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.prompty");
        let of = |iterated: &str, count: &str| {
            let text = format!(
                "---\ninputs:\n  - {{name: q, kind: string, default: ab}}\nmodel: {{id: gpt-4o}}\n---\nsystem:\n{{% for c in {iterated} %}}{{{{ c }}}}{{% if not {count} %}},{{% endif %}}{{% endfor %}}\n"
            );
            std::fs::write(&file, text).unwrap();
            let notes = dotprompt(&file, false).unwrap().notes;
            notes.into_iter().map(|note| note.what).collect::<Vec<_>>()
        };
        assert_eq!(of("q", "loop.last"), ["the loop over `q`"]);
        assert_eq!(of("q|list", "loop.last"), [""; 0]);
        assert_eq!(of("q", "loop.first"), [""; 0]);
    }
}
