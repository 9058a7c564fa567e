//! Start and nominee on the sealed rows: the run that ends a search. Each search opens the sealed rows once.

use super::{CandidateId, OptimizeError, Optimizer, SearchRecord, candidate_name};
use crate::{
    engine::{Clients, Plan, RunOptions, follow, start},
    model::{RunId, RunSummary},
    project::{ExperimentSpec, Project},
    store::{RunInfo, SealOpening, Store},
};
use std::sync::Arc;
use tokio::sync::watch;

/// The run over the sealed rows, to be started.
#[derive(Debug)]
pub struct SealedRun {
    /// The start, then the nominee.
    pub plan: Plan,
    pub options: RunOptions,
    pub opening: SealOpening,
}

impl SealedRun {
    /// Open the sealed rows for the end of a search; an opening that was made before it was interrupted holds.
    pub fn open(
        project: &Project,
        experiment: &ExperimentSpec,
        optimizer: &Optimizer,
        nominee: CandidateId,
    ) -> Result<SealedRun, OptimizeError> {
        let (store, record) = (&optimizer.store, &optimizer.record);
        let reason = reason(&record.id);
        let (opening, run) = match store.opening_for(&experiment.name, &reason)? {
            Some(made) => made,
            None => {
                let rows = record.parts.sealed;
                let opening = store.open_sealed_rows(&experiment.name, rows, None, &reason)?;
                (opening, None)
            }
        };
        let plan = Plan::load_sealed(project, experiment, &opening)?;
        let rows: Vec<u32> = (0..plan.dataset.len() as u32).collect();
        let mut templates = plan.templates.clone();
        let mut variants = Vec::new();
        for c in [0, nominee] {
            let texts = &optimizer.texts[c];
            variants.push((optimizer.regions).add(&mut templates, &candidate_name(c), texts)?);
        }
        Ok(SealedRun {
            plan: plan.with_variants(templates, variants, &rows)?,
            options: RunOptions {
                reuse: true,
                resume: run,
                max_in_flight: optimizer.max_in_flight,
                note: Some(reason),
                ..RunOptions::default()
            },
            opening,
        })
    }

    /// Carry it out. Told to stop, it ends with an error; its answers are kept.
    pub async fn carry_out(
        self,
        clients: Clients,
        store: &Store,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<RunInfo, OptimizeError> {
        let plan = Arc::new(self.plan);
        let handle = start(plan, Arc::new(clients), store.clone(), self.options);
        let ended = follow(handle, stop).await;
        SealedRun::info(store, &self.opening, &ended)
    }

    /// The run, once it has ended; an error where it did not come to its end.
    pub fn info(
        store: &Store,
        opening: &SealOpening,
        ended: &RunSummary,
    ) -> Result<RunInfo, OptimizeError> {
        match (&ended.run, ended.stop_reason()) {
            (Some(run), None) => Ok(store.sealed_run(run, opening)?),
            (_, Some(reason)) => Err(OptimizeError::Stopped(reason.to_owned())),
            (None, None) => Err(OptimizeError::Stopped(
                "the run over the sealed rows could not start".into(),
            )),
        }
    }

    /// The run that ended a search, with its opening; `None` where the rows stayed sealed.
    pub fn ended(
        store: &Store,
        record: &SearchRecord,
    ) -> Result<Option<(RunInfo, SealOpening)>, OptimizeError> {
        let sealed = record.ending.as_ref().and_then(|e| e.sealed.as_ref());
        let Some(run) = sealed.map(|sealed| &sealed.run) else {
            return Ok(None);
        };
        let opening = store.opening_for(&record.experiment, &reason(&record.id))?;
        let (opening, _) = opening.ok_or_else(|| OptimizeError::NoOpening(RunId(run.0.clone())))?;
        let info = store.sealed_run(run, &opening)?;
        Ok(Some((info, opening)))
    }
}

/// Why a search opens sealed rows.
fn reason(id: &str) -> String {
    format!("end of wording optimize, {id}")
}
