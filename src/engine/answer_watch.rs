//! Watches the answers of one model for what makes them less sure: empty ones, stop strings left in the text, and another
//! model that answers.

use crate::model::{Completion, EndpointWarning, FinishReason, ModelRef};
use parking_lot::Mutex;

/// So many empty answers are many, where they are at least one in [`EMPTY_SHARE`].
const MIN_EMPTY: u64 = 3;
const EMPTY_SHARE: u64 = 10;

#[derive(Debug, Default)]
pub(super) struct AnswerWatch {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    answers: u64,
    empty: u64,
    stop_removed: u64,
    is_empty_reported: bool,
    names: Sighting,
    fingerprints: Sighting,
}

/// What answers say of who gives them: the first of it, and the change that was found.
#[derive(Debug, Default)]
struct Sighting {
    first: Option<String>,
    other: Option<String>,
}

impl Sighting {
    /// Whether this is the first that differs.
    fn record(&mut self, now: &str) -> bool {
        let first = self.first.get_or_insert_with(|| now.to_owned());
        let is_new = first != now && self.other.is_none();
        if is_new {
            self.other = Some(now.to_owned());
        }
        is_new
    }

    fn change(&self, model: &ModelRef) -> Option<EndpointWarning> {
        Some(EndpointWarning::ModelChanged {
            model: model.clone(),
            before: self.first.clone()?,
            now: self.other.clone()?,
        })
    }
}

impl AnswerWatch {
    /// Earlier answers came under this name, and with this fingerprint.
    pub(super) fn continue_from(&self, name: Option<String>, fingerprint: Option<String>) {
        let mut counts = self.counts.lock();
        counts.names.first = name;
        counts.fingerprints.first = fingerprint.as_deref().map(fingerprint_words);
    }

    /// Count an answer; what to warn of, once per kind.
    pub(super) fn record(&self, model: &ModelRef, completion: &Completion) -> Vec<EndpointWarning> {
        let mut counts = self.counts.lock();
        counts.answers += 1;
        counts.empty += u64::from(is_empty(completion));
        counts.stop_removed += u64::from(completion.stop_removed);
        let mut new = Vec::new();
        if counts.are_many_empty() && !std::mem::replace(&mut counts.is_empty_reported, true) {
            new.push(counts.empty_answers(model));
        }
        let name = completion.served_by.as_deref().unwrap_or(&model.model);
        if counts.names.record(name) {
            new.extend(counts.names.change(model));
        }
        if let Some(fingerprint) = &completion.fingerprint
            && counts.fingerprints.record(&fingerprint_words(fingerprint))
        {
            new.extend(counts.fingerprints.change(model));
        }
        if completion.stop_removed && counts.stop_removed == 1 {
            new.push(counts.stop_removed(model));
        }
        new
    }

    /// All that was found.
    pub(super) fn warnings(&self, model: &ModelRef) -> Vec<EndpointWarning> {
        let counts = self.counts.lock();
        let empty = counts.are_many_empty().then(|| counts.empty_answers(model));
        let stop = (counts.stop_removed > 0).then(|| counts.stop_removed(model));
        let changes = [&counts.names, &counts.fingerprints];
        let changes = changes.into_iter().filter_map(|seen| seen.change(model));
        empty.into_iter().chain(stop).chain(changes).collect()
    }
}

impl Counts {
    fn are_many_empty(&self) -> bool {
        self.empty >= MIN_EMPTY && self.empty * EMPTY_SHARE >= self.answers
    }

    fn empty_answers(&self, model: &ModelRef) -> EndpointWarning {
        EndpointWarning::EmptyAnswers {
            model: model.clone(),
            empty: self.empty,
            answers: self.answers,
        }
    }

    fn stop_removed(&self, model: &ModelRef) -> EndpointWarning {
        EndpointWarning::StopRemoved {
            model: model.clone(),
            answers: self.stop_removed,
        }
    }
}

fn fingerprint_words(fingerprint: &str) -> String {
    format!("system_fingerprint {fingerprint}")
}

/// Whether an answer that counts as complete says nothing. Truncated and withheld ones have warnings of their own, and one
/// that ends at its stop string may be meant.
fn is_empty(completion: &Completion) -> bool {
    let has_reason = matches!(
        completion.finish,
        FinishReason::Length | FinishReason::ContentFilter | FinishReason::ToolCalls
    );
    completion.text.trim().is_empty()
        && completion.refusal.is_none()
        && !has_reason
        && !completion.stop_removed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str, finish: FinishReason) -> Completion {
        Completion {
            text: text.into(),
            finish,
            ..Completion::default()
        }
    }

    #[test]
    fn many_empty_answers_are_reported_once_and_counted() {
        let watch = AnswerWatch::default();
        let model: ModelRef = "x/m".parse().unwrap();
        let mut reported = Vec::new();
        for i in 0..100 {
            let text = if i % 20 == 0 { " \n" } else { "yes" };
            reported.extend(watch.record(&model, &answer(text, FinishReason::Stop)));
            watch.record(&model, &answer("", FinishReason::Length));
            watch.record(&model, &answer("", FinishReason::ToolCalls));
        }
        let empty = |empty, answers| EndpointWarning::EmptyAnswers {
            model: model.clone(),
            empty,
            answers,
        };
        assert_eq!(reported.len(), 0, "5 of 300");
        assert_eq!(watch.warnings(&model), []);
        for _ in 0..40 {
            reported.extend(watch.record(&model, &answer("", FinishReason::Missing)));
        }
        assert_eq!(reported, [empty(33, 328)]);
        assert_eq!(watch.warnings(&model), [empty(45, 340)]);
    }

    #[test]
    fn another_model_is_reported_once() {
        let watch = AnswerWatch::default();
        let model: ModelRef = "x/m".parse().unwrap();
        let served = |name: Option<&str>, fingerprint: Option<&str>| Completion {
            text: "yes".into(),
            served_by: name.map(str::to_owned),
            fingerprint: fingerprint.map(str::to_owned),
            ..Completion::default()
        };
        let changed = |before: &str, now: &str| EndpointWarning::ModelChanged {
            model: model.clone(),
            before: before.to_owned(),
            now: now.to_owned(),
        };
        assert_eq!(watch.record(&model, &served(None, None)), []);
        assert_eq!(watch.record(&model, &served(Some("m"), Some("a"))), []);
        let other = watch.record(&model, &served(Some("n"), Some("b")));
        let all = [
            changed("m", "n"),
            changed("system_fingerprint a", "system_fingerprint b"),
        ];
        assert_eq!(other, all);
        assert_eq!(watch.record(&model, &served(Some("o"), None)), []);
        assert_eq!(watch.warnings(&model), all);
    }
}
