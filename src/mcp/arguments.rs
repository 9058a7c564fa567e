//! The arguments of the tools, and the command lines that they stand for.
//!
//! The doc comments are what a client reads about each argument.

use super::{command_line::CommandLine, metric_setting, project_path};
use crate::project::Budget;
use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;
use std::path::Path;

/// Arguments of a tool.
pub(super) trait Arguments: serde::de::DeserializeOwned + JsonSchema + 'static {
    /// The command line; `root` is the folder of the project, and `caps` are those that hold for what is sent.
    fn command_line(&self, root: &Path, caps: &Budget) -> anyhow::Result<CommandLine>;

    /// The caps that the caller sets; `None` where nothing is sent.
    fn caps(&self) -> Option<Budget> {
        None
    }

    /// The experiment whose caps hold too, where one is named.
    fn experiment(&self) -> Option<&str> {
        None
    }
}

/// Which part of an experiment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Part {
    /// Models in place of those of the experiment, each as endpoint/model.
    #[serde(default)]
    models: Vec<String>,
    /// Only a random sample of so many rows, drawn by the seed.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    rows: Option<u64>,
    /// Only rows that meet a condition on their columns, such as `language == "de"`.
    rows_where: Option<String>,
    /// Samples per cell: how often each prompt is sent.
    #[schemars(range(min = 1, max = 1_000_000))]
    samples: Option<u64>,
    /// Only variants whose name matches one of these names or globs.
    #[serde(default)]
    variants: Vec<String>,
    /// Seed of the samples of rows and variants.
    seed: Option<u64>,
}

impl Part {
    fn add_to(&self, line: &mut CommandLine) -> anyhow::Result<()> {
        // The command line would read two models.
        if let Some(model) = self.models.iter().find(|model| model.contains(',')) {
            anyhow::bail!(
                "`models`: {model:?} has a comma; give each model as an item of the list"
            );
        }
        line.values("models", &self.models)
            .values("rows", self.rows)
            .values("rows-where", &self.rows_where)
            .values("samples", self.samples)
            .values("variants", &self.variants)
            .values("seed", self.seed);
        Ok(())
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ListArguments {
    /// How many of the latest runs are listed [default: 20].
    #[schemars(range(min = 0, max = 10_000))]
    pub(super) max_runs: Option<usize>,
}

impl Arguments for ListArguments {
    fn command_line(&self, _: &Path, _: &Budget) -> anyhow::Result<CommandLine> {
        Ok(CommandLine::new("runs"))
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct CheckArguments {
    /// Experiment [default: all of the project].
    experiment: Option<String>,
    #[serde(flatten)]
    part: Part,
}

impl Arguments for CheckArguments {
    fn command_line(&self, _: &Path, _: &Budget) -> anyhow::Result<CommandLine> {
        let mut line = CommandLine::new("check");
        self.part.add_to(&mut line)?;
        line.arguments(&self.experiment);
        Ok(line)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct RenderArguments {
    /// Experiment [default: the only one].
    experiment: Option<String>,
    /// Row: its id, or its number counted from 0 [default: the first row].
    row: Option<String>,
    /// Render all rows in place of one.
    #[serde(default)]
    all_rows: bool,
    #[serde(flatten)]
    part: Part,
}

impl Arguments for RenderArguments {
    fn command_line(&self, _: &Path, _: &Budget) -> anyhow::Result<CommandLine> {
        let mut line = CommandLine::new("render");
        self.part.add_to(&mut line)?;
        match (&self.row, self.all_rows) {
            (Some(_), true) => anyhow::bail!("`row` and `all_rows` exclude each other"),
            (_, true) => {}
            (row, false) => {
                line.values("row", [row.as_deref().unwrap_or("0")]);
            }
        }
        line.arguments(&self.experiment);
        Ok(line)
    }
}

/// Caps on what is sent.
fn add_caps(line: &mut CommandLine, caps: &Budget) {
    line.values("budget-calls", caps.calls)
        .values("budget-usd", caps.usd)
        .flag("budget-total");
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct RunArguments {
    /// Experiment [default: the only one].
    experiment: Option<String>,
    /// At most so many requests are sent, retries, judges and embeddings included. Answers from the store are free. A lower
    /// cap of the project or of the server holds.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    max_calls: u64,
    /// At most so many dollars are spent. Needs models whose prices are known.
    #[schemars(range(min = 0.0, max = 1e9))]
    max_usd: Option<f64>,
    #[serde(flatten)]
    part: Part,
    /// Resume this run, by its id, or `latest`.
    resume: Option<String>,
    /// Conditions such as `score >= 0.8`. Where one does not hold, the exit code is 1.
    #[serde(default)]
    gates: Vec<String>,
    /// Note to store with the run.
    note: Option<String>,
    /// Return one entry for each row too.
    #[serde(default)]
    pub(super) with_rows: bool,
}

impl Arguments for RunArguments {
    fn command_line(&self, _: &Path, caps: &Budget) -> anyhow::Result<CommandLine> {
        let mut line = CommandLine::new("run");
        add_caps(&mut line, caps);
        self.part.add_to(&mut line)?;
        line.values("resume", &self.resume)
            .values("gate", &self.gates)
            .values("note", &self.note);
        line.arguments(&self.experiment);
        Ok(line)
    }

    fn experiment(&self) -> Option<&str> {
        self.experiment.as_deref()
    }

    fn caps(&self) -> Option<Budget> {
        Some(Budget {
            calls: Some(self.max_calls),
            usd: self.max_usd,
            time: None,
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ReportArguments {
    /// Run: its id, the beginning of one, or `latest` [default: what is known of the latest run's experiment, from all runs].
    run: Option<String>,
    /// Only rows that meet a condition on their columns, such as `language == "de"`. Not with `run`.
    rows_where: Option<String>,
    /// Conditions such as `score >= 0.8`. Where one does not hold, the exit code is 1.
    #[serde(default)]
    gates: Vec<String>,
    /// Return one entry for each row too.
    #[serde(default)]
    pub(super) with_rows: bool,
    /// Include expected answers and what was read in outputs, in the entries of rows.
    #[serde(default)]
    with_outputs: bool,
}

impl Arguments for ReportArguments {
    fn command_line(&self, _: &Path, _: &Budget) -> anyhow::Result<CommandLine> {
        let mut line = CommandLine::new("report");
        line.values("where", &self.rows_where)
            .values("gate", &self.gates);
        if !self.with_outputs {
            line.flag("no-outputs");
        }
        line.arguments(&self.run);
        Ok(line)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct DiffArguments {
    /// Before: a variant, a template file of the project, REV:path at a git revision, a run or RUN/VARIANT.
    before: String,
    /// After: the same forms; each is compared with `before`.
    #[schemars(length(min = 1))]
    after: Vec<String>,
    /// Experiment [default: the first that contains both].
    experiment: Option<String>,
    /// Send for answers that are missing, at most so many requests, retries, judges and embeddings included. Without it, nothing
    /// is sent, and missing answers are an error. Runs are compared as they are.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    max_calls: Option<u64>,
    /// At most so many dollars are spent. Needs models whose prices are known, and `max_calls`.
    #[schemars(range(min = 0.0, max = 1e9))]
    max_usd: Option<f64>,
    #[serde(flatten)]
    part: Part,
    /// Conditions such as `delta(score) >= 0`. Where one does not hold, the exit code is 1.
    #[serde(default)]
    gates: Vec<String>,
    /// Include inputs, expected answers and outputs of the rows that changed.
    #[serde(default)]
    with_outputs: bool,
}

impl Arguments for DiffArguments {
    fn command_line(&self, root: &Path, caps: &Budget) -> anyhow::Result<CommandLine> {
        if self.max_calls.is_none() && self.max_usd.is_some() {
            anyhow::bail!("`max_usd` needs `max_calls`: without it nothing is sent");
        }
        let mut line = CommandLine::new("diff");
        add_caps(&mut line, caps);
        self.part.add_to(&mut line)?;
        line.values("experiment", &self.experiment)
            .values("gate", &self.gates);
        if !self.with_outputs {
            line.flag("no-outputs");
        }
        for named in std::iter::once(&self.before).chain(&self.after) {
            line.argument(project_path::operand(root, named)?);
        }
        Ok(line)
    }

    fn experiment(&self) -> Option<&str> {
        self.experiment.as_deref()
    }

    fn caps(&self) -> Option<Budget> {
        Some(Budget {
            calls: Some(self.max_calls?),
            usd: self.max_usd,
            time: None,
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct AdviseArguments {
    /// Experiment [default: the only one].
    experiment: Option<String>,
    /// Run: its id, the beginning of one, or `latest` [default: the latest of the experiment].
    run: Option<String>,
}

impl Arguments for AdviseArguments {
    fn command_line(&self, _: &Path, _: &Budget) -> anyhow::Result<CommandLine> {
        let mut line = CommandLine::new("advise");
        line.values("run", &self.run);
        line.arguments(&self.experiment);
        Ok(line)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ScoreArguments {
    /// Dataset with the outputs: a file of the project [default: that of the experiment, where it has `outputs`].
    file: Option<String>,
    /// Columns with outputs; several are compared with the first one.
    #[serde(default)]
    outputs: Vec<String>,
    /// Use the metrics of this experiment; without `file`, its `outputs` too.
    experiment: Option<String>,
    /// Column with the expected answer.
    answer: Option<String>,
    /// Column with the row id.
    id: Option<String>,
    /// Kind of the metric, such as label, exact, number or json [default: label with `labels`, otherwise normalized].
    kind: Option<String>,
    /// Labels of the metric `label`.
    #[serde(default)]
    labels: Vec<String>,
    /// Settings of the metric, each as KEY=VALUE: `tolerance=0.01`.
    #[serde(default)]
    settings: Vec<String>,
    /// Conditions such as `score >= 0.8`. Where one does not hold, the exit code is 1.
    #[serde(default)]
    gates: Vec<String>,
    /// Return one entry for each row too.
    #[serde(default)]
    pub(super) with_rows: bool,
}

impl Arguments for ScoreArguments {
    fn command_line(&self, root: &Path, _: &Budget) -> anyhow::Result<CommandLine> {
        let mut line = CommandLine::new("score");
        line.values("output", &self.outputs)
            .values("experiment", &self.experiment)
            .values("answer", &self.answer)
            .values("id", &self.id)
            .values("kind", &self.kind)
            .values("gate", &self.gates);
        if !self.labels.is_empty() {
            // As a list: `--labels` would split a label at its commas.
            let mut keys = self
                .settings
                .iter()
                .map(|text| metric_setting::parts(text).0);
            if self.kind.is_none() && !keys.any(|key| key == "kind") {
                line.values("kind", ["label"]);
            }
            let labels = serde_json::to_string(&self.labels)?;
            line.values("metric", [format!("labels={labels}")]);
        }
        for setting in &self.settings {
            metric_setting::check(root, setting)?;
            line.values("metric", [setting]);
        }
        if let Some(file) = &self.file {
            line.argument(
                project_path::project_path(root, file)?
                    .display()
                    .to_string(),
            );
        }
        Ok(line)
    }
}
