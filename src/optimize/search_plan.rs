//! A search before anything is sent: its rows in three parts, what may change, and whether the calls are enough. Reads and checks.

use super::{
    Leaks, OptimizeError, Optimizer, Pieces, Regions, SearchRequest, ShorteningSettings,
    drive::{SearchInputs, SearchMeans},
    hoped_gain::{HOPED_GAIN, hoped_gain},
    sealed_share::{FORMER_SHARE, MOST_OF_ROWS},
};
use crate::{
    dataset::{RowKeys, RowParts},
    engine::{EngineError, NamedProgram, Plan, RowSet, require_prices},
    model::{ModelRef, RowKeyColumns, SealRule, SealedBy},
    policy::RowsNeeded,
    project::{ExperimentSpec, Project},
    tokens::Counter,
};

/// Share of the open rows whose failures the writer sees.
pub(super) const FEEDBACK_SHARE: f64 = 0.3;

/// Selection rows that the calls have to carry the start over, where there are as many.
const FIRST_ROWS: usize = 100;

/// A search that could be begun.
#[derive(Debug)]
pub struct SearchPlan {
    /// Over the open rows, with one model.
    plan: Plan,
    parts: RowParts,
    regions: Regions,
    leaks: Leaks,
    sealed_rows: usize,
    counter: Counter,
    request: SearchRequest,
}

impl SearchRequest {
    /// The experiment as the search runs it: one model, rows sealed where it seals none, no budget of its own.
    pub fn experiment(&self, experiment: &ExperimentSpec) -> ExperimentSpec {
        let mut searched = experiment.clone();
        searched.models = vec![self.model.clone()];
        searched.seed = self.seed;
        searched.rows = self.rows;
        searched.rows_where.clone_from(&self.rows_where);
        searched.samples = self.samples;
        searched.budget = Default::default();
        searched.sealed.get_or_insert_with(|| SealRule {
            by: SealedBy::Share(self.sealed_share.unwrap_or(FORMER_SHARE)),
            seed: self.seed,
            key: RowKeyColumns {
                cluster: experiment.cluster.clone(),
                id: experiment.id.clone(),
                ignored: experiment.answer.iter().cloned().collect(),
            },
        });
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
    /// Read what a search needs, and check it. `experiment`: as [`SearchRequest::experiment`] gives it.
    pub fn read(
        project: &Project,
        experiment: &ExperimentSpec,
        request: &SearchRequest,
    ) -> Result<SearchPlan, OptimizeError> {
        check_endpoints(project, &request.models(), request.budget_usd.is_some())?;
        let plan = Plan::load(project, experiment)?;
        plan.require_templates()?;
        let start = start_variant(&plan, request.variant.as_deref())?;
        let variant = plan.variants[start].clone();
        let template = &plan.templates.templates()[variant.template];
        if plan.is_conversation(&variant) {
            return Err(OptimizeError::Conversation(variant.name));
        }
        let regions = Regions::of(template, &variant, &request.edit)?;
        let rows = RowSet::read(project, experiment)?;
        let sealed_rows = rows.sealed_of_plan(experiment)?;
        let key = experiment.sealed.as_ref().map(|rule| &rule.key);
        let parts = match (request.shorter, key) {
            (None, Some(key)) => RowKeys::new(&plan.dataset, key)
                .map_err(EngineError::from)?
                .part(request.seed, FEEDBACK_SHARE),
            // Nobody is shown a failure.
            _ => RowParts {
                feedback: Vec::new(),
                selection: (0..plan.dataset.len() as u32).collect(),
            },
        };
        let is_unseen = parts.feedback.is_empty() && request.shorter.is_none();
        if is_unseen || parts.selection.is_empty() {
            return Err(OptimizeError::TooFewRows {
                experiment: experiment.name.clone(),
                open: plan.dataset.len(),
                sealed: sealed_rows,
                gain: HOPED_GAIN,
                needed: hoped_gain(request.alpha).rows_needed().map(all_parts),
            });
        }
        let samples = plan.experiment.samples as u64;
        let mut first = parts.selection.len().min(FIRST_ROWS) as u64 * samples;
        if let Some(margin) = request.shorter {
            check_margin(margin, request, sealed_rows, parts.selection.len())?;
            let pieces = Pieces::of(&regions.start()).free().len();
            if pieces < 2 {
                let variant = variant.name;
                return Err(OptimizeError::NothingToLeaveOut { variant, pieces });
            }
            first = ShorteningSettings::least_calls(pieces, samples);
        }
        let sealed = 2 * sealed_rows as u64 * samples;
        if request.budget_calls < sealed + first {
            // Where more calls seal more rows, about a third of them goes there.
            let least = match request.sealed_share {
                Some(_) => (sealed + first).max(2 * first),
                None => sealed + first,
            };
            return Err(OptimizeError::TooFewCalls {
                budget: request.budget_calls,
                sealed,
                first,
                least,
            });
        }
        let mut leaks = Leaks::default();
        leaks
            .add(&plan.dataset.clone().pick(parts.selection.clone()))
            .map_err(EngineError::from)?;
        let model = &request.model;
        let counter = Counter::exact(&project.root, &model.model, project.model(model))
            .map_err(OptimizeError::Tokens)?;
        Ok(SearchPlan {
            plan,
            parts,
            regions,
            leaks,
            sealed_rows,
            counter,
            request: request.clone(),
        })
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn request(&self) -> &SearchRequest {
        &self.request
    }

    /// Rows that would show a gain of [`HOPED_GAIN`], where the sealed ones are fewer.
    pub fn rows_missing(&self) -> Option<RowsNeeded> {
        (hoped_gain(self.request.alpha).rows_needed())
            .filter(|needed| self.request.shorter.is_none() && needed.sealed > self.sealed_rows)
    }

    pub fn sealed_rows(&self) -> usize {
        self.sealed_rows
    }

    /// Begin it, or go on where it was left.
    pub fn begin(self, means: SearchMeans) -> Optimizer {
        Optimizer::new(SearchInputs {
            plan: self.plan,
            parts: self.parts,
            regions: self.regions,
            leaks: self.leaks,
            sealed_rows: self.sealed_rows,
            counter: self.counter,
            request: self.request,
            means,
        })
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
fn start_variant(plan: &Plan, name: Option<&str>) -> Result<usize, OptimizeError> {
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
) -> Result<(), OptimizeError> {
    let is_bound_by_calls = request.sealed_share.is_some_and(|s| s < MOST_OF_ROWS);
    // Sealed rows are judged by a 95 % interval, a step by half of its level at the last look.
    for (rows, which, alpha) in [
        (sealed, "sealed", 0.025),
        (selection, "open", request.alpha / 2.0),
    ] {
        let needed = ShorteningSettings::rows_needed(margin, alpha);
        if rows < needed {
            return Err(OptimizeError::WideMargin {
                rows,
                which,
                margin,
                needed,
                more_by_calls: is_bound_by_calls && which == "sealed",
            });
        }
    }
    Ok(())
}
