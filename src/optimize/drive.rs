//! Takes the steps of a search: trials through the engine, questions to the writer, and a record of each in the store.
//!
//! Every answer is stored under its address before it counts, and steps follow from answers alone. So a search that was stopped
//! is resumed by taking its steps again: what was paid for comes from the store.

use super::{
    CandidateId, CandidateState, OptimizeError, Pieces, Search, SearchSettings, Shortening,
    ShorteningSettings, Step,
    check::{Leaks, Unfit},
    record::{
        CandidateRecord, Ending, PartSizes, PieceRecord, Savings, SealedComparison, SearchRecord,
        SearchRequest, Spent,
    },
    regions::{Regions, Texts},
    strategy::Strategy,
    trial_scores::mean_score,
    writer::Failure,
};
use crate::{
    catalog::price,
    dataset::RowParts,
    engine::{Clients, EngineError, Plan},
    policy::TrialSpace,
    store::Store,
    tokens::Counter,
};
use std::{ops::Range, sync::Arc};
use tokio::sync::watch;

/// Candidates that are asked for in a round.
const PER_ROUND: usize = 4;
/// Rows whose prompts are counted for what a shorter wording saves.
const COUNTED_ROWS: usize = 100;

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
    pub(super) regions: Regions,
    pub(super) strategy: Strategy,
    pub(super) counter: Counter,
    pub(super) texts: Vec<Texts>,
    pub(super) whys: Vec<Option<String>>,
    /// Failures on feedback rows, by wording and place of the row.
    pub(super) failures: Vec<(CandidateId, usize, Failure)>,
    pub(super) leaks: Leaks,
    pub(super) task: String,
    pub(super) keep: Vec<String>,
    pub(super) clients: Arc<Clients>,
    pub(super) store: Store,
    pub(super) max_in_flight: Option<usize>,
    pub(super) stop: watch::Receiver<bool>,
    pub record: SearchRecord,
}

/// What a search is carried out with.
#[derive(Debug)]
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
    pub regions: Regions,
    /// The texts of rows that nobody may copy: those on selection.
    pub leaks: Leaks,
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
            regions,
            leaks,
            sealed_rows,
            counter,
            request,
            means,
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
        let start = regions.start();
        let strategy = match request.shorter {
            None => Strategy::Better(Search::new(settings, clusters, parts.feedback.len())),
            Some(margin) => {
                let pieces = Pieces::of(&start);
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
            parts: PartSizes {
                feedback: parts.feedback.len(),
                selection: parts.selection.len(),
                sealed: sealed_rows,
            },
            start: regions.variant().name.clone(),
            regions: regions.regions().iter().map(|r| r.name.clone()).collect(),
            request,
            candidates: Vec::new(),
            pieces: Vec::new(),
            proposals: Vec::new(),
            spent: Spent::default(),
            ending: None,
        };
        let mut optimizer = Optimizer {
            task: task(&plan),
            keep: plan.scorer.labels().to_vec(),
            plan,
            parts,
            regions,
            strategy,
            counter,
            texts: vec![start],
            whys: vec![None],
            failures: Vec::new(),
            leaks,
            clients: means.clients,
            store: means.store,
            max_in_flight: means.max_in_flight,
            stop: means.stop,
            record,
        };
        optimizer.record.pieces = optimizer.pieces();
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
            adopted: self.strategy.board().candidates()[nominee].state == CandidateState::Adopted,
            promised: self.strategy.promised(nominee),
            margin: self.record.request.shorter,
            savings,
            sealed,
        });
        self.keep_record()
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
            let is_over_usd =
                (self.record.request.budget_usd).is_some_and(|cap| self.record.spent.usd >= cap);
            if is_over_usd {
                self.strategy.close();
                return Ok(());
            }
            let step = self.strategy.step();
            self.take_made();
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
                    let before = self.strategy.incumbent();
                    self.strategy.take_scores(&candidates, scores);
                    let rows = places.end;
                    match self.strategy {
                        // Kept with its proposals, which are most of it.
                        Strategy::Better(_) => self.refresh_record(),
                        Strategy::Shorter(..) => self.keep_record()?,
                    }
                    watch(&self.record, SearchEvent::Tried { candidates, rows });
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

    fn told_adopted(&self, before: CandidateId, watch: &mut dyn FnMut(&SearchRecord, SearchEvent)) {
        let candidate = self.strategy.incumbent();
        if candidate != before {
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

    /// The pieces of the start, what each does, and whether the shortest wording has it; none where a better one is looked for.
    fn pieces(&self) -> Vec<PieceRecord> {
        let Strategy::Shorter(shortening, pieces) = &self.strategy else {
            return Vec::new();
        };
        let has = shortening.pieces(shortening.shortest());
        let undecided = shortening.undecided();
        let pieces = pieces.free().zip(has).enumerate();
        pieces
            .map(|(at, (piece, has))| PieceRecord {
                region: self.record.regions[piece.region].clone(),
                text: piece.text.clone(),
                tokens: self.counter.text(&piece.text).tokens,
                effect: shortening.effects().get(at).copied(),
                is_left_out: !has,
                is_undecided: undecided[at],
            })
            .collect()
    }

    /// Tokens of prompts and their price, with the start and with another wording.
    fn savings(&self, nominee: CandidateId) -> Result<Savings, OptimizeError> {
        let rows = self.parts.selection.iter().take(COUNTED_ROWS);
        let mut tokens = [0.0; 2];
        for (tokens, c) in tokens.iter_mut().zip([0, nominee]) {
            let mut templates = self.plan.templates.clone();
            let variant = self
                .regions
                .add(&mut templates, &candidate_name(c), &self.texts[c])?;
            for row in rows.clone() {
                let row = self
                    .plan
                    .dataset
                    .row(*row as usize)
                    .map_err(EngineError::from)?;
                let prompt = self.plan.prompt_in(&templates, &variant, &row)?;
                *tokens += self.counter.prompt(&prompt).tokens as f64 / rows.len() as f64;
            }
        }
        let [before, after] = tokens;
        let model = &self.record.request.model;
        let spec = self.plan.endpoints.get(&model.endpoint);
        let price = price(&model.model, spec);
        Ok(Savings {
            tokens_before: before,
            tokens_after: after,
            usd_per_1000: price.map(|price| (before - after) * 1e-3 * price.rates.input),
            is_estimate: self.counter.estimates(),
        })
    }

    /// Bring the record up to date.
    fn refresh_record(&mut self) {
        let board = self.strategy.board();
        let candidates = board.candidates().iter().zip(&self.texts).zip(&self.whys);
        self.record.candidates = candidates
            .enumerate()
            .map(|(c, ((candidate, texts), why))| {
                let gain = (c > 0 && candidate.tried() > 0).then(|| board.gain(c, 0));
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
        self.record.spent.calls = self.strategy.spent();
        if let Strategy::Shorter(shortening, _) = &self.strategy {
            let has = shortening.pieces(shortening.shortest());
            let undecided = shortening.undecided();
            for (at, (piece, has)) in self.record.pieces.iter_mut().zip(has).enumerate() {
                piece.effect = shortening.effects().get(at).copied();
                piece.is_left_out = !has;
                piece.is_undecided = undecided[at];
            }
        }
    }

    /// Bring the record up to date and keep it.
    pub(super) fn keep_record(&mut self) -> Result<(), OptimizeError> {
        self.refresh_record();
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
