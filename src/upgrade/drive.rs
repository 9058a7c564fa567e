//! Takes the steps of a comparison: stored answers first, then the missing ones through the engine, a batch of rows at a time.

use super::{
    Comparison, ComparisonSettings, FromAccess, Refusal, RowAnswers, Side, UpgradeEnding,
    UpgradeError, UpgradeRequest, UpgradeVerdict, WordingOutcome,
};
use crate::{
    engine::{Clients, Plan, StepRuns, StepTrials, StopCause},
    model::{EndpointWarning, Failure, FailureKind, ModelRef, RequestTotals, VariantNames},
    project::Budget,
    store::{Store, StoreError},
};
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use tokio::sync::watch;

/// What happened, for whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub enum UpgradeEvent {
    /// Wordings were tried up to this many rows; those that are still open, and those that have a verdict now.
    Tried {
        rows: usize,
        open: usize,
        decided: Vec<(usize, UpgradeVerdict)>,
    },
    /// The old model gives no more answers, and why.
    FromGone(String),
}

/// What a comparison works with.
#[derive(Debug)]
pub struct UpgradeInputs {
    /// Over the open rows; its models are the old one and the new one.
    pub plan: Plan,
    pub clients: Arc<Clients>,
    pub store: Store,
    pub request: UpgradeRequest,
    pub access: FromAccess,
    /// Answers of the old model to a row that count, where it has so many.
    pub from_samples: usize,
    pub max_in_flight: Option<usize>,
    /// True when it should stop.
    pub stop: watch::Receiver<bool>,
}

/// A comparison of two models in progress.
#[derive(Debug)]
pub struct Upgrade {
    plan: Plan,
    clients: Arc<Clients>,
    store: Store,
    max_in_flight: Option<usize>,
    stop: watch::Receiver<bool>,
    request: UpgradeRequest,
    /// Caps on everything that is sent.
    budget: Budget,
    started: Instant,
    comparison: Comparison,
    answers: RowAnswers,
    access: FromAccess,
    spent: [RequestTotals; 2],
    refusals: Vec<Refusal>,
    warnings: Vec<EndpointWarning>,
    ending: Option<UpgradeEnding>,
}

/// The most answers to a row that runs of an experiment have of a model.
pub fn stored_samples(
    store: &Store,
    experiment: &str,
    model: &ModelRef,
) -> Result<usize, StoreError> {
    let runs = store.runs()?.into_iter();
    let samples = runs
        .filter(|run| run.experiment == experiment && run.models.contains(model))
        .map(|run| run.samples);
    Ok(samples.max().unwrap_or(0))
}

impl Upgrade {
    /// Find what is stored. Nothing is sent.
    pub fn new(inputs: UpgradeInputs) -> Result<Upgrade, UpgradeError> {
        let UpgradeInputs {
            mut plan, request, ..
        } = inputs;
        let answers = RowAnswers::find(&mut plan, &inputs.store, inputs.from_samples)?;
        let heads = Arc::clone(plan.dataset.heads());
        let settings = ComparisonSettings {
            margin: request.margin,
            alpha: request.alpha,
            max_truncated: plan.experiment.max_truncated,
        };
        Ok(Upgrade {
            comparison: Comparison::new(
                plan.variants.len(),
                (plan.dataset.len(), plan.experiment.samples.max(1)),
                heads.cluster_numbers(),
                plan.experiment.seed,
                settings,
            ),
            answers,
            budget: std::mem::take(&mut plan.experiment.budget),
            plan,
            request,
            started: Instant::now(),
            clients: inputs.clients,
            store: inputs.store,
            max_in_flight: inputs.max_in_flight,
            stop: inputs.stop,
            access: inputs.access,
            spent: [RequestTotals::default(); 2],
            refusals: Vec::new(),
            warnings: Vec::new(),
            ending: None,
        })
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn request(&self) -> &UpgradeRequest {
        &self.request
    }

    pub fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    pub fn answers(&self) -> &RowAnswers {
        &self.answers
    }

    pub fn access(&self) -> &FromAccess {
        &self.access
    }

    /// The wordings, as readers see them.
    pub fn shown_names(&self) -> Vec<String> {
        VariantNames::new(&self.plan.variants).names(self.plan.baseline)
    }

    /// What was sent to the old model and to the new one.
    pub fn spent(&self) -> [RequestTotals; 2] {
        self.spent
    }

    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    pub fn warnings(&self) -> &[EndpointWarning] {
        &self.warnings
    }

    pub fn ending(&self) -> Option<&UpgradeEnding> {
        self.ending.as_ref()
    }

    /// What holds of a wording so far.
    pub fn outcome(&self, wording: usize) -> WordingOutcome {
        let mut outcome = self.comparison.outcome(wording);
        let is_scored = |side, row: &u32| self.answers.is_scored(side, wording, *row);
        let (with_old, without): (Vec<u32>, Vec<u32>) =
            (outcome.tried.iter()).partition(|row| is_scored(Side::From, row));
        let compared = with_old.iter().filter(|row| is_scored(Side::To, row));
        outcome.compared = compared.count();
        outcome.left_out = without.len();
        if outcome.compared == 0 {
            outcome.verdict = UpgradeVerdict::NoAnswers;
            outcome.difference = None;
        }
        outcome
    }

    /// Compare until every wording has a verdict, the rows are used up, or a cap is reached.
    pub async fn run(&mut self, watch: &mut dyn FnMut(UpgradeEvent)) -> Result<(), UpgradeError> {
        self.steps().delete_left()?;
        while self.ending.is_none() {
            if *self.stop.borrow() {
                return Err(UpgradeError::Interrupted);
            }
            let mut batch = self.comparison.next_rows();
            if batch.is_empty() {
                return Ok(());
            }
            if self.access == FromAccess::Callable {
                self.ask(Side::From, &batch).await?;
                if let FromAccess::StoredOnly(reason) = &self.access {
                    watch(UpgradeEvent::FromGone(reason.clone()));
                }
            }
            for (wording, rows) in &mut batch {
                rows.retain(|row| self.answers.is_scored(Side::From, *wording, *row));
            }
            if self.ending.is_none() {
                self.ask(Side::To, &batch).await?;
            }
            self.record(&batch);
            self.report(&batch, watch);
        }
        Ok(())
    }

    fn record(&mut self, batch: &[(usize, Vec<u32>)]) {
        for (wording, rows) in batch {
            for row in rows {
                for side in [Side::From, Side::To] {
                    for answer in self.answers.of(side, *wording, *row) {
                        self.comparison.record(*wording, side, *row, answer);
                    }
                }
            }
        }
    }

    fn report(&self, batch: &[(usize, Vec<u32>)], watch: &mut dyn FnMut(UpgradeEvent)) {
        let outcomes = (batch.iter()).map(|(wording, _)| (*wording, self.outcome(*wording)));
        let outcomes: Vec<(usize, WordingOutcome)> = outcomes.collect();
        let is_open = |outcome: &WordingOutcome| !outcome.verdict.is_final();
        watch(UpgradeEvent::Tried {
            rows: (outcomes.iter().map(|(_, o)| o.tried.len()).max()).unwrap_or(0),
            open: outcomes.iter().filter(|(_, o)| is_open(o)).count(),
            decided: (outcomes.iter().filter(|(_, o)| !is_open(o)))
                .map(|(wording, o)| (*wording, o.verdict))
                .collect(),
        });
    }

    /// Get what a model has no answer to among these rows of wordings.
    async fn ask(&mut self, side: Side, batch: &[(usize, Vec<u32>)]) -> Result<(), UpgradeError> {
        // Wordings keep pace; where one lacks other rows than the rest, it is asked by itself.
        let mut steps: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        for (wording, rows) in batch {
            let is_open = |row: &&u32| !self.answers.is_complete(side, *wording, **row);
            let mut rows: Vec<u32> = rows.iter().filter(is_open).copied().collect();
            rows.sort_unstable();
            if !rows.is_empty() {
                steps.entry(rows).or_default().push(*wording);
            }
        }
        for (rows, wordings) in steps {
            let may_ask = side == Side::To || self.access == FromAccess::Callable;
            if may_ask && self.ending.is_none() {
                self.step(side, &wordings, &rows).await?;
            }
        }
        Ok(())
    }

    /// The trials of a model on some wordings and rows.
    async fn step(
        &mut self,
        side: Side,
        wordings: &[usize],
        rows: &[u32],
    ) -> Result<(), UpgradeError> {
        let plan = self.step_plan(side, wordings, rows)?;
        let mut stop = self.stop.clone();
        let StepTrials {
            trials,
            summary,
            warnings,
        } = self.steps().trials(plan, &mut stop).await?;
        let spent = &mut self.spent[side.index()];
        spent.calls += summary.sent;
        spent.usd += (trials.iter().filter(|trial| !trial.reused))
            .filter_map(|trial| trial.cost_usd)
            .sum::<f64>();
        EndpointWarning::add(&mut self.warnings, &warnings);
        let mut answered = vec![false; wordings.len()];
        for trial in trials {
            let (variant, row) = (trial.id.variant as usize, trial.id.row as usize);
            let (Some(wording), Some(row)) = (wordings.get(variant), rows.get(row)) else {
                continue;
            };
            answered[variant] |= trial.outcome.completion().is_some();
            if let (Side::To, Some(failure)) = (side, trial.outcome.failure()) {
                self.add_refusal(failure, *wording);
            }
            self.answers.take(side, *wording, *row, trial);
        }
        let Some(reason) = summary.stop_reason().map(str::to_owned) else {
            return Ok(());
        };
        match (summary.cause, side) {
            (Some(StopCause::Interrupt), _) => return Err(UpgradeError::Interrupted),
            (Some(StopCause::Cap), _) => self.ending = Some(UpgradeEnding::Cap(reason)),
            (_, Side::From) => self.access = FromAccess::StoredOnly(reason),
            (_, Side::To) => self.give_up(wordings, &answered, reason),
        }
        Ok(())
    }

    /// The new model failed: wordings that it refuses alone are given up, else everything.
    fn give_up(&mut self, wordings: &[usize], answered: &[bool], reason: String) {
        let failing = wordings.iter().zip(answered).filter(|(_, some)| !**some);
        let failing: Vec<usize> = failing.map(|(wording, _)| *wording).collect();
        if failing.is_empty() || failing.len() == wordings.len() {
            self.ending = Some(UpgradeEnding::Failed(reason));
        }
        for wording in failing {
            self.comparison.give_up(wording);
        }
    }

    /// Count a refusal, with the parameters of the request that it names.
    fn add_refusal(&mut self, failure: &Failure, wording: usize) {
        if failure.kind != FailureKind::BadRequest {
            return;
        }
        let mut parameters: Vec<String> = (self.plan.params(wording).into_iter())
            .flat_map(|params| params.keys().cloned())
            .filter(|name| names_word(&failure.message, name))
            .collect();
        parameters.sort();
        parameters.dedup();
        let is_known = |known: &&mut Refusal| {
            known.failure.status == failure.status && known.parameters == parameters
        };
        match self.refusals.iter_mut().find(is_known) {
            Some(known) => known.trials += 1,
            None => self.refusals.push(Refusal {
                failure: failure.clone(),
                trials: 1,
                parameters,
            }),
        }
    }

    /// The trials of one model on some wordings and rows, under what is left of the caps.
    fn step_plan(
        &self,
        side: Side,
        wordings: &[usize],
        rows: &[u32],
    ) -> Result<Plan, UpgradeError> {
        let variants = wordings.iter().map(|w| self.plan.variants[*w].clone());
        let templates = self.plan.templates.clone();
        let mut plan = (self.plan).with_variants(templates, variants.collect(), rows)?;
        plan.models = vec![match side {
            Side::From => self.request.from.clone(),
            Side::To => self.request.to.clone(),
        }];
        plan.experiment.models.clone_from(&plan.models);
        let [old, new] = self.spent;
        plan.experiment.budget = Budget {
            time: (self.budget.time).map(|cap| cap.saturating_sub(self.started.elapsed())),
            ..self.budget.after(old).after(new)
        };
        Ok(plan)
    }

    fn steps(&self) -> StepRuns<'_> {
        let UpgradeRequest { from, to, .. } = &self.request;
        StepRuns {
            store: &self.store,
            clients: &self.clients,
            max_in_flight: self.max_in_flight,
            note: format!(
                "a step of wording upgrade, {} from {from} to {to}",
                self.plan.experiment.name
            ),
        }
    }
}

/// Whether a text has a name as a word of its own.
fn names_word(text: &str, name: &str) -> bool {
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
    words.any(|word| word == name)
}
