//! The calls of all records, each input once, by the prompt that they are of; and what was not taken over, each kind once.

use super::{
    call::Call,
    call::TracedMessage,
    prompt::{CheckedTemplate, PromptOrigin, RecoveredPrompt, RowPrompt, recover},
    redactor::Redactor,
};
use crate::{
    display::count,
    interop::{
        Endpoint, Endpoints, ImportedModel, ImportedProject, NotePlace, Notes, Weight,
        imported_experiment::{EXPECTED, Experiment, project},
        service, slug,
    },
};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, path::Path};

/// Columns of what was recorded beside the inputs.
const SCORES: &str = "__scores";
const ANNOTATIONS: &str = "__annotations";
const MORE_OUTPUTS: &str = "__more_outputs";

/// Prompts that are kept apart; where names of spans are all different, the rest is one.
const MAX_PROMPTS: usize = 40;
const REST: &str = "calls";

/// Roles that a message of a request may have; others would be refused.
const ROLES: [&str; 4] = ["system", "developer", "user", "assistant"];

/// What was collected so far.
pub(super) struct Collected {
    redactor: Redactor,
    prompts: IndexMap<(String, Option<String>), TracedPrompt>,
    omissions: IndexMap<(Weight, String, &'static str), (NotePlace, usize)>,
    /// The header of the log whose samples follow.
    pub(super) inspect_header: Value,
    /// Messages of stored completions, by the completion's id, with their numbers.
    stored: HashMap<String, Vec<(u32, Value)>>,
    postponed: Vec<(Value, NotePlace)>,
}

/// A prompt, and its inputs.
struct TracedPrompt {
    at: NotePlace,
    rows: Vec<TracedRow>,
    /// The rows by the hashes of their inputs.
    known: HashMap<[u8; 16], usize>,
    /// Providers and names.
    models: IndexSet<(Option<String>, String)>,
    params: Map<String, Value>,
    same_params: bool,
}

struct TracedRow {
    messages: Vec<TracedMessage>,
    template: Option<CheckedTemplate>,
    expected: Option<Value>,
    /// By the number of the model.
    outputs: IndexMap<usize, String>,
    more: Vec<Value>,
    scores: Map<String, Value>,
    annotations: Vec<Value>,
}

impl Collected {
    pub(super) fn new(redactor: Redactor) -> Collected {
        Collected {
            redactor,
            prompts: IndexMap::new(),
            omissions: IndexMap::new(),
            inspect_header: Value::Null,
            stored: HashMap::new(),
            postponed: Vec::new(),
        }
    }

    /// Something is not in the new project.
    pub(super) fn dropped(&mut self, at: &NotePlace, what: &str, why: &'static str) {
        self.omit(Weight::Dropped, at, what, why);
    }

    /// A record of something that is no call of a model.
    pub(super) fn other(&mut self, at: &NotePlace, kind: &str) {
        let kind: String = kind.chars().take(60).collect();
        let what = format!("records of the kind `{kind}`");
        self.omit(
            Weight::Changed,
            at,
            &what,
            "only calls of models are taken over",
        );
    }

    fn omit(&mut self, weight: Weight, at: &NotePlace, what: &str, why: &'static str) {
        let key = (weight, self.redactor.redacted(what), why);
        let at = self.place(at);
        self.omissions.entry(key).or_insert((at, 0)).1 += 1;
    }

    fn place(&self, at: &NotePlace) -> NotePlace {
        NotePlace {
            file: Path::new(&self.redactor.redacted(&at.file.to_string_lossy())).into(),
            line: at.line,
        }
    }

    /// Add a call; one with an input that is known adds only what is new of it.
    pub(super) fn add(&mut self, mut call: Call, at: &NotePlace) {
        for message in &mut call.messages {
            if !ROLES.contains(&message.role.as_str()) {
                let role: String = message.role.chars().take(40).collect();
                call.lost.push(format!(
                    "the role `{role}` of a message, which is sent as one of a user"
                ));
                message.role = "user".into();
            }
        }
        self.redactor.call(&mut call);
        for lost in std::mem::take(&mut call.lost) {
            self.dropped(at, &lost, "only texts of messages are taken over");
        }
        let template = call.template.take().and_then(|(text, variables)| {
            CheckedTemplate::new(&text, &variables, &call.messages).map(|own| (text, own))
        });
        let (text, own) = template.unzip();
        let mut key = (call.name.clone(), text);
        if self.prompts.len() >= MAX_PROMPTS && !self.prompts.contains_key(&key) {
            key = (REST.to_owned(), None);
        }
        let at = self.place(at);
        let prompt = self.prompts.entry(key).or_insert_with(|| TracedPrompt {
            at,
            rows: Vec::new(),
            known: HashMap::new(),
            models: IndexSet::new(),
            params: call.params.clone(),
            same_params: true,
        });
        prompt.add(call, own);
    }

    /// A message of a stored completion, which the API lists apart: its id is that of the completion and a number.
    pub(super) fn add_stored_message(&mut self, message: &Value) {
        let id = message["id"].as_str().unwrap_or_default();
        if let Some((completion, number)) = id.rsplit_once('-') {
            let number = number.parse().unwrap_or(u32::MAX);
            let all = self.stored.entry(completion.to_owned()).or_default();
            all.push((number, message.clone()));
        }
    }

    /// The messages of a stored completion, where they were listed.
    pub(super) fn stored_messages(&self, id: &str) -> Option<Value> {
        let mut all = self.stored.get(id)?.clone();
        all.sort_by_key(|(number, _)| *number);
        Some(all.into_iter().map(|(_, message)| message).collect())
    }

    /// A stored completion whose messages may follow.
    pub(super) fn postpone(&mut self, record: Value, at: NotePlace) {
        self.postponed.push((record, at));
    }

    /// The project; `None` where there is no call.
    pub(super) fn finish(mut self, path: &Path) -> Option<ImportedProject> {
        for (record, at) in std::mem::take(&mut self.postponed) {
            let messages = self.stored_messages(record["id"].as_str().unwrap_or_default());
            match super::openai::call(&record, messages.as_ref()) {
                Some(call) => self.add(call, &at),
                None => self.dropped(
                    &at,
                    "a stored completion without its messages",
                    "save them too: GET /v1/chat/completions/ID/messages",
                ),
            }
        }
        if self.prompts.is_empty() {
            return None;
        }
        let mut notes = Notes::default();
        for ((weight, what, why), (at, times)) in std::mem::take(&mut self.omissions) {
            let what = match times {
                1 => what,
                times => format!("{what} ({}, the first here)", count(times, "time")),
            };
            match weight {
                Weight::Dropped => notes.dropped(&at, what, why),
                Weight::Changed => notes.changed(&at, what, why),
            }
        }
        let mut endpoints = Endpoints::default();
        let prompts = std::mem::take(&mut self.prompts).into_iter();
        let experiments = prompts
            .map(|((name, _), prompt)| {
                let mut made = prompt.experiment(&name, &mut endpoints, &mut notes);
                let values = made.rows.iter_mut().flat_map(|row| row.values_mut());
                for value in values.filter(|value| value.is_string()) {
                    self.redactor.value(value);
                }
                made
            })
            .collect();
        let path = self.redactor.redacted(&path.to_string_lossy());
        Some(project(
            "traces",
            Path::new(&path),
            experiments,
            &endpoints,
            notes,
        ))
    }
}

impl TracedPrompt {
    fn add(&mut self, call: Call, template: Option<CheckedTemplate>) {
        self.same_params &= self.params == call.params;
        let mut hasher = blake3::Hasher::new();
        for message in &call.messages {
            for text in [&message.role, &message.text] {
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
        }
        hasher.update(
            call.expected
                .as_ref()
                .map(Value::to_string)
                .unwrap_or_default()
                .as_bytes(),
        );
        let mut hash = [0; 16];
        hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        let rows = &mut self.rows;
        let place = *self.known.entry(hash).or_insert_with(|| {
            rows.push(TracedRow {
                messages: call.messages,
                template,
                expected: call.expected,
                outputs: IndexMap::new(),
                more: Vec::new(),
                scores: Map::new(),
                annotations: Vec::new(),
            });
            rows.len() - 1
        });
        let model = (call.provider, call.model.unwrap_or_default());
        let name = model.1.clone();
        let (number, _) = self.models.insert_full(model);
        let row = &mut rows[place];
        if let Some(output) = call.output {
            match row.outputs.get(&number) {
                None => {
                    row.outputs.insert(number, output);
                }
                Some(known) if *known == output => {}
                Some(_) => row.more.push(json!({"model": name, "output": output})),
            }
        }
        for (name, value) in call.scores {
            match row.scores.get(&name) {
                None => {
                    row.scores.insert(name, value);
                }
                Some(known) if *known == value => {}
                Some(_) => row.annotations.push(json!({"name": name, "value": value})),
            }
        }
        for annotation in call.annotations {
            if !row.annotations.contains(&annotation) {
                row.annotations.push(annotation);
            }
        }
    }

    fn experiment(self, name: &str, endpoints: &mut Endpoints, notes: &mut Notes) -> Experiment {
        let at = &self.at;
        let shown = if name.is_empty() { REST } else { name };
        let prompts: Vec<RowPrompt<'_>> = self
            .rows
            .iter()
            .map(|row| RowPrompt {
                messages: &row.messages,
                template: row.template.as_ref(),
            })
            .collect();
        let RecoveredPrompt {
            template,
            columns,
            origin,
        } = recover(&prompts);
        let what = format!("the prompt of `{shown}`");
        match origin {
            PromptOrigin::Recorded => {}
            PromptOrigin::CommonText => notes.changed(
                at,
                what,
                format!(
                    "its template is the common text of {}, see what is data and what is not",
                    count(columns.len(), "input")
                ),
            ),
            PromptOrigin::Messages => notes.changed(
                at,
                what,
                "its calls have different numbers of messages, so each row has its own in `messages`",
            ),
        }
        let mut made = Experiment {
            name: shown.to_owned(),
            prompts: vec![("prompt".into(), template)],
            metric: Some("normalized"),
            ..Experiment::default()
        };
        let mut outputs: IndexMap<usize, (String, String)> = IndexMap::new();
        for (row, mut columns) in self.rows.into_iter().zip(columns) {
            if let Some(expected) = row.expected {
                columns.insert(EXPECTED.into(), expected);
            }
            for (model, output) in row.outputs {
                let number = outputs.len() + 1;
                let (_, column) = outputs.entry(model).or_insert_with(|| {
                    let name = self.models.get_index(model).map(|(_, name)| slug(name));
                    let name = name.filter(|name| !name.is_empty());
                    let name = name.unwrap_or_else(|| format!("recorded-{number}"));
                    (name, format!("__output_{number}"))
                });
                columns.insert(column.clone(), output.into());
            }
            for (column, value) in [
                (MORE_OUTPUTS, row.more.into()),
                (SCORES, Value::Object(row.scores)),
                (ANNOTATIONS, row.annotations.into()),
            ] {
                let is_empty = value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(Map::is_empty);
                if !is_empty {
                    columns.insert(column.into(), value);
                }
            }
            made.rows.push(columns);
        }
        let has = |column: &str| {
            made.rows
                .iter()
                .filter(|row| row.contains_key(column))
                .count()
        };
        let more = has(MORE_OUTPUTS);
        if more > 0 {
            notes.changed(
                at,
                format!("further outputs of {}", count(more, "input")),
                format!("they are in `{MORE_OUTPUTS}`; the first one is scored"),
            );
        }
        if has(SCORES) > 0 {
            notes.changed(
                at,
                format!("scores of {}", count(has(SCORES), "input")),
                format!("they are in `{SCORES}`; the metric is `normalized`, which compares outputs with `{EXPECTED}`"),
            );
        }
        let mut taken: Vec<String> = Vec::new();
        for (mut variant, column) in outputs.into_values() {
            while taken.contains(&variant) {
                variant.push_str("-2");
            }
            taken.push(variant.clone());
            made.outputs.push((variant, column));
        }
        for (provider, model) in &self.models {
            match reference(provider.as_deref(), model, endpoints) {
                Some(reference) if !made.models.contains(&reference) => made.models.push(reference),
                Some(_) => {}
                None => notes.dropped(
                    at,
                    format!(
                        "the model `{model}` of `{}`",
                        provider.as_deref().unwrap_or("an unknown provider")
                    ),
                    "no address is known for it: write an [endpoint] and add it to `models`",
                ),
            }
        }
        if made.models.is_empty() {
            made.models.push("demo/echo".into());
            notes.dropped(
                at,
                "the model",
                "demo/echo, which repeats the prompt, is in its place",
            );
        }
        match self.same_params {
            true => made.params = self.params,
            false => notes.dropped(
                at,
                "the parameters",
                "they are not the same in all calls: set those that you want in `params`",
            ),
        }
        made
    }
}

/// What the project calls a model; `None` where its provider has no known address.
fn reference(provider: Option<&str>, model: &str, endpoints: &mut Endpoints) -> Option<String> {
    const BY_NAME: [(&str, &str); 8] = [
        ("gpt-", "openai"),
        ("o1", "openai"),
        ("o3", "openai"),
        ("o4", "openai"),
        ("claude", "anthropic"),
        ("gemini", "google"),
        ("mistral", "mistral"),
        ("deepseek", "deepseek"),
    ];
    if model.is_empty() {
        return None;
    }
    let provider = provider.map(str::to_lowercase);
    let provider = match provider.as_deref() {
        Some("mistral_ai" | "mistralai") => "mistral",
        Some("gcp.gemini" | "gemini" | "gcp.gen_ai") => "google",
        Some("x_ai") => "xai",
        Some("together") => "togetherai",
        Some(name) => name,
        None => {
            BY_NAME
                .iter()
                .find(|(start, _)| model.starts_with(start))?
                .1
        }
    };
    let (name, base_url, key) = service(provider)?;
    Some(endpoints.reference(&ImportedModel {
        endpoint: Some(Endpoint {
            name: name.to_owned(),
            base_url: base_url.to_owned(),
            key: Some(key.to_owned()).filter(|key| !key.is_empty()),
            ..Endpoint::default()
        }),
        name: model.to_owned(),
        ..ImportedModel::default()
    }))
}
