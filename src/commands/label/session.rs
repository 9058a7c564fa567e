//! `wording label EXPERIMENT`: the screen on which rows are labelled.

use super::warn_of_torn_line;
use crate::{
    annotation::{
        AnswerForm, Journal, JournalContents, LabelRecord, QueueOrder, RowEvidence, RowPlaces,
        best_two, read_journal, standing_records,
    },
    cli::{Global, LabelArgs},
    commands::{context::CommandContext, keys::user_keys, output::Exit},
    display::{count, visible},
    engine::{CurrentAnswers, Plan},
    project::ExperimentSpec,
    source::as_typed,
    tui::{AnnotationResult, LabelQueueKind, LabelScreen, LabelSpec, Theme, run_items},
};
use anyhow::bail;
use std::{
    io::{self, IsTerminal},
    time::Instant,
};

/// Longest name of a person.
const LONGEST_NAME: usize = 80;

pub(super) async fn session(global: &Global, args: &LabelArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let result = label_rows(&place, args).await?;
    place.messages.note(&result.saved);
    Ok(Exit::Done)
}

/// Let the person label rows in the terminal until it is enough.
pub(in crate::commands) async fn label_rows(
    place: &CommandContext,
    args: &LabelArgs,
) -> anyhow::Result<AnnotationResult> {
    let experiment = place
        .project
        .experiment(args.experiment.as_deref())?
        .clone();
    if !(io::stdout().is_terminal() && io::stdin().is_terminal()) {
        bail!(
            "`wording label` needs a terminal to label rows; without one, write the answers into the answer column of {}",
            experiment.dataset.display()
        );
    }
    if experiment.dataset.as_os_str() == "-" {
        bail!(
            "rows from standard input cannot be labelled: save them as a file and name it with `dataset`"
        );
    }
    let person = person(args.person.as_deref())?;
    let plan = place.plan(&experiment, &[])?;
    let file = experiment.labels_file(&place.project.root);
    let contents: JournalContents<LabelRecord> = read_journal(&file)?;
    warn_of_torn_line(&place.messages, &file, &contents);
    let journal = Journal::open(&file)?;
    let answers = CurrentAnswers::find_all(&plan, &place.store()?)?;
    let best = best_two(&answers.grids);
    let order: QueueOrder = args.order.into();
    if order == QueueOrder::Decision && best.is_none() {
        bail!(
            "--order decision needs two wordings with scores: label some rows in another order and run `wording run {}` first",
            experiment.name
        );
    }
    let queue = match args.settle {
        true => LabelQueueKind::Disputed,
        false => LabelQueueKind::Open {
            order,
            random: args.random,
            overlap: args.overlap,
            answered: args.all,
        },
    };
    let dataset = plan.dataset.clone().without_overlay();
    let answer = experiment.answer_column();
    let spec = LabelSpec {
        places: RowPlaces::new(&dataset, experiment.id.is_some(), answer)?,
        columns: shown_columns(&plan, &experiment, answer),
        form: AnswerForm::new(&experiment.metrics),
        records: standing_records(&contents.entries)
            .into_iter()
            .cloned()
            .collect(),
        evidence: RowEvidence::of_rows(&answers.grids, best),
        dataset,
        experiment: experiment.name.clone(),
        person,
        queue,
        suggest: args.suggest,
        goal: args.rows,
        seed: experiment.seed,
        theme: Theme::from_env(None, user_keys()?.colors),
    };
    let mut screen = LabelScreen::new(spec, Instant::now())?;
    run_items(&mut screen, journal).await?;
    Ok(AnnotationResult {
        saved: format!(
            "{} saved in {}",
            count(screen.decisions(), "decision"),
            as_typed(&file).display()
        ),
        findings: Vec::new(),
    })
}

/// The name that labels are kept under.
pub(in crate::commands) fn person(name: Option<&str>) -> anyhow::Result<String> {
    let variables = ["USER", "LOGNAME", "USERNAME"];
    let name = match name {
        Some(name) => name.to_owned(),
        None => match variables.iter().find_map(|name| std::env::var(name).ok()) {
            Some(name) => name,
            None => bail!(
                "no name for the journal: the variable USER is not set; set it, or give a name with --as NAME"
            ),
        },
    };
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || visible(name) != name {
        bail!("--as needs a name of 1 to {LONGEST_NAME} characters on one line");
    }
    Ok(name.to_owned())
}

/// The columns that the templates use, then the others; not the answer and the id.
fn shown_columns(plan: &Plan, experiment: &ExperimentSpec, answer: &str) -> Vec<String> {
    let is_used = |name: &&String| {
        (0..plan.templates.templates().len()).any(|t| plan.templates.uses_column(t, name))
    };
    let named = [Some(answer), experiment.id.as_deref()];
    let columns = plan.dataset.columns().iter();
    let (mut used, others): (Vec<&String>, Vec<&String>) = columns
        .filter(|name| !named.contains(&Some(name.as_str())))
        .partition(is_used);
    used.extend(others);
    used.into_iter().cloned().collect()
}
