//! Why an experiment cannot be planned or run.

use crate::{
    annotation::LabelError, dataset::DatasetError, demo::DemoError, display::count,
    endpoint::EndpointError, score::ScoreError, shots::ShotsError, store::StoreError,
    template::TemplateError,
};

/// Why an experiment cannot be planned or run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Templates(Vec<TemplateError>),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Labels(#[from] LabelError),
    #[error("the shots: {0}")]
    ShotsFile(DatasetError),
    /// The way shots are chosen.
    #[error(transparent)]
    Shots(#[from] ShotsError),
    #[error(transparent)]
    Score(#[from] ScoreError),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Outputs are scored where nothing may be sent.
    #[error(
        "the metric `{0}` calls a model or a program, and scoring existing outputs sends nothing\n  help: choose a metric that reads by itself, or run an experiment that repeats the outputs: models = [\"demo/echo\"] and a template `{{{{ row.{1} }}}}`"
    )]
    SendsNothing(String, String),
    /// Outputs are texts.
    #[error(
        "the metric `{0}` needs log-probabilities, which existing outputs do not have; use the kind `label`"
    )]
    NoLogprobs(String),
    /// There are no prompts where outputs were made elsewhere.
    #[error(
        "[experiment.{0}] scores existing outputs and has no prompts; `wording run {0}` scores them, `wording report` shows the result"
    )]
    OnlyOutputs(String),
    /// An endpoint did not say which models it has.
    #[error("{0}")]
    ModelList(Box<crate::model::Failure>),
    #[error("the request cannot be made: {0}")]
    Request(String),
    /// Dollars are capped, and this model has no price.
    #[error(
        "the budget is in USD, and the price of {0} is not known; set `price = {{ input = …, output = … }}` for this model in wording.toml (0 if it costs nothing), or use a budget of calls"
    )]
    NoPrice(crate::model::ModelRef),
    #[error(
        "the budget is in USD, and nothing bounds what a request with `{0}` costs: the server adds to it what is not known here; remove the parameter, or use a budget of calls"
    )]
    UnboundedCost(&'static str),
    /// A conversation cannot be answered from a file of requests.
    #[error(
        "`{variant}` is a conversation: what it sends depends on what the model said before, so it cannot go through a batch file; run it with `wording run`, or leave it out with --variants"
    )]
    ConversationInBatch { variant: String },
    /// Policies that are given calls take a call for each trial.
    #[error(
        "--{policy} shares out calls, one for each trial, and `{variant}` is a conversation of several; use --until, or a run with --rows and --budget-calls"
    )]
    ConversationInRace {
        policy: &'static str,
        variant: String,
    },
    #[error("no endpoint was opened for the model {0}")]
    NoClient(crate::model::ModelRef),
    #[error("the baseline `{name}` of [experiment.{experiment}] is not a variant{}; available: {}",
        nearest.as_ref().map_or(String::new(), |n| format!(" (did you mean `{n}`?)")), known.join(", "))]
    Baseline {
        experiment: String,
        name: String,
        nearest: Option<String>,
        /// Some that there are.
        known: Vec<String>,
    },
    /// A metric scores a reply that a template does not have.
    #[error("the metric `{metric}` scores the reply `{reply}`, and {template} has none of that name{}; {}",
        nearest.as_ref().map_or(String::new(), |n| format!(" (did you mean `{n}`?)")),
        match known.is_empty() {
            true => "the model speaks once in it, without `reply()`".to_owned(),
            false => format!("its replies are {}", known.join(", ")),
        })]
    NoReply {
        metric: String,
        reply: String,
        template: String,
        nearest: Option<String>,
        known: Vec<String>,
    },
    #[error(
        "the metric `{0}` scores a reply of a conversation, and outputs that exist already have none; remove `reply`"
    )]
    ReplyOfOutputs(String),
    #[error(
        "the metric `{0}` asks about a reply of a conversation, which is stored with its prompt; remove `reply`, or `prompts = false` of `store`"
    )]
    ReplyWithoutPrompts(String),
    #[error(
        "cannot fetch the embeddings of {model} for `shots.select = \"similarity\"`: {message}"
    )]
    Embeddings {
        model: crate::model::ModelRef,
        message: String,
    },
    /// Nobody is named who embeds texts.
    #[error(
        "`shots.select = \"similarity\"` in [experiment.{experiment}] needs a model that embeds texts: embeddings = \"openai/text-embedding-3-small\", or \"demo/embed\" for the stand-in"
    )]
    NoEmbeddings { experiment: String },
    #[error(
        "`shots.select` in [experiment.{experiment}] or its templates names shot {number}; {}",
        match shots {
            0 => "there is no shots file: shots = \"FILE\"".to_owned(),
            n => format!("the shots file has {n}, numbered from 1"),
        }
    )]
    NoShot {
        experiment: String,
        number: usize,
        shots: usize,
    },
    /// A model did not answer when it was asked outside of a run.
    #[error("{model}: {message}")]
    NotAnswered {
        model: crate::model::ModelRef,
        message: String,
    },
    /// The condition on rows is not understood.
    #[error(
        "the condition on rows: {message}\n  --> {place}\n  help: write for example 'language == \"de\"' or 'input contains \"refund\"'; docs/session.md has the language"
    )]
    RowsWhere {
        message: String,
        place: Box<crate::source::SourcePlace>,
    },
    #[error("no row meets the condition `{condition}` ({}){}", count(*rows, "row"), parts_alone(alone))]
    NoRowsWhere {
        condition: String,
        rows: usize,
        /// Each part that must hold, with the rows that meet it alone.
        alone: Vec<(String, usize)>,
    },
    /// The policy cannot run.
    #[error(transparent)]
    Policy(#[from] crate::policy::PolicyError),
    /// There are more shards than units in the plan.
    #[error(
        "cannot split into {} shards: the plan has only {parts} units (rows × models × samples, each with all its variants)", shard.count()
    )]
    EmptyShard {
        shard: crate::model::Shard,
        parts: usize,
    },
    /// A seal that leaves nothing on one side.
    #[error("`sealed` of [experiment.{experiment}] seals {} of its {rows} rows; {}", if *all { "all" } else { "none" },
        if *all { "lower the share, so that there are rows to work with" } else { "raise the share, or add rows" })]
    OneSidedSeal {
        experiment: String,
        rows: usize,
        all: bool,
    },
    #[error("the sealed rows of `{experiment}` cannot be opened by an opening of `{opened}`")]
    WrongOpening { experiment: String, opened: String },
    #[error(
        "[experiment.{0}] has no sealed rows to open: seal some with sealed = 0.3, before anybody looks at them"
    )]
    NothingSealed(String),
    /// The run to resume has another plan.
    #[error(
        "run {run} cannot be resumed: {what} changed since; start a new run, which reuses stored answers"
    )]
    Changed { run: String, what: &'static str },
}

/// Which part of a condition excludes how many rows, where it has several.
fn parts_alone(alone: &[(String, usize)]) -> String {
    if alone.len() < 2 {
        return String::new();
    }
    let parts = alone.iter();
    let parts: Vec<String> = parts
        .map(|(part, n)| format!("`{part}` alone: {}", count(*n, "row")))
        .collect();
    format!("\n  {}", parts.join(", "))
}
