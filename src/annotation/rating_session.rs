//! The ratings of two wordings, or of one, so far: what is rated, what comes next, and whether the verdict stands.

use super::{
    JournalRecord, PairQueue, PairTurn, QueueStep, RatingRecord, RatingSubject, ShownOutput,
};
use crate::stats::{RatedUnit, SequentialMean};
use std::collections::{HashMap, HashSet};

/// Chance that a verdict is wrong, over all looks.
pub const ALPHA: f64 = 0.05;

/// The answers to a row that are rated together: one of each wording.
#[derive(Debug, Clone, PartialEq)]
pub struct RatedItem {
    /// Row of the run.
    pub row: usize,
    pub row_id: String,
    /// In the order of the wordings.
    pub texts: Vec<String>,
    /// What the judge says, in [−1, 1] as in `Rating::value`.
    pub predicted: Option<f64>,
}

/// A rating of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRating {
    pub item: usize,
    /// From the view of the first wording.
    pub value: f64,
    pub record: RatingRecord,
}

/// The items with their ratings.
#[derive(Debug)]
pub struct RatingSession {
    wordings: Vec<String>,
    items: Vec<RatedItem>,
    places: HashMap<RatingSubject, usize>,
    /// In the order in which they were given.
    ratings: Vec<ItemRating>,
    /// What each of them changed.
    steps: Vec<RatingStep>,
    /// How many the person gave.
    own: usize,
    person: String,
    seed: u64,
    is_random: bool,
    queue: PairQueue,
    test: SequentialMean,
}

/// What a rating changed, to withdraw it.
#[derive(Debug, Clone)]
struct RatingStep {
    queue: QueueStep,
    /// Before the rating, where it counts for the test.
    test: Option<SequentialMean>,
}

impl RatingSession {
    /// `records`: all that stand; those of other texts are left out. `is_random`: whatever the judge says.
    pub fn new(
        wordings: Vec<String>,
        items: Vec<RatedItem>,
        records: &[RatingRecord],
        person: &str,
        seed: u64,
        is_random: bool,
    ) -> RatingSession {
        let subject = |item: &RatedItem| {
            let shown = wordings.iter().zip(&item.texts);
            let mut outputs: Vec<ShownOutput> = shown
                .map(|(name, text)| ShownOutput::new(name, text))
                .collect();
            outputs.sort_by(|a, b| (&a.variant, &a.output).cmp(&(&b.variant, &b.output)));
            RatingSubject {
                row: item.row_id.clone(),
                outputs,
            }
        };
        let places = items.iter().enumerate();
        let places: HashMap<RatingSubject, usize> =
            places.map(|(at, item)| (subject(item), at)).collect();
        let mut session = RatingSession {
            queue: PairQueue::new(&[], Vec::new(), seed, is_random),
            test: SequentialMean::new(&[]),
            ratings: Vec::new(),
            steps: Vec::new(),
            own: 0,
            person: person.to_owned(),
            wordings,
            items,
            places,
            seed,
            is_random,
        };
        session.replay(records.to_vec());
        session
    }

    /// Start anew with these records.
    fn replay(&mut self, records: Vec<RatingRecord>) {
        let predictions: Vec<Option<f64>> = self.items.iter().map(|item| item.predicted).collect();
        let known: Option<Vec<f64>> = predictions.iter().copied().collect();
        self.test = SequentialMean::new(known.as_deref().unwrap_or(&[]));
        let rows: Vec<usize> = self.items.iter().map(|item| item.row).collect();
        self.queue = PairQueue::new(&rows, predictions, self.seed, self.is_random);
        self.ratings.clear();
        self.steps.clear();
        self.own = 0;
        for record in records {
            self.record(record);
        }
    }

    /// Take in a rating. What is about no item at hand is left out.
    pub fn record(&mut self, record: RatingRecord) {
        let Some(item) = self.places.get(&record.subject()).copied() else {
            return;
        };
        let is_first = record.shown.first().map(|shown| &shown.variant) == self.wordings.first();
        let value = match is_first {
            true => record.rating.value(),
            false => -record.rating.value(),
        };
        let max_weight = self.queue.max_weight();
        let is_own = record.by == self.person;
        let mut step = RatingStep {
            queue: self.queue.rate(item, value, is_own),
            test: None,
        };
        let is_first = step.queue.is_first();
        if let (Some(chosen), true, Some(max_weight)) = (record.chosen, is_first, max_weight) {
            step.test = Some(self.test.clone());
            let predicted = self.items[item].predicted.unwrap_or(0.0);
            self.test
                .add(value, predicted, chosen.weight.max(0.0), max_weight);
        }
        self.steps.push(step);
        self.own += usize::from(is_own);
        self.ratings.push(ItemRating {
            item,
            value,
            record,
        });
    }

    /// Withdraw the person's last rating.
    pub fn undo(&mut self) -> Option<ItemRating> {
        if let Some(last) = self.ratings.pop_if(|last| last.record.by == self.person) {
            let step = self.steps.pop()?;
            self.queue.withdraw(step.queue);
            if let Some(test) = step.test {
                self.test = test;
            }
            self.own -= 1;
            return Some(last);
        }
        // Others have rated since: their ratings count as if this one had not been there.
        let mut ratings = std::mem::take(&mut self.ratings);
        let last = ratings.iter().rposition(|r| r.record.by == self.person);
        let withdrawn = last.map(|at| ratings.remove(at));
        self.replay(ratings.into_iter().map(|rating| rating.record).collect());
        withdrawn
    }

    pub fn next(&self) -> Option<PairTurn> {
        self.queue.next(self.own() as u64)
    }

    pub fn items(&self) -> &[RatedItem] {
        &self.items
    }

    pub fn wordings(&self) -> &[String] {
        &self.wordings
    }

    pub fn ratings(&self) -> &[ItemRating] {
        &self.ratings
    }

    /// How many ratings the person gave.
    pub fn own(&self) -> usize {
        self.own
    }

    pub fn remaining(&self) -> usize {
        self.queue.remaining()
    }

    /// Whether the first wording is shown to be preferred (true), or the second, at every look so far.
    pub fn verdict(&self) -> Option<bool> {
        self.test.sign(ALPHA)
    }

    /// The items that were rated, by the first rating of each. Items of a stratum weigh as many as there are per rated one.
    pub fn rated_units(&self) -> Vec<(usize, RatedUnit)> {
        let mut seen = HashSet::new();
        let is_first = |rating: &&ItemRating| seen.insert(rating.item);
        let first: Vec<&ItemRating> = self.ratings.iter().filter(is_first).collect();
        let stratum = |rating: &ItemRating| self.queue.stratum(rating.item);
        let mut rated = HashMap::new();
        for rating in &first {
            *rated.entry(stratum(rating).0).or_insert(0usize) += 1;
        }
        let units = first.iter().map(|rating| {
            let (own, items) = stratum(rating);
            let unit = RatedUnit {
                value: rating.value,
                predicted: self.items[rating.item].predicted.unwrap_or(0.0),
                weight: items as f64 / rated[&own] as f64,
            };
            (rating.item, unit)
        });
        units.collect()
    }

    /// What the judge says about the items that nobody rated.
    pub fn unrated_predictions(&self) -> Vec<f64> {
        let open = self.items.iter().enumerate();
        open.filter(|(at, _)| !self.queue.is_rated(*at))
            .filter_map(|(_, item)| item.predicted)
            .collect()
    }

    /// Repeats of a rating by the same person: how many, and how many were the same.
    pub fn repeats(&self) -> (usize, usize) {
        let mut earlier: HashMap<(usize, &str), f64> = HashMap::new();
        let (mut all, mut same) = (0, 0);
        for rating in &self.ratings {
            let key = (rating.item, rating.record.by.as_str());
            if let Some(value) = earlier.insert(key, rating.value) {
                all += 1;
                same += usize::from((value - rating.value).abs() < 1e-9);
            }
        }
        (all, same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotation::{Preference, Rating};

    fn items(n: usize) -> Vec<RatedItem> {
        let item = |row| RatedItem {
            row,
            row_id: format!("r{row}"),
            texts: vec![format!("a{row}"), format!("b{row}")],
            predicted: Some([1.0, 0.0, -1.0][row % 3]),
        };
        (0..n).map(item).collect()
    }

    fn session(n: usize, records: &[RatingRecord]) -> RatingSession {
        RatingSession::new(
            vec!["a".into(), "b".into()],
            items(n),
            records,
            "ann",
            7,
            false,
        )
    }

    fn rate(session: &mut RatingSession, prefers: impl Fn(usize) -> Preference) -> bool {
        let Some(turn) = session.next() else {
            return false;
        };
        let item = &session.items()[turn.pair];
        let mut shown: Vec<ShownOutput> = session
            .wordings()
            .iter()
            .zip(&item.texts)
            .map(|(name, text)| ShownOutput::new(name, text))
            .collect();
        let mut preference = prefers(item.row);
        if turn.is_swapped {
            shown.reverse();
            preference = match preference {
                Preference::Left => Preference::Right,
                Preference::Right => Preference::Left,
                other => other,
            };
        }
        let record = RatingRecord {
            row: item.row_id.clone(),
            shown,
            rating: Rating::Prefer(preference),
            reason: String::new(),
            by: "ann".into(),
            at: "2026-01-01T00:00:00Z".into(),
            seconds: 1.0,
            chosen: turn.chosen,
        };
        session.record(record);
        true
    }

    #[test]
    fn a_clear_preference_becomes_a_verdict_and_an_undo_takes_it_back() {
        let mut all = session(90, &[]);
        let mut ratings = 0;
        while all.verdict().is_none() {
            assert!(rate(&mut all, |_| Preference::Left));
            ratings += 1;
        }
        assert_eq!(all.verdict(), Some(true));
        assert!(ratings < 50, "{ratings}");
        let last = all.undo().unwrap();
        assert_eq!(
            (last.value, all.verdict(), all.own()),
            (1.0, None, ratings - 1)
        );
        // As if it had never been given, to the last bit.
        let records: Vec<RatingRecord> = all.ratings().iter().map(|r| r.record.clone()).collect();
        let anew = session(90, &records);
        assert_eq!((&all.queue, &all.test), (&anew.queue, &anew.test));
        // Repeats too, and all of them one after the other.
        let before = (all.queue.clone(), all.test.clone());
        (0..40).for_each(|_| assert!(rate(&mut all, |_| Preference::Tie)));
        assert!(all.repeats().0 > 0);
        (0..40).for_each(|_| assert!(all.undo().is_some()));
        assert_eq!((&all.queue, &all.test), (&before.0, &before.1));
        // A new session continues with the same pair.
        assert_eq!(anew.next(), all.next());
    }

    #[test]
    fn every_item_is_rated_once_and_some_again() {
        let mut all = session(60, &[]);
        while rate(&mut all, |row| match row % 3 {
            0 => Preference::Left,
            1 => Preference::Tie,
            _ => Preference::Right,
        }) {}
        let (repeats, same) = all.repeats();
        assert!(repeats >= 6 && repeats == same, "{repeats} {same}");
        assert_eq!(all.remaining(), 0);
        let units = all.rated_units();
        assert_eq!(units.len(), 60);
        assert!(units.iter().all(|(_, unit)| unit.weight == 1.0));
        assert!(all.unrated_predictions().is_empty());
        let swapped = all
            .ratings()
            .iter()
            .filter(|r| r.record.shown[0].variant == "b");
        assert!((20..=50).contains(&swapped.count()));
    }

    #[test]
    fn ratings_of_other_texts_are_left_out() {
        let mut all = session(10, &[]);
        (0..5).for_each(|_| assert!(rate(&mut all, |_| Preference::Tie)));
        let records: Vec<RatingRecord> = all.ratings().iter().map(|r| r.record.clone()).collect();
        let mut changed = items(10);
        changed.iter_mut().for_each(|item| item.texts[1] += " more");
        let wordings = vec!["a".into(), "b".into()];
        let other = RatingSession::new(wordings, changed, &records, "ann", 7, false);
        assert!(other.ratings().is_empty());
    }
}
