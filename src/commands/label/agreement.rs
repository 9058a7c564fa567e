//! `wording label --agreement`: how far people agree.

use super::warn_of_torn_line;
use crate::{
    annotation::{
        DisputedRow, LabelAgreement, LabelRecord, Labels, PairAgreement, RowPlaces, read_journal,
        standing_records,
    },
    cli::{Global, LabelArgs},
    commands::{
        context::CommandContext,
        output::{Exit, print_as},
    },
    display::{count, fit, one_line},
    engine::RowSet,
    source::as_typed,
    stats::{ResampleSpec, machine_threads},
};
use anyhow::bail;
use std::fmt::Write as _;

/// Resamples of an interval.
const DRAWS: usize = 2_000;

/// Most disputed rows that are listed.
const DISPUTED: usize = 20;

pub(super) fn agreement(global: &Global, args: &LabelArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let experiment = place.project.experiment(args.experiment.as_deref())?;
    let file = experiment.labels_file(&place.project.root);
    let contents = read_journal::<LabelRecord>(&file)?;
    warn_of_torn_line(&place.messages, &file, &contents);
    let records = standing_records(&contents.entries);
    if records.is_empty() {
        bail!(
            "no labels in {}; `wording label {}` makes some",
            as_typed(&file).display(),
            experiment.name
        );
    }
    let rows = RowSet::read(&place.project, experiment)?;
    let dataset = rows.open.without_overlay();
    let answer = experiment.answer_column();
    let places = RowPlaces::new(&dataset, experiment.id.is_some(), answer)?;
    let spec = ResampleSpec {
        draws: DRAWS,
        seed: experiment.seed,
        threads: machine_threads(),
    };
    let found = LabelAgreement::new(&Labels::new(records, &places), &dataset, spec)?;
    print_as(args.format, &found, || text(&found, &experiment.name))?;
    Ok(Exit::Done)
}

fn text(found: &LabelAgreement, experiment: &str) -> String {
    let mut text = String::new();
    for person in &found.people {
        let _ = writeln!(
            text,
            "{}: {}, {} \"cannot tell\", {:.1} s per row (median)",
            one_line(&person.name),
            count(person.rows, "row"),
            person.cannot_tell,
            person.median_seconds
        );
    }
    let _ = writeln!(
        text,
        "{} labelled by two or more people",
        count(found.shared_rows, "row")
    );
    if found.shared_rows == 0 {
        text += "agreement is unknown until two people label the same rows (--overlap)\n";
    }
    if let Some(alpha) = found.alpha {
        let _ = writeln!(
            text,
            "Krippendorff's α {alpha:.2}{}",
            interval(found.alpha_interval)
        );
    }
    found.pairs.iter().for_each(|pair| text += &pair_text(pair));
    if !found.disputed.is_empty() {
        let _ = writeln!(
            text,
            "\n{}; settle with `wording label {} --settle`:",
            count(found.disputed.len(), "disputed row"),
            one_line(experiment)
        );
    }
    for row in found.disputed.iter().take(DISPUTED) {
        let _ = writeln!(text, "  {}", disputed(row));
    }
    if let more @ 1.. = found.disputed.len().saturating_sub(DISPUTED) {
        let _ = writeln!(text, "  and {more} more (--format json lists all)");
    }
    if found.settled_rows > 0 {
        let _ = writeln!(text, "{} settled", count(found.settled_rows, "row"));
    }
    text
}

fn interval(interval: Option<(f64, f64)>) -> String {
    interval.map_or(String::new(), |(low, high)| {
        format!(" [{low:.2} to {high:.2}]")
    })
}

fn pair_text(pair: &PairAgreement) -> String {
    let (a, b) = (one_line(&pair.people.0), one_line(&pair.people.1));
    let mut text = format!(
        "{a} and {b}: {:.0} % of {} agree",
        pair.agreement * 100.0,
        count(pair.rows, "row")
    );
    match pair.kappa {
        Some(kappa) => {
            let _ = writeln!(
                text,
                ", Cohen's κ {kappa:.2}{}",
                interval(pair.kappa_interval)
            );
        }
        None => text += "; Cohen's κ is undefined: all labels are the same\n",
    }
    for confusion in &pair.confusions {
        let _ = writeln!(
            text,
            "  {} × {a}: {}, {b}: {}",
            confusion.rows,
            fit(&one_line(&confusion.answers.0), 32),
            fit(&one_line(&confusion.answers.1), 32)
        );
    }
    text
}

fn disputed(row: &DisputedRow) -> String {
    let answers: Vec<String> = row
        .answers
        .iter()
        .map(|(by, answer)| {
            let by = by.as_deref().unwrap_or("dataset");
            format!("{}: {}", one_line(by), fit(&one_line(answer), 32))
        })
        .collect();
    format!("{}  {}", one_line(&row.row), answers.join(", "))
}
