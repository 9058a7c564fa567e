//! Labels as the expected answers of a dataset: the one place where they meet.

use super::{
    JournalError, LabelRecord, Labels, RowLabels, RowPlaces, SelectionWeights, Standing,
    read_journal, same_answer, standing_records,
};
use crate::{
    dataset::{Dataset, DatasetError},
    model::{AnswerOrigins, LabelWeighting},
    project::ExperimentSpec,
    stats::effective_units,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

/// Why labels cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

/// Put the labels of an experiment over the answers of its dataset, which is whole. `None` where it has no labels.
pub fn overlay_labels(
    dataset: Dataset,
    experiment: &ExperimentSpec,
    root: &Path,
) -> Result<(Dataset, Option<AnswerOrigins>), LabelError> {
    let file = experiment.labels_file(root);
    let contents = read_journal::<LabelRecord>(&file)?;
    if contents.entries.is_empty() {
        return Ok((dataset, None));
    }
    let records = standing_records(&contents.entries);
    let has_ids = experiment.id.is_some();
    let answer = experiment.answer_column();
    let needs_contents = !has_ids || records.iter().any(|record| record.row.id.is_none());
    let places = match needs_contents {
        true => RowPlaces::new(&dataset, has_ids, answer)?,
        false => RowPlaces::of_ids(&dataset),
    };
    let labels = Labels::new(records.iter().copied(), &places);
    let mut origins = AnswerOrigins {
        file,
        rows: dataset.len(),
        elsewhere: labels.elsewhere(),
        unfinished_line: contents.torn.map(|torn| torn.line),
        ..AnswerOrigins::default()
    };
    let own_text = |place| {
        dataset
            .heads()
            .expected(place)
            .filter(|text| !text.trim().is_empty())
    };
    let mut answers = HashMap::new();
    let (mut labelled, mut own_overruled) = (Vec::new(), 0);
    for (place, row) in labels.rows() {
        let own = dataset.own_answer(place)?;
        count_row(&mut origins, row, own.as_ref());
        let expected = row.expected(own.as_ref());
        if expected.is_some() && is_by_label(row, own.as_ref()) {
            labelled.push(place as u32);
        }
        if expected != own.as_ref() || own.is_none() {
            own_overruled += usize::from(own.is_some());
            answers.insert(place as u32, expected.cloned());
        }
    }
    let own = (0..dataset.len())
        .filter(|place| own_text(*place).is_some())
        .count();
    origins.dataset = own - own_overruled;
    let with_label = answers.values().filter(|answer| answer.is_some()).count();
    origins.without = origins.rows - origins.dataset - with_label;
    // Where every row has an answer, none stands for others.
    let weights = match origins.without {
        0 => BTreeMap::new(),
        _ => SelectionWeights::new(&records, &places).of_rows(&labelled),
    };
    origins.weighting = weighting(&weights, origins.rows - origins.without);
    Ok((
        dataset.with_answers(answers, &weights, experiment.answer.clone()),
        Some(origins),
    ))
}

/// Whether a row has its answer because people labelled it: the dataset has none, or the labels' own, as after an export.
fn is_by_label(row: &RowLabels, own: Option<&Value>) -> bool {
    match (row.standing(), own) {
        (_, None) => true,
        (Standing::Agreed(answer) | Standing::Settled(Some(answer)), Some(own)) => {
            same_answer(answer, own)
        }
        _ => false,
    }
}

/// `rows`: with an answer, from wherever.
fn weighting(weights: &BTreeMap<u32, f64>, rows: usize) -> Option<LabelWeighting> {
    let sum: f64 = weights.values().sum();
    let squares: f64 = weights.values().map(|weight| weight * weight).sum();
    (!weights.is_empty()).then(|| LabelWeighting {
        rows: weights.len(),
        effective_rows: effective_units(sum, squares),
        unknown: rows - weights.len(),
    })
}

fn count_row(origins: &mut AnswerOrigins, row: &RowLabels, own: Option<&Value>) {
    match (row.standing(), own) {
        (Standing::Settled(Some(answer)), own) if Some(answer) != own => origins.settled += 1,
        (Standing::Agreed(_), None) => origins.labels += 1,
        _ => {}
    }
    origins.disputed += usize::from(row.is_disputed(own));
    let records: Vec<&LabelRecord> = row.opinions().chain(row.settlement()).collect();
    let shown = |record: &&LabelRecord| record.suggested.as_ref().is_some_and(|s| s.shown);
    origins.suggested += usize::from(records.iter().any(shown));
    let first = row
        .records()
        .iter()
        .find(|record| record.decision.is_verdict());
    origins.selected += usize::from(first.is_some_and(|first| !first.chosen.is_random()));
    let people: BTreeSet<&str> = records.iter().map(|record| record.by.as_str()).collect();
    for person in people {
        *origins.people.entry(person.to_owned()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        annotation::{Decision, Entry, Journal},
        dataset::ReadOptions,
        project::Project,
    };

    /// A project of five rows, of which two have an answer, with labels of two people.
    fn overlay(records: &[LabelRecord]) -> (Dataset, Option<AnswerOrigins>) {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write(
            "rows.csv",
            "id,text,label\nr0,a,x\nr1,b,\nr2,c,y\nr3,d,\nr4,e,\n",
        );
        write("p.j2", "{{ text }}");
        write(
            "wording.toml",
            "[experiment.e]\ntemplates = [\"p.j2\"]\ndataset = \"rows.csv\"\nanswer = \"label\"\nid = \"id\"\nmodels = [\"demo/icl\"]\n[[experiment.e.metric]]\nkind = \"exact\"\n",
        );
        let project = Project::load(&dir.path().join("wording.toml")).unwrap();
        let experiment = &project.experiments[0];
        let mut journal = Journal::open(&experiment.labels_file(&project.root)).unwrap();
        for record in records {
            journal.append(&Entry::Record(record.clone())).unwrap();
        }
        let options = ReadOptions {
            answer: Some("label".into()),
            id: Some("id".into()),
            ..ReadOptions::default()
        };
        let dataset = Dataset::read(&dir.path().join("rows.csv"), &options).unwrap();
        overlay_labels(dataset, experiment, &project.root).unwrap()
    }

    fn answers(dataset: &Dataset) -> Vec<String> {
        (0..dataset.len())
            .map(|row| dataset.heads().expected(row).unwrap_or("-").to_owned())
            .collect()
    }

    #[test]
    fn without_a_journal_the_dataset_stays_as_it_is() {
        let (dataset, origins) = overlay(&[]);
        assert_eq!(
            (answers(&dataset), origins),
            (["x", "-", "y", "-", "-"].map(String::from).to_vec(), None)
        );
    }

    #[test]
    fn the_dataset_comes_first_then_settled_and_agreed_labels() {
        let label = LabelRecord::for_tests;
        let settled = LabelRecord {
            settles: true,
            ..label(2, "ann", "z")
        };
        let unknown = LabelRecord {
            decision: Decision::CannotTell,
            ..label(4, "bo", "")
        };
        let records = [
            label(0, "ann", "other"),
            label(1, "ann", "x"),
            label(1, "bo", "x"),
            settled,
            label(3, "ann", "x"),
            label(3, "bo", "y"),
            unknown,
            label(9, "bo", "y"),
        ];
        let (dataset, origins) = overlay(&records);
        assert_eq!(answers(&dataset), ["x", "x", "z", "-", "-"]);
        let origins = origins.unwrap();
        let found = (
            origins.dataset,
            origins.labels,
            origins.settled,
            origins.without,
        );
        assert_eq!(found, (1, 1, 1, 2));
        assert_eq!((origins.disputed, origins.elsewhere), (2, 1));
        let people: Vec<usize> = origins.people.values().copied().collect();
        assert_eq!(people, [4, 3]);
        assert_eq!(dataset.row(1).unwrap().fields["label"], "x");
        assert_eq!(dataset.row(3).unwrap().expected, None);
        assert_eq!(answers(&dataset.without_overlay())[2], "y");
    }
}
