//! `wording history`: the scores of an experiment over the rounds of prompting and tuning.

use super::{
    context::CommandContext,
    output::{Exit, print_as},
};
use crate::{
    cli::{Global, HistoryArgs},
    report,
};

pub fn history(global: &Global, args: &HistoryArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let experiment = &place.project.experiment(args.experiment.as_deref())?.name;
    let entries = report::history(&place.store()?, experiment)?;
    print_as(args.format, &entries, || {
        report::history_text(experiment, &entries)
    })?;
    Ok(Exit::Done)
}
