//! Which stored answer holds for a trial: the one rule, for runs, estimates, `diff`, reports and the session.
//!
//! An answer is found by what determines it: the endpoint, the request body and the number of the sample, whatever run
//! bought it. Nothing of the endpoint is needed but its address, so no key either.

use crate::{
    endpoint::{RequestContents, RowFields, WireRequest},
    model::{Completion, ModelRef, Params, Prompt, Row, max_output_tokens, with_max_output},
    project::{Api, EndpointSpec},
    store::{CompletionKey, Store, StoreError},
};

/// A model, as far as the requests to it and the addresses of its answers depend on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestTarget {
    identity: String,
    api: Api,
    model: String,
    /// The column with the expected answer, which no request holds.
    withheld: Option<String>,
}

impl RequestTarget {
    /// `identity`: what the endpoint is to the store; of an open client its own, as a program is what it was when it was started.
    pub(super) fn new(
        identity: String,
        spec: &EndpointSpec,
        model: &ModelRef,
        expected_column: Option<&str>,
    ) -> RequestTarget {
        RequestTarget {
            identity,
            api: spec.api,
            model: model.model.clone(),
            // Other requests hold no row.
            withheld: expected_column
                .filter(|_| spec.api == Api::Lines)
                .map(str::to_owned),
        }
    }

    /// The request of a trial; later parameters override earlier ones.
    pub(super) fn request(
        &self,
        row: &Row,
        prompt: &Prompt,
        params: &[&Params],
        sample: u32,
        stream: bool,
    ) -> (WireRequest, CompletionKey) {
        let fields = RowFields {
            row: &row.fields,
            withheld: self.withheld.as_deref(),
        };
        let contents = RequestContents {
            model: &self.model,
            prompt,
            params,
            row: (self.api == Api::Lines).then_some(fields),
        };
        let request = WireRequest::new(self.api, contents, stream);
        let key = CompletionKey::new(&self.identity, &request.body, sample);
        (request, key)
    }
}

/// What a trial asks for.
#[derive(Debug, Clone, Copy)]
pub struct AnswerQuery<'a> {
    pub target: &'a RequestTarget,
    pub row: &'a Row,
    pub prompt: &'a Prompt,
    /// The experiment's parameters, then the variant's.
    pub params: [&'a Params; 2],
    pub sample: u32,
}

/// An answer that is in the store.
#[derive(Debug, Clone)]
pub struct StoredAnswer {
    /// Its number in the store.
    pub number: i64,
    pub completion: Completion,
    /// The parameters that gave it more room; empty where it has the trial's own.
    pub(super) raised: Params,
}

/// What the store has for a trial.
#[derive(Debug)]
pub struct AnswerSearch {
    /// The answer that holds: the one with the most room, where one with less was cut.
    pub answer: Option<StoredAnswer>,
    /// The parameters that give more room in the request after which there is nothing to look for; empty where it is the
    /// trial's own.
    pub(super) raised: Params,
    pub(super) key: CompletionKey,
}

impl AnswerSearch {
    /// Find the stored answer of a trial. Where it was cut at `max_tokens`, the answer that was bought at one of the
    /// `limits` above takes its place, the lowest first that is not cut; a limit at which nothing was bought is skipped.
    /// An answer at a raised limit without the cut one below it holds for no trial: nobody knows that it was needed.
    pub fn new(
        store: &Store,
        query: AnswerQuery<'_>,
        limits: &[u64],
    ) -> Result<AnswerSearch, StoreError> {
        let AnswerQuery {
            target,
            row,
            prompt,
            params,
            sample,
        } = query;
        let find = |key: CompletionKey, raised: &Params| {
            let found = store.numbered_completion(&key)?;
            Ok::<_, StoreError>(found.map(|(number, completion)| StoredAnswer {
                number,
                completion,
                raised: raised.clone(),
            }))
        };
        let (_, key) = target.request(row, prompt, &params, sample, false);
        let mut search = AnswerSearch {
            answer: find(key, &Params::new())?,
            raised: Params::new(),
            key,
        };
        for limit in limits_above(limits, max_output_tokens(&params)) {
            let is_cut = |answer: &StoredAnswer| answer.completion.is_truncated();
            if !search.answer.as_ref().is_some_and(is_cut) {
                break;
            }
            let raised = with_max_output(&params, limit);
            let [experiment, variant] = params;
            let (_, key) =
                target.request(row, prompt, &[experiment, variant, &raised], sample, false);
            (search.raised, search.key) = (raised, key);
            if let Some(found) = find(key, &search.raised)? {
                search.answer = Some(found);
            }
        }
        Ok(search)
    }
}

/// The limits that are higher than one, smallest first.
fn limits_above(limits: &[u64], max_tokens: Option<u64>) -> Vec<u64> {
    let least = max_tokens.unwrap_or(0);
    let mut above: Vec<u64> = limits.iter().copied().filter(|l| *l > least).collect();
    above.sort_unstable();
    above.dedup();
    above
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FinishReason;
    use serde_json::json;

    const LIMITS: [u64; 3] = [8, 64, 256];

    fn completion(text: &str, finish: FinishReason) -> Completion {
        Completion {
            text: text.into(),
            finish,
            ..Completion::default()
        }
    }

    #[tokio::test]
    async fn a_cut_answer_gives_way_to_one_with_more_room_and_no_other_does() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).unwrap();
        let target = RequestTarget::new(
            "demo".to_owned(),
            &EndpointSpec::demo(),
            &ModelRef {
                endpoint: "demo".into(),
                model: "icl".into(),
            },
            None,
        );
        let (row, prompt, none) = (Row::default(), Prompt::default(), Params::new());
        let own = json!({"max_tokens": 16}).as_object().cloned().unwrap();
        let query = AnswerQuery {
            target: &target,
            row: &row,
            prompt: &prompt,
            params: [&own, &none],
            sample: 0,
        };
        let key = |limit: u64| {
            let raised = with_max_output(&[&own], limit);
            target
                .request(&row, &prompt, &[&own, &none, &raised], 0, false)
                .1
        };
        let keep = async |limit, text, finish| {
            let kept = store.keep_completion(key(limit), completion(text, finish));
            kept.await.unwrap();
        };
        let found = || {
            let search = AnswerSearch::new(&store, query, &LIMITS).unwrap();
            (search.answer.map(|a| a.completion.text), search.key)
        };
        assert_eq!(found(), (None, key(16)));
        keep(256, "whole", FinishReason::Stop).await;
        assert_eq!(found(), (None, key(16)), "its own answer was not cut");
        keep(16, "cut", FinishReason::Length).await;
        assert_eq!(found(), (Some("whole".into()), key(256)));
        keep(64, "longer", FinishReason::Length).await;
        assert_eq!(found(), (Some("whole".into()), key(256)));
        keep(64, "enough", FinishReason::Stop).await;
        assert_eq!(
            found(),
            (Some("enough".into()), key(64)),
            "the lowest that is whole"
        );
    }
}
