//! Paraphrases of a level, offered by a model and reviewed by a person.

use crate::{model::ModelRef, template::Template};
use std::path::PathBuf;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ParaphraseSpec {
    pub path: PathBuf,
    /// The axis in its front matter.
    pub axis: String,
    /// The level to be reworded.
    pub level: String,
    /// Words that must stay.
    pub labels: Vec<String>,
    pub model: ModelRef,
    pub n: usize,
}

#[derive(Debug, Clone)]
pub struct ParaphraseOffer {
    /// The template as it was read when the model was asked.
    pub template: Template,
    /// The text of the level.
    pub text: String,
    /// Other wordings, and whether each is accepted.
    pub wordings: Vec<(String, bool)>,
    /// Those that cannot be used, and why.
    pub rejected: Vec<(String, String)>,
}

/// Other wordings on the screen.
#[derive(Debug, Clone)]
pub struct ParaphraseReview {
    pub spec: ParaphraseSpec,
    /// By which the answer is known.
    pub number: u64,
    /// What came of it; `None` until then.
    pub offer: Option<ParaphraseOffer>,
    /// The wording under the cursor.
    pub at: usize,
}

impl ParaphraseReview {
    /// Number of wordings offered.
    pub fn len(&self) -> usize {
        self.offer.as_ref().map_or(0, |o| o.wordings.len())
    }

    /// Nothing is offered, or not yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn accepted(&self) -> Vec<String> {
        let all = self.offer.iter().flat_map(|o| &o.wordings);
        all.filter(|(_, yes)| *yes)
            .map(|(text, _)| text.clone())
            .collect()
    }
}
