//! `wording history`: the scores of an experiment over the rounds of prompting and tuning.

use super::{
    context::CommandContext,
    output::{Exit, print_as},
};
use crate::{
    advise::TunedModels,
    cli::{Global, HistoryArgs},
    report,
};

pub fn history(global: &Global, args: &HistoryArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open_to_read(global)?;
    let experiment = &place.project.experiment(args.experiment.as_deref())?.name;
    let store = place.store()?;
    let tuned = TunedModels::find(&place.project, &store)?;
    let entries = report::history(&store, experiment, &tuned)?;
    print_as(args.format, &entries, || {
        report::history_text(experiment, &entries)
    })?;
    Ok(Exit::Done)
}
