//! A plan looked over: what `wording check` and the session show.

use super::{LintInput, ModelChat, Warning, Window, lint};
use crate::{
    engine::Plan,
    model::{Row, max_output_tokens},
    template::Variants,
};
use std::sync::Arc;

/// All that is likely not meant in a plan. `variants` need not be those that it would send; the more `rows`, the more is
/// seen of the data; `windows` of models whose context is known, `chats` of those whose chat template is.
pub fn look_over(
    plan: &Plan,
    variants: &Variants,
    rows: &[Arc<Row>],
    windows: &[Window],
    chats: &[ModelChat],
) -> Vec<Warning> {
    let experiment = &plan.experiment;
    let bookkeeping = [&experiment.id, &experiment.cluster];
    let mut endpoints = plan
        .models
        .iter()
        .filter_map(|m| plan.endpoints.get(&m.endpoint));
    let seen_by_program = match endpoints.any(|endpoint| endpoint.program.is_some()) {
        true => plan.dataset.columns(),
        false => &[],
    };
    lint(&LintInput {
        templates: &plan.templates,
        variants,
        rows,
        answers: &|row| {
            let heads = plan.dataset.heads();
            let inside = row < heads.len();
            let expected = || heads.expected(row).map(|e| e.to_string());
            inside.then(|| (heads.id(row).to_string(), expected()))
        },
        shots: plan.shots.shots(),
        has_shots: experiment.shots.is_some(),
        columns: plan.dataset.columns(),
        answer: experiment.answer.as_deref(),
        bookkeeping: bookkeeping
            .into_iter()
            .flatten()
            .chain(&experiment.slices)
            .chain(seen_by_program)
            .map(String::as_str)
            .collect(),
        labels: plan.scorer.labels(),
        label_reader: plan.scorer.label_reader(),
        compares_expected: plan.scorer.needs_answer(),
        max_tokens: &|variant| max_output_tokens(&[&experiment.params, &variant.params]),
        param: &|variant, name| {
            let params = [&variant.params, &experiment.params];
            params.iter().find_map(|params| params.get(name)).cloned()
        },
        axis_places: &experiment.axis_places,
        data_places: &experiment.data_places,
        windows,
        chats,
        render: &|variant, row| plan.prompt_of(variant, row),
    })
}
