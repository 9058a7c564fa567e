//! `wording rate EXPERIMENT A B`: the screen on which answers are rated.

use crate::{
    analysis::RatingFinding,
    annotation::{
        Journal, JournalContents, RatingRecord, RatingSession, read_journal, standing_records,
    },
    cli::{Global, RateArgs},
    commands::{
        context::CommandContext,
        keys::user_keys,
        label::{person, warn_of_torn_line},
        output::{Exit, print},
        texts::row_texts,
    },
    display::count,
    engine::RatedOutputs,
    model::VariantNames,
    narrate::ratings::{grade_difference_sentences, rating_sentences},
    report::{RatingFindings, rating_sample, strength_text},
    source::{as_typed, did_you_mean},
    store::{RunInfo, Store},
    tui::{AnnotationResult, RateScreen, RateSpec, Theme, run_items},
};
use anyhow::bail;
use std::{
    io::{self, IsTerminal},
    time::Instant,
};

pub(super) async fn session(global: &Global, args: &RateArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let result = rate_answers(&place, args).await?;
    place.messages.note(&result.saved);
    print(
        &result
            .findings
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
    )?;
    Ok(Exit::Done)
}

/// Let the person rate answers in the terminal until it is enough.
pub(in crate::commands) async fn rate_answers(
    place: &CommandContext,
    args: &RateArgs,
) -> anyhow::Result<AnnotationResult> {
    let experiment = place.project.experiment(Some(&args.experiment))?.clone();
    let store = place.store()?;
    let info = match &args.run {
        Some(id) => store.run(id)?,
        None => match store.latest_of(&experiment.name)? {
            Some(info) => info,
            None => bail!(
                "{} has no run; `wording run {}` makes answers to rate",
                experiment.name,
                experiment.name
            ),
        },
    };
    let names: Vec<&str> = std::iter::once(&args.a)
        .chain(&args.b)
        .map(String::as_str)
        .collect();
    let variants = names
        .iter()
        .map(|name| variant(&info, name))
        .collect::<anyhow::Result<Vec<usize>>>()?;
    if let [first, second] = variants.as_slice()
        && first == second
    {
        bail!("A and B are the same wording; name two, or one with --scale 1..5");
    }
    let model = model(&info, args.model.as_deref())?;
    let person = person(args.person.as_deref())?;
    let outputs = RatedOutputs::read(&store, &info, model, &variants)?;
    if outputs.items.is_empty() && outputs.identical == 0 {
        bail!(
            "run {} has no answers of {} to rate",
            info.id,
            names.join(" and ")
        );
    }
    if !(io::stdout().is_terminal() && io::stdin().is_terminal()) {
        bail!("`wording rate` needs a terminal to show answers");
    }
    let file = experiment.ratings_file(&place.project.root);
    let contents: JournalContents<RatingRecord> = read_journal(&file)?;
    warn_of_torn_line(&place.messages, &file, &contents);
    let records = standing(&contents);
    let journal = Journal::open(&file)?;
    let wordings = variants.iter().map(|v| info.variants[*v].name.clone());
    let session = RatingSession::new(
        wordings.collect(),
        outputs.items.clone(),
        &records,
        &person,
        info.seed,
        args.random,
    );
    let texts = row_texts(place, &info, None);
    let spec = RateSpec {
        experiment: experiment.name.clone(),
        person,
        session,
        identical: outputs.identical,
        scale: args.scale,
        row_text: Box::new(move |row| texts.get(row)),
        goal: args.ratings,
        theme: Theme::from_env(None, user_keys()?.colors),
    };
    let mut screen = RateScreen::new(spec, Instant::now());
    run_items(&mut screen, journal).await?;
    let found = RatingFinding::new(&rating_sample(screen.session(), &outputs));
    let mut findings = found.as_ref().map(rating_sentences).unwrap_or_default();
    let of_run = ratings_of_run(place, &store, &info)?;
    for difference in &of_run.grade_differences {
        findings.push(grade_difference_sentences(difference).join(" "));
    }
    findings.extend(of_run.rankings.iter().map(strength_text));
    Ok(AnnotationResult {
        saved: format!(
            "{} saved in {}",
            count(screen.given(), "rating"),
            as_typed(&file).display()
        ),
        findings,
    })
}

/// What people's ratings say about the answers of a run; nothing where the project has no such experiment.
pub(in crate::commands) fn ratings_of_run(
    place: &CommandContext,
    store: &Store,
    info: &RunInfo,
) -> anyhow::Result<RatingFindings> {
    let Ok(experiment) = place.project.experiment(Some(&info.experiment)) else {
        return Ok(RatingFindings::default());
    };
    let file = experiment.ratings_file(&place.project.root);
    let contents: JournalContents<RatingRecord> = read_journal(&file)?;
    Ok(RatingFindings::read(store, info, &standing(&contents))?)
}

fn standing(contents: &JournalContents<RatingRecord>) -> Vec<RatingRecord> {
    let standing = standing_records(&contents.entries).into_iter();
    standing.cloned().collect()
}

/// The variant of this name, in full or as reports show it.
fn variant(info: &RunInfo, name: &str) -> anyhow::Result<usize> {
    let shown = VariantNames::new(&info.variants).names(info.baseline);
    let found = info.variants.iter().position(|v| v.name == name);
    match found.or_else(|| shown.iter().position(|shown| shown == name)) {
        Some(found) => Ok(found),
        None => {
            let near = did_you_mean(name, shown.iter().map(String::as_str));
            bail!(
                "run {} has only the wordings {}, not `{name}`{near}",
                info.id,
                shown.join(", ")
            )
        }
    }
}

fn model(info: &RunInfo, name: Option<&str>) -> anyhow::Result<usize> {
    let names: Vec<String> = info.models.iter().map(ToString::to_string).collect();
    match name {
        None if names.len() == 1 => Ok(0),
        None => bail!(
            "run {} has several models; choose one with --model: {}",
            info.id,
            names.join(", ")
        ),
        Some(name) => match names.iter().position(|known| known == name) {
            Some(found) => Ok(found),
            None => bail!(
                "run {} has no model `{name}`; it has {}",
                info.id,
                names.join(", ")
            ),
        },
    }
}
