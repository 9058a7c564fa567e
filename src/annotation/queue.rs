//! Which row a person labels next: mostly those that tell most, a part of them with equal chances so that figures stay unbiased
//! and precise, and some that another person labelled. Every chance is known. Pure and seeded: the same decisions lead to the
//! same next row.

use super::{
    RowPlaces, Selection, SelectionReason, priority_draw::PriorityDraw, walk_order::WalkOrder,
};
use rand::{RngExt as _, seq::SliceRandom as _};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::collections::BTreeSet;

/// Which rows come more often than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueOrder {
    /// Those about which wordings disagree.
    Disagreement,
    /// Those that say which of the two best wordings is better.
    Decision,
    /// None.
    Random,
}

/// How the rows of a person are chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueSpec {
    pub order: QueueOrder,
    /// Share of choices in which all rows have the same chance, in [0, 1].
    pub random: f64,
    /// Share of rows that two people label, in [0, 1].
    pub overlap: f64,
    /// That of the experiment: all people must have the same.
    pub seed: u64,
    /// Name of the person.
    pub person: String,
}

/// What a row is to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// It can be chosen.
    Open,
    /// Only somebody else decided it.
    DecidedByOther,
    /// The person decided it, and nobody else.
    DecidedAlone,
    /// The person and somebody else decided it.
    DecidedByBoth,
    /// It needs no label.
    Unneeded,
}

/// A row whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueRow {
    pub place: usize,
    pub chosen: Selection,
}

/// The rows that a person has not decided yet.
#[derive(Debug, Clone)]
pub struct LabelQueue {
    spec: QueueSpec,
    states: Vec<RowState>,
    /// Open rows by their priorities.
    by_priority: PriorityDraw,
    /// All rows, in an order by chance.
    shuffled: WalkOrder,
    /// A number per row by which all people choose the same rows to label twice.
    lots: Vec<u64>,
    /// Rows that only somebody else decided, by their lots.
    by_others: BTreeSet<(u64, u32)>,
    /// How many rows are in each state.
    counts: [usize; 5],
}

impl LabelQueue {
    /// `priorities`: of each row, one that is twice as high comes twice as often; rows without one (0) come only where all rows have
    /// the same chance. `state`: of each row.
    pub fn new(
        spec: QueueSpec,
        places: &RowPlaces,
        priorities: &[f64],
        state: impl Fn(usize) -> RowState,
    ) -> LabelQueue {
        let rows = places.len();
        let person = blake3::hash(spec.person.as_bytes());
        let mut rng = ChaCha8Rng::from_seed(*person.as_bytes());
        rng.set_stream(spec.seed);
        let mut shuffled: Vec<u32> = (0..rows as u32).collect();
        shuffled.shuffle(&mut rng);
        let priority = |row: usize| match spec.order {
            QueueOrder::Random => 0.0,
            _ => priorities.get(row).copied().unwrap_or(0.0),
        };
        let by_priority = PriorityDraw::new((0..rows).map(priority));
        let lot = |row| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(places.identity(row).content.as_bytes());
            hasher.update(&spec.seed.to_le_bytes());
            let mut lot = [0; 8];
            hasher.finalize_xof().fill(&mut lot);
            u64::from_le_bytes(lot)
        };
        let mut counts = [0; 5];
        counts[RowState::Unneeded as usize] = rows;
        let mut queue = LabelQueue {
            lots: (0..rows).map(lot).collect(),
            by_priority,
            shuffled: WalkOrder::new(shuffled),
            states: vec![RowState::Unneeded; rows],
            by_others: BTreeSet::new(),
            counts,
            spec,
        };
        (0..rows).for_each(|row| queue.set(row, state(row)));
        queue
    }

    /// Tell what a row has become.
    pub fn set(&mut self, row: usize, state: RowState) {
        let before = std::mem::replace(&mut self.states[row], state);
        self.counts[before as usize] -= 1;
        self.counts[state as usize] += 1;
        self.by_priority.set(row, state == RowState::Open);
        if state == RowState::Open {
            self.shuffled.reopen(row);
        }
        let lot = (self.lots[row], row as u32);
        match state == RowState::DecidedByOther {
            true => self.by_others.insert(lot),
            false => self.by_others.remove(&lot),
        };
    }

    fn count(&self, state: RowState) -> usize {
        self.counts[state as usize]
    }

    /// How many rows the person still labels that somebody else labelled, for the planned share of labelled rows.
    fn due(&self) -> usize {
        let both = self.count(RowState::DecidedByBoth);
        let decided = self.by_others.len() + self.count(RowState::DecidedAlone) + both;
        let planned = (self.spec.overlap * decided as f64).ceil() as usize;
        planned.saturating_sub(both).min(self.by_others.len())
    }

    /// Rows that can be chosen by priority or chance, and those that another person decided and this one decides too.
    pub fn remaining(&self) -> (usize, usize) {
        (self.count(RowState::Open), self.due())
    }

    /// The row whose turn it is, after so many decisions of the person.
    pub fn next(&mut self, decisions: u64) -> Option<QueueRow> {
        let mut rng = ChaCha8Rng::from_seed(*blake3::hash(self.spec.person.as_bytes()).as_bytes());
        // Another stream than the shuffle's.
        rng.set_stream(self.spec.seed ^ (decisions + 1).rotate_right(24));
        let (is_pending_turn, is_random): (bool, bool) = (
            rng.random_bool(0.5),
            rng.random_bool(self.spec.random.clamp(0.0, 1.0)),
        );
        let (open, due) = self.remaining();
        if let Some((_, row)) = self.by_others.first()
            && due > 0
            && (is_pending_turn || open == 0)
        {
            return Some(QueueRow {
                place: *row as usize,
                chosen: Selection {
                    reason: SelectionReason::Overlap,
                    probability: None,
                    candidates: self.by_others.len() as u32,
                },
            });
        }
        let by_chance = self
            .shuffled
            .first_open(|row| self.states[row] == RowState::Open)?;
        let by_priority = self.by_priority.draw(&mut rng);
        let place = by_priority.filter(|_| !is_random).unwrap_or(by_chance);
        let equal = 1.0 / open as f64;
        let random = self.spec.random;
        let probability = match self.by_priority.probability(place) {
            Some(chance) => random * equal + (1.0 - random) * chance,
            None => equal,
        };
        Some(QueueRow {
            place,
            chosen: Selection {
                reason: match self.spec.order {
                    _ if by_priority.is_none() || is_random => SelectionReason::Random,
                    QueueOrder::Disagreement => SelectionReason::Disagreement,
                    QueueOrder::Decision => SelectionReason::Decision,
                    QueueOrder::Random => SelectionReason::Random,
                },
                probability: Some(probability),
                candidates: open as u32,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dataset::Dataset, model::Row};
    use serde_json::json;
    use std::time::Instant;

    fn places(rows: usize) -> RowPlaces {
        let row = |index: usize| Row {
            index,
            fields: json!({"text": index}).as_object().unwrap().clone(),
            ..Row::default()
        };
        RowPlaces::new(
            &Dataset::from_rows((0..rows).map(row).collect()),
            false,
            "label",
        )
        .unwrap()
    }

    fn spec(order: QueueOrder, person: &str) -> QueueSpec {
        QueueSpec {
            order,
            random: 0.2,
            overlap: 0.2,
            seed: 7,
            person: person.into(),
        }
    }

    /// The first rows of a person, all decided.
    fn walk(queue: &mut LabelQueue, n: u64) -> Vec<QueueRow> {
        (0..n)
            .map_while(|decisions| {
                let row = queue.next(decisions)?;
                let state = match row.chosen.reason {
                    SelectionReason::Overlap => RowState::DecidedByBoth,
                    _ => RowState::DecidedAlone,
                };
                queue.set(row.place, state);
                Some(row)
            })
            .collect()
    }

    #[test]
    fn high_priorities_come_more_often_and_chances_are_recorded() {
        let places = places(1_000);
        // One row of five is disputed; half of those are disputed twice as much.
        let priority =
            |row: usize| f64::from(u8::from(row.is_multiple_of(5))) * (1 + row % 2) as f64;
        let priorities: Vec<f64> = (0..1_000).map(priority).collect();
        let order = spec(QueueOrder::Disagreement, "ann");
        let mut queue = LabelQueue::new(order, &places, &priorities, |_| RowState::Open);
        let rows = walk(&mut queue, 100);
        let random = rows
            .iter()
            .filter(|row| row.chosen.reason == SelectionReason::Random);
        let random = random.count();
        assert!((12..=30).contains(&random), "{random} of 100 by chance");
        let disputed = rows.iter().filter(|row| row.place % 5 == 0).count();
        assert!((75..=92).contains(&disputed), "{disputed} of 100 disputed");
        let mut total: f64 = priorities.iter().sum();
        for (at, row) in rows.iter().enumerate() {
            let candidates = 1_000 - at;
            assert_eq!(row.chosen.candidates as usize, candidates);
            let own = priorities[row.place];
            let expected = 0.2 / candidates as f64 + 0.8 * own / total;
            assert!((row.chosen.probability.unwrap() - expected).abs() < 1e-9);
            total -= own;
        }
    }

    #[test]
    fn without_a_priority_all_rows_have_the_same_chance() {
        let places = places(20);
        let order = spec(QueueOrder::Decision, "ann");
        let mut queue = LabelQueue::new(order, &places, &[0.0, 1.0], |_| RowState::Open);
        let rows = walk(&mut queue, 20);
        assert_eq!(rows.len(), 20);
        let disputed = rows.iter().position(|row| row.place == 1).unwrap();
        for (at, row) in rows.iter().enumerate().skip(disputed + 1) {
            let equal = 1.0 / (20 - at) as f64;
            assert_eq!(row.chosen.probability, Some(equal));
            assert_eq!(row.chosen.reason, SelectionReason::Random);
        }
    }

    #[test]
    fn every_row_comes_once_and_a_new_session_goes_on_with_the_same_row() {
        let places = places(200);
        let priorities: Vec<f64> = (0..200).map(|row| f64::from(row % 3)).collect();
        for order in [
            QueueOrder::Disagreement,
            QueueOrder::Decision,
            QueueOrder::Random,
        ] {
            let fresh = |closed: &BTreeSet<usize>| {
                LabelQueue::new(spec(order, "ann"), &places, &priorities, |row| match closed
                    .contains(&row)
                {
                    true => RowState::DecidedAlone,
                    false => RowState::Open,
                })
            };
            let rows = walk(&mut fresh(&BTreeSet::new()), 300);
            let distinct: BTreeSet<usize> = rows.iter().map(|row| row.place).collect();
            assert_eq!((rows.len(), distinct.len()), (200, 200));
            for done in [0, 1, 50, 199] {
                let closed: BTreeSet<usize> = rows[..done].iter().map(|row| row.place).collect();
                assert_eq!(fresh(&closed).next(done as u64), Some(rows[done]));
            }
        }
    }

    #[test]
    fn an_undone_row_comes_again() {
        let places = places(50);
        let mut queue = LabelQueue::new(spec(QueueOrder::Random, "ann"), &places, &[], |_| {
            RowState::Open
        });
        let rows = walk(&mut queue, 10);
        queue.set(rows[9].place, RowState::Open);
        assert_eq!(queue.next(9), Some(rows[9]));
    }

    #[test]
    fn two_people_label_a_fifth_of_the_rows_twice() {
        let places = places(1_000);
        let order = |person| spec(QueueOrder::Random, person);
        let mut ann = LabelQueue::new(order("ann"), &places, &[], |_| RowState::Open);
        let by_ann: BTreeSet<usize> = walk(&mut ann, 500).iter().map(|row| row.place).collect();
        let mut bo = LabelQueue::new(order("bo"), &places, &[], |row| {
            match by_ann.contains(&row) {
                true => RowState::DecidedByOther,
                false => RowState::Open,
            }
        });
        let rows = walk(&mut bo, 2_000);
        let twice = rows
            .iter()
            .filter(|row| row.chosen.reason == SelectionReason::Overlap)
            .count();
        assert_eq!((twice, rows.len()), (200, 700), "a fifth of all rows");
        assert_eq!(bo.remaining(), (0, 0));
        let first = rows.iter().take(200);
        let early = first
            .filter(|row| row.chosen.reason == SelectionReason::Overlap)
            .count();
        assert!(
            (80..=120).contains(&early),
            "{early}: they are not left to the end"
        );
        let mut again = LabelQueue::new(order("ann"), &places, &[], |row| {
            let place = rows.iter().find(|chosen| chosen.place == row);
            match (by_ann.contains(&row), place) {
                (true, Some(_)) => RowState::DecidedByBoth,
                (true, None) => RowState::DecidedAlone,
                (false, _) => RowState::DecidedByOther,
            }
        });
        assert_eq!(again.next(500), None, "enough rows were labelled twice");
    }

    #[test]
    fn the_next_row_of_a_hundred_thousand_is_there_at_once() {
        let places = places(100_000);
        let priorities: Vec<f64> = (0..100_000).map(|row| f64::from(row % 97)).collect();
        let order = spec(QueueOrder::Disagreement, "ann");
        let mut queue = LabelQueue::new(order, &places, &priorities, |_| RowState::Open);
        let started = Instant::now();
        assert_eq!(walk(&mut queue, 2_000).len(), 2_000);
        let each = started.elapsed() / 2_000;
        assert!(each.as_micros() < 1_000, "{each:?}");
    }
}
