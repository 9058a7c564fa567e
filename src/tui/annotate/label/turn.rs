//! Whose turn it is: the rows of the queue, or the disputed rows one after another.

use super::spec::{LabelQueueKind, LabelSpec};
use crate::annotation::{
    LabelQueue, Labels, QueueOrder, QueueRow, QueueSpec, RowEvidence, RowState, Selection,
    SelectionReason,
};
use crate::dataset::DatasetError;

/// The rows whose turn comes.
#[derive(Debug)]
pub(super) enum Turns {
    Queue(Box<LabelQueue>),
    /// The disputed rows, and which of them were decided in this session.
    Disputed(Vec<(usize, bool)>),
}

impl Turns {
    pub(super) fn new(spec: &LabelSpec, labels: &Labels) -> Result<Turns, DatasetError> {
        let rows = spec.places.len();
        let (order, random, overlap) = match spec.queue {
            LabelQueueKind::Disputed => {
                let mut disputed = Vec::new();
                for (place, row) in labels.rows() {
                    if row.is_disputed(spec.dataset.own_answer(place)?.as_ref()) {
                        disputed.push((place, false));
                    }
                }
                return Ok(Turns::Disputed(disputed));
            }
            LabelQueueKind::Open {
                order,
                random,
                overlap,
                ..
            } => (order, random, overlap),
        };
        let priority = |evidence: &RowEvidence| match order {
            QueueOrder::Disagreement => evidence.disagreement,
            QueueOrder::Decision => evidence.decides,
            QueueOrder::Random => 0.0,
        };
        let mut priorities: Vec<f64> = spec.evidence.iter().map(priority).collect();
        priorities.resize(rows, 0.0);
        let queue = QueueSpec {
            order,
            random,
            overlap,
            seed: spec.seed,
            person: spec.person.clone(),
        };
        let state = |place| row_state(spec, labels, place, false);
        let queue = LabelQueue::new(queue, &spec.places, &priorities, state);
        Ok(Turns::Queue(Box::new(queue)))
    }

    /// The row whose turn it is, after so many decisions of the person.
    pub(super) fn next(&mut self, decisions: usize) -> Option<QueueRow> {
        match self {
            Turns::Queue(queue) => queue.next(decisions as u64),
            Turns::Disputed(rows) => {
                let open = rows.iter().filter(|(_, is_done)| !is_done).count();
                let (place, _) = rows.iter().find(|(_, is_done)| !is_done)?;
                Some(QueueRow {
                    place: *place,
                    chosen: Selection {
                        reason: SelectionReason::Disputed,
                        probability: None,
                        candidates: open as u32,
                    },
                })
            }
        }
    }

    /// Bring a row up to date after a decision about it was made or withdrawn.
    pub(super) fn refresh(
        &mut self,
        spec: &LabelSpec,
        labels: &Labels,
        place: usize,
        is_decided: bool,
    ) {
        match self {
            Turns::Queue(queue) => queue.set(place, row_state(spec, labels, place, is_decided)),
            Turns::Disputed(rows) => {
                let found = rows.iter_mut().find(|(row, _)| *row == place);
                if let Some((_, is_done)) = found {
                    *is_done = is_decided;
                }
            }
        }
    }

    /// How many rows are left, those among them that another person labelled.
    pub(super) fn remaining(&self) -> (usize, usize) {
        match self {
            Turns::Queue(queue) => {
                let (open, shared) = queue.remaining();
                (open + shared, shared)
            }
            Turns::Disputed(rows) => (rows.iter().filter(|(_, is_done)| !is_done).count(), 0),
        }
    }
}

/// What a row is to the person. `is_decided`: in this session; what was skipped in an earlier one comes again.
fn row_state(spec: &LabelSpec, labels: &Labels, place: usize, is_decided: bool) -> RowState {
    let row = labels.row(place);
    let newest = row.and_then(|row| row.newest_by(&spec.person));
    let is_decided = is_decided || newest.is_some_and(|newest| newest.decision.is_verdict());
    let mut others = row.into_iter().flat_map(|row| row.opinions());
    let by_others = others.any(|record| record.by != spec.person);
    let answered = matches!(spec.queue, LabelQueueKind::Open { answered: true, .. });
    let has_answer = spec.dataset.heads().expected(place);
    let has_answer = has_answer.is_some_and(|answer| !answer.trim().is_empty());
    match (is_decided, by_others) {
        (true, true) => RowState::DecidedByBoth,
        (true, false) => RowState::DecidedAlone,
        _ if has_answer && !answered => RowState::Unneeded,
        _ if row.is_some_and(|row| row.settlement().is_some()) => RowState::Unneeded,
        (false, true) => RowState::DecidedByOther,
        (false, false) => RowState::Open,
    }
}
