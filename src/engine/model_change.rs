//! Whether the model behind an address is another one than before: looked up in the endpoint's list before anything is sent.

use super::run::Run;
use crate::{
    display::visible,
    model::{EndpointWarning, ListedModel, ModelRef, RunEvent},
};
use futures_util::future::join_all;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Look the models up and keep what the lists say. Where answers of earlier runs may be mixed with new ones, this is over
/// before anything is sent; else it goes on beside the run.
pub(super) async fn compare_models(run: &Arc<Run>, earlier: Vec<ListedModel>) -> JoinHandle<()> {
    let may_mix = !earlier.is_empty() && (run.options.reuse || run.options.resume.is_some());
    let mut looking_up = tokio::spawn(look_up(Arc::clone(run), earlier));
    if may_mix {
        // A part that fails is no reason not to run.
        let _ = (&mut looking_up).await;
        return tokio::spawn(async {});
    }
    looking_up
}

async fn look_up(run: Arc<Run>, earlier: Vec<ListedModel>) {
    let targets = run.targets.iter().filter(|t| !t.client.spec().demo);
    let listed = targets.map(async |target| {
        Some(ListedModel {
            model: target.name.clone(),
            address: target.client.identity().to_owned(),
            entry: target.client.listed(&target.name.model).await?,
        })
    });
    let listed: Vec<ListedModel> = join_all(listed).await.into_iter().flatten().collect();
    for now in &listed {
        let before = earlier.iter().find(|before| before.is_same_place(now));
        if let Some(before) = before.filter(|before| before.entry != now.entry) {
            run.report_change(&now.model, &before.entry, &now.entry)
                .await;
        }
    }
    if run.may_keep_listing()
        && !listed.is_empty()
        && let Err(error) = run.store.add_listed_models(run.slot, &listed)
    {
        run.channel.fail(error.to_string());
    }
}

impl Run {
    /// Whether a change of the model ends the run: a resumed one keeps to its model.
    pub(super) fn keeps_to_model(&self) -> bool {
        self.options.resume.is_some() && !self.options.mix_models
    }

    /// A run that was stopped by a change goes on to be one of the old model.
    fn may_keep_listing(&self) -> bool {
        !(self.keeps_to_model() && self.channel.is_stopping())
    }

    /// Another model answers: said, and the end of a run that keeps to its own.
    pub(super) async fn report_change(&self, model: &ModelRef, before: &str, now: &str) {
        if self.keeps_to_model() {
            return self.channel.fail(foreign(model, before, now));
        }
        let warning = EndpointWarning::ModelChanged {
            model: model.clone(),
            before: before.to_owned(),
            now: now.to_owned(),
        };
        self.changes.lock().push(warning.clone());
        self.channel.send(RunEvent::EndpointWarned(warning)).await;
    }
}

/// Why a resumed run does not go on.
pub(super) fn foreign(model: &ModelRef, before: &str, now: &str) -> String {
    format!(
        "another model answers as {model}: `{}`, and this run has answers of `{}`. No answer was added; start a new run with `--reuse no`, or mix both with `--resume --mix-models`",
        visible(now),
        visible(before)
    )
}
