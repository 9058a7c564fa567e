//! The configuration itself: its parts are read one by one, and what is not known in it is told.

use super::{
    assertions::Grading,
    environment::{EnvironmentNames, environment, looked_at},
    environment_files::with_variable_names,
    files::Files,
    ignored::note_ignored,
    project::{Limits, Parts, project},
    prompts::{Prompt, prompts},
    providers::{Provider, Providers},
    templates::{Readers, Written, fill_columns, templates},
    tests::{Case, Tests, repeat_count},
};
use crate::{
    catalog::has_price,
    interop::{ImportError, ImportedModel, ImportedProject, Kind, Node, NotePlace, Notes},
    source::as_typed,
};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap, path::Path, rc::Rc, slice::from_ref};

/// Make a project of a promptfoo configuration. An error where there is nothing to make it of.
pub fn promptfoo(file: &Path, allow_outside: bool) -> Result<ImportedProject, ImportError> {
    let files = Files::beside(file, allow_outside);
    files.finish(read(file, &files))
}

fn read(file: &Path, files: &Files) -> Result<ImportedProject, ImportError> {
    let loaded: RefCell<BTreeMap<String, Option<Rc<Node>>>> = RefCell::default();
    let load = |written: &str, at: &NotePlace| {
        let mut loaded = loaded.borrow_mut();
        let known = loaded.entry(written.to_owned());
        known
            .or_insert_with(|| files.tree(&files.path(written), at).ok().map(Rc::new))
            .clone()
    };
    let (root, unresolved) = Node::read(file)?.with_refs(&load);
    let nothing = |message: &str| ImportError::Nothing {
        path: as_typed(file),
        message: message.to_owned(),
    };
    if !root.is_map() {
        return Err(nothing("not a promptfoo configuration"));
    }
    let mut notes = Notes::default();
    for (at, target) in unresolved {
        let why = "nothing stands there that could be put in its place";
        notes.dropped(&at, format!("`$ref: {target}`"), why);
    }
    let root = with_variable_names(root, files, &mut notes)?;
    unknown(&root, &mut notes);
    let env = environment(root.get("env"), &mut notes);
    let Some(node) = root.get("prompts") else {
        return Err(nothing("it has no `prompts`"));
    };
    let prompts = prompts(node, files, &env, &mut notes)?;
    let reader = Providers { files, env: &env };
    let providers = models(&root, files, &reader, &mut notes)?;
    let mut grading = Grading::default();
    let mut cases = Tests {
        files,
        root: &root,
        env: &env,
        grading: &mut grading,
        notes: &mut notes,
    }
    .all()?;
    let all_called = providers.len() >= listed(&root);
    references(&prompts, &providers, all_called, &cases)?;
    let readers = Readers {
        chats: providers.iter().any(|provider| provider.reads_chats),
        texts: providers.iter().any(|provider| !provider.reads_chats),
    };
    finish_reasons(&providers, &grading, &mut notes);
    note_unknown_costs(&providers, &grading, &mut notes);
    let env_node = root.get("env");
    let written = templates(&prompts, &mut cases, readers, env_node, &mut notes);
    fill_columns(&written, &mut cases, &root.at, &mut notes);
    let names = EnvironmentNames::among(written.iter().flat_map(Written::names));
    if !written.iter().any(|w| w.runs) {
        let told: Vec<String> = notes.finish().iter().map(ToString::to_string).collect();
        let message = format!("none of its prompts can be converted\n{}", told.join("\n"));
        return Err(nothing(&message));
    }
    let mut parts = Parts {
        title: root.get("description").and_then(Node::text),
        source: as_typed(file),
        written,
        providers,
        cases,
        env: names.map(|names| looked_at(root.get("env"), &names)),
        limits: limits(&root, &mut notes),
        judge: None,
        embeddings: None,
        rubric: None,
        grading: &grading,
    };
    graders(&mut parts, &reader, files, &mut notes)?;
    Ok(project(parts, notes))
}

/// Tell of providers of which promptfoo gets no finish reason.
fn finish_reasons(providers: &[Provider], grading: &Grading, notes: &mut Notes) {
    let is_used = |kind: &str| grading.counts.contains_key(kind);
    if !is_used("finish-reason") && !is_used("not-finish-reason") {
        return;
    }
    for provider in providers.iter().filter(|provider| !provider.tells_finish) {
        let why = "promptfoo gets no reason from this provider, so that it holds for no row there; here it is checked";
        notes.dropped(&provider.at, "the assertion `finish-reason`", why);
    }
}

/// Note the models without a price that is known here or in promptfoo, where an assertion is about the cost.
fn note_unknown_costs(providers: &[Provider], grading: &Grading, notes: &mut Notes) {
    let is_used = |kind: &&&str| grading.counts.contains_key(**kind);
    let Some(kind) = ["cost", "not-cost"].iter().find(is_used) else {
        return;
    };
    for provider in providers {
        let model = &provider.model;
        let Some(endpoint) = model.endpoint.as_ref() else {
            continue;
        };
        let why = match has_price(&model.name, &endpoint.base_url) {
            false if model.price.is_none() => {
                "no price of the model is known, so it fails in every row: set `price` of the model; promptfoo has prices of its own"
            }
            true if provider.has_price_there() => continue,
            false if provider.is_priced_by_setting() => continue,
            _ => {
                "promptfoo knows no price of the model, whatever `cost` says, and ends each row with an error; here the price counts"
            }
        };
        let what = format!("the assertion `{kind}` of answers by `{}`", model.name);
        notes.dropped(&provider.at, what, why);
    }
}

/// How many providers a configuration lists.
fn listed(root: &Node) -> usize {
    let node = root.get("providers").or(root.get("targets"));
    node.map_or(0, |node| node.items().len())
}

/// promptfoo refuses tests that name prompts or providers which are not there.
fn references(
    prompts: &[Prompt],
    providers: &[Provider],
    all_called: bool,
    cases: &[Case],
) -> Result<(), ImportError> {
    for case in cases {
        let is_prompt =
            |name: &&String| !prompts.iter().any(|p| p.is_chosen(Some(from_ref(*name))));
        let named = case.prompts.iter().flatten().find(is_prompt);
        if let Some(name) = named.filter(|_| !case.in_scenario) {
            let labels: Vec<String> = prompts.iter().map(Prompt::shown).collect();
            let why = format!(
                "there is no such prompt, and promptfoo refuses the configuration; there are: {}",
                labels.join(", ")
            );
            return Err(ImportError::refused(
                &case.at,
                &format!("the prompt `{name}` of a test"),
                &why,
            ));
        }
        // One that cannot be called here may be meant.
        if !all_called {
            continue;
        }
        let is_provider = |name: &&String| !providers.iter().any(|p| p.is_named(from_ref(*name)));
        if let Some(name) = case.providers.iter().flatten().find(is_provider) {
            let names: Vec<&str> = providers.iter().map(|p| p.called[0].as_str()).collect();
            let why = format!(
                "there is no such provider, and promptfoo refuses the configuration; there are: {}",
                names.join(", ")
            );
            return Err(ImportError::refused(
                &case.at,
                &format!("the provider `{name}` of a test"),
                &why,
            ));
        }
    }
    Ok(())
}

/// The providers that can be called; where there is none, the stand-in.
fn models(
    root: &Node,
    files: &Files,
    reader: &Providers<'_>,
    notes: &mut Notes,
) -> Result<Vec<Provider>, ImportError> {
    let node = root.get("providers").or(root.get("targets"));
    let Some(node) = node.filter(|node| !node.is_null() && !node.is_map()) else {
        let why = "they are no list, and promptfoo refuses the configuration: write at least one, such as `echo`";
        let at = node.map_or(&root.at, |node| &node.at);
        return Err(ImportError::refused(at, "the `providers`", why));
    };
    let mut found = Vec::new();
    for item in node.items() {
        match item.text().filter(|text| text.starts_with("file://")) {
            Some(written)
                if !super::files::is_program(&super::files::extension(&files.path(written))) =>
            {
                let tree = files.tree(&files.path(written), &item.at)?;
                for node in tree.items() {
                    found.extend(reader.provider(node, notes)?);
                }
            }
            _ => found.extend(reader.provider(item, notes)?),
        }
    }
    found.retain(|provider| {
        if provider.is_embedding {
            let why = "a model that embeds gives no answers, and promptfoo has an error in each of its rows";
            notes.dropped(&provider.at, format!("the provider `{}`", provider.called[0]), why);
        }
        !provider.is_embedding
    });
    if found.is_empty() {
        notes.dropped(
            &node.at,
            "the providers",
            "none can be asked: the stand-in demo/echo, which repeats the prompt, is in their place",
        );
        found.push(Provider::stand_in(&root.at).for_chats());
    }
    Ok(found)
}

fn graders(
    parts: &mut Parts<'_>,
    reader: &Providers<'_>,
    files: &Files,
    notes: &mut Notes,
) -> Result<(), ImportError> {
    let grading = parts.grading;
    let count = |kind: &str| {
        let all = grading.counts.iter();
        all.filter(|(k, _)| k.trim_start_matches("not-").starts_with(kind))
            .map(|(_, n)| n)
            .sum::<usize>()
    };
    let usual = |id: &str,
                 config: Value,
                 what: &str,
                 notes: &mut Notes|
     -> Result<_, ImportError> {
        let at = NotePlace {
            file: parts.source.as_path().into(),
            line: None,
        };
        notes.changed(
            &at,
            what,
            format!("none is named, and promptfoo takes one by the keys that are set: with OPENAI_API_KEY it is `{id}`, as here; name yours if you set another key"),
        );
        let node = Node::from_json(&json!({"id": id, "config": config}), &at);
        Ok(reader.provider(&node, notes)?.map(|p| p.model))
    };
    if count("llm-rubric") > 0 {
        parts.judge = match &grading.judge {
            Some(node) => grader(node, "the judge of `llm-rubric`", reader, notes)?,
            None => usual(
                "openai:chat:gpt-5.6-sol",
                json!({"response_format": {"type": "json_object"}}),
                "the judge of `llm-rubric`",
                notes,
            )?,
        };
        if let Some(node) = &grading.rubric {
            let text = match files.value(node)? {
                Value::String(text) => text,
                other => other.to_string(),
            };
            parts.rubric = Some((text, node.at.clone()));
        }
    }
    if count("similar") > 0 {
        parts.embeddings = match &grading.embeddings {
            Some(node) => embedder(node, reader, notes)?,
            None if let Some(at) = &grading.without_embedding => {
                notes.dropped(at, EMBEDDER, NO_EMBEDDING);
                None
            }
            None => usual(
                "openai:embedding:text-embedding-3-large",
                json!({}),
                "the model of `similar`",
                notes,
            )?,
        };
    }
    Ok(())
}

const EMBEDDER: &str = "the model of `similar`";
const NO_EMBEDDING: &str = "none that embeds is named, and promptfoo ends each row that needs it with an error: the project runs when one is named in wording.toml";

/// The model of `similar`.
fn embedder(
    node: &Node,
    reader: &Providers<'_>,
    notes: &mut Notes,
) -> Result<Option<ImportedModel>, ImportError> {
    if let Ok(Some(provider)) = reader.provider(node, &mut Notes::default())
        && !provider.is_embedding
    {
        notes.dropped(&node.at, EMBEDDER, NO_EMBEDDING);
        return Ok(None);
    }
    grader(node, EMBEDDER, reader, notes)
}

/// A model that grades. One that promptfoo cannot call ends only the rows that need it with an error there.
fn grader(
    node: &Node,
    what: &str,
    reader: &Providers<'_>,
    notes: &mut Notes,
) -> Result<Option<ImportedModel>, ImportError> {
    match reader.provider(node, notes) {
        Ok(provider) => Ok(provider.map(|provider| provider.model)),
        Err(ImportError::Refused { .. }) => {
            let why = "promptfoo cannot call it, and the rows that need it end with an error there: the project runs when one is named in wording.toml";
            notes.dropped(&node.at, what, why);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Why a filter of tests is left out.
const FILTERED: &str = "promptfoo runs only the tests that it chooses, and here all of them are rows: leave the others out of the dataset";

/// How fast and how often.
fn limits(root: &Node, notes: &mut Notes) -> Limits {
    let mut limits = Limits::default();
    for part in ["evaluateOptions", "commandLineOptions"] {
        for (key, node) in root.get(part).map_or(&[][..], Node::entries) {
            let number = node.number().filter(|n| *n >= 1.0);
            match (key.as_str(), number) {
                ("maxConcurrency", Some(n)) => limits.in_flight = Some(n as u64),
                ("repeat", _) => limits.samples = repeat_count(node),
                ("delay", Some(ms)) => {
                    limits.per_minute = Some(((60_000.0 / ms) as u64).max(1));
                }
                ("cache", _) => notes.changed(
                    &node.at,
                    "`cache`",
                    "answers are stored and reused; `run --reuse no` sends them again",
                ),
                ("delay" | "maxConcurrency", _) => {}
                // Read before, where promptfoo reads it.
                ("envPath", _) if part == "commandLineOptions" => {}
                ("filterRange", _) => notes.dropped(&node.at, format!("`{part}.{key}`"), FILTERED),
                ("filterSample", _) if part == "commandLineOptions" => {
                    notes.dropped(&node.at, format!("`{part}.{key}`"), FILTERED);
                }
                (other, _) => notes.changed(
                    &node.at,
                    format!("`{part}.{other}`"),
                    "it has no counterpart",
                ),
            }
        }
    }
    limits
}

/// Tell of keys that have no counterpart.
fn unknown(root: &Node, notes: &mut Notes) {
    const KNOWN: [&str; 12] = [
        "description",
        "prompts",
        "providers",
        "targets",
        "tests",
        "scenarios",
        "defaultTest",
        "evaluateOptions",
        "commandLineOptions",
        "env",
        "assertionTemplates",
        "$schema",
    ];
    for (key, node) in root.entries() {
        // An empty list or map says nothing.
        let is_empty = match &node.kind {
            Kind::List(items) => items.is_empty(),
            Kind::Map(entries) => entries.is_empty(),
            _ => false,
        };
        if KNOWN.contains(&key.as_str()) || node.is_null() || is_empty {
            continue;
        }
        let what = format!("`{key}`");
        match key.as_str() {
            // They change nothing of what is sent or scored; keys `x-…` are for anchors.
            "outputPath" | "sharing" | "tags" | "metadata" | "writeLatestResults" => {}
            other if other.starts_with("x-") => {}
            "nunjucksFilters" => notes.dropped(
                &node.at,
                what,
                "filters of one's own are programs: write what they do into the templates",
            ),
            "derivedMetrics" => notes.dropped(
                &node.at,
                what,
                "metrics of metrics are not computed: gates can compare those that there are",
            ),
            "extensions" => notes.dropped(&node.at, what, "programs are not called during a run"),
            "tracing" => notes.dropped(&node.at, what, "spans are not collected"),
            "redteam" => notes.dropped(
                &node.at,
                what,
                "attacks are not made up here: write them as tests",
            ),
            _ => note_ignored(what, node, notes),
        }
    }
}
