//! `wording optimize --folds`: searches that are judged by the rows that they did not see, in turn.

use super::{
    Begun, means, note_free_shots, note_model,
    page::{finish, tell},
    stopped,
};
use crate::{
    cli::OptimizeArgs,
    commands::{context::CommandContext, output::Exit},
    display::visible,
    narrate::folds as narrate,
    optimize::{CrossFitPlan, SearchEvent, SearchRecord, SearchRequest},
    project::ExperimentSpec,
    store::Store,
};

/// Search on folds, then on all rows where that gains, and write the wording on yes.
pub(super) async fn by_folds(
    place: &CommandContext,
    args: &OptimizeArgs,
    stated: &ExperimentSpec,
    request: &SearchRequest,
    store: &Store,
    begun: Begun,
) -> anyhow::Result<Exit> {
    let experiment = request.experiment(stated);
    let plan = CrossFitPlan::read(&place.project, &experiment, request)?;
    if begun.is_first {
        plan.whole().require_use_of_writer()?;
    }
    note_model(place, stated, request, begun.is_first);
    let (means, switch) = means(place, args, &experiment, store, plan.whole(), &begun).await?;
    let (sizes, free_shots) = (plan.sizes(), plan.whole().few_free_shots());
    let search = plan.begin(means);
    let record = search.record();
    place.messages.note(&format!(
        "{}, from `{}`; {}",
        begun.id,
        visible(&record.start),
        narrate::parts_and_sizes(record, &sizes)
    ));
    place.messages.note(&narrate::calls(record, &sizes));
    place.messages.note(&format!(
        "parts that may change: {}",
        record.regions.join(", ")
    ));
    note_free_shots(place, free_shots);
    let (messages, quiet) = (&place.messages, place.global.quiet);
    let mut told = |record: &SearchRecord, event: SearchEvent| {
        if !quiet {
            tell(messages, record, event);
        }
    };
    match search.run(&mut told).await {
        Ok(record) => finish(place, args, &experiment, store, &record),
        Err(error) => Ok(stopped(place, &experiment, &switch, &error)),
    }
}
