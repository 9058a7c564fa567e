//! Embeddings for choosing shots by `similarity`: requested from an endpoint, kept in the store, given to the pool of shots.

use super::{
    Clients, EngineError, Plan,
    aux_endpoint::AuxEndpoint,
    budget::{BudgetExceeded, BudgetTracker, Reserved},
    plan::Embedder,
};
use crate::{
    cost::TokenEstimate,
    endpoint::{Client, identity},
    model::{FailureKind, ModelRef},
    retry::{Budget, GaveUp, retry_within},
    shots::{Select, Vectors},
    store::{Store, StoreError},
};
use std::{collections::HashSet, sync::Arc};
use tokio::task::JoinSet;

impl Plan {
    /// The model that embeds, if a variant chooses its shots by embeddings.
    fn similarity(&self) -> Option<&Embedder> {
        let asked = self
            .variant_shots
            .iter()
            .any(|shots| shots.select == Select::Similarity);
        self.embedder.as_ref().filter(|_| asked)
    }

    /// The texts that are compared, each once: of shots and of rows.
    fn compared(&self) -> Result<Vec<String>, EngineError> {
        let mut seen = HashSet::new();
        let mut texts = Vec::new();
        let mut add = |text: String| {
            // An empty text has no meaning, and endpoints refuse it.
            if !text.is_empty() && seen.insert(blake3::hash(text.as_bytes())) {
                texts.push(text);
            }
        };
        self.shots.texts().iter().cloned().for_each(&mut add);
        for row in self.dataset.rows() {
            add(self.shots.text(&*row?));
        }
        Ok(texts)
    }

    /// Load the embeddings that `similarity` needs from the store, without a request. How many are missing: if any are, shots
    /// are chosen by their words (bm25) until a run has fetched them.
    pub fn embed_from(&self, store: &Store) -> Result<usize, EngineError> {
        let Some(embedder) = self.similarity() else {
            return Ok(0);
        };
        let texts = self.compared()?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let found = store.embeddings(&identity(&embedder.spec), &embedder.model.model, &texts)?;
        let missing = found.iter().filter(|vector| vector.is_none()).count();
        if missing == 0 {
            let mut vectors = Vectors::default();
            for (text, vector) in texts.into_iter().zip(found.into_iter().flatten()) {
                vectors.insert(text, vector);
            }
            self.shots.set_vectors(vectors);
        }
        Ok(missing)
    }

    /// The same, and request what is missing; every answer is kept as it comes.
    pub(super) async fn fetch_embeddings(
        &self,
        clients: &Clients,
        store: &Store,
        total: Option<&Arc<BudgetTracker>>,
    ) -> Result<(), EngineError> {
        if self.embed_from(store)? == 0 {
            return Ok(());
        }
        let Some(embedder) = self.similarity() else {
            return Ok(());
        };
        let model = &embedder.model;
        let helper = AuxEndpoint::open(clients, model, &embedder.spec).await?;
        let texts = self.compared()?;
        let fetched = fetch(
            &helper.client,
            &identity(&embedder.spec),
            model,
            store,
            &texts,
            total,
        )
        .await;
        fetched.map_err(|failed| match failed {
            FetchError::Store(error) => EngineError::Store(error),
            FetchError::Failed(message) => EngineError::Embeddings {
                model: model.clone(),
                message,
            },
        })?;
        self.embed_from(store)?;
        Ok(())
    }
}

/// What all requests of the run have together; prices of embeddings are unknown.
struct EmbeddingBudget(Option<Arc<BudgetTracker>>);

impl Budget for EmbeddingBudget {
    type Reserved = Reserved;
    type Exceeded = BudgetExceeded;

    async fn reserve(&self) -> Result<Reserved, BudgetExceeded> {
        match &self.0 {
            Some(total) => total.reserve(None, false, TokenEstimate::default()).await,
            None => Ok(Reserved::default()),
        }
    }

    fn release(&self, reserved: Reserved, failed: Option<FailureKind>) {
        if let Some(total) = &self.0 {
            total.fail(reserved, failed);
        }
    }
}

/// Why embeddings are missing.
#[derive(Debug)]
pub(super) enum FetchError {
    Store(StoreError),
    /// The endpoint, after all attempts.
    Failed(String),
}

impl From<StoreError> for FetchError {
    fn from(error: StoreError) -> FetchError {
        FetchError::Store(error)
    }
}

/// Request the embeddings of texts that are not in the store; every answer is kept as it comes.
pub(super) async fn fetch(
    client: &Client,
    identity: &str,
    model: &ModelRef,
    store: &Store,
    texts: &[String],
    total: Option<&Arc<BudgetTracker>>,
) -> Result<u64, FetchError> {
    let all: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = store.embeddings(identity, &model.model, &all)?;
    let mut missing: Vec<String> = all
        .iter()
        .zip(&found)
        .filter(|(_, vector)| vector.is_none())
        .map(|(text, _)| (*text).to_owned())
        .collect();
    // Taken from the end.
    missing.reverse();
    let mut in_flight = JoinSet::new();
    let mut sent = 0;
    let mut over_budget = false;
    loop {
        while !over_budget && in_flight.len() < client.spec().max_in_flight && !missing.is_empty() {
            let rest = missing
                .len()
                .saturating_sub(client.embeddings_per_request());
            let mut texts = missing.split_off(rest);
            texts.reverse();
            let (client, model) = (client.clone(), model.model.clone());
            let budget = EmbeddingBudget(total.cloned());
            in_flight.spawn(async move {
                let batch: Vec<&str> = texts.iter().map(String::as_str).collect();
                let send = || client.embed(&model, &batch);
                let (_, vectors) = retry_within(client.spec().retries, &budget, send).await;
                (vectors, texts)
            });
            sent += 1;
        }
        let Some(answered) = in_flight.join_next().await else {
            return match over_budget {
                false => Ok(sent),
                true => Err(FetchError::Failed(
                    "the cap on all calls of the run is reached".to_owned(),
                )),
            };
        };
        let (vectors, texts) = answered.map_err(|e| FetchError::Failed(e.to_string()))?;
        match vectors {
            Ok(vectors) => {
                let texts = texts.iter().map(String::as_str);
                let kept: Vec<(&str, Vec<f32>)> = texts.zip(vectors).collect();
                store.keep_embeddings(identity, &model.model, &kept)?;
            }
            // What is in flight is still paid for and kept.
            Err(GaveUp::OverBudget(..)) => over_budget = true,
            // Refused because they are so many: smaller requests follow.
            Err(_) if texts.len() > client.embeddings_per_request() => {
                missing.extend(texts.into_iter().rev());
            }
            Err(GaveUp::Failed(failed)) => {
                return Err(FetchError::Failed(failed.failure.to_string()));
            }
            Err(GaveUp::Stopped(never, _)) => match never {},
        }
    }
}
