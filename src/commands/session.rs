//! `wording [EXPERIMENT]`: the terminal session.

use super::{
    context::CommandContext, keys::user_keys, label::label_rows, output::Exit,
    programs::ask_for_programs, rate::rate_answers,
};
use crate::{
    cli::{Cli, Command, Global, OpenArgs, PolicyArgs},
    engine::NamedProgram,
    project::Project,
    source::nearest,
    store::Store,
    tui::{self, AnnotationRequest, AnnotationResult, Annotator, SessionSpec},
};
use anyhow::{Context as _, bail};
use clap::{CommandFactory, Parser};
use std::io::{self, IsTerminal};

pub async fn session(
    global: &Global,
    experiment: Option<&str>,
    policy: &PolicyArgs,
) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let experiment = match experiment {
        // Where there are several, the session opens on the one from the last time and can go to the others.
        None => None,
        Some(name) => match place.project.experiment(Some(name)) {
            Ok(found) => Some(found.clone()),
            Err(error) => bail!("{error}{}", meant_command(name)),
        },
    };
    if !(io::stdout().is_terminal() && io::stdin().is_terminal()) {
        match experiment.as_ref().or(place.project.experiments.first()) {
            Some(first) => bail!(
                "the session needs a terminal; without one, use `wording run {}` or `wording check`",
                first.name
            ),
            None => bail!(
                "the session needs a terminal; without one, `wording new --data FILE` adds an experiment to the project"
            ),
        }
    }
    let programs: Vec<NamedProgram> = (place.project.experiments.iter())
        .flat_map(|experiment| NamedProgram::of_experiment(&place.project, experiment))
        .collect();
    // Without them one can still look around; a run says what it lacks.
    ask_for_programs(&place, &programs)?;
    let spec = SessionSpec {
        store: place.store()?,
        project: place.project,
        experiment,
        notice: place.notice,
        policy: super::run::policy(policy),
        user_keys: user_keys()?,
        is_bundle: false,
        annotator: Some(annotator(global.clone())),
    };
    tui::run(spec).await?;
    Ok(Exit::Done)
}

/// `wording open`: a bundle in the session, without project or key.
pub async fn open_bundle(args: &OpenArgs) -> anyhow::Result<Exit> {
    let folder = tempfile::tempdir().context("cannot create a folder to unpack the bundle")?;
    let (store, info) = Store::open_bundle(&args.file, folder.path())?;
    if !(io::stdout().is_terminal() && io::stdin().is_terminal()) {
        bail!("`wording open` needs a terminal");
    }
    let spec = SessionSpec {
        store,
        project: Project::for_viewing(folder.path(), &info.experiment)?,
        experiment: None,
        notice: None,
        policy: None,
        user_keys: user_keys()?,
        is_bundle: true,
        annotator: None,
    };
    tui::run(spec).await?;
    Ok(Exit::Done)
}

/// The screens of `wording label` and `wording rate`, with their defaults.
fn annotator(global: Global) -> Annotator {
    Annotator(Box::new(move |request| {
        let global = global.clone();
        Box::pin(async move {
            let result = annotate(&global, request).await;
            result.map_err(|error| format!("{error:#}"))
        })
    }))
}

async fn annotate(global: &Global, request: AnnotationRequest) -> anyhow::Result<AnnotationResult> {
    let mut typed: Vec<String> = vec!["wording".into()];
    match request {
        AnnotationRequest::Label { experiment } => {
            typed.extend(["label", "--", &experiment].map(str::to_owned));
        }
        AnnotationRequest::Rate {
            experiment,
            run,
            model,
            wordings: [a, b],
        } => {
            typed.push("rate".into());
            typed.extend(run.into_iter().flat_map(|run| ["--run".into(), run]));
            typed.extend(["--model", &model, "--", &experiment, &a, &b].map(str::to_owned));
        }
    }
    let place = CommandContext::open(global)?;
    match Cli::try_parse_from(typed)?.command {
        Some(Command::Label(args)) => label_rows(&place, &args).await,
        Some(Command::Rate(args)) => rate_answers(&place, &args).await,
        _ => bail!("this cannot be labelled or rated"),
    }
}

/// The arguments that open an experiment in the session, whatever its name.
pub fn session_arguments(experiment: &str) -> String {
    match Cli::command().find_subcommand(experiment).is_some() || experiment == "help" {
        true => format!("--experiment {experiment}"),
        false => experiment.to_owned(),
    }
}

/// A mistyped command looks like the name of an experiment.
fn meant_command(typed: &str) -> String {
    let cli = Cli::command();
    let commands: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    nearest(typed, commands).map_or(String::new(), |c| {
        format!(". Or did you mean the command `wording {c}`?")
    })
}
