//! One call of a tool: checked, made a command line, and given to the functions of that command.

use super::{
    allowance::Allowance,
    arguments::{
        AdviseArguments, Arguments, CheckArguments, DiffArguments, ListArguments, RenderArguments,
        ReportArguments, RunArguments, ScoreArguments,
    },
    document::{ToolDocument, result},
    tools::ToolName,
};
use crate::{
    cli::{Command, Global},
    commands::{
        Exit, advise,
        check::{all_experiments, check_experiments, require_runnable},
        context::CommandContext,
        diff,
        gates::parse_gates,
        list::ProjectList,
        remote_call::{CollectedMessages, RemoteCall, RunProgress},
        render::rendered,
        report, run, score,
    },
    project::Budget,
    report::{diff_json, run_json, run_report_json},
};
use anyhow::{Context as _, anyhow, bail};
use rmcp::model::{CallToolResult, JsonObject};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::watch;

/// A call of a tool, and how it is interrupted and watched.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) tool: ToolName,
    pub(super) arguments: JsonObject,
    pub(super) interrupts: watch::Receiver<u32>,
    pub(super) progress: watch::Sender<RunProgress>,
}

/// What all calls share.
#[derive(Debug)]
pub(super) struct CallContext {
    pub(super) global: Global,
    /// Folder of the project, without links.
    pub(super) root: PathBuf,
    pub(super) allowance: Allowance,
}

/// A call that may run: what was asked for, and the command line of it.
struct Prepared<A> {
    arguments: A,
    command: Command,
    place: CommandContext,
}

impl Call {
    /// Do it. Whatever goes wrong is in the result.
    pub(super) async fn run(self, context: &CallContext) -> CallToolResult {
        match self.tool {
            ToolName::List => self.execute(context, list).await,
            ToolName::Check => self.execute(context, check).await,
            ToolName::Render => self.execute(context, render_prompts).await,
            ToolName::Run => self.execute(context, run_experiment).await,
            ToolName::Report => self.execute(context, report_on).await,
            ToolName::Diff => self.execute(context, compare).await,
            ToolName::Advise => self.execute(context, advise_on).await,
            ToolName::Score => self.execute(context, score_outputs).await,
        }
    }

    async fn execute<A: Arguments>(
        self,
        context: &CallContext,
        tool: impl AsyncFn(&Prepared<A>) -> anyhow::Result<ToolDocument>,
    ) -> CallToolResult {
        let messages = CollectedMessages::default();
        let mut typed = None;
        let done = async {
            let arguments: A = self.checked()?;
            let remote = RemoteCall {
                command: String::new(),
                messages: messages.clone(),
                interrupts: self.interrupts,
                progress: self.progress,
                spent: Arc::default(),
            };
            let mut place = CommandContext::open_for(&context.global, remote.clone())?;
            let taken = match arguments.caps() {
                Some(wanted) => {
                    let wanted = wanted.at_most(&project_caps(&place, arguments.experiment())?);
                    Some(context.allowance.take(wanted)?)
                }
                None => None,
            };
            let done = async {
                let caps = taken.unwrap_or(Budget {
                    calls: Some(0),
                    ..Budget::default()
                });
                let mut line = arguments.command_line(&context.root, &caps)?;
                line.values("format", ["json"]);
                let line = line.at(&context.global);
                if let Some(call) = &mut place.call {
                    call.command = line.text();
                }
                // No command prints what `list` returns.
                typed = (self.tool != ToolName::List).then(|| line.text());
                let command = line.parse()?;
                let prepared = Prepared {
                    arguments,
                    command,
                    place,
                };
                tool(&prepared).await
            };
            let done = done.await;
            if let Some(taken) = taken {
                context.allowance.give_back(taken, *remote.spent.lock());
            }
            done
        };
        let done = done.await;
        result(typed.as_deref(), done, messages.take())
    }

    /// The arguments, or what is wrong with each.
    fn checked<A: Arguments>(&self) -> anyhow::Result<A> {
        let mut arguments = self.arguments.clone();
        // Some clients send what is left out as null.
        arguments.retain(|_, value| !value.is_null());
        let arguments = Value::Object(arguments);
        let schema = Value::Object(self.tool.input_schema());
        let validator = jsonschema::validator_for(&schema)?;
        let wrong: Vec<String> = validator
            .iter_errors(&arguments)
            .map(|error| match error.instance_path.as_str() {
                "" => error.to_string(),
                path => format!("`{}`: {error}", path.trim_start_matches('/')),
            })
            .collect();
        let tool = self.tool.as_str();
        if !wrong.is_empty() {
            bail!("arguments of `{tool}`: {}", wrong.join("; "));
        }
        let read = serde_json::from_value(arguments);
        read.with_context(|| format!("arguments of `{tool}`"))
    }
}

/// The caps that the project sets for an experiment, or the lowest of all where none is named.
fn project_caps(place: &CommandContext, experiment: Option<&str>) -> anyhow::Result<Budget> {
    if let Some(name) = experiment {
        return Ok(place.project.experiment(Some(name))?.budget);
    }
    let budgets = place.project.experiments.iter().map(|e| e.budget);
    Ok(budgets.fold(Budget::default(), |all, one| all.at_most(&one)))
}

/// That a command line is of another command than its tool: a mistake of this program.
fn other_command() -> anyhow::Error {
    anyhow!("this tool has another command; please report this")
}

async fn list(call: &Prepared<ListArguments>) -> anyhow::Result<ToolDocument> {
    let runs = call.arguments.max_runs.unwrap_or(20);
    let all = call.place.store()?.all_runs()?;
    ToolDocument::new(&ProjectList::new(&call.place, &all, runs)?, Exit::Done)
}

async fn check(call: &Prepared<CheckArguments>) -> anyhow::Result<ToolDocument> {
    let Command::Check(args) = &call.command else {
        return Err(other_command());
    };
    let (place, over) = (&call.place, &args.experiment.overrides);
    let experiments = match &args.experiment.experiment {
        Some(name) => vec![place.named_experiment(Some(name), over)?],
        None => all_experiments(place, over)?,
    };
    let checked = check_experiments(place, &experiments, &over.variants);
    require_runnable(place, &checked)?;
    ToolDocument::new(&json!({ "experiments": checked }), Exit::Done)
}

async fn render_prompts(call: &Prepared<RenderArguments>) -> anyhow::Result<ToolDocument> {
    let Command::Render(args) = &call.command else {
        return Err(other_command());
    };
    let name = args.experiment.experiment.as_deref();
    let experiment = call
        .place
        .named_experiment(name, &args.experiment.overrides)?;
    let (prompts, all) = rendered(&call.place, &experiment, args)?;
    let exit = match all {
        true => Exit::Done,
        false => Exit::Failed,
    };
    ToolDocument::new(&json!({ "prompts": prompts }), exit)
}

async fn run_experiment(call: &Prepared<RunArguments>) -> anyhow::Result<ToolDocument> {
    let Command::Run(args) = &call.command else {
        return Err(other_command());
    };
    let place = &call.place;
    let gates = parse_gates(&args.gates)?;
    let args = &run::resumed_args(place, args)?;
    let asked = &args.experiment;
    let experiment = place.named_experiment(asked.experiment.as_deref(), &asked.overrides)?;
    if !experiment.outputs.is_empty() {
        bail!(
            "[experiment.{0}] scores outputs that were made elsewhere: use the tool `score` with `experiment` = \"{0}\"",
            experiment.name
        );
    }
    let finished = run::run_experiment(place, experiment, args, &gates).await?;
    let exit = finished.exit(place);
    let document = run_json(&finished.report).with_rows(call.arguments.with_rows);
    ToolDocument::new(&document, exit)
}

async fn report_on(call: &Prepared<ReportArguments>) -> anyhow::Result<ToolDocument> {
    let Command::Report(args) = &call.command else {
        return Err(other_command());
    };
    let place = &call.place;
    let gates = parse_gates(&args.gates)?;
    let mut read = report::read_run(place, args)?;
    read.report.advice = advise::advice_for_run(place, &read.report);
    let options = report::write_options(place, args, &read.report, &gates, read.chosen)?;
    let exit = report::exit(place, &read.report, &options);
    let document = run_report_json(&read.report, &options).with_rows(call.arguments.with_rows);
    ToolDocument::new(&document, exit)
}

async fn compare(call: &Prepared<DiffArguments>) -> anyhow::Result<ToolDocument> {
    let Command::Diff(args) = &call.command else {
        return Err(other_command());
    };
    let gates = parse_gates(&args.gates)?;
    let (report, ended) = diff::compare(&call.place, None, args, &gates).await?;
    let options = diff::write_options(args, &report, &gates)?;
    let exit = diff::diff_exit(&call.place, &report, &options, ended.as_ref());
    ToolDocument::new(&diff_json(&report, &options), exit)
}

async fn advise_on(call: &Prepared<AdviseArguments>) -> anyhow::Result<ToolDocument> {
    let Command::Advise(args) = &call.command else {
        return Err(other_command());
    };
    let advice = advise::advice(&call.place, args)?;
    advise::note_stand_in(&call.place, &advice);
    ToolDocument::new(&advice, Exit::Done)
}

async fn score_outputs(call: &Prepared<ScoreArguments>) -> anyhow::Result<ToolDocument> {
    let Command::Score(args) = &call.command else {
        return Err(other_command());
    };
    let gates = parse_gates(&args.gates)?;
    let scored = score::scored(&call.place, args, &gates).await?;
    let exit = score::gate_exit(&call.place.messages, &scored.held);
    let document = run_json(&scored.report).with_rows(call.arguments.with_rows);
    ToolDocument::new(&document, exit)
}
