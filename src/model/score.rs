//! What a metric makes of an outcome.

/// The value of one metric for one outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// In [0, 1]; 0 when unreadable; NaN when [missing](Score::MISSING).
    pub value: f64,
    /// What the metric read in the output; `None` where it reads no answer (unreadable) or does not read one.
    pub answer: Option<String>,
    /// No answer was found in the output at all.
    pub unreadable: bool,
}

impl Score {
    /// A score that no single answer text explains.
    pub fn new(value: f64) -> Score {
        Score {
            value,
            answer: None,
            unreadable: false,
        }
    }

    /// No score: the metric has not been asked yet, or could not say. Enters no mean.
    pub const MISSING: Score = Score {
        value: f64::NAN,
        answer: None,
        unreadable: false,
    };

    /// Whether there is no score.
    pub fn is_missing(&self) -> bool {
        self.value.is_nan()
    }

    /// The value, where there is one.
    pub fn known(&self) -> Option<f64> {
        (!self.is_missing()).then_some(self.value)
    }
}

/// The scores of one outcome: one a metric, in the experiment's order; the first is the main one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores(pub Vec<Score>);

impl Scores {
    /// The score of the main metric.
    pub fn main(&self) -> Option<&Score> {
        self.0.first()
    }
}
