//! The state of the screen of ratings, as plain data.

use crate::{
    annotation::{GradeScale, PairTurn, RatingSession, ShownOutput},
    tui::model::{TextArea, Theme},
};
use std::{fmt, time::Instant};

/// Reads the text of a row of the run.
pub type ReadRow = Box<dyn Fn(usize) -> Option<String> + Send>;

/// What a session of rating is about.
pub struct RateSpec {
    pub experiment: String,
    /// Name of the person.
    pub person: String,
    pub session: RatingSession,
    /// Rows whose answers are the same.
    pub identical: usize,
    /// Where one answer is graded.
    pub scale: Option<GradeScale>,
    pub row_text: ReadRow,
    /// Ratings after which the session is done.
    pub goal: Option<usize>,
    pub theme: Theme,
}

impl fmt::Debug for RateSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateSpec")
            .field("experiment", &self.experiment)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// The screen of ratings.
#[derive(Debug)]
pub struct RateScreen {
    pub(super) spec: RateSpec,
    pub(super) current: Option<CurrentPair>,
    pub(super) mode: RateMode,
    pub(super) reason: String,
    pub(super) unsaved: (usize, Option<String>),
    pub(super) scroll: usize,
    /// Lines of the texts and of their window, as last drawn.
    pub(super) drawn: (usize, usize),
    pub(super) last: Option<String>,
    pub(super) given: usize,
}

/// What is being rated.
#[derive(Debug)]
pub(super) struct CurrentPair {
    pub(super) turn: PairTurn,
    pub(super) row_id: String,
    pub(super) row_text: Option<String>,
    /// Left and right, or the only one.
    pub(super) texts: Vec<String>,
    pub(super) shown: Vec<ShownOutput>,
    pub(super) since: Instant,
}

#[derive(Debug)]
pub(super) enum RateMode {
    Choose,
    Reason(TextArea),
    Help,
}

impl RateScreen {
    /// The screen on the first pair, shown from `now` on.
    pub fn new(spec: RateSpec, now: Instant) -> RateScreen {
        let mut screen = RateScreen {
            spec,
            current: None,
            mode: RateMode::Choose,
            reason: String::new(),
            unsaved: (0, None),
            scroll: 0,
            drawn: (0, 0),
            last: None,
            given: 0,
        };
        screen.show_next(now);
        screen
    }

    pub fn session(&self) -> &RatingSession {
        &self.spec.session
    }

    /// How many ratings were given in this session.
    pub fn given(&self) -> usize {
        self.given
    }

    pub(super) fn is_done(&self) -> bool {
        self.spec.goal.is_some_and(|goal| self.given >= goal)
    }

    pub(super) fn show_next(&mut self, now: Instant) {
        self.mode = RateMode::Choose;
        self.scroll = 0;
        self.reason.clear();
        let turn = match self.is_done() {
            true => None,
            false => self.spec.session.next(),
        };
        self.current = turn.map(|turn| {
            let session = &self.spec.session;
            let item = &session.items()[turn.pair];
            let outputs = session.wordings().iter().zip(&item.texts);
            let mut shown: Vec<ShownOutput> = outputs
                .map(|(name, text)| ShownOutput::new(name, text))
                .collect();
            let mut texts = item.texts.clone();
            if turn.is_swapped {
                shown.reverse();
                texts.reverse();
            }
            CurrentPair {
                turn,
                row_id: item.row_id.clone(),
                row_text: (self.spec.row_text)(item.row),
                texts,
                shown,
                since: now,
            }
        });
    }
}
