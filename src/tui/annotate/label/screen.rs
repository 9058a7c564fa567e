//! The state of the screen of labels, as plain data.

use super::{
    neighbors::{Neighbor, Neighbors},
    spec::{LabelQueueKind, LabelSpec},
    turn::Turns,
};
use crate::{
    annotation::{Decision, LabelRecord, Labels, QueueRow, RowEvidence, Suggestion},
    dataset::DatasetError,
    model::Row,
    tui::model::TextArea,
};
use serde_json::Value;
use std::{sync::Arc, time::Instant};

/// Longest time that one row counts for the pace: who is away longer is not labelling.
const LONGEST_SECONDS: f64 = 120.0;

/// The screen of labels.
#[derive(Debug)]
pub struct LabelScreen {
    pub(super) spec: LabelSpec,
    pub(super) labels: Labels,
    pub(super) turns: Turns,
    pub(super) neighbors: Neighbors,
    pub(super) current: Option<CurrentRow>,
    pub(super) mode: LabelMode,
    /// The person's decisions that can be withdrawn, oldest first.
    pub(super) own: Vec<LabelRecord>,
    pub(super) last: Option<LastDecision>,
    /// What is wrong with what was just done.
    pub(super) problem: Option<String>,
    pub(super) unsaved: (usize, Option<String>),
    pub(super) pace: LabelPace,
    pub(super) scroll: usize,
    /// Lines of the text and of its window, as last drawn.
    pub(super) drawn: (usize, usize),
}

/// The row that is being decided.
#[derive(Debug)]
pub(super) struct CurrentRow {
    pub(super) turn: QueueRow,
    pub(super) row: Arc<Row>,
    pub(super) since: Instant,
    pub(super) note: String,
    pub(super) neighbors: Vec<Neighbor>,
}

/// What the keys do.
#[derive(Debug)]
pub(super) enum LabelMode {
    Choose,
    /// Which labels are chosen.
    Several(Vec<bool>),
    /// One line is typed: an answer, or a part of a label's name.
    Line(TextArea),
    /// Several lines are typed: JSON, or one right answer per line.
    Lines(TextArea),
    Note(TextArea),
    Help,
}

/// What was decided last, and what others say about it.
#[derive(Debug)]
pub(super) struct LastDecision {
    pub(super) row: String,
    pub(super) decision: Decision,
    pub(super) suggested: Option<Suggestion>,
    /// Answers of which the majority's were so many.
    pub(super) share: (usize, usize),
    pub(super) own_answer: Option<Value>,
    /// Rows with nearly the same text that have another label.
    pub(super) conflicts: Vec<Neighbor>,
}

/// How fast the person is.
#[derive(Debug, Default)]
pub(super) struct LabelPace {
    pub(super) decisions: usize,
    pub(super) seconds: f64,
}

impl LabelPace {
    pub(super) fn add(&mut self, seconds: f64) {
        self.decisions += 1;
        self.seconds += seconds.min(LONGEST_SECONDS);
    }

    pub(super) fn withdraw(&mut self, seconds: f64) {
        if self.decisions > 0 {
            self.decisions -= 1;
            self.seconds = (self.seconds - seconds.min(LONGEST_SECONDS)).max(0.0);
        }
    }

    pub(super) fn per_minute(&self) -> Option<f64> {
        (self.decisions > 0 && self.seconds > 0.0)
            .then(|| self.decisions as f64 * 60.0 / self.seconds)
    }
}

impl LabelScreen {
    /// The screen on the first row whose turn it is, shown from `now` on.
    pub fn new(spec: LabelSpec, now: Instant) -> Result<LabelScreen, DatasetError> {
        let labels = Labels::new(&spec.records, &spec.places);
        let settles = spec.queue == LabelQueueKind::Disputed;
        let own = spec
            .records
            .iter()
            .filter(|record| record.by == spec.person && record.settles == settles)
            .filter(|record| !spec.places.find(&record.row).is_empty())
            .cloned()
            .collect();
        let neighbors = Neighbors::new(&spec, &labels)?;
        let mut screen = LabelScreen {
            turns: Turns::new(&spec, &labels)?,
            labels,
            neighbors,
            current: None,
            mode: LabelMode::Choose,
            own,
            last: None,
            problem: None,
            unsaved: (0, None),
            pace: LabelPace::default(),
            scroll: 0,
            drawn: (0, 0),
            spec,
        };
        screen.show_next(now);
        Ok(screen)
    }

    /// How many rows were decided in this session.
    pub fn decisions(&self) -> usize {
        self.pace.decisions
    }

    pub(super) fn settles(&self) -> bool {
        self.spec.queue == LabelQueueKind::Disputed
    }

    pub(super) fn is_done(&self) -> bool {
        self.spec
            .goal
            .is_some_and(|goal| self.pace.decisions >= goal)
    }

    /// The answer that the dataset itself has for a row.
    pub(super) fn own_answer(&self, place: usize) -> Option<Value> {
        // A row that cannot be read is reported when it is its turn.
        self.spec.dataset.own_answer(place).ok()?
    }

    pub(super) fn evidence(&self, place: usize) -> Option<&RowEvidence> {
        self.spec.evidence.get(place)
    }

    /// What the majority of the wordings answers about a row.
    pub(super) fn suggestion(&self, place: usize) -> Option<Value> {
        let vote = self.evidence(place)?.majority.as_ref()?;
        Some(self.spec.form.from_reading(&vote.answer))
    }

    /// The answer that may be taken with one key.
    pub(super) fn shown_suggestion(&self) -> Option<Value> {
        let current = self.current.as_ref().filter(|_| self.spec.suggest)?;
        self.suggestion(current.turn.place)
    }

    /// Show the row whose turn it is.
    pub(super) fn show_next(&mut self, now: Instant) {
        let next = match self.is_done() {
            true => None,
            false => self.turns.next(self.own.len()),
        };
        self.show(next, now);
    }

    pub(super) fn show(&mut self, turn: Option<QueueRow>, now: Instant) {
        self.mode = LabelMode::Choose;
        self.scroll = 0;
        self.current = None;
        let Some(turn) = turn else { return };
        match self.spec.dataset.row(turn.place) {
            Ok(row) => {
                let neighbors = self
                    .neighbors
                    .of_row(&self.spec, &self.labels, turn.place, &row);
                self.current = Some(CurrentRow {
                    turn,
                    row,
                    since: now,
                    note: String::new(),
                    neighbors,
                });
            }
            Err(error) => self.problem = Some(error.to_string()),
        }
    }
}

/// The labels whose names have a text in them, that of exactly this name first.
pub(super) fn matching_labels(labels: &[String], typed: &str) -> Vec<usize> {
    let typed = typed.trim().to_lowercase();
    let mut found: Vec<(bool, bool, usize)> = labels
        .iter()
        .map(|label| label.to_lowercase())
        .enumerate()
        .filter(|(_, label)| label.contains(&typed))
        .map(|(at, label)| (label != typed, !label.starts_with(&typed), at))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(.., at)| at).collect()
}
