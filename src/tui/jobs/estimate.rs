//! Estimates and lints a plan for the confirm screen and the problem list.

use crate::{
    endpoint::Client,
    engine::{Plan, PlanEstimator, sample_rows},
    lint::{ModelChat, Window, look_over},
    model::{ModelRef, Prompt, Variant},
    project::Project,
    store::{CompletionKey, Store},
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
    let clients: Vec<Option<Client>> = plan
        .models
        .iter()
        .map(|model| {
            client(project, model)
                .map_err(|message| estimate.error(message))
                .ok()
        })
        .collect();
    let samples = plan.experiment.samples as u32;
    let answered = |m: usize, variant: &Variant, prompt: &Prompt| {
        let Some(client) = &clients[m] else {
            return 0;
        };
        let params = [&plan.experiment.params, &variant.params];
        let request = client.request(&plan.models[m].model, prompt, &params, false);
        let known = |sample: &u32| {
            let key = CompletionKey::new(client.identity(), &request.body, *sample);
            matches!(store.completion(&key), Ok(Some(_)))
        };
        (0..samples).filter(known).count() as u32
    };
    match PlanEstimator::new(project, plan) {
        Ok((estimator, errors)) => {
            errors.iter().for_each(|e| estimate.error(e.to_string()));
            let design = estimator.estimate_plan(&answered);
            estimate
                .troubles
                .extend(design.errors.iter().map(|e| Diagnostic {
                    serious: true,
                    text: format!("{}, row {}: {}", e.variant, e.row, e.error),
                    place: e.error.place().cloned(),
                }));
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

/// A client that only builds requests; the error says why there is none.
fn client(project: &Project, model: &ModelRef) -> Result<Client, String> {
    let Some(spec) = project.endpoints.get(&model.endpoint) else {
        return Err(format!(
            "no endpoint `{}` for the model `{model}`: add [endpoint.{}] with its base_url to wording.toml",
            model.endpoint, model.endpoint
        ));
    };
    let mut spec = spec.clone();
    if spec.demo {
        // The demo server gets its address when it starts.
        spec.base_url = "http://127.0.0.1/v1".into();
    }
    Client::new(&spec).map_err(|e| e.to_string())
}
