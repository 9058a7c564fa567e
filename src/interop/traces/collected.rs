//! The calls of all records, each input once, by the prompt that they are of; and what was not taken over, each kind once.

use super::{
    call::Call,
    prompt::CheckedTemplate,
    redactor::Redactor,
    stored_completions::StoredCompletions,
    traced_prompt::{REST, TracedPrompt},
};
use crate::interop::{
    Endpoints, ImportedProject, NotePlace, Notes, Weight, imported_experiment::project,
    omissions::Omissions, pages::Pages,
};
use indexmap::IndexMap;
use serde_json::Value;
use std::{borrow::Cow, path::Path};

/// Prompts that are kept apart; where names of spans are all different, the rest is one.
const MAX_PROMPTS: usize = 40;

/// Characters of a name from a record that are shown.
const MOST_SHOWN: usize = 400;

/// Roles that a message of a request may have; others would be refused.
const ROLES: [&str; 4] = ["system", "developer", "user", "assistant"];

/// What was collected so far.
pub(super) struct Collected {
    redactor: Redactor,
    prompts: IndexMap<(String, Option<String>), TracedPrompt>,
    omissions: Omissions,
    pages: Pages,
    /// The header of the log whose samples follow.
    pub(super) inspect_header: Value,
    pub(super) stored: StoredCompletions,
}

impl Collected {
    pub(super) fn new(redactor: Redactor) -> Collected {
        Collected {
            redactor,
            prompts: IndexMap::new(),
            omissions: Omissions::default(),
            pages: Pages::default(),
            inspect_header: Value::Null,
            stored: StoredCompletions::default(),
        }
    }

    /// Something is not in the new project.
    pub(super) fn dropped(
        &mut self,
        at: &NotePlace,
        what: &str,
        why: impl Into<Cow<'static, str>>,
    ) {
        self.omit(Weight::Dropped, at, what, why.into());
    }

    /// A record that may be a page of a list.
    pub(super) fn page(&mut self, record: &Value, at: &NotePlace) {
        if let Some(record) = record.as_object() {
            let at = self.place(at);
            self.pages.add(record, &at);
        }
    }

    /// A record of something that is no call of a model.
    pub(super) fn other(&mut self, at: &NotePlace, kind: &str) {
        let what = format!("records of the kind `{kind}`");
        self.omit(
            Weight::Changed,
            at,
            &what,
            "only calls of models are taken over".into(),
        );
    }

    fn omit(&mut self, weight: Weight, at: &NotePlace, what: &str, why: Cow<'static, str>) {
        // Cut after it is redacted: a part of a match may be none.
        let what: String = self
            .redactor
            .redacted(what)
            .chars()
            .take(MOST_SHOWN)
            .collect();
        let at = self.place(at);
        self.omissions.add(weight, at, what, why);
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
                call.lost.add(format!(
                    "the role `{}` of a message, which is sent as one of a user",
                    message.role
                ));
                message.role = "user".into();
            }
        }
        self.redactor.call(&mut call);
        for lost in std::mem::take(&mut call.lost).into_iter() {
            self.dropped(
                at,
                &lost,
                "only texts of messages and usual parameters are taken over",
            );
        }
        if call
            .messages
            .iter()
            .all(|message| message.text.trim().is_empty())
        {
            return self.dropped(
                at,
                "a call whose messages have no text",
                "what was sent is not in the record",
            );
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
        self.prompts.entry(key).or_default().add(call, own, &at);
    }

    /// What was not taken over, the weightiest first, where there is such a record.
    pub(super) fn first_omission(&self) -> Option<String> {
        self.omissions.first()
    }

    /// All records were read: the calls of stored completions, whose messages may have come behind them.
    pub(super) fn add_stored(&mut self) {
        let mut stored = std::mem::take(&mut self.stored);
        for (at, call) in stored.calls() {
            match call {
                Some(call) => self.add(call, &at),
                None => self.dropped(
                    &at,
                    "a stored completion without its messages",
                    "save them too: GET /v1/chat/completions/ID/messages",
                ),
            }
        }
        for at in stored.left_over() {
            self.dropped(
                &at,
                "a message without its stored completion",
                "save the completions too: GET /v1/chat/completions",
            );
        }
    }

    /// The project; `None` where there is no call.
    pub(super) fn finish(mut self, path: &Path) -> Option<ImportedProject> {
        if self.prompts.is_empty() {
            return None;
        }
        let mut notes = Notes::default();
        std::mem::take(&mut self.pages).note_missing(&mut self.omissions);
        std::mem::take(&mut self.omissions).add_to(&mut notes);
        let mut endpoints = Endpoints::default();
        let mut experiments = Vec::new();
        let mut waiting = self.prompts.len();
        for ((name, _), prompt) in std::mem::take(&mut self.prompts) {
            waiting -= 1;
            let most = MAX_PROMPTS.saturating_sub(experiments.len() + waiting);
            experiments.extend(prompt.experiments(&name, most, &mut endpoints, &mut notes));
        }
        for made in &mut experiments {
            let values = made.rows.iter_mut().flat_map(|row| row.values_mut());
            for value in values.filter(|value| value.is_string()) {
                self.redactor.value(value);
            }
        }
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
