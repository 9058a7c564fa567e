//! How far people agree about the rows that several of them labelled.

use super::{Labels, RowLabels};
use crate::{
    dataset::{Dataset, DatasetError},
    stats::{ClassCounts, Coincidences, ResampleSpec, resampled_interval},
};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Confusions that are listed per pair of people.
const CONFUSIONS: usize = 10;

/// How far people agree.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct LabelAgreement {
    pub people: Vec<PersonLabels>,
    /// Rows that two or more people decided.
    pub shared_rows: usize,
    /// Krippendorff's α (nominal) over all people, and its 95 % interval over rows.
    pub alpha: Option<f64>,
    pub alpha_interval: Option<(f64, f64)>,
    pub pairs: Vec<PairAgreement>,
    /// Rows whose labels disagree and that nobody settled, in the order of the dataset.
    pub disputed: Vec<DisputedRow>,
    pub settled_rows: usize,
}

/// What one person did.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct PersonLabels {
    pub name: String,
    /// Rows that the person decided.
    pub rows: usize,
    pub cannot_tell: usize,
    /// Of a decision.
    pub median_seconds: f64,
}

/// How far two people agree on the rows that both decided.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct PairAgreement {
    pub people: (String, String),
    pub rows: usize,
    /// Share of rows on which they agree.
    pub agreement: f64,
    /// Cohen's κ, and its 95 % interval over rows.
    pub kappa: Option<f64>,
    pub kappa_interval: Option<(f64, f64)>,
    /// What they said where they differ, the most frequent first.
    pub confusions: Vec<Confusion>,
}

/// Rows about which the first said one thing and the second another.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Confusion {
    pub answers: (String, String),
    pub rows: usize,
}

/// A row whose labels disagree.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct DisputedRow {
    pub row: String,
    /// Who said what; the dataset's own answer has no name.
    pub answers: Vec<(Option<String>, String)>,
}

/// The decision of a person about a row: a number for what was decided.
type Opinions = HashMap<usize, (u32, String)>;

impl LabelAgreement {
    /// `dataset` has the answers of its own only. `spec`: how intervals are resampled.
    pub fn new(
        labels: &Labels,
        dataset: &Dataset,
        spec: ResampleSpec,
    ) -> Result<LabelAgreement, DatasetError> {
        let mut categories: HashMap<String, u32> = HashMap::new();
        let mut people: BTreeMap<&str, Opinions> = BTreeMap::new();
        let mut seconds: BTreeMap<&str, (Vec<f64>, usize)> = BTreeMap::new();
        let mut units: Vec<Vec<u32>> = Vec::new();
        let mut disputed = Vec::new();
        for (place, row) in labels.rows() {
            let mut unit = Vec::new();
            for record in row.opinions() {
                let next = categories.len() as u32;
                let category = *categories.entry(record.decision.category()).or_insert(next);
                let opinions = people.entry(&record.by).or_default();
                opinions.insert(place, (category, record.decision.words()));
                let (times, cannot_tell) = seconds.entry(&record.by).or_default();
                times.push(record.seconds);
                *cannot_tell += usize::from(record.decision.answer().is_none());
                unit.push(category);
            }
            units.push(unit);
            disputed.extend(disputed_row(place, row, dataset)?);
        }
        units.retain(|unit| unit.len() > 1);
        let alpha = |drawn: &mut dyn Iterator<Item = usize>| {
            let mut all = Coincidences::default();
            drawn.for_each(|unit| all.add(&counts(&units[unit])));
            all.alpha()
        };
        let names: Vec<&str> = people.keys().copied().collect();
        let mut pairs = Vec::new();
        for (at, a) in names.iter().enumerate() {
            for b in &names[at + 1..] {
                pairs.extend(pair(a, b, &people[a], &people[b], categories.len(), spec));
            }
        }
        Ok(LabelAgreement {
            shared_rows: units.len(),
            alpha: alpha(&mut (0..units.len())),
            alpha_interval: resampled_interval(units.len(), spec, |drawn| {
                alpha(&mut drawn.iter().map(|unit| *unit as usize))
            }),
            people: seconds
                .into_iter()
                .map(|(name, (mut times, cannot_tell))| {
                    times.sort_unstable_by(f64::total_cmp);
                    PersonLabels {
                        name: name.to_owned(),
                        rows: times.len(),
                        cannot_tell,
                        median_seconds: crate::stats::quantile(&times, 0.5).unwrap_or(0.0),
                    }
                })
                .collect(),
            pairs,
            disputed,
            settled_rows: labels
                .rows()
                .filter(|(_, row)| row.settlement().is_some())
                .count(),
        })
    }
}

fn counts(unit: &[u32]) -> Vec<(u64, u32)> {
    let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
    for category in unit {
        *counts.entry(u64::from(*category)).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn pair(
    a: &str,
    b: &str,
    of_a: &Opinions,
    of_b: &Opinions,
    categories: usize,
    spec: ResampleSpec,
) -> Option<PairAgreement> {
    let mut both: Vec<(usize, (u32, u32))> = of_a
        .iter()
        .filter_map(|(row, (first, _))| Some((*row, (*first, of_b.get(row)?.0))))
        .collect();
    if both.is_empty() {
        return None;
    }
    // The order of the map is none.
    both.sort_unstable();
    let kappa = |drawn: &mut dyn Iterator<Item = usize>| {
        let mut counts = ClassCounts::new(categories);
        for unit in drawn {
            let (first, second) = both[unit].1;
            counts.add(first as usize, Some(second as usize), 1.0);
        }
        counts.kappa()
    };
    let mut confused: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (row, (first, second)) in &both {
        if first != second {
            *confused.entry((&of_a[row].1, &of_b[row].1)).or_default() += 1;
        }
    }
    let mut confusions: Vec<Confusion> = confused
        .into_iter()
        .map(|((first, second), rows)| Confusion {
            answers: (first.to_owned(), second.to_owned()),
            rows,
        })
        .collect();
    confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.rows));
    let differ: usize = confusions.iter().map(|confusion| confusion.rows).sum();
    confusions.truncate(CONFUSIONS);
    Some(PairAgreement {
        people: (a.to_owned(), b.to_owned()),
        rows: both.len(),
        agreement: (both.len() - differ) as f64 / both.len() as f64,
        kappa: kappa(&mut (0..both.len())),
        kappa_interval: resampled_interval(both.len(), spec, |drawn| {
            kappa(&mut drawn.iter().map(|unit| *unit as usize))
        }),
        confusions,
    })
}

fn disputed_row(
    place: usize,
    row: &RowLabels,
    dataset: &Dataset,
) -> Result<Option<DisputedRow>, DatasetError> {
    let own = dataset.own_answer(place)?;
    if !row.is_disputed(own.as_ref()) {
        return Ok(None);
    }
    let mut answers: Vec<(Option<String>, String)> = row
        .opinions()
        .map(|record| (Some(record.by.clone()), record.decision.words()))
        .collect();
    answers.extend(own.map(|own| (None, super::Decision::Answer(own).words())));
    Ok(Some(DisputedRow {
        row: dataset.heads().id(place).into_owned(),
        answers,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        annotation::{Decision, LabelRecord, RowPlaces},
        model::Row,
    };
    use serde_json::json;

    const SPEC: ResampleSpec = ResampleSpec {
        draws: 500,
        seed: 7,
        threads: 1,
    };

    fn agreement(answers: &[(&str, &[&str])]) -> LabelAgreement {
        let row = |index: usize| Row {
            index,
            id: format!("r{index}"),
            fields: json!({"n": index}).as_object().unwrap().clone(),
            ..Row::default()
        };
        let dataset = Dataset::from_rows((0..12).map(row).collect());
        let places = RowPlaces::of_ids(&dataset);
        let record = |by: &str, row: usize, answer: &str| LabelRecord {
            decision: match answer {
                "?" => Decision::CannotTell,
                answer => Decision::Answer(answer.into()),
            },
            ..LabelRecord::for_tests(row, by, "")
        };
        let records: Vec<LabelRecord> = answers
            .iter()
            .flat_map(|(by, answers)| {
                let said = answers
                    .iter()
                    .enumerate()
                    .filter(|(_, answer)| **answer != "-");
                said.map(|(row, answer)| record(by, row, answer))
                    .collect::<Vec<_>>()
            })
            .collect();
        let labels = Labels::new(&records, &places);
        LabelAgreement::new(&labels, &dataset, SPEC).unwrap()
    }

    #[test]
    fn kappa_and_alpha_by_hand_with_a_row_of_one_person() {
        let found = agreement(&[
            ("ann", &["x", "x", "y", "y", "z", "x", "y", "x", "-", "z"]),
            ("bo", &["x", "y", "y", "y", "z", "x", "x", "x", "x", "x"]),
        ]);
        let [pair] = &found.pairs[..] else {
            panic!("{found:?}")
        };
        assert_eq!((found.shared_rows, pair.rows), (9, 9));
        assert!((pair.agreement - 6.0 / 9.0).abs() < 1e-12);
        // Margins: ann x 4, y 3, z 2; bo x 5, y 3, z 1: chance = (20 + 9 + 2) / 81.
        let kappa = (6.0 / 9.0 - 31.0 / 81.0) / (1.0 - 31.0 / 81.0);
        assert!((pair.kappa.unwrap() - kappa).abs() < 1e-12);
        // Totals x 9, y 6, z 3 of 18: expected disagreement (18² − 126) / 17, observed 6.
        let alpha = 1.0 - 6.0 / ((324.0 - 126.0) / 17.0);
        assert!((found.alpha.unwrap() - alpha).abs() < 1e-12);
        let intervals = (pair.kappa_interval, found.alpha_interval);
        assert_eq!(intervals, (None, None), "too few rows");
        let rows: Vec<&str> = found.disputed.iter().map(|row| row.row.as_str()).collect();
        assert_eq!(rows, ["r1", "r6", "r9"]);
        assert_eq!(pair.confusions.len(), 3);
    }

    #[test]
    fn who_cannot_tell_disagrees_with_who_can() {
        let found = agreement(&[("ann", &["x", "?", "?"]), ("bo", &["x", "x", "?"])]);
        let [pair] = &found.pairs[..] else {
            panic!("{found:?}")
        };
        assert!((pair.agreement - 2.0 / 3.0).abs() < 1e-12);
        let answers = ("cannot tell".to_owned(), "x".to_owned());
        assert_eq!(pair.confusions, [Confusion { answers, rows: 1 }]);
        assert_eq!(found.people[0].cannot_tell, 2);
        let nothing = agreement(&[("ann", &["x"])]);
        assert_eq!((nothing.alpha, nothing.pairs.len()), (None, 0));
    }
}
