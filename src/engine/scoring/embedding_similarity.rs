//! Similarity of meaning: the cosine of the embeddings of an answer and of the expected one.

use super::{
    super::{
        aux_endpoint::AuxEndpoint,
        embed::{FetchError, fetch},
        run::Run,
    },
    aux_model::NoAnswer,
};
use crate::{
    model::{ModelRef, Row, Score, TrialRecord},
    read::answer_text,
};
use parking_lot::Mutex;
use std::{
    borrow::Cow,
    collections::HashSet,
    sync::{atomic::AtomicU64, atomic::Ordering},
};

pub(super) struct EmbeddingSimilarity {
    pub(super) model: ModelRef,
    pub(super) helper: AuxEndpoint,
    pub(super) sent: AtomicU64,
    /// Why no more are requested.
    pub(super) given_up: Mutex<Option<String>>,
}

impl EmbeddingSimilarity {
    pub(super) fn new(model: ModelRef, helper: AuxEndpoint) -> EmbeddingSimilarity {
        EmbeddingSimilarity {
            model,
            helper,
            sent: AtomicU64::new(0),
            given_up: Mutex::default(),
        }
    }

    /// Fetch what is missing for these answers, many texts in a request. Where that fails it is not tried again in this run:
    /// it was, as often as the endpoint allows.
    pub(super) async fn prepare(&self, run: &Run, answers: &[(&TrialRecord, &Row)]) {
        let mut texts = Vec::new();
        for (record, row) in answers {
            let completion = record.outcome.completion();
            texts.extend(completion.map(|c| answer_text(&c.text).into_owned()));
            texts.extend(row.right_texts().into_iter().map(Cow::into_owned));
        }
        self.fetch(run, texts.into_iter()).await;
    }

    /// Fetch the embeddings of these texts that are missing.
    pub(super) async fn fetch(&self, run: &Run, all: impl Iterator<Item = String>) {
        let mut given_up = self.given_up.lock().clone();
        if given_up.is_some() {
            return;
        }
        let mut seen = HashSet::new();
        let mut texts = Vec::new();
        for text in all {
            if !text.trim().is_empty() && seen.insert(text.clone()) {
                texts.push(text);
            }
        }
        let client = &self.helper.client;
        let (identity, total) = (client.identity(), run.total.as_ref());
        match fetch(client, identity, &self.model, &run.store, &texts, total).await {
            Ok(sent) => {
                self.sent.fetch_add(sent, Ordering::Relaxed);
            }
            Err(FetchError::Failed(message)) => {
                given_up = Some(format!("{}: {message}", self.model));
            }
            Err(FetchError::Store(error)) => given_up = Some(error.to_string()),
        }
        *self.given_up.lock() = given_up;
    }

    /// The score of an answer; embeddings that point away from each other count as unlike.
    pub(super) fn score(
        &self,
        run: &Run,
        record: &TrialRecord,
        row: &Row,
    ) -> Result<Score, NoAnswer> {
        let because = |reason: String| NoAnswer::Because(reason);
        let completion = record.outcome.completion();
        let output = completion.map_or_else(Default::default, |c| answer_text(&c.text));
        let mut right = row.right_texts();
        right.retain(|text| !text.trim().is_empty());
        if right.is_empty() {
            return Err(because("the row has no expected answer".into()));
        }
        let mut cosine = f64::NEG_INFINITY;
        for expected in right {
            cosine = cosine.max(self.cosine(run, &output, &expected)?);
        }
        Ok(Score {
            value: cosine.clamp(0.0, 1.0),
            answer: None,
            unreadable: false,
        })
    }

    /// The cosine of the embeddings of two texts that were fetched before.
    pub(super) fn cosine(&self, run: &Run, a: &str, b: &str) -> Result<f64, NoAnswer> {
        let because = |reason: String| NoAnswer::Because(reason);
        let identity = self.helper.client.identity();
        let model = &self.model.model;
        let found = run
            .store
            .embeddings(identity, model, &[a, b])
            .map_err(|e| because(e.to_string()))?;
        let [Some(a), Some(b)] = found.as_slice() else {
            let given_up = self.given_up.lock().clone();
            let missing = || format!("{} gave no embedding", self.model);
            return Err(because(given_up.unwrap_or_else(missing)));
        };
        cosine(a, b).ok_or_else(|| {
            because(format!(
                "{} gave embeddings that cannot be compared",
                self.model
            ))
        })
    }
}

/// Cosine of the angle between two vectors; `None` where they differ in length or one has none.
fn cosine(a: &[f32], b: &[f32]) -> Option<f64> {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y));
        products.sum()
    };
    let length = (dot(a, a) * dot(b, b)).sqrt();
    let cosine = dot(a, b) / length;
    (a.len() == b.len() && length > 0.0 && cosine.is_finite()).then_some(cosine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_of_two_vectors() {
        assert_eq!(cosine(&[3.0, 4.0], &[6.0, 8.0]), Some(1.0));
        assert_eq!(cosine(&[1.0, 0.0], &[0.0, 2.0]), Some(0.0));
        assert_eq!(cosine(&[1.0], &[-1.0]), Some(-1.0));
        let found = cosine(&[1.0, 2.0, 3.0], &[4.0, -5.0, 6.0]).unwrap();
        assert!((found - 12.0 / (14.0f64 * 77.0).sqrt()).abs() < 1e-12);
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), None);
        assert_eq!(cosine(&[1.0], &[1.0, 0.0]), None);
        assert_eq!(cosine(&[f32::NAN], &[1.0]), None);
    }
}
