//! `wording label --export`: the dataset with its labels.

use crate::{
    annotation::{ExportForm, export_dataset},
    cli::{Global, LabelArgs},
    commands::{
        context::CommandContext,
        output::{Exit, print_bytes},
    },
    display::count,
    engine::RowSet,
    narrate::quality,
    source::{as_typed, replace_file},
};
use anyhow::{Context as _, bail};

pub(super) fn export(global: &Global, args: &LabelArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let experiment = place.project.experiment(args.experiment.as_deref())?;
    let rows = RowSet::read(&place.project, experiment)?;
    let Some(origins) = rows.answer_origins.clone() else {
        bail!(
            "no labels in {}; `wording label {}` makes some",
            as_typed(&experiment.labels_file(&place.project.root)).display(),
            experiment.name
        );
    };
    let column = experiment.answer_column();
    let sealed = rows.sealed().map_or(0, |sealed| sealed.len());
    // What is written back must keep all rows; what is for elsewhere has none of the sealed ones.
    let dataset = match args.in_place {
        true => rows.into_whole_file(),
        false => rows.open,
    };
    let file = match (&args.output, args.in_place) {
        (_, true) if !dataset.path().is_file() => bail!(
            "{} is not one file: export to another with -o labelled.jsonl",
            dataset.path().display()
        ),
        (_, true) => Some(dataset.path().to_path_buf()),
        (output, false) => output.clone(),
    };
    let form = match &file {
        Some(file) => ExportForm::new(file, &dataset)?,
        None => ExportForm::Lines,
    };
    let mut bytes = Vec::new();
    export_dataset(&dataset, column, form, &mut bytes)?;
    match &file {
        None => print_bytes(&bytes)?,
        Some(file) => {
            let written = match file.exists() {
                true => replace_file(file, &bytes),
                false => std::fs::write(file, &bytes),
            };
            written.with_context(|| format!("cannot write {}", file.display()))?;
            place.messages.note(&format!(
                "wrote {} to {}",
                count(dataset.len(), "row"),
                as_typed(file).display()
            ));
        }
    }
    if sealed > 0 && !args.in_place {
        place
            .messages
            .note(&format!("{} left out", count(sealed, "sealed row")));
    }
    place.messages.note(&quality::answer_origins(&origins));
    quality::unused_labels(&origins)
        .iter()
        .for_each(|text| place.messages.warn(text));
    if experiment.answer.is_none() {
        place.messages.note(&format!(
            "the answers are in the column `{column}`: set answer = \"{column}\" in [experiment.{}]",
            experiment.name
        ));
    }
    Ok(Exit::Done)
}
