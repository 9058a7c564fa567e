//! Estimates and lints a plan for the confirm screen and the problem list.

use crate::{
    endpoint::Client,
    engine::{Plan, PlanEstimator, PlannedTrial, RequestTarget, sample_rows},
    lint::{ModelChat, Window, look_over},
    model::ModelRef,
    project::Project,
    store::Store,
    tui::model::{Diagnostic, PlanEstimate},
};

/// Limit on the rows that are linted.
const MAX_LINTED_ROWS: usize = 500;

/// Estimate a plan and lint it. Reads the store; sends nothing.
pub(super) fn estimate(plan: &Plan, project: &Project, store: &Store) -> PlanEstimate {
    let mut estimate = PlanEstimate::default();
    for problem in plan.templates.problems() {
        estimate.troubles.push(Diagnostic {
            serious: true,
            text: problem.to_string(),
            place: problem.place().cloned(),
        });
    }
    let targets: Vec<Option<RequestTarget>> = (plan.models.iter())
        .map(|model| Some(plan.request_target(project.endpoint(model)?, model)))
        .collect();
    let limits = store.raised_limits().unwrap_or_default();
    let answered = |trial: &PlannedTrial<'_>| {
        let target = targets[trial.model].as_ref();
        target.map_or(0, |target| {
            let calls = trial.answered_calls(plan, store, target, &limits);
            calls.unwrap_or_default()
        })
    };
    match PlanEstimator::new(project, plan) {
        Ok((estimator, errors)) => {
            errors.iter().for_each(|e| estimate.error(e.to_string()));
            let design = estimator.estimate_plan(&answered);
            estimate
                .troubles
                .extend(design.errors.iter().map(|e| Diagnostic {
                    serious: true,
                    text: format!("{}: {}", e.prompt_name(), e.error),
                    place: e.error.place().cloned(),
                }));
            // Answers that are stored need no key.
            let to_send = design.models.iter().filter(|m| m.to_send > 0);
            for model in to_send.map(|m| &m.model) {
                if let Err(message) = client(project, model) {
                    estimate.error(message);
                }
            }
            estimate.models = design.models;
            estimate.variant_tokens = design.variant_tokens;
            estimate.variant_new = design.variant_new;
            estimate.scaled = design.scaled;
        }
        Err(error) => {
            estimate.error(error.to_string());
            estimate.variant_tokens = vec![0.0; plan.variants.len()];
            estimate.variant_new = vec![0; plan.variants.len()];
        }
    }
    // Rows that cannot be read and axes without variants are reported above and when the plan is read.
    if let (Ok(variants), Ok(rows)) = (
        plan.space(&plan.experiment.design),
        sample_rows(plan, MAX_LINTED_ROWS),
    ) {
        let windows: Vec<Window> = estimate.models.iter().filter_map(Window::new).collect();
        let chats = ModelChat::of_models(project, &plan.models);
        let found = look_over(plan, &variants, &rows, &windows, &chats);
        estimate
            .troubles
            .extend(found.into_iter().map(|w| Diagnostic {
                serious: w.fatal,
                text: w.to_string(),
                place: w.place,
            }));
    }
    // Files are reported from the project's folder, as the plan names them.
    let root = format!("{}/", project.root.display());
    if root.len() > 2 {
        for trouble in &mut estimate.troubles {
            trouble.text = trouble.text.replace(&root, "");
        }
    }
    estimate
}

/// Whether a model can be called; the error says why not.
fn client(project: &Project, model: &ModelRef) -> Result<(), String> {
    let spec = project.require_endpoint(model).map_err(|e| e.to_string())?;
    let mut spec = spec.clone();
    if spec.demo {
        // The demo server gets its address when it starts.
        spec.base_url = "http://127.0.0.1/v1".into();
    }
    Client::new(&spec).map(|_| ()).map_err(|e| e.to_string())
}
