//! Whose turn it is: the rows of the queue, or the disputed rows one after another.

use super::screen::LabelScreen;
use crate::annotation::{
    LabelQueue, QueueOrder, QueueRow, QueueSpec, RowEvidence, RowState, Selection, SelectionReason,
};

/// Which rows a session is about.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelQueueKind {
    /// Rows that need a label.
    Open {
        order: QueueOrder,
        /// Share of rows chosen at random.
        random: f64,
        /// Share of rows that two people label.
        overlap: f64,
        /// Rows that have an answer in the dataset, too.
        answered: bool,
    },
    /// Rows whose labels disagree; what is decided settles them.
    Disputed,
}

/// The rows whose turn comes.
#[derive(Debug)]
pub(super) enum Turns {
    Queue(Box<LabelQueue>),
    /// The disputed rows, and which of them were decided in this session.
    Disputed(Vec<(usize, bool)>),
}

impl Turns {
    pub(super) fn new(screen: &LabelScreen) -> Turns {
        let rows = screen.spec.places.len();
        let (order, random, overlap) = match screen.spec.queue {
            LabelQueueKind::Disputed => {
                let disputed = screen
                    .labels
                    .rows()
                    .filter(|(place, row)| row.is_disputed(screen.own_answer(*place).as_ref()));
                return Turns::Disputed(disputed.map(|(place, _)| (place, false)).collect());
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
        let mut priorities: Vec<f64> = screen.spec.evidence.iter().map(priority).collect();
        priorities.resize(rows, 0.0);
        let spec = QueueSpec {
            order,
            random,
            overlap,
            seed: screen.spec.seed,
            person: screen.spec.person.clone(),
        };
        let state = |place| row_state(screen, place);
        Turns::Queue(Box::new(LabelQueue::new(
            spec,
            &screen.spec.places,
            &priorities,
            state,
        )))
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

/// What a row is to the person.
pub(super) fn row_state(screen: &LabelScreen, place: usize) -> RowState {
    let labels = screen.labels.row(place);
    let answered = matches!(
        screen.spec.queue,
        LabelQueueKind::Open { answered: true, .. }
    );
    let is_decided = labels.is_some_and(|row| row.newest_by(&screen.spec.person).is_some());
    let has_answer = screen.spec.dataset.heads().expected(place);
    let has_answer = has_answer.is_some_and(|answer| !answer.trim().is_empty());
    if is_decided || has_answer && !answered {
        return RowState::Closed;
    }
    match labels {
        Some(row) if row.settlement().is_some() => RowState::Closed,
        Some(row) if row.opinions().next().is_some() => RowState::DecidedByOther,
        _ => RowState::Open,
    }
}

impl LabelScreen {
    /// Bring the turns up to date after a decision about a row was made or withdrawn.
    pub(super) fn refresh_turn(&mut self, place: usize, is_decided: bool) {
        let state = row_state(self, place);
        match &mut self.turns {
            Turns::Queue(queue) => queue.set(place, state),
            Turns::Disputed(rows) => {
                let found = rows.iter_mut().find(|(row, _)| *row == place);
                found.map(|(_, is_done)| *is_done = is_decided);
            }
        }
    }
}
