//! What a model makes of a prompt without content: the prior that corrects its probabilities (Zhao et al. 2021).

use super::{
    super::{control::RunSignal, run::Run},
    aux_model::{AuxModelClient, NoAnswer},
};
use crate::{
    display::one_line,
    model::{Params, Row, Score, TrialRecord},
};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Mutex, OnceCell};

/// The prior of one variant and model.
type Prior = Arc<OnceCell<Vec<f64>>>;

pub(super) struct ContentFree {
    pub(super) metric: usize,
    /// In place of every text of a row.
    texts: Vec<String>,
    /// By the model's index.
    pub(super) models: Vec<AuxModelClient>,
    priors: Mutex<HashMap<(u32, u32), Prior>>,
}

impl ContentFree {
    pub(super) fn new(metric: usize, texts: &[String], models: Vec<AuxModelClient>) -> ContentFree {
        ContentFree {
            metric,
            texts: texts.to_vec(),
            models,
            priors: Mutex::default(),
        }
    }

    /// The score of an answer and of its parts, corrected by the prior of its variant and model.
    pub(super) async fn scores(
        &self,
        run: &Run,
        until: RunSignal,
        record: &TrialRecord,
        row: &Row,
    ) -> Result<Vec<Score>, NoAnswer> {
        let Some(completion) = record.outcome.completion() else {
            return Ok(Vec::new());
        };
        let (model, variant) = (record.id.model, record.id.variant);
        let prior = {
            let mut priors = self.priors.lock().await;
            Arc::clone(priors.entry((model, variant)).or_default())
        };
        let prior = prior.get_or_try_init(|| self.prior(run, until, model, variant));
        let prior = prior.await?;
        let scorer = &run.plan.scorer;
        Ok(scorer.corrected_probabilities(self.metric, completion, row, prior))
    }

    /// The mean probabilities over the texts without content.
    async fn prior(
        &self,
        run: &Run,
        until: RunSignal,
        model: u32,
        variant: u32,
    ) -> Result<Vec<f64>, NoAnswer> {
        let because = |reason: &dyn ToString| NoAnswer::Because(one_line(&reason.to_string()));
        let client = self.models.get(model as usize);
        let client = client.ok_or_else(|| because(&"the model is not part of the run"))?;
        let plan = &run.plan;
        let first = plan.dataset.row(0).map_err(|e| because(&e))?;
        let [experiment, own] = plan.params(variant as usize);
        let own = own
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        let mut params: Params = experiment.clone();
        params.extend(own);
        let mut sum: Vec<f64> = Vec::new();
        let mut answers = 0;
        for text in &self.texts {
            let row = Arc::new(without_content(&first, text));
            let prompt = plan.prompt(variant as usize, &row);
            let prompt = prompt.map_err(|e| because(&e))?;
            if !plan.is_one_call(&prompt) {
                let reason = "what the model says to a conversation without content is not known; remove `content_free` from the metric";
                return Err(because(&reason));
            }
            let answer = client.ask(run, until, &prompt, &params, 0).await?;
            let scorer = &plan.scorer;
            if let Some(prior) = scorer.prior_probabilities(self.metric, &answer.completion) {
                answers += 1;
                sum.resize(prior.len(), 0.0);
                sum.iter_mut().zip(&prior).for_each(|(sum, p)| *sum += p);
            }
        }
        if answers == 0 {
            let name = plan.variants.get(variant as usize).map(|v| v.name.as_str());
            return Err(because(&format!(
                "no answer of `{}` to a text without content tells the labels apart",
                name.unwrap_or_default()
            )));
        }
        Ok(sum.into_iter().map(|p| p / f64::from(answers)).collect())
    }
}

/// A row in which every text is this one.
fn without_content(row: &Row, text: &str) -> Row {
    let mut row = row.clone();
    row.id = "content-free".into();
    row.fields
        .values_mut()
        .for_each(|value| replace_texts(value, text));
    row
}

fn replace_texts(value: &mut Value, with: &str) {
    match value {
        Value::String(text) => with.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| replace_texts(item, with)),
        Value::Object(map) => map.values_mut().for_each(|item| replace_texts(item, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
