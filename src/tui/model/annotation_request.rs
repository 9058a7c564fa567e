//! What a person wants to label or rate from the session, and what came of it.

/// What is labelled or rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnnotationRequest {
    /// Rows of the experiment.
    Label { experiment: String },
    /// Answers of two wordings with one model.
    Rate {
        experiment: String,
        /// The newest of the experiment where `None`.
        run: Option<String>,
        model: String,
        wordings: [String; 2],
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnotationResult {
    /// What was saved, and where; one line.
    pub saved: String,
    /// What the ratings say, in lines; empty where nothing is to be said.
    pub findings: Vec<String>,
}
