//! Takes the steps of a search: trials through the engine, questions to the writer, and a record of each in the store.
//!
//! Every answer is stored under its address before it counts, and steps follow from answers alone. So a search that was stopped
//! is resumed by taking its steps again: what was paid for comes from the store.

use super::{
    CandidateId, OptimizeError, Proposal, Search, SearchSettings, Step,
    check::{self, Leaks, Unfit},
    record::{CandidateRecord, PartSizes, ProposalRecord, SearchRecord, SearchRequest, Spent},
    regions::{Regions, Texts},
    writer::{Failure, TriedEdit, WriterBrief, read_edits},
};
use crate::{
    dataset::RowParts,
    engine::{Clients, Plan, RunEvent, RunHandle, RunOptions, ask, start},
    model::{Params, TrialRecord},
    policy::TrialSpace,
    store::Store,
    tokens::price,
};
use serde_json::json;
use std::{ops::Range, sync::Arc};
use tokio::sync::watch;

/// Candidates that are asked for in a round.
const PER_ROUND: usize = 4;
/// Edits that a writer is told were tried: the last ones.
const MOST_TOLD: usize = 12;
/// Temperature of the writer, for ideas that differ.
const WRITER_TEMPERATURE: f64 = 0.8;

/// What happened, for whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub enum SearchEvent {
    /// A round begins with a question about these.
    Asked {
        round: usize,
        parents: Vec<CandidateId>,
    },
    /// Candidates came of it, and edits that were left out.
    Proposed {
        round: usize,
        candidates: Range<CandidateId>,
        left_out: Vec<Unfit>,
    },
    /// Candidates were tried up to this many selection rows.
    Tried {
        candidates: Vec<CandidateId>,
        rows: usize,
    },
    Adopted {
        candidate: CandidateId,
        gain: f64,
    },
}

/// A search in progress.
#[derive(Debug)]
pub struct Optimizer {
    plan: Plan,
    parts: RowParts,
    regions: Regions,
    search: Search,
    texts: Vec<Texts>,
    whys: Vec<Option<String>>,
    /// Failures on feedback rows, by wording and place of the row.
    failures: Vec<(CandidateId, usize, Failure)>,
    leaks: Leaks,
    task: String,
    keep: Vec<String>,
    clients: Arc<Clients>,
    store: Store,
    max_in_flight: Option<usize>,
    stop: watch::Receiver<bool>,
    pub record: SearchRecord,
}

/// What a search works with.
#[derive(Debug)]
pub struct SearchInputs {
    /// Over the open rows, with one model.
    pub plan: Plan,
    pub parts: RowParts,
    pub regions: Regions,
    /// The texts of rows that nobody may copy: selection and sealed ones.
    pub leaks: Leaks,
    pub sealed_rows: usize,
    pub clients: Arc<Clients>,
    pub store: Store,
    pub max_in_flight: Option<usize>,
    /// True when the search should stop.
    pub stop: watch::Receiver<bool>,
    pub request: SearchRequest,
    pub id: String,
    pub started_at: i64,
}

impl Optimizer {
    pub fn new(inputs: SearchInputs) -> Optimizer {
        let SearchInputs {
            plan,
            mut parts,
            regions,
            leaks,
            sealed_rows,
            request,
            ..
        } = inputs;
        let samples = plan.experiment.samples as u64;
        let sealed_calls = 2 * sealed_rows as u64 * samples;
        let settings = SearchSettings {
            seed: request.seed,
            alpha: request.alpha,
            calls: request.budget_calls.saturating_sub(sealed_calls),
            samples,
            per_round: PER_ROUND,
            threshold: plan.scorer.threshold(),
        };
        arrange(&plan, &mut parts.feedback, request.seed);
        let clusters = arrange(&plan, &mut parts.selection, request.seed);
        let search = Search::new(settings, clusters, parts.feedback.len());
        let start = regions.start();
        let record = SearchRecord {
            schema_version: 1,
            id: inputs.id,
            experiment: plan.experiment.name.clone(),
            started_at: inputs.started_at,
            parts: PartSizes {
                feedback: parts.feedback.len(),
                selection: parts.selection.len(),
                sealed: sealed_rows,
            },
            start: regions.variant().name.clone(),
            regions: regions.regions().iter().map(|r| r.name.clone()).collect(),
            request,
            candidates: Vec::new(),
            proposals: Vec::new(),
            spent: Spent::default(),
            ending: None,
        };
        Optimizer {
            task: task(&plan),
            keep: plan.scorer.labels().to_vec(),
            plan,
            parts,
            regions,
            search,
            texts: vec![start],
            whys: vec![None],
            failures: Vec::new(),
            leaks,
            clients: inputs.clients,
            store: inputs.store,
            max_in_flight: inputs.max_in_flight,
            stop: inputs.stop,
            record,
        }
    }

    pub fn search(&self) -> &Search {
        &self.search
    }

    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// The texts of each candidate's parts.
    pub fn texts(&self) -> &[Texts] {
        &self.texts
    }

    /// Take all steps, up to the sealed rows.
    pub async fn run(
        &mut self,
        watch: &mut dyn FnMut(&Search, SearchEvent),
    ) -> Result<(), OptimizeError> {
        self.keep_record()?;
        loop {
            if *self.stop.borrow() {
                return Err(OptimizeError::Stopped("the search was interrupted".into()));
            }
            let is_over_usd =
                (self.record.request.budget_usd).is_some_and(|cap| self.record.spent.usd >= cap);
            if is_over_usd {
                return self.keep_record();
            }
            match self.search.step() {
                Step::End => return self.keep_record(),
                Step::Select { candidates, places } => {
                    let rows: Vec<u32> =
                        places.clone().map(|at| self.parts.selection[at]).collect();
                    let trials = self.trials(&candidates, &rows).await?;
                    let scores = trials
                        .into_iter()
                        .map(|of| of.iter().map(|trials| mean_score(trials)).collect())
                        .collect();
                    let before = self.search.incumbent();
                    self.search.take_scores(&candidates, scores);
                    let rows = places.end;
                    watch(&self.search, SearchEvent::Tried { candidates, rows });
                    self.told_adopted(before, watch);
                }
                Step::Feedback { candidate, places } => {
                    let rows: Vec<u32> = places.clone().map(|at| self.parts.feedback[at]).collect();
                    let trials = self
                        .trials(&[candidate], &rows)
                        .await?
                        .pop()
                        .unwrap_or_default();
                    self.collect_failures(candidate, places, &rows, &trials)?;
                    self.search.take_feedback(
                        candidate,
                        trials.iter().map(|trials| mean_score(trials)).collect(),
                    );
                }
                Step::Propose(proposal) => self.propose(&proposal, watch).await?,
            }
            self.keep_record()?;
        }
    }

    fn told_adopted(&self, before: CandidateId, watch: &mut dyn FnMut(&Search, SearchEvent)) {
        let candidate = self.search.incumbent();
        if candidate != before {
            let gain = self.search.gain(candidate, 0).expected();
            watch(&self.search, SearchEvent::Adopted { candidate, gain });
        }
    }

    /// The trials of candidates on rows (by their places in the plan): of each candidate, for each row, its samples.
    async fn trials(
        &mut self,
        candidates: &[CandidateId],
        rows: &[u32],
    ) -> Result<Vec<Vec<Vec<TrialRecord>>>, OptimizeError> {
        let mut templates = self.plan.templates.clone();
        let mut variants = Vec::with_capacity(candidates.len());
        for c in candidates {
            variants.push(self.regions.add(
                &mut templates,
                &candidate_name(*c),
                &self.texts[*c],
            )?);
        }
        let plan = self.plan.with_variants(templates, variants, rows)?;
        let options = RunOptions {
            reuse: true,
            max_in_flight: self.max_in_flight,
            ..RunOptions::default()
        };
        let handle = start(
            Arc::new(plan),
            Arc::clone(&self.clients),
            self.store.clone(),
            options,
        );
        let summary = follow(handle, &mut self.stop).await?;
        let run = summary.run.clone();
        let mut trials = vec![vec![Vec::new(); rows.len()]; candidates.len()];
        if let Some(run) = &run {
            self.store.each_trial(run, &mut |record| {
                let (variant, row) = (record.id.variant as usize, record.id.row as usize);
                if let Some(cell) = trials.get_mut(variant).and_then(|rows| rows.get_mut(row)) {
                    cell.push(record);
                }
            })?;
            // The answers stay; what the search needs of the run is in its record.
            self.store.delete_run(run)?;
        }
        if let Some(reason) = summary.stopped {
            return Err(OptimizeError::Stopped(reason));
        }
        let all = trials.iter().flatten().flatten();
        for trial in all {
            self.record.spent.usd += trial.cost_usd.unwrap_or(0.0);
            self.record.spent.stored += u64::from(trial.reused);
        }
        Ok(trials)
    }

    fn collect_failures(
        &mut self,
        candidate: CandidateId,
        places: Range<usize>,
        rows: &[u32],
        trials: &[Vec<TrialRecord>],
    ) -> Result<(), OptimizeError> {
        let threshold = self.plan.scorer.threshold();
        for ((place, row), trials) in places.zip(rows).zip(trials) {
            let failed = mean_score(trials).is_some_and(|score| score < threshold);
            let Some(trial) = trials.first().filter(|_| failed) else {
                continue;
            };
            let row = self
                .plan
                .dataset
                .row(*row as usize)
                .map_err(crate::engine::EngineError::from)?;
            let prompt = self.plan.prompt_of(self.regions.variant(), &row)?;
            let output = trial
                .outcome
                .completion()
                .map(|c| c.text.clone())
                .unwrap_or_default();
            let main = trial.scores.main();
            let read = main.and_then(|score| score.answer.clone());
            let failure = Failure {
                input: prompt
                    .messages
                    .last()
                    .map(|m| m.content.clone())
                    .unwrap_or_default(),
                expected: row.expected_text().unwrap_or_default(),
                reason: match (main, read) {
                    (Some(score), _) if score.unreadable => "No answer could be read in it.".into(),
                    (Some(score), Some(read)) => {
                        format!("Read as {read}; score {:.2}.", score.value)
                    }
                    (Some(score), None) => format!("Score {:.2}.", score.value),
                    (None, _) => String::new(),
                },
                output,
            };
            self.failures.push((candidate, place, failure));
        }
        Ok(())
    }

    /// Ask the writer, or merge two wordings that changed different parts, and check what comes of it.
    async fn propose(
        &mut self,
        proposal: &Proposal,
        watch: &mut dyn FnMut(&Search, SearchEvent),
    ) -> Result<(), OptimizeError> {
        let parents = proposal.parents.clone();
        watch(
            &self.search,
            SearchEvent::Asked {
                round: proposal.round,
                parents: parents.clone(),
            },
        );
        let base = self.texts[parents[0]].clone();
        let other = parents.get(1).map(|c| self.texts[*c].clone());
        let mut edits = Vec::new();
        let mut asked = None;
        if let Some(joined) = other.as_ref().and_then(|other| self.joined(&base, other)) {
            edits.push((
                joined,
                Some("joins two wordings that changed different parts".to_owned()),
            ));
        } else if self.record.spent.writer_calls < self.record.request.writer_calls {
            let of = |place: &usize| {
                (self.failures.iter()).find(|(c, at, _)| *c == parents[0] && at == place)
            };
            let failures: Vec<Failure> = proposal
                .failures
                .iter()
                .filter_map(of)
                .map(|(.., f)| f.clone())
                .collect();
            let tried = self.tried();
            let brief = WriterBrief {
                task: &self.task,
                regions: self.regions.regions(),
                texts: &base,
                merged: other.as_deref(),
                failures: &failures,
                tried: &tried,
                keep: &self.keep,
                wanted: proposal.wanted,
            };
            let prompt = brief.prompt();
            let mut params = Params::new();
            params.insert("temperature".into(), json!(WRITER_TEMPERATURE));
            let writer = self.record.request.writer.clone();
            let answer = ask(&self.clients, &self.store, &writer, &prompt, &params).await?;
            let spent = &mut self.record.spent;
            spent.writer_calls += 1;
            spent.stored += u64::from(answer.is_stored);
            let endpoint = self.plan.endpoints.get(&writer.endpoint);
            let spec = endpoint.and_then(|e| e.models.get(&writer.model));
            spent.usd +=
                price(&writer.model, spec).map_or(0.0, |p| p.cost_usd(&answer.completion.usage));
            let read = read_edits(&answer.completion.text, self.regions.regions());
            edits.extend(read.into_iter().map(|edit| (edit.texts, edit.why)));
            asked = Some((prompt, answer.completion.text));
        }
        let (mut new, mut left_out) = (Vec::new(), Vec::new());
        for (edit, why) in edits {
            match self.checked(&base, &edit, &new) {
                Ok(texts) => new.push((texts, why)),
                Err(unfit) => left_out.push((edit, unfit)),
            }
        }
        new.truncate(proposal.wanted);
        let candidates = self.search.take_candidates(proposal, new.len());
        for (texts, why) in new {
            self.texts.push(texts);
            self.whys.push(why);
        }
        if let Some((prompt, answer)) = asked {
            let named = |edit: &Vec<(usize, String)>| {
                let name = |at: &usize| self.regions.regions()[*at].name.clone();
                edit.iter()
                    .map(|(at, text)| (name(at), text.clone()))
                    .collect()
            };
            self.record.proposals.push(ProposalRecord {
                round: proposal.round,
                parents,
                prompt,
                answer,
                candidates: candidates.clone().collect(),
                left_out: left_out
                    .iter()
                    .map(|(edit, why)| (named(edit), why.to_string()))
                    .collect(),
            });
        }
        let left_out = left_out.into_iter().map(|(_, unfit)| unfit).collect();
        watch(
            &self.search,
            SearchEvent::Proposed {
                round: proposal.round,
                candidates,
                left_out,
            },
        );
        Ok(())
    }

    /// The changes of another wording over this one's, where they changed different parts.
    fn joined(&self, base: &Texts, other: &Texts) -> Option<Vec<(usize, String)>> {
        let start = self.regions.start();
        let changed = |texts: &Texts| {
            (0..start.len())
                .filter(|at| texts[*at] != start[*at])
                .collect::<Vec<_>>()
        };
        let (mine, theirs) = (changed(base), changed(other));
        let apart =
            !theirs.is_empty() && !mine.is_empty() && theirs.iter().all(|at| !mine.contains(at));
        apart.then(|| {
            theirs
                .into_iter()
                .map(|at| (at, other[at].clone()))
                .collect()
        })
    }

    fn checked(
        &self,
        base: &Texts,
        edit: &[(usize, String)],
        new: &[(Texts, Option<String>)],
    ) -> Result<Texts, Unfit> {
        let names: Vec<String> = self
            .regions
            .regions()
            .iter()
            .map(|r| r.name.clone())
            .collect();
        let start = self.regions.start();
        let texts = check::apply(&names, &start, base, edit, &self.keep, &self.leaks)?;
        let bare = check::bare(&texts);
        let all = self.texts.iter().chain(new.iter().map(|(texts, _)| texts));
        if all.into_iter().any(|there| check::bare(there) == bare) {
            return Err(Unfit::Tried);
        }
        let mut templates = self.plan.templates.clone();
        let broken = |error: &dyn std::fmt::Display| Unfit::Broken(error.to_string());
        let variant = self
            .regions
            .add(&mut templates, "new", &texts)
            .map_err(|e| broken(&e))?;
        let all: Vec<u32> = (0..self.plan.dataset.len() as u32).collect();
        let plan = self
            .plan
            .with_variants(templates, vec![variant], &all)
            .map_err(|e| broken(&e))?;
        for row in plan.dataset.rows() {
            let row = row.map_err(|e| broken(&e))?;
            plan.prompt(0, &row).map_err(|e| broken(&e))?;
        }
        Ok(texts)
    }

    fn tried(&self) -> Vec<TriedEdit> {
        let start = self.regions.start();
        let from = self.texts.len().saturating_sub(MOST_TOLD).max(1);
        let edits = (from..self.texts.len()).map(|c| {
            let changed = (self
                .regions
                .regions()
                .iter()
                .zip(&self.texts[c])
                .zip(&start))
            .filter(|((_, a), b)| a != b);
            TriedEdit {
                texts: changed
                    .map(|((region, text), _)| (region.name.clone(), text.clone()))
                    .collect(),
                outcome: self.search.candidates()[c].state.as_str(),
            }
        });
        edits.collect()
    }

    /// Bring the record up to date and keep it.
    pub fn keep_record(&mut self) -> Result<(), OptimizeError> {
        let search = &self.search;
        let candidates = search.candidates().iter().zip(&self.texts).zip(&self.whys);
        self.record.candidates = candidates
            .enumerate()
            .map(|(c, ((candidate, texts), why))| {
                let gain = (c > 0 && candidate.tried() > 0).then(|| search.gain(c, 0));
                CandidateRecord {
                    name: candidate_name(c),
                    round: candidate.round,
                    parents: candidate.parents.clone(),
                    state: candidate.state,
                    texts: texts.clone(),
                    why: why.clone(),
                    rows: candidate.tried(),
                    score: candidate.mean(),
                    gain: gain.as_ref().map(|g| g.mean),
                    expected_gain: gain.map(|g| g.expected()),
                }
            })
            .collect();
        self.record.spent.calls = search.spent();
        let json = serde_json::to_string(&self.record).unwrap_or_default();
        let state = match self.record.ending {
            Some(_) => "finished",
            None => "running",
        };
        self.store
            .keep_search(&self.record.id, &self.record.experiment, state, &json)?;
        Ok(())
    }
}

/// The name of a candidate: `start`, `c12`.
pub fn candidate_name(c: CandidateId) -> String {
    match c {
        0 => "start".into(),
        c => format!("c{c}"),
    }
}

/// Follow the run of a step to its end.
async fn follow(
    mut handle: RunHandle,
    stop: &mut watch::Receiver<bool>,
) -> Result<crate::engine::RunSummary, OptimizeError> {
    let mut stopped = false;
    loop {
        tokio::select! {
            event = handle.events.recv() => match event {
                Some(RunEvent::RunFinished(summary)) => return Ok(summary),
                Some(_) => {}
                None => return Err(OptimizeError::Stopped("the engine stopped unexpectedly; please report this".into())),
            },
            changed = stop.changed(), if !stopped => {
                stopped = changed.is_err() || *stop.borrow();
                if stopped && changed.is_ok() {
                    handle.control.stop();
                }
            }
        }
    }
}

/// Mean of the main score over the samples that have one.
fn mean_score(trials: &[TrialRecord]) -> Option<f64> {
    let known: Vec<f64> = (trials.iter())
        .filter_map(|t| t.scores.main()?.known())
        .collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// Put rows into random order, those of a cluster together; the number of the cluster at each place, or of the row.
fn arrange(plan: &Plan, rows: &mut [u32], seed: u64) -> Vec<u32> {
    let heads = plan.dataset.heads();
    let numbers = heads.cluster_numbers();
    let cluster = |row: u32| numbers.get(row as usize).copied().unwrap_or(row);
    let clusters: Vec<u32> = rows.iter().map(|row| cluster(*row)).collect();
    let space = TrialSpace::from_clusters(1, rows.len(), 1, Vec::new(), &clusters, seed);
    let before = rows.to_vec();
    for (row, place) in rows.iter_mut().zip(space.order()) {
        *row = before[*place as usize];
    }
    rows.iter().map(|row| cluster(*row)).collect()
}

/// What counts as right, in a sentence.
fn task(plan: &Plan) -> String {
    let metric = plan
        .scorer
        .names()
        .first()
        .map_or(String::new(), |name| (*name).to_owned());
    match plan.scorer.labels() {
        [] => format!("the answer is scored by `{metric}` against the expected one, from 0 to 1."),
        labels => format!(
            "the answer is one of these labels, the expected one: {}.",
            labels.join(", ")
        ),
    }
}
