//! Outputs made elsewhere, in columns of a dataset: scored and kept as a run. Nothing is sent.

use super::{
    EngineError, chosen_rows::chosen_rows, row_set::RowSet, slices::slice_columns,
    validate_metrics::assertions,
};
use crate::{
    dataset::{Dataset, DatasetError},
    model::{
        AnswerOrigins, Completion, FinishReason, MaxTruncated, ModelRef, Outcome, Row, RunId,
        RunSeal, SliceColumn, TrialId, TrialRecord, Variant,
    },
    project::{ExperimentSpec, MetricSpec, OutputColumn, Project},
    score::Scorer,
    source::nearest,
    store::{
        CompletionKey, OnWritten, RunInfo, RunOrigin, SealOpening, Store, TrialWrite, run_id,
        unix_now,
    },
};
use serde_json::Value;
use std::sync::Arc;

/// The column that says why outputs ended, as in `wording export`.
const FINISH_REASON: &str = "finish_reason";

/// Rows that are on their way to the store at once, at most.
const TOGETHER: usize = 4096;

/// Columns of a dataset with outputs, and what to score them by.
#[derive(Debug)]
pub struct ExistingOutputs {
    pub dataset: Dataset,
    /// Columns with outputs, each a variant.
    pub columns: Vec<OutputColumn>,
    pub baseline: usize,
    /// By which the rows were drawn.
    pub seed: u64,
    pub scorer: Scorer,
    /// What is sealed of its dataset, where something is.
    pub seal: Option<RunSeal>,
    /// The opening by which its rows are the sealed ones.
    pub opening: Option<SealOpening>,
    answer_origins: Option<AnswerOrigins>,
    slices: Arc<Vec<SliceColumn>>,
}

impl ExistingOutputs {
    /// Check that the columns exist and that the metrics are pure functions.
    pub fn new(
        dataset: Dataset,
        columns: &[OutputColumn],
        slices: &[String],
        metrics: &[MetricSpec],
    ) -> Result<ExistingOutputs, EngineError> {
        let known = dataset.columns();
        let names = || columns.iter().map(|output| &output.column);
        if let Some(absent) = names().find(|name| !known.contains(name)) {
            return Err(EngineError::Dataset(DatasetError::NoColumn {
                column: absent.clone(),
                role: "output",
                path: dataset.path().to_path_buf(),
                nearest: nearest(absent, known.iter().map(String::as_str)).map(str::to_owned),
                known: known.to_vec(),
            }));
        }
        let scorer = Scorer::new(metrics)?;
        if let Some(metric) = scorer.needs_logprobs() {
            return Err(EngineError::NoLogprobs(metric.to_owned()));
        }
        if let Some((_, metric)) = scorer.external_metrics().next() {
            let column = names().next().cloned().unwrap_or_default();
            return Err(EngineError::SendsNothing(metric.name.clone(), column));
        }
        if let Some(metric) = metrics.iter().find(|metric| metric.reply.is_some()) {
            return Err(EngineError::ReplyOfOutputs(metric.name.clone()));
        }
        assertions(&scorer, &dataset)?;
        let mut distinct: Vec<OutputColumn> = Vec::new();
        for column in columns {
            if !distinct.contains(column) {
                distinct.push(column.clone());
            }
        }
        Ok(ExistingOutputs {
            slices: Arc::new(slice_columns(&dataset, slices)?),
            columns: distinct,
            baseline: 0,
            answer_origins: None,
            seal: None,
            opening: None,
            seed: 7,
            scorer,
            dataset,
        })
    }

    /// The outputs that an experiment names, of its open rows; by an opening, of the sealed ones.
    pub fn of_experiment(
        project: &Project,
        experiment: &ExperimentSpec,
        opening: Option<&SealOpening>,
    ) -> Result<ExistingOutputs, EngineError> {
        let rows = RowSet::read(project, experiment)?;
        let seal = rows.sealed().map(|sealed| sealed.run_seal(opening));
        let answer_origins = rows.answer_origins.clone();
        let dataset = chosen_rows(rows.into_plan_rows(experiment, opening)?, experiment)?;
        let mut outputs = ExistingOutputs::new(
            dataset,
            &experiment.outputs,
            &experiment.slices,
            &experiment.metrics,
        )?;
        outputs.seed = experiment.seed;
        outputs.answer_origins = answer_origins;
        outputs.seal = seal;
        outputs.opening = opening.cloned();
        if let Some(name) = &experiment.baseline {
            let variants = || outputs.columns.iter().map(|output| output.variant.as_str());
            outputs.baseline = variants()
                .position(|variant| variant == name)
                .ok_or_else(|| EngineError::Baseline {
                    experiment: experiment.name.clone(),
                    nearest: nearest(name, variants()).map(str::to_owned),
                    known: variants().map(str::to_owned).collect(),
                    name: name.clone(),
                })?;
        }
        Ok(outputs)
    }

    /// The outputs of a row, by the number of their column; a null is no output.
    pub fn of_row(&self, row: &Row) -> Vec<(usize, Completion)> {
        // With several outputs per row, nothing says whose reason it is.
        let finish = match (self.columns.len(), row.fields.get(FINISH_REASON)) {
            (1, Some(Value::String(reason))) => FinishReason::from(reason.clone()),
            _ => FinishReason::default(),
        };
        let outputs = self.columns.iter().enumerate().filter_map(|(v, output)| {
            let text = match row.fields.get(&output.column)? {
                Value::Null => return None,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let completion = Completion {
                text,
                finish: finish.clone(),
                ..Completion::default()
            };
            Some((v, completion))
        });
        outputs.collect()
    }

    /// Score all outputs and keep them as a run of this name.
    pub async fn save(
        &self,
        store: &Store,
        name: &str,
        origin: RunOrigin,
    ) -> Result<RunId, EngineError> {
        let info = self.run_info(name, origin);
        let slot = store.begin_run(&info)?;
        let on_written: OnWritten = Arc::new(|_, _, _| {});
        for (r, row) in self.dataset.rows().enumerate() {
            let row = row?;
            for (v, completion) in self.of_row(&row) {
                let body = format!("{}\n{}\n{v}\n{r}", info.id, self.dataset.hash());
                store.write(TrialWrite {
                    is_kept: false,
                    raised: false,
                    run: slot,
                    record: Arc::new(TrialRecord {
                        id: TrialId {
                            variant: v as u32,
                            model: 0,
                            row: r as u32,
                            sample: 0,
                        },
                        scores: self.scorer.score(&completion, &row, None),
                        outcome: Outcome::Completed(completion),
                        reused: false,
                        attempts: 0,
                        cost_usd: None,
                        calls: None,
                    }),
                    key: CompletionKey::new("", body.as_bytes(), 0),
                    prompt: None,
                    told: Arc::clone(&on_written),
                })?;
            }
            if r % TOGETHER == TOGETHER - 1 {
                store.flush().await?;
            }
        }
        store.flush().await?;
        store.end_run(slot, "finished", 0.0, 0, 0)?;
        Ok(info.id)
    }

    fn run_info(&self, name: &str, origin: RunOrigin) -> RunInfo {
        let now = unix_now();
        let path = self.dataset.path();
        let file = path.file_name().unwrap_or(path.as_os_str());
        let variants = self.columns.iter().map(|output| Variant {
            name: output.variant.clone(),
            template: 0,
            levels: Vec::new(),
            params: Default::default(),
        });
        RunInfo {
            id: run_id(now.as_millis() as u64),
            experiment: name.to_owned(),
            started_at: now.as_secs() as i64,
            state: "running".into(),
            variants: variants.collect(),
            templates: Vec::new(),
            baseline: self.baseline,
            models: vec![ModelRef {
                endpoint: "outputs".into(),
                model: file.to_string_lossy().into_owned(),
            }],
            rows: self.dataset.len(),
            heads: Arc::clone(self.dataset.heads()),
            slices: Arc::clone(&self.slices),
            records: None,
            dataset: (path.to_path_buf(), self.dataset.hash().to_owned()),
            samples: 1,
            seed: self.seed,
            params: Default::default(),
            metrics: self.scorer.names().into_iter().map(str::to_owned).collect(),
            metric_specs: self.scorer.metrics().cloned().collect(),
            threshold: Some(self.scorer.threshold()),
            max_truncated: MaxTruncated::default(),
            labels: self.scorer.labels().to_vec(),
            note: None,
            cut_prompts: Vec::new(),
            endpoint_warnings: Vec::new(),
            listed_models: Vec::new(),
            answer_origins: self.answer_origins.clone(),
            seal: self.seal.clone(),
            policy: None,
            raised: None,
            shard: None,
            keys: None,
            sources: Vec::new(),
            origin: Some(origin),
        }
    }
}
