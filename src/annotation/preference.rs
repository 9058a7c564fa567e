//! What ratings decide: which of two answers to a row everybody prefers who rated them.

use super::{Preference, Rating, RatingRecord, ShownOutput};
use std::collections::HashMap;

/// Two answers to a row, and what all their ratings come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedPair {
    /// Id of the row.
    pub row: String,
    /// As the first rating showed them.
    pub outputs: [ShownOutput; 2],
    pub consensus: PairConsensus,
}

/// What all ratings of two answers come to, those of several people and repeats alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairConsensus {
    /// Every rating prefers this one of the two.
    Prefers(usize),
    /// No rating prefers one: ties, or both bad.
    Undecided,
    /// Ratings contradict each other, or only some prefer one.
    Conflicting,
}

/// The pairs of answers that were rated, in the order of their first ratings. Two ratings are of the same pair if row and texts are
/// the same, whatever the wordings are called. Grades of single answers are left out.
pub fn rated_pairs<'a>(records: impl IntoIterator<Item = &'a RatingRecord>) -> Vec<RatedPair> {
    let mut pairs: Vec<RatedPair> = Vec::new();
    let mut places: HashMap<(&str, [&str; 2]), usize> = HashMap::new();
    for record in records {
        let ([left, right], Rating::Prefer(preference)) = (record.shown.as_slice(), record.rating)
        else {
            continue;
        };
        let mut texts = [left.output.as_str(), right.output.as_str()];
        texts.sort_unstable();
        if texts[0] == texts[1] {
            continue;
        }
        let winner = match preference {
            Preference::Left => Some(left),
            Preference::Right => Some(right),
            Preference::Tie | Preference::BothBad => None,
        };
        let consensus = |outputs: &[ShownOutput; 2]| match winner {
            Some(winner) => PairConsensus::Prefers(usize::from(outputs[0].output != winner.output)),
            None => PairConsensus::Undecided,
        };
        let place = *places
            .entry((record.row.as_str(), texts))
            .or_insert(pairs.len());
        match pairs.get_mut(place) {
            Some(pair) if consensus(&pair.outputs) == pair.consensus => {}
            Some(pair) => pair.consensus = PairConsensus::Conflicting,
            None => {
                let outputs = [left.clone(), right.clone()];
                pairs.push(RatedPair {
                    row: record.row.clone(),
                    consensus: consensus(&outputs),
                    outputs,
                });
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(row: &str, shown: [(&str, &str); 2], preference: Preference) -> RatingRecord {
        RatingRecord {
            row: row.into(),
            shown: shown
                .map(|(variant, text)| ShownOutput::new(variant, text))
                .to_vec(),
            rating: Rating::Prefer(preference),
            reason: String::new(),
            by: "ann".into(),
            at: "2026-01-01T00:00:00Z".into(),
            seconds: 1.0,
            chosen: None,
        }
    }

    #[test]
    fn what_all_say_holds_and_what_some_deny_does_not() {
        use Preference::{BothBad, Left, Right, Tie};
        let (a, b) = (("a", "x"), ("b", "y"));
        let records = [
            record("r0", [a, b], Left),
            // The same from the other side, and of a wording that answered the same.
            record("r0", [("c", "y"), a], Right),
            record("r1", [a, b], Left),
            record("r1", [b, a], Left),
            record("r2", [a, b], Tie),
            record("r2", [a, b], BothBad),
            record("r3", [a, b], Right),
            record("r3", [a, b], Tie),
            record("r4", [a, ("b", "x")], Left),
        ];
        let found = rated_pairs(&records);
        let found: Vec<(&str, PairConsensus)> = found
            .iter()
            .map(|pair| (pair.row.as_str(), pair.consensus))
            .collect();
        assert_eq!(
            found,
            [
                ("r0", PairConsensus::Prefers(0)),
                ("r1", PairConsensus::Conflicting),
                ("r2", PairConsensus::Undecided),
                ("r3", PairConsensus::Conflicting),
            ]
        );
    }
}
