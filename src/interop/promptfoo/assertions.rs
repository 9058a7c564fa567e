//! Assertions, with their values filled in, as the metric `assertions` reads them.

use super::{
    super::{ImportError, Kind, Node, NotePlace, Notes},
    files::Files,
    nunjucks::{Vars, filled},
    schemas::plain_schema,
};
use crate::score::{Assertion, KINDS};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, path::Path};

/// Kinds that promptfoo has and a row's assertions have not, with what to do instead.
const FOREIGN: [(&str, &str); 48] = [
    ("javascript", PROGRAM),
    ("python", PROGRAM),
    ("ruby", PROGRAM),
    ("webhook", PROGRAM),
    ("is-html", PROGRAM),
    ("contains-html", PROGRAM),
    ("is-xml", PROGRAM),
    ("contains-xml", PROGRAM),
    ("is-sql", PROGRAM),
    ("contains-sql", PROGRAM),
    ("is-refusal", PROGRAM),
    ("bleu", PROGRAM),
    ("gleu", PROGRAM),
    ("meteor", PROGRAM),
    ("perplexity", PROGRAM),
    ("perplexity-score", PROGRAM),
    ("is-valid-function-call", PROGRAM),
    ("is-valid-openai-function-call", PROGRAM),
    ("is-valid-openai-tools-call", PROGRAM),
    ("model-graded-closedqa", RUBRIC),
    ("model-graded-factuality", RUBRIC),
    ("factuality", RUBRIC),
    ("answer-relevance", RUBRIC),
    ("context-faithfulness", RUBRIC),
    ("context-recall", RUBRIC),
    ("context-relevance", RUBRIC),
    ("conversation-relevance", RUBRIC),
    ("g-eval", RUBRIC),
    ("search-rubric", RUBRIC),
    ("classifier", RUBRIC),
    ("moderation", RUBRIC),
    ("agent-rubric", RUBRIC),
    ("pi", RUBRIC),
    ("guardrails", PROGRAM),
    ("skill-used", TRACE),
    ("similar:dot", SIMILAR),
    ("similar:euclidean", SIMILAR),
    ("trajectory:goal-success", TRACE),
    ("trajectory:tool-args-match", TRACE),
    ("trajectory:step-count", TRACE),
    ("trajectory:tool-sequence", TRACE),
    ("trajectory:tool-used", TRACE),
    ("trace-error-spans", TRACE),
    ("trace-span-count", TRACE),
    ("trace-span-duration", TRACE),
    ("human", "label the answers in the session"),
    (
        "select-best",
        "compare wordings in pairs by a metric of the kind `judge` with `pairwise = true`",
    ),
    (
        "max-score",
        "the report says which wording is best, and how sure that is",
    ),
];

const PROGRAM: &str = "write it as a program: a metric of the kind `command`";
const TRACE: &str = "traces of agents are not recorded: an answer is one completion";
const SIMILAR: &str = "similarity is the cosine here: use `similar`";
const RUBRIC: &str = "write it as an `llm-rubric`, or as a metric of the kind `judge`";

/// Whether promptfoo has a kind of assertion that is not known here.
pub(super) fn is_foreign(kind: &str) -> bool {
    FOREIGN.iter().any(|(name, _)| *name == kind)
}

/// Who grades: found in the options of tests and in assertions. One project has one judge.
#[derive(Debug, Default)]
pub(super) struct Grading {
    /// The provider that grades by rubrics.
    pub(super) judge: Option<Node>,
    /// The provider that embeds.
    pub(super) embeddings: Option<Node>,
    /// Where providers are named of which none embeds.
    pub(super) without_embedding: Option<NotePlace>,
    /// The template of the question.
    pub(super) rubric: Option<Node>,
    /// Where the first rubric stands.
    pub(super) first_rubric: Option<NotePlace>,
    /// Assertions of each kind.
    pub(super) counts: BTreeMap<String, usize>,
    /// Names of metrics, in their order.
    pub(super) metrics: Vec<String>,
}

impl Grading {
    /// Take in the options of a test, or the settings of an assertion of a kind.
    pub(super) fn read_options(&mut self, node: &Node, kind: Option<&str>, notes: &mut Notes) {
        let mut keep = |place: &mut Option<Node>, found: &Node, what: &str| match place {
            Some(known) if known.json() != found.json() => notes.dropped(
                &found.at,
                what.to_owned(),
                format!("a project has one: that of {} is used", known.at),
            ),
            Some(_) => {}
            None => *place = Some(found.clone()),
        };
        if let Some(provider) = node.get("provider") {
            let is_embedding = |node: &Node| {
                let id = node.text().or(node.get("id").and_then(Node::text));
                id.is_some_and(|id| id.contains(":embedding"))
            };
            let text = provider.get("text");
            let embedding = provider.get("embedding");
            if text.is_none() && embedding.is_none() {
                if kind.is_some_and(is_similar) || is_embedding(provider) {
                    keep(&mut self.embeddings, provider, "another model that embeds");
                } else {
                    keep(&mut self.judge, provider, "another judge");
                }
            }
            if let Some(text) = text {
                keep(&mut self.judge, text, "another judge");
                let is_of_another = kind.is_some_and(|kind| !is_similar(kind));
                let is_there = embedding.is_some() || self.without_embedding.is_some();
                if !is_there && !is_of_another {
                    self.without_embedding = Some(provider.at.clone());
                }
            }
            if let Some(embedding) = embedding {
                keep(&mut self.embeddings, embedding, "another model that embeds");
            }
        }
        if let Some(rubric) = node.get("rubricPrompt") {
            keep(&mut self.rubric, rubric, "another `rubricPrompt`");
        }
    }
}

pub(super) struct Converter<'a> {
    /// The files that values may name.
    pub(super) files: &'a Files,
    /// The whole configuration, for references into it.
    pub(super) root: &'a Node,
    pub(super) grading: &'a mut Grading,
    pub(super) notes: &'a mut Notes,
}

impl Converter<'_> {
    /// The assertion of a node for a test with these variables; `None` where there is none here, which is told.
    pub(super) fn assertion(
        &mut self,
        node: &Node,
        vars: &Vars,
    ) -> Result<Option<Value>, ImportError> {
        let Some(node) = self.referred(node) else {
            return Ok(None);
        };
        check(&node)?;
        Ok(self.converted(&node, vars))
    }

    fn converted(&mut self, node: &Node, vars: &Vars) -> Option<Value> {
        let word = node.get("type").and_then(Node::text)?;
        let kind = word.strip_prefix("not-").unwrap_or(word);
        if !KINDS.contains(&kind) {
            let foreign = FOREIGN.iter().find(|(name, _)| *name == kind);
            let why = foreign.map_or("there is no such assertion here", |(_, why)| *why);
            self.notes
                .dropped(&node.at, format!("the assertion `{word}`"), why);
            return None;
        }
        let mut map = Map::new();
        map.insert("type".into(), word.into());
        for (key, value) in node.entries() {
            self.part(kind, key, value, vars, &mut map)?;
        }
        let value = Value::Object(map);
        if let Err(why) = Assertion::read(&value) {
            self.notes
                .dropped(&node.at, format!("the assertion `{word}`"), why);
            return None;
        }
        if kind == "llm-rubric" {
            let first = &mut self.grading.first_rubric;
            first.get_or_insert_with(|| node.at.clone());
        }
        *self.grading.counts.entry(word.to_owned()).or_default() += 1;
        Some(value)
    }

    /// One key of an assertion; `None` where the assertion cannot be used without what it says.
    fn part(
        &mut self,
        kind: &str,
        key: &str,
        value: &Node,
        vars: &Vars,
        map: &mut Map<String, Value>,
    ) -> Option<()> {
        match key {
            "type" => {}
            "value" if !value.is_null() => {
                let found = self.value(kind, value, vars)?;
                map.insert("value".into(), found);
            }
            "threshold" | "weight" => {
                if let Some(number) = value.number() {
                    if kind == "llm-rubric" && key == "threshold" && number > 1.0 {
                        let why = "scores are between 0 and 1 here: a judge's score above 1 counts as it is in promptfoo, and as 1 in the score of the row here";
                        self.notes.dropped(&value.at, "a `threshold` above 1", why);
                    }
                    map.insert(key.into(), number.into());
                }
            }
            "metric" => {
                let name = filled(value.text().unwrap_or_default(), vars).unwrap_or_default();
                if !name.is_empty() {
                    if !self.grading.metrics.contains(&name) {
                        self.grading.metrics.push(name.clone());
                    }
                    map.insert("metric".into(), name.into());
                }
            }
            "assert" => {
                let items = value.items().iter();
                let list = items.filter_map(|node| {
                    let node = self.referred(node)?;
                    self.converted(&node, vars)
                });
                let list: Vec<Value> = list.collect();
                map.insert("assert".into(), list.into());
            }
            "provider" | "rubricPrompt" => {
                let one = vec![(key.to_owned(), value.clone())];
                let node = Node {
                    kind: Kind::Map(one),
                    at: value.at.clone(),
                };
                self.grading.read_options(&node, Some(kind), self.notes);
            }
            "transform" => {
                self.notes.dropped(
                    &value.at,
                    format!("the assertion `{kind}`"),
                    "it changes the answer by a program before it looks: write both as a metric of the kind `command`",
                );
                return None;
            }
            _ if value.is_null() => {}
            other if kind == "llm-rubric" && map.get("value").is_none() && other != "config" => {
                self.notes.changed(
                    &value.at,
                    format!("`{other}` of an `llm-rubric`"),
                    "promptfoo does not read it: it judges by what stands in `value`, and the rule is empty where there is none",
                );
            }
            other => self.notes.changed(
                &value.at,
                format!("`{other}` of an assertion"),
                "it has no counterpart",
            ),
        }
        Some(())
    }

    fn value(&mut self, kind: &str, node: &Node, vars: &Vars) -> Option<Value> {
        let failed = |this: &mut Self, why: String| {
            let what = format!("the value of an assertion `{kind}`");
            this.notes.dropped(&node.at, what, why);
            None
        };
        let is_file = |node: &Node| node.text().is_some_and(|text| text.starts_with("file://"));
        for named in node.items().iter().filter(|item| is_file(item)) {
            let path = self.files.path(named.text().unwrap_or_default());
            if super::files::is_program(&super::files::extension(&path)) {
                return failed(self, PROGRAM.into());
            }
            const READ: [&str; 4] = ["json", "yaml", "yml", "txt"];
            let is_read = path
                .extension()
                .is_some_and(|end| READ.iter().any(|read| end == *read));
            if !is_read {
                let why = "promptfoo reads files of values that end in .json, .yaml, .yml or .txt, and the row has no score there";
                return failed(self, why.into());
            }
        }
        let found = match self.files.value(node) {
            Ok(found) => found,
            Err(error) => return failed(self, error.to_string()),
        };
        let fill = |value: Value| match value {
            Value::String(text) => filled(&text, vars).map(Value::String),
            other => Ok(other),
        };
        // What stands in a file is taken as it is, tags and all.
        let done = match found {
            found if is_file(node) => Ok(found),
            Value::Array(_) => {
                let item = |node: &Node| match self.files.value(node) {
                    Ok(found) if is_file(node) => Ok(found),
                    Ok(found) => fill(found),
                    Err(error) => Err(error.to_string()),
                };
                let items = node.items().iter().map(item);
                items.collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
            other => fill(other),
        };
        let value = match done {
            Ok(value) => value,
            Err(why) => return failed(self, why),
        };
        const NOT_EMPTY: [&str; 8] = [
            "contains",
            "icontains",
            "contains-any",
            "contains-all",
            "icontains-any",
            "icontains-all",
            "starts-with",
            "regex",
        ];
        if NOT_EMPTY.contains(&kind) && value == "" {
            let why =
                "promptfoo stops with an error where it is empty, and the row has no score there";
            return failed(self, why.into());
        }
        match (kind, &value) {
            // A schema as text is YAML.
            ("is-json" | "contains-json", Value::String(text)) => {
                match Node::parse(Path::new("schema.yaml"), text) {
                    Ok(tree) => match plain_schema(&tree.json()) {
                        Ok(schema) => Some(schema),
                        Err(why) => failed(self, why),
                    },
                    Err(_) => failed(self, "the schema is no YAML".into()),
                }
            }
            ("is-json" | "contains-json", Value::Object(_)) => match plain_schema(&value) {
                Ok(schema) => Some(schema),
                Err(why) => failed(self, why),
            },
            (
                "contains-any" | "contains-all" | "icontains-any" | "icontains-all",
                Value::String(text),
            ) => match fields(text) {
                Ok(fields) => Some(fields.into()),
                Err(why) => failed(self, why),
            },
            ("starts-with" | "regex" | "levenshtein" | "rouge-n" | "finish-reason", other)
                if !other.is_string() =>
            {
                let why = "promptfoo stops with an error where it is no text: put it in quotes";
                failed(self, why.into())
            }
            // Compared as the text that JavaScript makes of it.
            ("equals" | "contains" | "icontains", Value::Number(_)) => {
                Some(crate::dialect::Value::from(&value).to_text().into())
            }
            _ => Some(value),
        }
    }

    /// The node itself, or the one of `assertionTemplates` that it refers to.
    fn referred(&mut self, node: &Node) -> Option<Node> {
        let Some(target) = node.get("$ref").and_then(Node::text) else {
            return Some(node.clone());
        };
        let mut path = target.trim_start_matches("#/").split('/');
        let found = path.try_fold(self.root, |at, key| at.get(key));
        if found.is_none() {
            let why = "nothing stands there";
            self.notes
                .dropped(&node.at, format!("the assertion `{target}`"), why);
        }
        found.cloned()
    }
}

/// Whether an assertion compares embeddings.
fn is_similar(kind: &str) -> bool {
    kind.trim_start_matches("not-").starts_with("similar")
}

/// promptfoo refuses assertions in another form.
fn check(node: &Node) -> Result<(), ImportError> {
    let refused = |at: &NotePlace, why: &str| {
        let why = format!("{why}, and promptfoo refuses it");
        Err(ImportError::refused(at, "an assertion", &why))
    };
    let Some(kind) = node.get("type").and_then(Node::text) else {
        return refused(
            &node.at,
            "it has no `type`; all its keys stand under one dash",
        );
    };
    for key in ["threshold", "weight"] {
        let entry = node.entries().iter().find(|(name, _)| name == key);
        if let Some((_, value)) = entry.filter(|(_, value)| !value.json().is_number()) {
            return refused(&value.at, &format!("its `{key}` is no number"));
        }
    }
    if let Some(value) = node.get("metric").filter(|value| value.text().is_none()) {
        return refused(&value.at, "its `metric` is no text");
    }
    let inner = node.get("assert").map(|inner| &inner.kind);
    match (kind, inner) {
        ("assert-set", Some(Kind::List(items))) => items.iter().try_for_each(check),
        ("assert-set", _) => refused(&node.at, "it is a set without a list `assert`"),
        _ => Ok(()),
    }
}

/// Texts between commas; in quotes a comma is a part of the text, and `\"`, `\\` and `""` stand for a character.
pub(super) fn fields(text: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let Some(first) = rest.chars().next() else {
            return Ok(all);
        };
        if first != '"' {
            let end = rest.find(',').unwrap_or(rest.len());
            all.push(rest[..end].trim().to_owned());
            rest = &rest[end..];
            continue;
        }
        let mut field = String::new();
        let mut chars = rest.char_indices().skip(1).peekable();
        let end = loop {
            let Some((at, c)) = chars.next() else {
                return Err("a text in quotes is not closed".into());
            };
            let next = chars.peek().map(|(_, c)| *c);
            match (c, next) {
                ('\\', Some(escaped @ ('"' | '\\'))) => {
                    field.push(escaped);
                    chars.next();
                }
                ('"', Some('"')) => {
                    field.push('"');
                    chars.next();
                }
                ('"', _) => break at + 1,
                (c, _) => field.push(c),
            }
        };
        all.push(field);
        rest = rest[end..].trim_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err("a comma is expected behind a text in quotes".into());
        }
    }
}
