//! The data of a run's report.

use super::{
    Breakdown, LazyBreakdown, MetricScoring, Provenance, RatingFindings,
    policy::replayed,
    provenance::ServedBy,
    scoring::read_scoring,
    trials::{TrialFigures, read_trials},
};
use crate::{
    advise::{ModelFigures, RunFigures, TunedModels},
    analysis::{Analysis, AnalysisSpec, Leaderboard, LeaderboardPart, analyse},
    engine::run_grids,
    model::{ModelRef, VariantNames},
    narrate::{advice::Advice, labels::scored_rows},
    outcome::Grid,
    policy::{PolicyError, Replay},
    store::{RunCounts, RunInfo, SealOpeningRecord, Store, StoreError},
};
use std::ops::Range;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// The text of a row for a reader, where the dataset is available: its longest text besides the expected answer.
pub struct RowTexts(Option<Box<dyn Fn(usize) -> Option<String> + Send + Sync>>);

impl RowTexts {
    pub fn new(of: impl Fn(usize) -> Option<String> + Send + Sync + 'static) -> RowTexts {
        RowTexts(Some(Box::new(of)))
    }

    /// Where the dataset is not available.
    pub fn none() -> RowTexts {
        RowTexts(None)
    }

    pub fn get(&self, row: usize) -> Option<String> {
        self.0.as_ref().and_then(|of| of(row))
    }

    pub fn is_known(&self) -> bool {
        self.0.is_some()
    }
}

impl std::fmt::Debug for RowTexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RowText").field(&self.is_known()).finish()
    }
}

/// Where in an output of a row the main metric reads its answer, and what it reads.
type FindAnswer = dyn Fn(usize, &str) -> Option<(Range<usize>, String)> + Send + Sync;

/// Where the main metric reads its answer in outputs, where the dataset and the metrics are available.
#[derive(Default)]
pub struct AnswerSpans(Option<Box<FindAnswer>>);

impl AnswerSpans {
    pub fn new(
        find: impl Fn(usize, &str) -> Option<(Range<usize>, String)> + Send + Sync + 'static,
    ) -> AnswerSpans {
        AnswerSpans(Some(Box::new(find)))
    }

    /// The place in an output of a row where this answer was read.
    pub fn find(&self, row: usize, output: &str, answer: &str) -> Option<Range<usize>> {
        let find = self.0.as_ref()?;
        find(row, output).and_then(|(span, read)| (read == answer).then_some(span))
    }
}

impl std::fmt::Debug for AnswerSpans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AnswerSpans")
            .field(&self.0.is_some())
            .finish()
    }
}

/// One model's part of a run.
#[derive(Debug)]
pub struct ModelReport {
    pub model: ModelRef,
    pub grid: Grid,
    pub analysis: Analysis,
    /// Scores by label, slice and field.
    pub breakdown: LazyBreakdown,
    /// The conclusion of a policy that did not send every trial.
    pub policy: Option<Replay>,
    /// Figures from the trials themselves; `None` where they were not read.
    pub trials: Option<TrialFigures>,
    /// Metrics for which a model is called.
    pub scoring: Vec<MetricScoring>,
}

impl ModelReport {
    /// Variants, best first.
    pub fn ranked(&self) -> Vec<usize> {
        let ranks = self.ranks().into_iter();
        ranks.map(|(variant, _)| variant).collect()
    }

    /// The same with the rank of each, which equal scores share.
    pub(super) fn ranks(&self) -> Vec<(usize, usize)> {
        self.analysis.ranks(&self.eliminated())
    }

    /// The head of a table's column of scores, or where there are none, of how often a variant answers as most others do.
    pub(super) fn score_head(&self) -> &'static str {
        match self.analysis.is_unscored() {
            true => "agreement %",
            false => "score %",
        }
    }

    /// What stands in that column.
    pub(super) fn score_or_agreement(&self, variant: usize) -> Option<f64> {
        let finding = &self.analysis.variants[variant];
        match self.analysis.is_unscored() {
            true => finding.consensus,
            false => finding.score.map(|score| score.value),
        }
    }

    /// The round in which each variant was eliminated, where any was.
    fn eliminated(&self) -> Vec<Option<usize>> {
        let rounds = self.policy.iter().flat_map(|replay| &replay.eliminated);
        rounds.map(|e| e.as_ref().map(|e| e.round)).collect()
    }

    /// USD per 1,000 calls of a variant, where prices are known.
    pub(super) fn cost_per_1000(&self, variant: usize) -> Option<f64> {
        self.grid.mean_cost(variant).map(|usd| usd * 1_000.0)
    }

    /// Whether prices are known.
    pub(super) fn is_priced(&self) -> bool {
        (0..self.grid.variants()).any(|v| self.grid.mean_cost(v).is_some())
    }

    /// One line per variant.
    pub fn leaderboard(&self, metrics: usize) -> Leaderboard {
        Leaderboard::new(&[self.board_part(0, metrics)])
    }

    /// Of how many of all rows the score of each variant is, where some is not of all.
    pub(super) fn partial_rows(&self, metrics: usize) -> Option<Vec<String>> {
        let board = self.leaderboard(metrics);
        let rows = || board.lines.iter().map(scored_rows).collect();
        board.is_partial().then(rows)
    }

    pub(super) fn board_part(&self, model: usize, metrics: usize) -> LeaderboardPart<'_> {
        LeaderboardPart {
            model,
            grid: &self.grid,
            metrics,
            analysis: Some(&self.analysis),
            live: None,
            eliminated: self.eliminated(),
        }
    }
}

/// The data of a run's report.
#[derive(Debug)]
pub struct RunReport {
    pub info: RunInfo,
    pub counts: RunCounts,
    /// Names of the variants for readers, in order.
    shown_names: Vec<String>,
    /// Its models; statistics never mix them.
    pub models: Vec<ModelReport>,
    pub resamples: usize,
    pub texts: RowTexts,
    /// Where answers were read; marked in outputs.
    pub spans: AnswerSpans,
    /// Prompt or fine-tune, where the project still has the experiment.
    pub advice: Option<Advice>,
    /// Openings of the experiment's sealed rows, oldest first.
    pub openings: Vec<SealOpeningRecord>,
    /// What people's ratings say, where there are some.
    pub ratings: RatingFindings,
    /// Outputs are read from here while they are written.
    pub(super) store: Store,
}

impl RunReport {
    /// Read a run from the store and analyse it.
    pub fn read(store: &Store, info: RunInfo) -> Result<RunReport, ReportError> {
        RunReport::make(store, info, false)
    }

    /// The same with figures from the trials themselves: reads all texts of the run.
    pub fn read_whole(store: &Store, info: RunInfo) -> Result<RunReport, ReportError> {
        RunReport::make(store, info, true)
    }

    fn make(store: &Store, info: RunInfo, whole: bool) -> Result<RunReport, ReportError> {
        let spec = RunReport::analysis_spec(&info);
        let grids = run_grids(store, &info)?;
        let mut trials = if whole {
            read_trials(store, &info)?
        } else {
            Vec::new()
        }
        .into_iter();
        let mut scoring = (0..info.models.len())
            .map(|m| read_scoring(store, &info, m, spec.resamples))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let models = info
            .models
            .iter()
            .zip(grids)
            .enumerate()
            .map(|(m, (model, grid))| {
                Ok(ModelReport {
                    breakdown: Breakdown::when_used(store, &info, m, &grid, &spec)?,
                    model: model.clone(),
                    analysis: analyse(&grid, &spec),
                    policy: replayed(&info, &grid).transpose()?,
                    grid,
                    trials: trials.next(),
                    scoring: scoring.next().unwrap_or_default(),
                })
            })
            .collect::<Result<_, ReportError>>()?;
        Ok(RunReport {
            counts: store.counts(&info.id)?,
            texts: RowTexts::none(),
            spans: AnswerSpans::default(),
            advice: None,
            ratings: RatingFindings::default(),
            openings: match info.seal {
                Some(_) => store.seal_openings(Some(&info.experiment))?,
                None => Vec::new(),
            },
            store: store.clone(),
            models,
            resamples: spec.resamples,
            shown_names: VariantNames::new(&info.variants).names(info.baseline),
            info,
        })
    }

    pub fn analysis_spec(info: &RunInfo) -> AnalysisSpec {
        AnalysisSpec {
            baseline: info.baseline,
            clusters: info.heads.cluster_numbers().to_vec(),
            weights: info.heads.selection_weights(),
            seed: info.seed,
            margin: MARGIN,
            axes: AnalysisSpec::axes_of(&info.variants),
            keys: AnalysisSpec::keys_of(&info.variants),
            identical: info
                .keys
                .as_ref()
                .map_or(Vec::new(), |keys| keys.identical.clone()),
            max_tokens: info.max_tokens(),
            classes: Some(info.labels.len()).filter(|n| *n > 0),
            ..AnalysisSpec::default()
        }
    }

    pub fn with_figures<T>(
        &self,
        tuned: &TunedModels,
        read: impl FnOnce(&RunFigures<'_>) -> T,
    ) -> T {
        let parts: Vec<ModelFigures<'_>> = self
            .models
            .iter()
            .map(|m| ModelFigures {
                model: m.model.to_string(),
                tuned: tuned.contains(&m.model),
                grid: &m.grid,
                analysis: &m.analysis,
            })
            .collect();
        read(&RunFigures {
            parts: &parts,
            variants: &self.info.variants,
            heads: &self.info.heads,
            spec: &RunReport::analysis_spec(&self.info),
            listed: &self.info.listed_models,
            in_flight: self.counts.mean_in_flight(),
            raised: self.info.has_raised_answers(),
        })
    }

    /// `command` creates the report again.
    pub fn provenance(&self, command: Option<String>) -> Provenance {
        let served: ServedBy = self
            .models
            .iter()
            .map(|m| {
                m.trials
                    .as_ref()
                    .map_or_else(Default::default, |t| t.served.clone())
            })
            .collect();
        Provenance::new(&[(&self.info, &served)], command)
    }

    pub fn has_row(&self, id: &str) -> bool {
        (0..self.info.rows).any(|r| self.info.heads.id(r) == id)
    }

    /// The names of the variants in full, for machines.
    pub fn names(&self) -> Vec<&str> {
        self.info.variants.iter().map(|v| v.name.as_str()).collect()
    }

    /// The names of the variants for readers: what differs from the baseline.
    pub fn shown_names(&self) -> &[String] {
        &self.shown_names
    }

    pub(super) fn sentence_names(&self) -> Vec<&str> {
        self.shown_names.iter().map(String::as_str).collect()
    }
}

/// Smaller differences count as equivalent.
pub const MARGIN: f64 = 0.02;
