//! How much each labelled row counts, so that rows that were more likely to be chosen count for no more than others.

use super::{LabelRecord, RowPlaces};
use std::collections::{BTreeMap, HashSet};

/// Weights that differ by less than this part are the same.
const SAME: f64 = 1e-6;

/// Weights of the rows whose label came by a known chance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SelectionWeights {
    /// By the rows' places in the dataset.
    weights: BTreeMap<u32, f64>,
}

impl SelectionWeights {
    /// `records`: labels in the order in which they were written, without those that were withdrawn.
    ///
    /// The m-th of M rows, drawn with chance q from c open rows of which R are left in the end, has the weight
    /// v = 1 + R/(c − 1) · (1/(c·q) − 1), which makes the mean over labelled rows an unbiased estimate of the mean over all rows
    /// (R_LURE of Farquhar, Gal and Rainforth 2021, "On statistical bias in active learning", with c for N − m + 1 and R for
    /// N − M). The first decision about a row says how it was chosen. Rows with the same content are drawn together.
    pub fn new(records: &[&LabelRecord], places: &RowPlaces) -> SelectionWeights {
        let mut seen = HashSet::new();
        let firsts: Vec<(&LabelRecord, &[u32])> = (records.iter())
            .filter(|record| record.decision.is_verdict())
            .map(|record| (*record, places.find(&record.row)))
            .filter(|(_, rows)| rows.first().is_some_and(|first| seen.insert(*first)))
            .collect();
        let mut weights = BTreeMap::new();
        // From the newest: how many rows were drawn after each.
        let mut later = 0.0;
        for (record, rows) in firsts.into_iter().rev() {
            let Some(probability) = record.chosen.probability else {
                continue;
            };
            let (candidates, drawn) = (f64::from(record.chosen.candidates), rows.len() as f64);
            let chance = (drawn * probability).min(1.0);
            let others = candidates - drawn;
            let left = (others - later).max(0.0);
            later += drawn;
            if chance > 0.0 {
                let weight = match others > 0.0 {
                    true => 1.0 + left / others * (drawn / (candidates * chance) - 1.0),
                    false => 1.0,
                };
                weights.extend(rows.iter().map(|row| (*row, weight)));
            }
        }
        SelectionWeights { weights }
    }

    /// Weights of those of the rows whose chance is known, with mean 1; empty where they are all the same.
    pub fn of_rows(&self, rows: &[u32]) -> BTreeMap<u32, f64> {
        let known: BTreeMap<u32, f64> = (rows.iter())
            .filter_map(|row| Some((*row, *self.weights.get(row)?)))
            .collect();
        let mean = known.values().sum::<f64>() / known.len().max(1) as f64;
        let differ = known.values().any(|w| (w - mean).abs() > SAME * mean);
        match differ && mean > 0.0 {
            true => known.into_iter().map(|(row, w)| (row, w / mean)).collect(),
            false => BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        annotation::{Decision, Selection, SelectionReason},
        dataset::Dataset,
        model::Row,
    };

    fn places(rows: usize) -> RowPlaces {
        let row = |index: usize| Row {
            index,
            id: format!("r{index}"),
            fields: serde_json::json!({"id": format!("r{index}"), "text": index % 90})
                .as_object()
                .unwrap()
                .clone(),
            ..Row::default()
        };
        let dataset = Dataset::from_rows((0..rows).map(row).collect());
        RowPlaces::new(&dataset, true, "label").unwrap()
    }

    fn drawn(row: usize, candidates: u32, probability: Option<f64>) -> LabelRecord {
        LabelRecord {
            chosen: Selection {
                reason: SelectionReason::Disagreement,
                probability,
                candidates,
            },
            ..LabelRecord::for_tests(row, "ann", "x")
        }
    }

    fn weights(records: &[LabelRecord]) -> SelectionWeights {
        SelectionWeights::new(&records.iter().collect::<Vec<_>>(), &places(100))
    }

    #[test]
    fn weights_by_hand() {
        let skipped = LabelRecord {
            decision: Decision::Skip,
            ..drawn(9, 100, Some(0.5))
        };
        let again = LabelRecord {
            by: "bo".into(),
            ..drawn(3, 50, None)
        };
        let found = weights(&[
            skipped,
            drawn(3, 100, Some(0.04)),
            drawn(5, 99, Some(0.005)),
            again,
            drawn(7, 60, None),
            drawn(8, 98, Some(1.0 / 98.0)),
        ]);
        // Ninety-seven are left.
        let by_hand = [
            1.0 + 97.0 / 99.0 * (1.0 / 4.0 - 1.0),
            1.0 + 97.0 / 98.0 * (1.0 / (99.0 * 0.005) - 1.0),
            1.0,
        ];
        let mean = by_hand.iter().sum::<f64>() / 3.0;
        let all = found.of_rows(&[3, 5, 7, 8, 9]);
        assert_eq!(all.keys().copied().collect::<Vec<_>>(), [3, 5, 8]);
        for (found, by_hand) in all.values().zip(by_hand) {
            assert!((found - by_hand / mean).abs() < 1e-12);
        }
        let has = |row: u32| found.weights.contains_key(&row);
        assert!(has(3) && !has(7) && !has(9));
    }

    #[test]
    fn equal_chances_and_all_rows_need_no_weights() {
        let equal: Vec<LabelRecord> = (0..10)
            .map(|m| drawn(m, 100 - m as u32, Some(1.0 / (100 - m) as f64)))
            .collect();
        let rows: Vec<u32> = (0..100).collect();
        assert!(weights(&equal).of_rows(&rows).is_empty());
        // Whatever the chances: nothing is left that could have been chosen instead.
        let all: Vec<LabelRecord> = (0..100)
            .map(|m| drawn(m, 100 - m as u32, Some(if m == 99 { 1.0 } else { 0.3 })))
            .collect();
        assert!(weights(&all).of_rows(&rows).is_empty());
        assert!(weights(&[]).of_rows(&rows).is_empty());
    }

    #[test]
    fn rows_of_one_content_are_drawn_together() {
        let row = |index: usize| Row {
            index,
            fields: serde_json::json!({"text": index / 2})
                .as_object()
                .unwrap()
                .clone(),
            ..Row::default()
        };
        let dataset = Dataset::from_rows((0..10).map(row).collect());
        let places = RowPlaces::new(&dataset, false, "label").unwrap();
        let record = |row: usize, candidates, probability| LabelRecord {
            row: places.identity(row).clone(),
            ..drawn(row, candidates, Some(probability))
        };
        let records = [record(0, 10, 0.1), record(4, 8, 0.125)];
        let found = SelectionWeights::new(&records.iter().collect::<Vec<_>>(), &places);
        assert!((0..10).all(|row| found.weights.contains_key(&row) == [0, 1, 4, 5].contains(&row)));
        assert!(found.of_rows(&[0, 1, 4, 5]).is_empty(), "equal chances");
    }
}
