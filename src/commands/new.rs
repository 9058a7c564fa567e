//! `wording new`: an experiment for a dataset, added to the project, or the first one of a new project.

use super::{
    confirm::{ask, can_ask},
    context::{project_file, shorten},
    output::{Exit, print_as},
    session::session_arguments,
};
use crate::{
    cli::{Global, NewArgs},
    dataset::{Dataset, ReadOptions},
    display::{count, visible},
    engine::Plan,
    model::ModelRef,
    project::Project,
    scaffold::{
        AnswerSource, DatasetColumns, DatasetSource, EndpointAddress, ExperimentDraft,
        FIRST_TEMPLATE, ProjectText, STAND_IN, ScaffoldError, ScaffoldFiles,
    },
};
use anyhow::{Context as _, anyhow, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Add an experiment; nothing is written over.
pub fn new(global: &Global, args: &NewArgs) -> anyhow::Result<Exit> {
    let here = std::env::current_dir().context("cannot read the current folder")?;
    let file = project_file(global, &here).unwrap_or_else(|| PathBuf::from("wording.toml"));
    let typed = match &args.data {
        Some(data) => data.clone(),
        None => PathBuf::from(ask_for(
            "dataset (.jsonl, .csv, .xlsx, .parquet …):",
            "--data FILE",
        )?),
    };
    let dataset = Dataset::read(&typed, &ReadOptions::default())?;
    let columns = DatasetColumns::read(&dataset)?;
    let draft = draft_of(args, &file, DatasetSource::File(typed), &columns)?;
    let added = add_experiment(&file, &draft, &columns)?;
    print_as(args.format, &added, || added.summary())?;
    Ok(Exit::Done)
}

/// What was typed, and where nothing was, what is likely.
pub(super) fn draft_of(
    args: &NewArgs,
    project_file: &Path,
    dataset: DatasetSource,
    columns: &DatasetColumns,
) -> anyhow::Result<ExperimentDraft> {
    let answer = answer_source(args, columns)?;
    Ok(ExperimentDraft {
        name: match &args.name {
            Some(name) => name.clone(),
            None => dataset.experiment_name(),
        },
        dataset,
        answer,
        template: FIRST_TEMPLATE.to_owned(),
        model: model(args, &ProjectText::read(project_file)?)?,
        endpoint: (args.base_url.as_ref()).map(|url| EndpointAddress {
            base_url: url.clone(),
            api_key_env: args.api_key_env.clone(),
        }),
    })
}

/// Write the files.
pub(super) fn add_experiment(
    file: &Path,
    draft: &ExperimentDraft,
    columns: &DatasetColumns,
) -> anyhow::Result<AddedExperiment> {
    let files = ScaffoldFiles::compose(file, draft, columns).map_err(advise)?;
    files.write()?;
    let project = Project::load(file)?;
    let plan = Plan::load(&project, project.experiment(Some(&files.name))?)?;
    Ok(AddedExperiment {
        schema_version: 1,
        files: files.paths(),
        experiment: files.name,
        dataset: files.dataset,
        rows: columns.rows(),
        variants: plan.variants.len(),
        answer: draft.answer.column().map(Into::into),
        scoring: draft.answer.scoring(columns).describe(),
        inputs: files.inputs,
        model: draft.model.clone(),
    })
}

/// What to type instead.
fn advise(error: ScaffoldError) -> anyhow::Error {
    match error {
        ScaffoldError::ExperimentExists { .. } => {
            anyhow!("{error}: wording new NAME --data FILE")
        }
        ScaffoldError::UnknownEndpoint { .. } => anyhow!(
            "{error}; pass its address: --base-url URL, with --api-key-env VARIABLE where it needs a key"
        ),
        ScaffoldError::EndpointExists { .. } => anyhow!("{error}; --base-url is for a new one"),
        other => other.into(),
    }
}

/// What was written and what was guessed, as `--format json` prints it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AddedExperiment {
    /// Always 1.
    schema_version: u32,
    /// Files that were written.
    #[serde(serialize_with = "crate::display::lossy_paths")]
    pub(super) files: Vec<PathBuf>,
    experiment: String,
    /// As the project file names it.
    dataset: String,
    rows: usize,
    variants: usize,
    /// Column with the expected answers, where there is one.
    answer: Option<String>,
    /// How answers are scored.
    scoring: String,
    /// Columns that the model sees.
    inputs: Vec<String>,
    model: ModelRef,
}

impl AddedExperiment {
    /// For people.
    pub(super) fn summary(&self) -> String {
        let name = &self.experiment;
        let shown = match name.contains(|c: char| c.is_whitespace() || "'\"\\$`".contains(c)) {
            true => format!("'{}'", name.replace('\'', "'\\''")),
            false => name.clone(),
        };
        let opened = match shown == *name {
            true => session_arguments(name),
            false => shown.clone(),
        };
        let stand_in = match self.model.is_stand_in() {
            true => " (a stand-in, not a language model; set `models` in wording.toml)",
            false => "",
        };
        let written = self.files.iter();
        let written: String = written
            .map(|path| format!("wrote {}\n", shorten(path)))
            .collect();
        format!(
            "{written}  {}: {}, {}\n  answer: {}{}\n  shown to the model: {}\n  model: {}{stand_in}\nnext: wording render {shown} (the prompts), wording run {shown}, or wording {opened} (the session)",
            self.dataset,
            count(self.rows, "row"),
            count(self.variants, "variant"),
            match &self.answer {
                Some(column) => format!("column {column}, scored as "),
                None => "no column has it yet (wording label); ".to_owned(),
            },
            self.scoring,
            self.inputs.join(", "),
            self.model,
        )
    }
}

/// An answer from the terminal; where nobody is there, what to type instead.
fn ask_for(question: &str, flag: &str) -> anyhow::Result<String> {
    if !can_ask() {
        bail!("no terminal to ask; pass {flag}");
    }
    match ask(question)? {
        answer if answer.is_empty() => bail!("no answer; pass {flag}"),
        answer => Ok(answer),
    }
}

/// Where the expected answers come from.
fn answer_source(args: &NewArgs, columns: &DatasetColumns) -> anyhow::Result<AnswerSource> {
    let listed = || {
        let names: Vec<String> = columns.names().map(visible).collect();
        names.join(", ")
    };
    if args.answer.is_none() && !args.labels.is_empty() {
        return Ok(AnswerSource::Labels(args.labels.clone()));
    }
    if args.answer.is_none() && columns.names().count() == 1 {
        return Ok(AnswerSource::Missing);
    }
    let chosen = match (&args.answer, columns.answer()) {
        (Some(typed), _) => typed.clone(),
        (None, Some(likely)) => likely.to_owned(),
        (None, None) => {
            let question = format!("which column has the expected answer? {}:", listed());
            let flag = format!(
                "--answer COLUMN; the columns are: {}. Where none has the expected answers yet, pass each label: --label NAME",
                listed()
            );
            ask_for(&question, &flag)?
        }
    };
    let source = AnswerSource::Column(chosen);
    source.check(columns)?;
    Ok(source)
}

/// The model that is typed, that of another experiment, or the stand-in.
fn model(args: &NewArgs, project: &ProjectText) -> anyhow::Result<ModelRef> {
    match (&args.model, project.first_model()) {
        (Some(model), _) | (None, Some(model)) => Ok(model.clone()),
        (None, None) => Ok(STAND_IN.parse()?),
    }
}
