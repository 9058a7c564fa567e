//! What there is to report of a run.

use super::{
    MetricScoring, Provenance,
    pairs::fill_outputs,
    policy::{ranked, replayed},
    provenance::ServedBy,
    scoring::read_scoring,
    trials::{TrialFigures, read_trials},
};
use crate::{
    advise::{ModelFigures, RunFigures, is_tuned},
    analysis::{Analysis, AnalysisSpec, analyse},
    model::ModelRef,
    narrate::advice::Advice,
    outcome::Grid,
    policy::{PolicyError, Replay},
    store::{RunCounts, RunInfo, Store, StoreError},
};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was bought cannot be made out.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// The text of a row for a person, where the dataset is at hand: its longest text besides the expected answer.
pub struct RowTexts(Option<Box<dyn Fn(usize) -> Option<String> + Send + Sync>>);

impl RowTexts {
    /// By place in the run.
    pub fn new(of: impl Fn(usize) -> Option<String> + Send + Sync + 'static) -> RowTexts {
        RowTexts(Some(Box::new(of)))
    }

    /// The dataset is not at hand.
    pub fn none() -> RowTexts {
        RowTexts(None)
    }

    /// The text of the row at this place in the run.
    pub fn get(&self, row: usize) -> Option<String> {
        self.0.as_ref().and_then(|of| of(row))
    }

    /// Whether there are any.
    pub fn is_known(&self) -> bool {
        self.0.is_some()
    }
}

impl std::fmt::Debug for RowTexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RowText").field(&self.is_known()).finish()
    }
}

/// One model's part of a run.
#[derive(Debug)]
pub struct ModelReport {
    pub model: ModelRef,
    pub grid: Grid,
    /// What was found in them.
    pub analysis: Analysis,
    /// What the run came to, where it did not buy every trial.
    pub policy: Option<Replay>,
    /// What only the trials themselves tell; `None` where they were not read.
    pub trials: Option<TrialFigures>,
    /// Of the metrics for which somebody was asked, what there is to tell.
    pub scoring: Vec<MetricScoring>,
}

impl ModelReport {
    /// Variants, the best first; those that fell out of a race come last.
    pub fn ranked(&self) -> Vec<usize> {
        ranked(self)
    }
}

/// What there is to report of a run.
#[derive(Debug)]
pub struct RunReport {
    pub info: RunInfo,
    pub counts: RunCounts,
    /// Its models; statistics never mix them.
    pub models: Vec<ModelReport>,
    /// Resamples behind each figure that is drawn.
    pub resamples: usize,
    /// Texts of the rows, where the dataset is at hand.
    pub texts: RowTexts,
    /// Prompt or fine-tune, where the project still has the experiment.
    pub advice: Option<Advice>,
    /// Where the outputs are read when they are written.
    pub(super) store: Store,
}

impl RunReport {
    /// Read a run out of the store and analyse it.
    pub fn read(store: &Store, info: RunInfo) -> Result<RunReport, ReportError> {
        RunReport::make(store, info, false)
    }

    /// The same, and what only the trials themselves tell: reads all texts of the run.
    pub fn read_whole(store: &Store, info: RunInfo) -> Result<RunReport, ReportError> {
        RunReport::make(store, info, true)
    }

    fn make(store: &Store, info: RunInfo, whole: bool) -> Result<RunReport, ReportError> {
        let spec = RunReport::analysis_spec(&info);
        let mut grids: Vec<Grid> = (0..info.models.len())
            .map(|m| store.grid(&info, m))
            .collect::<Result<_, _>>()?;
        fill_outputs(store, &info, &mut grids)?;
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
            .map(|(model, grid)| {
                Ok(ModelReport {
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
            advice: None,
            store: store.clone(),
            models,
            resamples: spec.resamples,
            info,
        })
    }

    /// How a run is analysed.
    pub fn analysis_spec(info: &RunInfo) -> AnalysisSpec {
        AnalysisSpec {
            baseline: info.baseline,
            clusters: info.heads.cluster_numbers().to_vec(),
            seed: info.seed,
            margin: MARGIN,
            axes: AnalysisSpec::axes_of(&info.variants),
            keys: AnalysisSpec::keys_of(&info.variants),
            classes: Some(info.labels.len()).filter(|n| *n > 0),
            ..AnalysisSpec::default()
        }
    }

    /// Its figures, as the advice reads them.
    pub fn with_figures<T>(&self, read: impl FnOnce(&RunFigures<'_>) -> T) -> T {
        let parts: Vec<ModelFigures<'_>> = self
            .models
            .iter()
            .map(|m| ModelFigures {
                model: m.model.to_string(),
                tuned: is_tuned(&m.model),
                grid: &m.grid,
                analysis: &m.analysis,
            })
            .collect();
        read(&RunFigures {
            parts: &parts,
            variants: &self.info.variants,
            heads: &self.info.heads,
            spec: &RunReport::analysis_spec(&self.info),
        })
    }

    /// Where it comes from; `command` makes the report again.
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

    /// Whether a row of it has this id.
    pub fn has_row(&self, id: &str) -> bool {
        (0..self.info.rows).any(|r| self.info.heads.id(r) == id)
    }

    /// Names of the variants.
    pub fn names(&self) -> Vec<&str> {
        self.info.variants.iter().map(|v| v.name.as_str()).collect()
    }
}

/// Differences within it are called equivalent.
pub const MARGIN: f64 = 0.02;
