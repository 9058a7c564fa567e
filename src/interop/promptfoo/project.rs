//! The files of the new project, put together from the parts of a configuration.

use super::{
    assertions::Grading, chat::convert, prompts::Prompt, providers::Provider, templates::Written,
    tests::Case,
};
use crate::interop::{
    Endpoints, ImportedModel, ImportedProject, NotePlace, Notes, imported_project::page, toml,
};
use crate::project::PromptfooOutput;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// How fast and how often.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) in_flight: Option<u64>,
    pub(super) per_minute: Option<u64>,
    pub(super) samples: Option<u64>,
}

/// What a configuration holds.
pub(super) struct Parts<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) source: PathBuf,
    pub(super) written: Vec<Written>,
    pub(super) providers: Vec<Provider>,
    pub(super) cases: Vec<Case>,
    /// Variables of the environment that prompts look at.
    pub(super) env: Option<Map<String, Value>>,
    pub(super) limits: Limits,
    pub(super) judge: Option<ImportedModel>,
    pub(super) embeddings: Option<ImportedModel>,
    /// The template of the question to the judge, and where it stands.
    pub(super) rubric: Option<(String, NotePlace)>,
    pub(super) grading: &'a Grading,
}

/// Stands in the text of metrics for the output that their assertions see.
const OUTPUT: &str = "[[output]]\n";

/// The question to a judge where the configuration has none of its own.
const RUBRIC: &str = "\
{{ role(\"system\") }}You check whether an answer is as a rule wants it. Reply with one object in JSON and nothing else:
{\"reason\": \"why, in a sentence\", \"pass\": true or false, \"score\": a number from 0.0 to 1.0}
{{ role(\"user\") }}Rule:
{{ rubric }}

Answer:
{{ output }}
";

pub(super) fn project(parts: Parts<'_>, mut notes: Notes) -> ImportedProject {
    let mut made = ImportedProject {
        assertions: parts.grading.counts.clone(),
        ..ImportedProject::default()
    };
    let mut endpoints = Endpoints::default();
    let metrics = metrics(&parts, &mut endpoints, &mut made, &mut notes);
    for written in &parts.written {
        let folder = if written.runs { "" } else { "not-converted/" };
        let path = format!("templates/{folder}{}.j2", written.name);
        made.files.push((path.into(), written.text.clone()));
        made.templates += usize::from(written.runs);
    }
    let mut experiments = String::new();
    let mark = |c: &Case| {
        let params = Value::Object(c.params.clone()).to_string();
        (
            c.sent.clone(),
            c.prompts.clone(),
            c.providers.clone(),
            c.affixes.clone(),
            c.samples,
            params,
        )
    };
    for (n, tests) in groups(&parts.cases, mark).iter().enumerate() {
        let dataset = match n {
            0 => "tests.jsonl".to_owned(),
            _ => format!("tests-{}.jsonl", n + 1),
        };
        let rows: Vec<Map<String, Value>> = tests.iter().map(|case| row(case, &parts)).collect();
        let answer = rows.iter().any(|row| row.contains_key("__expected"));
        made.rows += rows.len();
        let lines: String = rows
            .iter()
            .map(|row| Value::Object(row.clone()).to_string() + "\n")
            .collect();
        made.files.push((dataset.clone().into(), lines));
        let (for_prompts, for_providers) =
            (tests[0].prompts.as_deref(), tests[0].providers.as_deref());
        let asked: Vec<Provider> = parts
            .providers
            .iter()
            .filter(|p| for_providers.is_none_or(|names| p.is_named(names)))
            .cloned()
            .collect();
        for group in groups(&asked, |p| {
            let params = p.params(&tests[0].params);
            let output = p.output(&params);
            let params = Value::Object(params).to_string();
            (params, output, p.prompts.clone(), p.reads_chats)
        }) {
            let chosen: Vec<Value> = parts
                .written
                .iter()
                .filter(|w| {
                    w.runs
                        && w.serves(group[0].reads_chats, &tests[0])
                        && w.prompt.is_chosen(for_prompts)
                        && w.prompt.is_chosen(group[0].prompts.as_deref())
                })
                .map(|w| Value::String(format!("templates/{}.j2", w.name)))
                .collect();
            if chosen.is_empty() {
                continue;
            }
            let name = match made.experiments.len() {
                0 => "eval".to_owned(),
                n => format!("eval-{}", n + 1),
            };
            let mut models: Vec<Value> = Vec::new();
            for provider in &group {
                let model = endpoints.reference(&provider.model);
                match models.contains(&model.as_str().into()) {
                    // A second provider of the same requests is a second row in promptfoo.
                    true => {
                        let why = format!(
                            "it sends what another provider sends to `{model}`, and its rows are left out: `samples = 2` sends each prompt twice"
                        );
                        notes.dropped(&provider.at, "a provider", why);
                    }
                    false => models.push(model.into()),
                }
            }
            made.models
                .extend(models.iter().filter_map(Value::as_str).map(str::to_owned));
            experiments += &format!(
                "[experiment.{name}]\ntemplates = {}\ndataset = {}\n",
                toml(&chosen.into()),
                toml(&dataset.clone().into())
            );
            if answer {
                experiments += "answer = \"__expected\"\n";
            }
            experiments += &format!("models = {}\n", toml(&models.into()));
            let samples = tests[0].samples.or(parts.limits.samples);
            if let Some(n) = samples.filter(|n| *n > 1) {
                experiments += &format!("samples = {n}\n");
            }
            let params = group[0].params(&tests[0].params);
            let output = group[0].output(&params);
            if !params.is_empty() {
                let params = Value::Object(params);
                experiments += &format!("params = {}\n", toml(&params));
            }
            experiments += &format!(
                "\n{}",
                metrics
                    .replace("[[metric]]", &format!("[[experiment.{name}.metric]]"))
                    .replace(OUTPUT, &seen(output))
            );
            made.experiments.push(name);
        }
    }
    made.models.sort();
    made.models.dedup();
    let mut limits = String::new();
    if let Some(n) = parts.limits.in_flight {
        limits += &format!("max_in_flight = {n}\n");
    }
    if let Some(n) = parts.limits.per_minute {
        limits += &format!("requests_per_minute = {n}\n");
    }
    let title = parts.title.map_or(String::new(), |t| {
        let lines: String = t
            .lines()
            .map(|l| format!("# {}\n", crate::display::visible(l)))
            .collect();
        lines
    });
    let head = format!(
        "{title}# Created from {} by `wording import promptfoo`. Differences are listed in IMPORT.md.\n\n",
        parts.source.display()
    );
    let text = format!("{head}{}{experiments}", endpoints.toml(&limits));
    made.files.push(("wording.toml".into(), text));
    made.notes = notes.finish();
    let page = page(&parts.source, &made.notes, &endpoints);
    made.files.push(("IMPORT.md".into(), page));
    made
}

/// The setting of a metric for the output that its assertions see.
fn seen(output: PromptfooOutput) -> String {
    let usual = PromptfooOutput::default();
    let mut parts = vec![format!("provider = \"{}\"", output.provider.as_str())];
    if output.parse_json != usual.parse_json {
        parts.push(format!("parse_json = {}", output.parse_json));
    }
    if output.show_thinking != usual.show_thinking {
        parts.push(format!("show_thinking = {}", output.show_thinking));
    }
    format!("promptfoo = {{ {} }}\n", parts.join(", "))
}

/// The metrics, and the rubric that they need.
fn metrics(
    parts: &Parts<'_>,
    endpoints: &mut Endpoints,
    made: &mut ImportedProject,
    notes: &mut Notes,
) -> String {
    let mut by = String::new();
    if let Some(judge) = &parts.judge {
        by += &format!(
            "judge = {}\nrubric = \"rubric.j2\"\n",
            toml(&endpoints.reference(judge).into())
        );
        if !judge.params.is_empty() {
            by += &format!("params = {}\n", toml(&Value::Object(judge.params.clone())));
        }
        made.files.push(("rubric.j2".into(), rubric(parts, notes)));
    }
    if let Some(model) = &parts.embeddings {
        by += &format!(
            "embeddings = {}\n",
            toml(&endpoints.reference(model).into())
        );
    }
    let metric = |name: &str, part: &str| {
        format!(
            "[[metric]]\nkind = \"assertions\"\nname = {}\n{OUTPUT}{part}{by}\n",
            toml(&name.into())
        )
    };
    let mut text = metric("score", "") + &metric("pass", "part = \"pass\"\n");
    for name in &parts.grading.metrics {
        let own = if ["score", "pass"].contains(&name.as_str()) {
            format!("{name} (metric)")
        } else {
            name.clone()
        };
        text += &metric(&own, &format!("only = {}\n", toml(&name.clone().into())));
    }
    text
}

/// The configuration's own question to a judge, or the usual one.
fn rubric(parts: &Parts<'_>, notes: &mut Notes) -> String {
    let Some((raw, at)) = &parts.rubric else {
        if let Some(at) = &parts.grading.first_rubric {
            notes.dropped(
                at,
                "the question to the judge of `llm-rubric`",
                "promptfoo's own question is not copied, and verdicts may differ: another one is in its place, in rubric.j2; with a `rubricPrompt` in the configuration both ask the same",
            );
        }
        return RUBRIC.to_owned();
    };
    if names_large_numbers(raw) {
        let why = "it names numbers above 1: a judge's score outside of 0 to 1 counts as it is in promptfoo, and as 0 or 1 in the score of the row here";
        notes.dropped(at, "scores by `rubricPrompt`", why);
    }
    let prompt = Prompt {
        name: "rubric".into(),
        label: None,
        called: Vec::new(),
        raw: raw.clone(),
        at: at.clone(),
    };
    let made = convert(&prompt, raw, &[], true).map(|made| made.templates.into_iter().next());
    let why = match made.map(|made| made.map(|(_, template)| template).unwrap_or_default()) {
        Ok(made) if made.problems.is_empty() && made.names.contains("output") => return made.text,
        Ok(made) => match made.problems.first() {
            Some((_, what, why)) => format!("{what}: {why}"),
            None => "it never shows the answer".into(),
        },
        Err(why) => why,
    };
    notes.dropped(
        at,
        "`rubricPrompt`",
        format!("{why}; the usual question is in its place, in rubric.j2"),
    );
    RUBRIC.to_owned()
}

/// Whether a question to a judge may be about scores above 1.
fn names_large_numbers(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let numbers = numbers.filter_map(|number| number.trim_matches('.').parse::<f64>().ok());
    numbers
        .into_iter()
        .any(|number| number > 1.0 && number <= 100.0)
}

/// A row of the dataset.
fn row(case: &Case, parts: &Parts<'_>) -> Map<String, Value> {
    let mut row = case.vars.clone();
    if let Some(env) = &parts.env {
        row.insert("env".into(), env.clone().into());
    }
    if let Some(description) = &case.description {
        row.insert("__description".into(), description.clone().into());
    }
    if !case.metadata.is_empty() {
        row.insert("__metadata".into(), case.metadata.clone().into());
    }
    if let Some(threshold) = case.threshold {
        row.insert("__threshold".into(), threshold.into());
    }
    if let Some(expected) = expected(&case.assert) {
        row.insert("__expected".into(), expected);
    }
    row.insert("__assert".into(), case.assert.clone().into());
    row
}

/// The answer that a person would expect to see: what the first assertion that names one compares with.
fn expected(assertions: &[Value]) -> Option<Value> {
    const KINDS: [&str; 7] = [
        "equals",
        "similar",
        "levenshtein",
        "rouge-n",
        "contains",
        "icontains",
        "starts-with",
    ];
    KINDS.iter().find_map(|kind| {
        let found = assertions.iter().find(|a| a["type"] == *kind)?;
        let value = &found["value"];
        (value.is_string() || value.is_number()).then(|| value.clone())
    })
}

/// Items with the same mark, in the order in which marks first appear.
fn groups<T: Clone, K: PartialEq>(items: &[T], mark: impl Fn(&T) -> K) -> Vec<Vec<T>> {
    let mut all: Vec<(K, Vec<T>)> = Vec::new();
    for item in items {
        let mark = mark(item);
        match all.iter_mut().find(|(known, _)| *known == mark) {
            Some((_, group)) => group.push(item.clone()),
            None => all.push((mark, vec![item.clone()])),
        }
    }
    all.into_iter().map(|(_, group)| group).collect()
}
