//! Recorded calls or an eval as an experiment, and several as the files of a project.

use super::{Endpoints, ImportedProject, Notes, imported_project::page, key, slug, toml};
use serde_json::{Map, Value};
use std::path::Path;

/// An experiment of the new project.
#[derive(Debug, Default)]
pub(super) struct Experiment {
    pub(super) name: String,
    pub(super) rows: Vec<Map<String, Value>>,
    /// Name and text of each prompt.
    pub(super) prompts: Vec<(String, String)>,
    /// As the project calls them.
    pub(super) models: Vec<String>,
    pub(super) params: Map<String, Value>,
    /// Recorded outputs: the variant, and the column that they are in.
    pub(super) outputs: Vec<(String, String)>,
    /// Criteria, of which each row has the assertions.
    pub(super) criteria: Vec<String>,
    /// The kind of the metric, where rows have no assertions.
    pub(super) metric: Option<&'static str>,
    /// A judge, in the place of assertions.
    pub(super) judge: Option<ExperimentJudge>,
    /// Graders that are not run here, kept as files: the name of the file and its text.
    pub(super) graders: Vec<(String, String)>,
}

/// A judge of an experiment.
#[derive(Debug)]
pub(super) struct ExperimentJudge {
    /// As the project calls it.
    pub(super) model: String,
    /// Its name among the graders.
    pub(super) rubric: String,
    pub(super) params: Map<String, Value>,
    /// The key `evals` of the metric.
    pub(super) evals: Value,
}

/// The column with a row's assertions, and the one with what a person would expect to see.
pub(super) const ASSERT: &str = "__assert";
pub(super) const EXPECTED: &str = "__expected";

impl Experiment {
    /// Add an assertion to a row.
    pub(super) fn assert(row: &mut Map<String, Value>, assertion: Value) {
        let list = row
            .entry(ASSERT)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(assertion);
        }
    }

    fn metrics(&self, experiment: &str) -> String {
        if let Some(kind) = self.metric {
            return format!(
                "\n[[experiment.{}.metric]]\nkind = {}\n",
                key(experiment),
                toml(&kind.into())
            );
        }
        if let Some(judge) = &self.judge {
            let of = |value: &str| toml(&value.to_owned().into());
            return format!(
                "\n[[experiment.{}.metric]]\nkind = \"judge\"\nmodel = {}\nrubric = {}\nparams = {}\nevals = {}\n",
                key(experiment),
                of(&judge.model),
                of(&self.grader(&judge.rubric)),
                toml(&judge.params.clone().into()),
                toml(&judge.evals),
            );
        }
        // Other programs score the whole text, thoughts in tags included.
        let metric = |name: &str, part: &str| {
            format!(
                "\n[[experiment.{}.metric]]\nkind = \"assertions\"\nname = {}\nthoughts = true\n{part}",
                key(experiment),
                toml(&name.into())
            )
        };
        // An item passes if all criteria do.
        let mut text = metric("pass", "part = \"pass\"\n");
        if self.criteria.len() > 1 {
            for name in &self.criteria {
                let own = match name.as_str() {
                    "pass" => "pass (criterion)",
                    name => name,
                };
                text += &metric(own, &format!("only = {}\n", toml(&name.clone().into())));
            }
        }
        text
    }

    fn toml(&self) -> String {
        let (name, mut text) = (&self.name, String::new());
        let answer = match self.rows.iter().any(|row| row.contains_key(EXPECTED)) {
            true => format!("answer = \"{EXPECTED}\"\n"),
            false => String::new(),
        };
        let dataset = format!("dataset = {}\n{answer}", toml(&self.dataset().into()));
        if !self.prompts.is_empty() {
            let templates = self.prompts.iter();
            let templates: Vec<Value> = templates
                .map(|(name, _)| self.template(name).into())
                .collect();
            let models: Vec<Value> = self.models.iter().map(|m| m.clone().into()).collect();
            text += &format!(
                "[experiment.{}]\ntemplates = {}\n{dataset}models = {}\n",
                key(name),
                toml(&templates.into()),
                toml(&models.into())
            );
            if !self.params.is_empty() {
                text += &format!("params = {}\n", toml(&self.params.clone().into()));
            }
            text += &self.metrics(name);
            text.push('\n');
        }
        if !self.outputs.is_empty() {
            let recorded = self.recorded();
            let outputs = self.outputs.iter();
            let outputs: Map<String, Value> = outputs
                .map(|(variant, column)| (variant.clone(), column.clone().into()))
                .collect();
            text += &format!(
                "# The outputs that were recorded: nothing is sent.\n[experiment.{}]\n{dataset}outputs = {}\n",
                key(&recorded),
                toml(&outputs.into())
            );
            text += &self.metrics(&recorded);
            text.push('\n');
        }
        text
    }

    fn dataset(&self) -> String {
        format!("datasets/{}.jsonl", self.name)
    }

    fn template(&self, prompt: &str) -> String {
        format!("templates/{}/{prompt}.j2", self.name)
    }

    fn grader(&self, file: &str) -> String {
        format!("graders/{}/{file}", self.name)
    }

    fn recorded(&self) -> String {
        match self.prompts.is_empty() {
            true => self.name.clone(),
            false => recorded(&self.name),
        }
    }
}

/// The experiment of the outputs that were recorded beside a prompt.
fn recorded(name: &str) -> String {
    format!("{name}-recorded")
}

/// A name that no other experiment has.
fn unique(name: &str, taken: &[String]) -> String {
    let name = match slug(name) {
        name if name.is_empty() => "eval".to_owned(),
        name => name,
    };
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    let mut all = std::iter::once(name.clone()).chain(numbered);
    let is_free = |name: &String| ![name, &recorded(name)].iter().any(|n| taken.contains(n));
    all.find(is_free).unwrap_or(name)
}

/// The project that a command makes of what is at a path.
pub(super) fn project(
    command: &str,
    path: &Path,
    experiments: Vec<Experiment>,
    endpoints: &Endpoints,
    notes: Notes,
) -> ImportedProject {
    let source = crate::source::as_typed(path);
    let mut made = ImportedProject::default();
    let mut text = format!(
        "# Created from {} by `wording import {command}`. Differences are listed in IMPORT.md.\n\n{}",
        source.display(),
        endpoints.toml("")
    );
    let mut taken = Vec::new();
    for mut experiment in experiments {
        experiment.name = unique(&experiment.name, &taken);
        taken.extend([experiment.name.clone(), experiment.recorded()]);
        text += &experiment.toml();
        if !experiment.prompts.is_empty() {
            made.experiments.push(experiment.name.clone());
        }
        if !experiment.outputs.is_empty() {
            made.experiments.push(experiment.recorded());
        }
        made.templates += experiment.prompts.len();
        made.rows += experiment.rows.len();
        made.models.extend(experiment.models.iter().cloned());
        for row in &experiment.rows {
            for assertion in row
                .get(ASSERT)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let kind = assertion["type"].as_str().unwrap_or_default();
                *made.assertions.entry(kind.to_owned()).or_default() += 1;
            }
        }
        let lines = experiment.rows.iter();
        let lines: String = lines
            .map(|row| Value::Object(row.clone()).to_string() + "\n")
            .collect();
        made.files.push((experiment.dataset().into(), lines));
        for (prompt, template) in &experiment.prompts {
            let file = experiment.template(prompt);
            made.files.push((file.into(), template.clone()));
        }
        for (file, grader) in &experiment.graders {
            let file = experiment.grader(file);
            made.files.push((file.into(), grader.clone()));
        }
    }
    made.models.sort();
    made.models.dedup();
    made.files.push(("wording.toml".into(), text));
    made.notes = notes.finish();
    let page = page(&source, &made.notes, endpoints);
    made.files.push(("IMPORT.md".into(), page));
    made
}
