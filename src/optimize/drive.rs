//! Takes the steps of a search: trials through the engine, questions to the writer, and a record of each in the store.
//!
//! Every answer is stored under its address before it counts, and steps follow from answers alone. So a search that was stopped
//! is resumed by taking its steps again: what was paid for comes from the store.

use super::{
    CandidateId, CandidateState, OptimizeError, Pieces, Search, SearchSettings, Shortening,
    ShorteningSettings, Step,
    check::{Leaks, Unfit},
    held_out_comparison::PooledGain,
    moves::FreeShots,
    record::{Ending, PartSizes, SealedComparison, SearchRecord, SearchRequest, Spent},
    regions::{Regions, Texts},
    setting::Setting,
    strategy::Strategy,
    trial_scores::mean_score,
    writer::Failure,
};
use crate::{
    dataset::RowParts,
    engine::{Clients, Plan},
    policy::TrialSpace,
    store::Store,
    tokens::Counter,
};
use std::{ops::Range, sync::Arc};
use tokio::sync::watch;

/// What happened, for whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub enum SearchEvent {
    /// Candidates of a round, and why edits were left out.
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
    /// The search of a fold has ended, and its nominee was judged by the rows of the fold.
    FoldEnded,
    /// A shorter wording is as good as the start within the margin; `gain`: the difference that was seen.
    Shortened {
        candidate: CandidateId,
        gain: f64,
    },
}

/// A search in progress.
#[derive(Debug)]
pub struct Optimizer {
    pub(super) plan: Plan,
    pub(super) parts: RowParts,
    /// Over the rows of the fold that it does not see.
    pub(super) held_out: Option<Plan>,
    pub(super) regions: Regions,
    pub(super) strategy: Strategy,
    pub(super) counter: Counter,
    /// Of each piece that may be left out, its tokens in a prompt.
    pub(super) piece_tokens: Vec<u64>,
    pub(super) texts: Vec<Texts>,
    pub(super) whys: Vec<Option<String>>,
    /// Of each wording, a hash of its prompts for all open rows; as far as they were compared.
    pub(super) prompts: Vec<u64>,
    /// Failures on feedback rows, by wording and place of the row.
    pub(super) failures: Vec<(CandidateId, usize, Failure)>,
    pub(super) leaks: Leaks,
    pub(super) free_shots: FreeShots,
    pub(super) task: String,
    pub(super) keep: Vec<String>,
    pub(super) clients: Arc<Clients>,
    pub(super) store: Store,
    pub(super) max_in_flight: Option<usize>,
    pub(super) stop: watch::Receiver<bool>,
    pub record: SearchRecord,
}

/// What a search is carried out with.
#[derive(Debug, Clone)]
pub struct SearchMeans {
    pub clients: Arc<Clients>,
    pub store: Store,
    pub max_in_flight: Option<usize>,
    /// True when the search should stop.
    pub stop: watch::Receiver<bool>,
    pub id: String,
    /// UTC, seconds since 1970.
    pub started_at: i64,
}

/// What a search works with.
#[derive(Debug)]
pub(super) struct SearchInputs {
    /// Over the open rows, with one model.
    pub plan: Plan,
    pub parts: RowParts,
    pub held_out: Option<Plan>,
    pub regions: Regions,
    pub pieces: Option<Pieces>,
    /// The texts of rows that nobody may copy: those on selection.
    pub leaks: Leaks,
    pub free_shots: FreeShots,
    pub sealed_rows: usize,
    /// Counts the tokens of the model's prompts.
    pub counter: Counter,
    pub request: SearchRequest,
    pub means: SearchMeans,
}

impl Optimizer {
    pub(super) fn new(inputs: SearchInputs) -> Optimizer {
        let SearchInputs {
            plan,
            mut parts,
            held_out,
            regions,
            pieces,
            leaks,
            free_shots,
            sealed_rows,
            counter,
            request,
            means,
        } = inputs;
        let samples = plan.experiment.samples as u64;
        let sizes = PartSizes {
            feedback: parts.feedback.len(),
            selection: parts.selection.len(),
            sealed: sealed_rows,
        };
        let seed = request.search_seed();
        let settings = SearchSettings {
            seed,
            alpha: request.alpha,
            calls: (request.budget_calls).saturating_sub(sizes.sealed_calls(samples)),
            samples,
            per_round: SearchSettings::PER_ROUND,
            threshold: plan.scorer.threshold(),
        };
        arrange(&plan, &mut parts.feedback, seed);
        let clusters = arrange(&plan, &mut parts.selection, seed);
        let start = regions.start();
        let strategy = match request.shorter {
            None => Strategy::Better(Search::new(settings, clusters, parts.feedback.len())),
            Some(margin) => {
                let pieces = pieces.unwrap_or_else(|| Pieces::of_regions(&regions, &plan));
                let settings = ShorteningSettings {
                    alpha: request.alpha,
                    margin,
                    calls: settings.calls,
                    samples,
                };
                let shortening = Shortening::new(settings, clusters, pieces.free().len());
                Strategy::Shorter(shortening, pieces)
            }
        };
        let record = SearchRecord {
            schema_version: 1,
            id: means.id,
            experiment: plan.experiment.name.clone(),
            started_at: means.started_at,
            parts: sizes,
            start: regions.variant().name.clone(),
            start_shots: Setting::drawn_shots(&plan, regions.variant()),
            regions: regions.regions().iter().map(|r| r.name.clone()).collect(),
            request,
            candidates: Vec::new(),
            pieces: Vec::new(),
            proposals: Vec::new(),
            folds: Vec::new(),
            spent: Spent::default(),
            ending: None,
        };
        let mut optimizer = Optimizer {
            task: task(&plan),
            keep: plan.scorer.labels().to_vec(),
            plan,
            parts,
            held_out,
            regions,
            strategy,
            counter,
            piece_tokens: Vec::new(),
            texts: vec![start],
            prompts: Vec::new(),
            whys: vec![None],
            failures: Vec::new(),
            leaks,
            free_shots,
            clients: means.clients,
            store: means.store,
            max_in_flight: means.max_in_flight,
            stop: means.stop,
            record,
        };
        optimizer.piece_tokens = optimizer.count_pieces();
        optimizer.refresh_record();
        optimizer
    }

    /// The wording to put before the sealed rows; the start where there is none.
    pub fn nominee(&self) -> CandidateId {
        self.strategy.nominee()
    }

    /// How the search ends, after what the sealed rows gave; `None` where they stay sealed.
    pub fn end(&mut self, sealed: Option<SealedComparison>) -> Result<(), OptimizeError> {
        let nominee = self.nominee();
        let savings = match (self.record.request.shorter, nominee) {
            (Some(_), 1..) => Some(self.savings(nominee)?),
            _ => None,
        };
        self.record.ending = Some(Ending {
            nominee,
            adopted: self.is_adopted(nominee),
            promised: self.strategy.promised(nominee),
            margin: self.record.request.shorter,
            savings,
            sealed,
            pooled: PooledGain::of(&self.record.held_out()),
        });
        self.keep_record()
    }

    pub(super) fn is_adopted(&self, candidate: CandidateId) -> bool {
        self.strategy.board().candidates()[candidate].state == CandidateState::Adopted
    }

    /// The search on all rows may take what those of the folds have left.
    pub(super) fn take_rest_of_calls(&mut self) {
        let (all, spent) = (self.record.request.budget_calls, self.record.spent.calls);
        if let Strategy::Better(search) = &mut self.strategy {
            search.set_calls(all.saturating_sub(spent));
        }
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
        watch: &mut (dyn FnMut(&SearchRecord, SearchEvent) + Send),
    ) -> Result<(), OptimizeError> {
        self.delete_left_runs()?;
        self.keep_record()?;
        let ended = self.take_steps(watch).await;
        self.keep_record()?;
        ended
    }

    async fn take_steps(
        &mut self,
        watch: &mut (dyn FnMut(&SearchRecord, SearchEvent) + Send),
    ) -> Result<(), OptimizeError> {
        loop {
            if *self.stop.borrow() {
                return Err(OptimizeError::interrupted());
            }
            let before = self.strategy.incumbent();
            // What was paid for is judged before the cap ends the search.
            let mut step = self.strategy.step();
            if step != Step::End && self.record.is_out_of_money() {
                self.strategy.close();
                step = Step::End;
            }
            self.take_made();
            self.tell_accepted(before, watch);
            match step {
                Step::End => return Ok(()),
                Step::Select { candidates, places } => {
                    let rows: Vec<u32> =
                        places.clone().map(|at| self.parts.selection[at]).collect();
                    let trials = self.trials(&candidates, &rows).await?;
                    let scores = trials
                        .into_iter()
                        .map(|of| of.iter().map(|trials| mean_score(trials)).collect())
                        .collect();
                    self.strategy.take_scores(&candidates, scores);
                    let rows = places.end;
                    match self.strategy {
                        // Kept with its proposals, which are most of it.
                        Strategy::Better(_) => self.refresh_record(),
                        Strategy::Shorter(..) => self.keep_record()?,
                    }
                    watch(&self.record, SearchEvent::Tried { candidates, rows });
                }
                Step::Feedback { candidate, places } => {
                    let rows: Vec<u32> = places.clone().map(|at| self.parts.feedback[at]).collect();
                    let trials = self
                        .trials(&[candidate], &rows)
                        .await?
                        .pop()
                        .unwrap_or_default();
                    self.collect_failures(candidate, places, &rows, &trials)?;
                    if let Strategy::Better(search) = &mut self.strategy {
                        let scores = trials.iter().map(|trials| mean_score(trials));
                        search.take_feedback(candidate, scores.collect());
                    }
                }
                Step::Propose(proposal) => {
                    self.propose(&proposal, watch).await?;
                }
            }
        }
    }

    /// Tell of a candidate that was accepted since `before` was the incumbent.
    fn tell_accepted(
        &mut self,
        before: CandidateId,
        watch: &mut dyn FnMut(&SearchRecord, SearchEvent),
    ) {
        let candidate = self.strategy.incumbent();
        if candidate != before {
            self.refresh_record();
            let gain = self.strategy.promised(candidate);
            let event = match self.strategy {
                Strategy::Better(_) => SearchEvent::Adopted { candidate, gain },
                Strategy::Shorter(..) => SearchEvent::Shortened { candidate, gain },
            };
            watch(&self.record, event);
        }
    }

    /// The texts of candidates that the search made by itself.
    fn take_made(&mut self) {
        for c in self.texts.len()..self.strategy.board().candidates().len() {
            if let Some((texts, why)) = self.strategy.made(c) {
                self.texts.push(texts);
                self.whys.push(Some(why));
            }
        }
    }
}

/// Of each row of a plan the number of its cluster, or of the row where some have none.
pub(super) fn cluster_of_rows(plan: &Plan) -> Vec<u32> {
    let numbers = plan.dataset.heads().cluster_numbers();
    let rows = 0..plan.dataset.len() as u32;
    rows.map(|row| numbers.get(row as usize).copied().unwrap_or(row))
        .collect()
}

/// Put rows into random order, those of a cluster together; the number of the cluster at each place, or of the row.
fn arrange(plan: &Plan, rows: &mut [u32], seed: u64) -> Vec<u32> {
    let numbers = cluster_of_rows(plan);
    let cluster = |row: u32| numbers[row as usize];
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
