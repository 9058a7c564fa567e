//! Prompt or fine-tune, from the answers on the screen: grids of all models as they stand, a run in progress too.

use crate::{
    advise::{AdviceInput, ModelFigures, RunFigures, TunedModels},
    analysis::{Analysis, analyse},
    engine::Plan,
    narrate::advice::Advice,
    project::Project,
    report::RunReport,
    store::{RunInfo, Store},
    tui::model::AdviceSpec,
};
use std::sync::Arc;

/// The advice that stands in the report of a run; none where its experiment cannot be read any more.
pub(super) fn advice_of_run(
    project: &Project,
    store: &Store,
    report: &RunReport,
) -> Option<Advice> {
    let experiment = project.experiment(Some(&report.info.experiment)).ok()?;
    let plan = Plan::load(project, experiment).ok()?;
    let survey = AdviceInput {
        project,
        plan: &plan,
        store,
        spec: &experiment.advise.rooted(&project.root),
    };
    let tuned = TunedModels::find(project, store).ok()?;
    let evidence = report
        .with_figures(&tuned, |figures| survey.evidence(Some(figures)))
        .ok()?;
    let run = Some(report.info.id.0.clone());
    Some(Advice::new(&experiment.name, run, evidence))
}

/// Draw the advice; why there is none, in a line.
pub(super) fn advice(
    project: &Project,
    store: &Store,
    spec: &AdviceSpec,
) -> Result<Advice, String> {
    let plan = match &spec.plan {
        Some(plan) => Arc::clone(plan),
        None => Arc::new(Plan::load(project, &spec.experiment).map_err(|e| e.to_string())?),
    };
    let tuned = TunedModels::find(project, store).map_err(|e| e.to_string())?;
    let found: Vec<Analysis> = spec
        .cells
        .iter()
        .map(|grid| analyse(grid, &spec.analysis))
        .collect();
    let parts: Vec<ModelFigures<'_>> = spec
        .table
        .models
        .iter()
        .zip(spec.cells.iter().zip(&found))
        .map(|(model, (grid, analysis))| ModelFigures {
            model: model.to_string(),
            tuned: tuned.contains(model),
            grid,
            analysis,
        })
        .collect();
    let run = spec.run.as_ref();
    let stored = run.and_then(|run| store.run(&run.0).ok());
    let raised = stored.as_ref().is_some_and(RunInfo::has_raised_answers);
    let listed = stored.map(|info| info.listed_models);
    let in_flight = run.and_then(|run| store.counts(run).ok()?.mean_in_flight());
    let figures = RunFigures {
        parts: &parts,
        variants: spec.table.wordings(),
        heads: &spec.table.heads,
        spec: &spec.analysis,
        listed: listed.as_deref().unwrap_or_default(),
        in_flight,
        raised,
    };
    let survey = AdviceInput {
        project,
        plan: &plan,
        store,
        spec: &plan.experiment.advise.rooted(&project.root),
    };
    let evidence = survey.evidence(Some(&figures)).map_err(|e| e.to_string())?;
    let run = spec.run.as_ref().map(|run| run.0.clone());
    Ok(Advice::new(&plan.experiment.name, run, evidence))
}
