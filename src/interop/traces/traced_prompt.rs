//! A prompt that was recorded: its inputs, each once, with what was recorded of them; the experiment that is made of it.

use super::{
    annotations::Annotations,
    call::{Call, TracedMessage},
    further_outputs::FurtherOutputs,
    model_service::CalledModel,
    prompt::{CheckedTemplate, PromptOrigin, RecoveredPrompt, RowPrompt, recover},
    seen_params::SeenParams,
    told_apart::told_apart,
};
use crate::{
    display::count,
    interop::{
        Endpoints, NotePlace, Notes,
        imported_experiment::{EXPECTED, Experiment},
        slug,
        unique_names::UniqueNames,
    },
};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};

/// The name of a prompt without one, and of those that are not kept apart.
pub(super) const REST: &str = "calls";

/// Columns of what was recorded beside the inputs.
const SCORES: &str = "__scores";
const ANNOTATIONS: &str = "__annotations";
const MORE_OUTPUTS: &str = "__more_outputs";

/// A prompt, and its inputs.
#[derive(Default)]
pub(super) struct TracedPrompt {
    rows: Vec<TracedRow>,
    /// The rows by the hashes of their inputs.
    known: HashMap<[u8; 16], usize>,
    models: IndexSet<CalledModel>,
    /// Where they were called, by their numbers, if only that is known and it is not the usual place.
    machines: HashMap<usize, BTreeSet<String>>,
    params: SeenParams,
}

struct TracedRow {
    /// Of its first call.
    at: NotePlace,
    messages: Vec<TracedMessage>,
    /// The numbers of the models that were called.
    models: IndexSet<usize>,
    /// The numbers of the parameters that its calls had.
    params: IndexSet<usize>,
    template: Option<CheckedTemplate>,
    expected: Option<Value>,
    /// By the number of the model.
    outputs: IndexMap<usize, String>,
    further: FurtherOutputs,
    /// Of the outputs that are scored, by the number of the model: its first.
    scores: IndexMap<usize, Map<String, Value>>,
    /// Whether scores are among the annotations: further ones of a name, or of an output that is not scored.
    has_more_scores: bool,
    annotations: Annotations,
}

impl TracedPrompt {
    pub(super) fn add(&mut self, call: Call, template: Option<CheckedTemplate>, at: &NotePlace) {
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
                at: at.clone(),
                models: IndexSet::new(),
                params: IndexSet::new(),
                messages: call.messages,
                template,
                expected: call.expected,
                outputs: IndexMap::new(),
                further: FurtherOutputs::default(),
                scores: IndexMap::new(),
                has_more_scores: false,
                annotations: Annotations::default(),
            });
            rows.len() - 1
        });
        let name = call.model.unwrap_or_default();
        let (model, machine) = CalledModel::new(call.provider, name.clone(), call.server);
        let (number, _) = self.models.insert_full(model);
        if let Some(machine) = machine {
            self.machines.entry(number).or_default().insert(machine);
        }
        let params = self.params.number(call.params);
        let row = &mut rows[place];
        row.models.insert(number);
        row.params.insert(params);
        // Whose it is, where that is not the first of them.
        let of_model = |mut annotation: Value| {
            if number > 0 && annotation.is_object() {
                annotation["model"] = name.clone().into();
            }
            annotation
        };
        // What is scored is the first output of the model.
        let other = match (row.outputs.get(&number), call.outputs.first()) {
            (Some(scored), Some(own)) if scored != own => Some(own.clone()),
            (_, None) => Some(String::new()),
            _ => None,
        };
        for output in call.outputs {
            match row.outputs.get(&number) {
                None => {
                    row.outputs.insert(number, output);
                }
                Some(first) => row.further.add(number, output, first),
            }
        }
        for (score, value) in call.scores {
            let scores = row.scores.entry(number).or_default();
            match (&other, scores.get(&score)) {
                // Of an output that is not the one which is scored.
                (Some(output), _) => {
                    row.has_more_scores = true;
                    let annotation = json!({"name": score, "value": value, "output": output});
                    row.annotations.push_once(of_model(annotation));
                }
                (None, None) => drop(scores.insert(score, value)),
                (None, Some(known)) if *known == value => {}
                (None, Some(_)) => {
                    row.has_more_scores = true;
                    let annotation = json!({"name": score, "value": value});
                    row.annotations.push(of_model(annotation));
                }
            }
        }
        for annotation in call.annotations {
            row.annotations.push_once(of_model(annotation));
        }
    }

    /// An experiment of each prompt under this name; `most` at the most.
    pub(super) fn experiments(
        self,
        name: &str,
        most: usize,
        endpoints: &mut Endpoints,
        notes: &mut Notes,
    ) -> Vec<Experiment> {
        let all: Vec<&[TracedMessage]> = self.rows.iter().map(|row| &row.messages[..]).collect();
        let apart = told_apart(&all);
        let carries_its_own = self.rows.iter().all(|row| row.template.is_some());
        if apart.len() < 2 || apart.len() > most || carries_its_own {
            return vec![self.experiment(name, endpoints, notes)];
        }
        if let Some(first) = self.rows.first() {
            notes.changed(
                &first.at,
                format!("the name `{}`", shown(name)),
                format!(
                    "its calls are of {}, told apart by what they begin with, each an experiment",
                    count(apart.len(), "prompt")
                ),
            );
        }
        let mut rows: Vec<Option<TracedRow>> = self.rows.into_iter().map(Some).collect();
        let prompts = apart.into_iter().map(|numbers| TracedPrompt {
            rows: numbers.iter().filter_map(|n| rows[*n].take()).collect(),
            models: self.models.clone(),
            machines: self.machines.clone(),
            params: self.params.clone(),
            known: HashMap::new(),
        });
        let prompts: Vec<TracedPrompt> = prompts.collect();
        let made = prompts.into_iter();
        made.map(|prompt| prompt.experiment(name, endpoints, notes))
            .collect()
    }

    fn experiment(self, name: &str, endpoints: &mut Endpoints, notes: &mut Notes) -> Experiment {
        let Some(at) = self.rows.first().map(|row| row.at.clone()) else {
            return Experiment::default();
        };
        let at = &at;
        let shown = shown(name);
        let models: IndexSet<usize> = self
            .rows
            .iter()
            .flat_map(|row| row.models.clone())
            .collect();
        let params: IndexSet<usize> = self
            .rows
            .iter()
            .flat_map(|row| row.params.clone())
            .collect();
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
        let further = self.rows.iter().map(|row| &row.further);
        let repeated = further
            .clone()
            .filter(|further| !further.is_empty())
            .count();
        let differing = further.filter(|further| further.differ()).count();
        let lacks_output = |row: &&TracedRow| {
            let mut models = row.models.iter();
            models.any(|model| !row.outputs.contains_key(model))
        };
        let mut without = self.rows.iter().filter(lacks_output);
        if let Some(first) = without.next() {
            let without = 1 + without.count();
            notes.changed(
                &first.at,
                format!("calls of {} without an output", count(without, "input")),
                "nothing is scored of a call that recorded none",
            );
        }
        let mut outputs: IndexMap<usize, (String, String)> = IndexMap::new();
        let model_name = |model| {
            let model = self.models.get_index(model);
            model.map(|model| model.name.clone()).unwrap_or_default()
        };
        let more_scores = self.rows.iter().filter(|row| row.has_more_scores).count();
        let is_alone = models.len() < 2;
        let mut numbers: IndexSet<usize> = IndexSet::new();
        let mut scored = 0;
        for (row, mut columns) in self.rows.into_iter().zip(columns) {
            if let Some(expected) = row.expected {
                columns.insert(EXPECTED.into(), expected);
            }
            for (model, output) in row.outputs {
                let number = numbers.insert_full(model).0 + 1;
                let (_, column) = outputs.entry(model).or_insert_with(|| {
                    let name = slug(&model_name(model));
                    let name = Some(name).filter(|name| !name.is_empty());
                    let name = name.unwrap_or_else(|| format!("recorded-{number}"));
                    (name, format!("__output_{number}"))
                });
                columns.insert(column.clone(), output.into());
            }
            let scores = row.scores.into_iter().filter(|(_, all)| !all.is_empty());
            let mut is_scored = false;
            for (model, all) in scores {
                is_scored = true;
                let column = match is_alone {
                    true => SCORES.to_owned(),
                    false => format!("{SCORES}_{}", numbers.insert_full(model).0 + 1),
                };
                columns.insert(column, all.into());
            }
            scored += usize::from(is_scored);
            for (column, value) in [
                (MORE_OUTPUTS, row.further.into_value(model_name)),
                (ANNOTATIONS, row.annotations.into_value()),
            ] {
                if !value.as_array().is_some_and(Vec::is_empty) {
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
        let further = format!("further outputs of {}", count(repeated, "input"));
        match (repeated, differing) {
            (0, _) => {}
            (_, 0) => notes.changed(
                at,
                further,
                format!("they are the same as the first one, which is scored; `{MORE_OUTPUTS}` says how often they came"),
            ),
            (_, differing) => notes.dropped(
                at,
                further,
                format!("the first one is scored, and others of {} differ from it: they are in `{MORE_OUTPUTS}`", count(differing, "input")),
            ),
        }
        if more_scores > 0 {
            notes.changed(
                at,
                format!("further scores of {}", count(more_scores, "input")),
                format!(
                    "they are in `{ANNOTATIONS}`: further ones of the same name, and those of outputs that are not scored"
                ),
            );
        }
        if scored > 0 {
            let column = match is_alone {
                true => format!("`{SCORES}`"),
                false => format!("`{SCORES}_1`, … beside the outputs"),
            };
            notes.changed(
                at,
                format!("scores of {}", count(scored, "input")),
                match has(EXPECTED) {
                    0 => format!("they are in {column}, as data; no call has an expected answer, so outputs are compared with each other until rows are labelled"),
                    _ => format!("they are in {column}, as data; the metric is `normalized`, which compares outputs with `{EXPECTED}`"),
                },
            );
        }
        let mut names = UniqueNames::default();
        let outputs = outputs.into_values();
        made.outputs = outputs
            .map(|(name, column)| (names.unique(&name), column))
            .collect();
        for number in &models {
            let Some(model) = self.models.get_index(*number) else {
                continue;
            };
            let name = &model.name;
            let machines = self.machines.get(number);
            let machines = machines.map(|all| all.iter().cloned().collect::<Vec<_>>().join("`, `"));
            let Some(reference) = model.reference(endpoints) else {
                let provider = model.provider.as_deref().unwrap_or("an unknown provider");
                let at_machine = machines.map_or(String::new(), |all| format!(" at `{all}`"));
                notes.dropped(
                    at,
                    format!("the model `{name}` of `{provider}`{at_machine}"),
                    "no address is known for it: write an [endpoint] and add it to `models`",
                );
                continue;
            };
            if let Some(machines) = machines {
                let why = "the calls went there, and here they go to the usual address of the provider: write the right `base_url` into its [endpoint]";
                notes.dropped(at, format!("the server `{machines}` of `{name}`"), why);
            }
            if let Some(url) = &model.url {
                let why = "the recorded address is not the usual one of the provider, so no key is sent there: set `api_key_env` of the endpoint if it needs one";
                notes.changed(at, format!("`{url}` of `{name}`"), why);
            }
            if !made.models.contains(&reference) {
                made.models.push(reference);
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
        let (params, differing) = self.params.common(&params);
        made.params = params;
        if let Some(differing) = differing {
            notes.dropped(
                at,
                differing,
                "not the same in all calls: set what you want in `params`",
            );
        }
        made
    }
}

/// The name of a prompt as it is shown.
fn shown(name: &str) -> &str {
    if name.is_empty() { REST } else { name }
}
