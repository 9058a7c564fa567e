//! A search before anything is sent: its rows in three parts, what may change, and whether the calls are enough. Reads and checks.

use super::{
    Leaks, OptimizeError, Optimizer, PartSizes, Pieces, Regions, SearchRequest, ShorteningSettings,
    drawn_rows::{DrawnRows, FEEDBACK_SHARE, seals_none},
    drive::{SearchInputs, SearchMeans},
    error::Bound,
    hoped_gain::{HOPED_GAIN, rows_needed},
    moves::FreeShots,
    sealed_share::{MOST_OF_ROWS, SealedShare},
    setting::{Setting, SettingKind},
};
use crate::{
    dataset::RowParts,
    engine::{EngineError, NamedProgram, Plan, require_prices},
    model::{ModelRef, Row, SealedBy, Shot},
    policy::RowsNeeded,
    project::{ExperimentSpec, Project},
    tokens::Counter,
};
use std::sync::Arc;

/// A search that could be begun.
#[derive(Debug)]
pub struct SearchPlan {
    /// Over the open rows, with one model.
    plan: Plan,
    parts: RowParts,
    /// Over the rows of the fold that the search does not see.
    held_out: Option<Plan>,
    regions: Regions,
    /// Those of the start, where a shorter wording is looked for.
    pieces: Option<Pieces>,
    leaks: Leaks,
    free_shots: FreeShots,
    sealed_rows: usize,
    counter: Counter,
    /// Calls on the rows that judge it, and those of the first steps.
    pub(super) least_calls: (u64, u64),
    pub(super) request: SearchRequest,
}

impl SearchRequest {
    /// Whether failures are shown to somebody.
    pub(super) fn has_writer(&self) -> bool {
        self.writer.is_some() && self.shorter.is_none()
    }

    /// The experiment as the search runs it: one model, rows sealed where it seals none, no budget of its own.
    pub fn experiment(&self, experiment: &ExperimentSpec) -> ExperimentSpec {
        let mut searched = experiment.clone();
        searched.models = vec![self.model.clone()];
        searched.seed = self.seed;
        searched.rows = self.rows;
        searched.rows_where.clone_from(&self.rows_where);
        searched.samples = self.samples;
        searched.budget = Default::default();
        let seal = self.seal.clone();
        searched.sealed = match self.folds {
            Some(_) => seal,
            None => Some(seal.unwrap_or_else(|| self.seal_of(experiment))),
        };
        searched
    }

    /// The models that are asked: the one whose prompt is improved, and the writer.
    pub fn models(&self) -> Vec<ModelRef> {
        let models = [&self.model].into_iter().chain(&self.writer);
        models.cloned().collect()
    }

    /// The programs that would be started: those of the experiment, of its model and of the writer.
    pub fn programs(&self, project: &Project, experiment: &ExperimentSpec) -> Vec<NamedProgram> {
        let mut programs = NamedProgram::of_experiment(project, experiment);
        let writer = (self.writer.iter()).filter_map(|model| project.endpoint(model));
        programs.extend(writer.filter_map(NamedProgram::of_endpoint));
        programs
    }
}

impl SearchPlan {
    /// Read what a search needs, and check it. `experiment`: as [`SearchRequest::experiment`] gives it. `share`: of a search
    /// that begins and seals rows for itself.
    pub fn read(
        project: &Project,
        experiment: &ExperimentSpec,
        request: &SearchRequest,
        share: Option<&SealedShare>,
    ) -> Result<SearchPlan, OptimizeError> {
        check_endpoints(project, &request.models(), request.budget_usd.is_some())?;
        let by_calls = share.filter(|share| share.is_bound_by_calls(request.budget_calls));
        let drawn = match (DrawnRows::read(project, experiment, request), by_calls) {
            (Err(error), Some(_)) if seals_none(&error) => {
                if let Some(margin) = request.shorter {
                    let bound = Bound::Calls;
                    check_margin(margin, request, 0, usize::MAX, bound)?;
                }
                return Err(too_few_calls(project, experiment, request, by_calls, None)?);
            }
            (drawn, _) => drawn?,
        };
        let (plan, parts, sealed_rows) = (&drawn.plan, &drawn.parts, drawn.sealed);
        plan.require_templates()?;
        let start = start_variant(plan, request.variant.as_deref())?;
        let variant = plan.variants[start].clone();
        let template = &plan.templates.templates()[variant.template];
        if plan.is_conversation(&variant) {
            return Err(OptimizeError::Conversation(variant.name));
        }
        let regions = match request.shorter {
            Some(_) => {
                let shots = Setting::shots_of_variant(plan, &variant);
                Regions::of_shorter(template, &variant, shots, &request.edit)?
            }
            None => {
                let settings = Setting::of_variant(plan, &variant);
                Regions::of(template, &variant, settings, &request.edit)?
            }
        };
        if !request.has_writer() && request.shorter.is_none() && !regions.texts().is_empty() {
            return Err(no_writer(&regions));
        }
        let is_unseen = parts.feedback.is_empty() && request.has_writer();
        if is_unseen || parts.selection.is_empty() {
            return Err(OptimizeError::TooFewRows {
                experiment: experiment.name.clone(),
                open: plan.dataset.len(),
                sealed: sealed_rows,
                gain: HOPED_GAIN,
                needed: rows_needed(request.alpha).map(all_parts),
            });
        }
        let mut pieces = None;
        if let Some(margin) = request.shorter {
            let earlier = share.and_then(|share| share.of_earlier(request.budget_calls));
            let bound = match (by_calls, earlier) {
                (_, Some(_)) => Bound::EarlierSearch,
                (Some(_), None) => Bound::Calls,
                (None, None) => Bound::Rows,
            };
            check_margin(margin, request, sealed_rows, parts.selection.len(), bound)?;
            let found = Pieces::of_regions(&regions, plan);
            let free = found.free().len();
            if free < 2 {
                return Err(OptimizeError::NothingToLeaveOut {
                    variant: variant.name,
                    pieces: free,
                });
            }
            pieces = Some(found);
        }
        // Searches from before the rule was kept began with fewer calls.
        let is_former = request.seal.is_none();
        let least_calls = drawn.least_calls(pieces.as_ref().map(|p| p.free().len()));
        let (sealed, first) = least_calls;
        // Of folds it is said for all of them together.
        let is_of_folds = request.folds.is_some();
        if !is_former && !is_of_folds && request.budget_calls < sealed + first {
            let pieces = pieces.map(|pieces| pieces.free().len());
            return Err(too_few_calls(
                project, experiment, request, by_calls, pieces,
            )?);
        }
        let DrawnRows {
            plan,
            parts,
            held_out,
            guard,
            sealed_runs,
            ..
        } = drawn;
        let mut leaks = Leaks::default();
        leaks
            .add(&plan.dataset.clone().pick(parts.selection.clone()))
            .map_err(EngineError::from)?;
        let judges = plan.dataset.clone().pick(parts.selection.clone());
        let mut judges: Vec<Arc<Row>> =
            (judges.rows().collect::<Result<_, _>>()).map_err(EngineError::from)?;
        let is_sealed = |shot: &Shot| {
            guard
                .as_ref()
                .is_some_and(|guard| guard.has_cluster_of(shot))
        };
        let mut copied = leaks.with_runs(sealed_runs);
        if let Some(held_out) = &held_out {
            copied.add(&held_out.dataset).map_err(EngineError::from)?;
            for row in held_out.dataset.rows() {
                judges.push(row.map_err(EngineError::from)?);
            }
        }
        let free_shots = FreeShots::of(&plan, &judges, &copied, &is_sealed);
        let model = &request.model;
        let counter = Counter::exact(&project.root, &model.model, project.model(model))
            .map_err(OptimizeError::Tokens)?;
        Ok(SearchPlan {
            plan,
            parts,
            held_out,
            regions,
            pieces,
            leaks,
            free_shots,
            sealed_rows,
            counter,
            least_calls,
            request: request.clone(),
        })
    }

    /// That a writer has something to reword: it would be asked nothing, and its feedback rows be lost to selection.
    pub fn require_use_of_writer(&self) -> Result<(), OptimizeError> {
        match self.request.has_writer() && self.regions.texts().is_empty() {
            true => Err(OptimizeError::IdleWriter {
                parts: (self.regions.regions().iter())
                    .map(|region| region.name.clone())
                    .collect(),
            }),
            false => Ok(()),
        }
    }

    /// How many shots of the pool a move may take, and how many there are; `None` where shots do not change or all may be taken.
    pub fn few_free_shots(&self) -> Option<(usize, usize)> {
        let mut settings = self.regions.settings();
        let has_shots = settings.any(|(_, kind)| *kind == SettingKind::Shots);
        let (free, pool) = (self.free_shots.len(), self.plan.shots.shots().len());
        (has_shots && self.request.shorter.is_none() && free < pool).then_some((free, pool))
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn request(&self) -> &SearchRequest {
        &self.request
    }

    /// Rows that would show a gain of [`HOPED_GAIN`], where the sealed ones are fewer.
    pub fn rows_missing(&self) -> Option<RowsNeeded> {
        rows_needed(self.request.alpha).filter(|needed| {
            self.request.shorter.is_none()
                && self.request.folds.is_none()
                && needed.sealed > self.sealed_rows
        })
    }

    pub fn sealed_rows(&self) -> usize {
        self.sealed_rows
    }

    pub(super) fn sizes(&self) -> PartSizes {
        PartSizes {
            feedback: self.parts.feedback.len(),
            selection: self.parts.selection.len(),
            sealed: self.sealed_rows,
        }
    }

    /// Begin it, or go on where it was left.
    pub fn begin(self, means: SearchMeans) -> Optimizer {
        Optimizer::new(SearchInputs {
            plan: self.plan,
            parts: self.parts,
            held_out: self.held_out,
            regions: self.regions,
            pieces: self.pieces,
            leaks: self.leaks,
            free_shots: self.free_shots,
            sealed_rows: self.sealed_rows,
            counter: self.counter,
            request: self.request,
            means,
        })
    }
}

/// That texts may change and there is nobody to reword them.
fn no_writer(regions: &Regions) -> OptimizeError {
    let names = |is_text: bool| {
        let those = regions.regions().iter().filter(|r| r.is_text() == is_text);
        those.map(|region| region.name.clone()).collect()
    };
    OptimizeError::NoWriter {
        texts: names(true),
        settings: names(false),
    }
}

/// That the calls are too few, with the least that are enough: found by drawing the rows that more calls seal. `share`: where calls
/// bound how many.
fn too_few_calls(
    project: &Project,
    experiment: &ExperimentSpec,
    request: &SearchRequest,
    share: Option<&SealedShare>,
    pieces: Option<usize>,
) -> Result<OptimizeError, OptimizeError> {
    let budget = request.budget_calls;
    let mut searched = experiment.clone();
    let mut enough = None;
    let mut calls = budget.saturating_add(1);
    loop {
        if let (Some(share), Some(rule)) = (share, &mut searched.sealed) {
            rule.by = SealedBy::Share(share.for_calls(calls));
        }
        let drawn = match DrawnRows::read(project, &searched, request) {
            Err(error)
                if seals_none(&error)
                    && enough.is_none()
                    && share.is_some_and(|s| s.is_bound_by_calls(calls)) =>
            {
                calls += calls / 8 + 1;
                continue;
            }
            drawn => drawn?,
        };
        let (sealed, first) = drawn.least_calls(pieces);
        let needed = sealed + first;
        if needed <= calls {
            enough = Some((calls, sealed, first));
        }
        // More calls seal more rows, so up to what is needed; and down again where the step was too long.
        match enough {
            Some((least, sealed, first)) if needed >= calls || needed <= budget => {
                return Ok(OptimizeError::TooFewCalls {
                    budget,
                    sealed,
                    first,
                    least,
                });
            }
            _ => calls = needed,
        }
    }
}

/// Rows so that each part has those that it needs: sealed ones, and open ones of which a part goes to feedback.
fn all_parts(needed: RowsNeeded) -> usize {
    let open = needed.selection as f64 / (1.0 - FEEDBACK_SHARE);
    let by_sealed = needed.sealed as f64 / MOST_OF_ROWS;
    (open / (1.0 - MOST_OF_ROWS)).max(by_sealed).ceil() as usize
}

/// The endpoints of the models are there, and their prices where dollars are capped.
fn check_endpoints(
    project: &Project,
    models: &[ModelRef],
    caps_usd: bool,
) -> Result<(), OptimizeError> {
    for model in models {
        project.require_endpoint(model)?;
    }
    if caps_usd {
        require_prices(project, models)?;
    }
    Ok(())
}

/// The variant to begin with.
pub(super) fn start_variant(plan: &Plan, name: Option<&str>) -> Result<usize, OptimizeError> {
    let Some(name) = name else {
        return Ok(plan.baseline);
    };
    let found = plan.variants.iter().position(|v| v.name == name);
    found.ok_or_else(|| OptimizeError::NoVariant {
        name: name.to_owned(),
        known: plan.variants.iter().map(|v| v.name.clone()).collect(),
    })
}

/// Enough rows that a difference could be shown to be within the margin, if no answer changed.
fn check_margin(
    margin: f64,
    request: &SearchRequest,
    sealed: usize,
    selection: usize,
    bound: Bound,
) -> Result<(), OptimizeError> {
    // Sealed rows are judged by a one-sided test at 5 %, a step by half of its level at the last look.
    for (rows, which, alpha) in [
        (sealed, "sealed", 0.05),
        (selection, "open", request.alpha / 2.0),
    ] {
        let needed = ShorteningSettings::rows_needed(margin, alpha);
        if rows < needed {
            return Err(OptimizeError::WideMargin {
                rows,
                which,
                margin,
                needed,
                bound: match which {
                    "sealed" => bound,
                    _ => Bound::Rows,
                },
            });
        }
    }
    Ok(())
}
