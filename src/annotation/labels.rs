//! What people said about the rows of a dataset: per row the newest decision of each person, disputes, settlements.

use super::{LabelRecord, RowPlaces, same_answer};
use serde_json::Value;
use std::collections::BTreeMap;

/// The decisions about one row, in the order in which they were made.
#[derive(Debug, Clone, Default)]
pub struct RowLabels {
    records: Vec<LabelRecord>,
}

/// What the decisions of people about a row come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'a> {
    /// Nobody has decided.
    Open,
    Agreed(&'a Value),
    /// All who decided say that the answer cannot be known.
    CannotTell,
    Disputed,
    /// Decided in view of all decisions; `None` where the answer cannot be known.
    Settled(Option<&'a Value>),
}

impl RowLabels {
    /// The newest decision of each person; what was settled and what was skipped are no opinions of their own.
    pub fn opinions(&self) -> impl Iterator<Item = &LabelRecord> {
        let own = |record: &&LabelRecord| !record.settles;
        self.records
            .iter()
            .enumerate()
            .filter(move |(at, record)| {
                let mut later = self.records[at + 1..].iter().filter(own);
                own(record)
                    && record.decision.is_verdict()
                    && !later.any(|later| later.by == record.by)
            })
            .map(|(_, record)| record)
    }

    /// The newest decision of a person, settled ones and skips among them.
    pub fn newest_by(&self, person: &str) -> Option<&LabelRecord> {
        self.records.iter().rfind(|record| record.by == person)
    }

    /// The newest settlement.
    pub fn settlement(&self) -> Option<&LabelRecord> {
        self.records.iter().rfind(|record| record.settles)
    }

    /// All decisions that were not withdrawn.
    pub fn records(&self) -> &[LabelRecord] {
        &self.records
    }

    pub fn standing(&self) -> Standing<'_> {
        if let Some(settled) = self.settlement() {
            return Standing::Settled(settled.decision.answer());
        }
        let mut opinions = self.opinions();
        let Some(first) = opinions.next() else {
            return Standing::Open;
        };
        let agree = |other: &LabelRecord| match (first.decision.answer(), other.decision.answer()) {
            (Some(a), Some(b)) => same_answer(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        match (opinions.all(agree), first.decision.answer()) {
            (false, _) => Standing::Disputed,
            (true, Some(answer)) => Standing::Agreed(answer),
            (true, None) => Standing::CannotTell,
        }
    }

    /// The expected answer. `own`: the answer that the dataset has for the row, which stands unless a person settled the row.
    pub fn expected<'a>(&'a self, own: Option<&'a Value>) -> Option<&'a Value> {
        match (self.standing(), own) {
            (Standing::Settled(answer), _) => answer,
            (_, Some(own)) => Some(own),
            (Standing::Agreed(answer), None) => Some(answer),
            (Standing::Open | Standing::CannotTell | Standing::Disputed, None) => None,
        }
    }

    /// Whether people disagree, among themselves or with the answer that the dataset has, and nobody settled it.
    pub fn is_disputed(&self, own: Option<&Value>) -> bool {
        match (self.standing(), own) {
            (Standing::Disputed, _) | (Standing::CannotTell, Some(_)) => true,
            (Standing::Agreed(answer), Some(own)) => !same_answer(answer, own),
            _ => false,
        }
    }
}

/// The decisions about the rows of a dataset, by the rows' places.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    rows: BTreeMap<u32, RowLabels>,
    /// Decisions about rows that the dataset does not have (any more).
    elsewhere: usize,
}

impl Labels {
    /// `records` in the order in which they were written, without those that were withdrawn.
    pub fn new<'a>(
        records: impl IntoIterator<Item = &'a LabelRecord>,
        places: &RowPlaces,
    ) -> Labels {
        let mut labels = Labels::default();
        for record in records {
            labels.add(record, places);
        }
        labels
    }

    /// Add a decision, the newest.
    pub fn add(&mut self, record: &LabelRecord, places: &RowPlaces) {
        let found = places.find(&record.row);
        self.elsewhere += usize::from(found.is_empty());
        for place in found {
            self.rows
                .entry(*place)
                .or_default()
                .records
                .push(record.clone());
        }
    }

    /// Withdraw the newest decision of a person about the rows of an identity.
    pub fn withdraw(&mut self, row: &super::RowIdentity, person: &str, places: &RowPlaces) {
        for place in places.find(row) {
            if let Some(labels) = self.rows.get_mut(place) {
                let newest = labels
                    .records
                    .iter()
                    .rposition(|record| record.by == person);
                newest.map(|at| labels.records.remove(at));
            }
        }
    }

    pub fn row(&self, place: usize) -> Option<&RowLabels> {
        self.rows.get(&(place as u32))
    }

    /// The rows that anybody decided, in the order of the dataset.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &RowLabels)> {
        self.rows
            .iter()
            .map(|(place, labels)| (*place as usize, labels))
    }

    /// Number of decisions about rows that the dataset does not have.
    pub fn elsewhere(&self) -> usize {
        self.elsewhere
    }

    /// Everybody who decided something, by name.
    pub fn people(&self) -> Vec<&str> {
        let records = self.rows.values().flat_map(|labels| &labels.records);
        let names: std::collections::BTreeSet<&str> =
            records.map(|record| record.by.as_str()).collect();
        names.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotation::Decision;
    use serde_json::json;

    fn labels(decisions: &[(&str, Decision, bool)]) -> RowLabels {
        let record = |(by, decision, settles): &(&str, Decision, bool)| LabelRecord {
            decision: decision.clone(),
            settles: *settles,
            ..LabelRecord::for_tests(0, by, "")
        };
        RowLabels {
            records: decisions.iter().map(record).collect(),
        }
    }

    fn answer(text: &str) -> Decision {
        Decision::Answer(text.into())
    }

    #[test]
    fn the_newest_decision_of_each_person_counts() {
        let row = labels(&[
            ("ann", answer("a"), false),
            ("bo", answer("b"), false),
            ("ann", answer("b"), false),
        ]);
        assert_eq!(row.standing(), Standing::Agreed(&json!("b")));
        assert_eq!(row.opinions().count(), 2);
        let row = labels(&[("ann", answer("a"), false), ("bo", Decision::Skip, false)]);
        assert_eq!(row.standing(), Standing::Agreed(&json!("a")));
        let row = labels(&[("ann", answer("a"), false), ("ann", Decision::Skip, false)]);
        assert_eq!(row.standing(), Standing::Open);
        let row = labels(&[
            ("ann", answer("a"), false),
            ("bo", Decision::CannotTell, false),
        ]);
        assert_eq!(row.standing(), Standing::Disputed);
        let row = labels(&[("ann", Decision::CannotTell, false)]);
        assert_eq!(
            (row.standing(), row.expected(None)),
            (Standing::CannotTell, None)
        );
    }

    #[test]
    fn a_settlement_holds_against_people_and_the_dataset() {
        let own = json!("c");
        let mut row = labels(&[("ann", answer("a"), false), ("bo", answer("b"), false)]);
        assert!(row.is_disputed(None));
        assert_eq!(
            (row.expected(None), row.expected(Some(&own))),
            (None, Some(&own))
        );
        let settled = labels(&[("ann", answer("b"), true)]).records.remove(0);
        row.records.push(settled);
        row.records
            .push(labels(&[("bo", answer("z"), false)]).records.remove(0));
        assert_eq!(row.standing(), Standing::Settled(Some(&json!("b"))));
        assert_eq!(row.expected(Some(&own)), Some(&json!("b")));
        assert!(!row.is_disputed(Some(&own)));
        let opinions: Vec<&Value> = row.opinions().filter_map(|o| o.decision.answer()).collect();
        assert_eq!(
            opinions,
            ["a", "z"],
            "what was settled is no opinion of ann's"
        );
        let none = labels(&[("ann", Decision::CannotTell, true)]);
        assert_eq!(none.expected(Some(&own)), None);
    }

    #[test]
    fn a_label_against_the_dataset_is_a_dispute() {
        let row = labels(&[("ann", answer("a"), false)]);
        assert!(row.is_disputed(Some(&json!("b"))) && !row.is_disputed(Some(&json!("a"))));
        assert_eq!(row.expected(Some(&json!("b"))), Some(&json!("b")));
    }
}
