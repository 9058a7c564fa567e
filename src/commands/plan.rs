//! `wording plan`: recommend how to spend the next calls, based on an existing run.

use super::{
    context::CommandContext,
    output::{Exit, print_colored, print_json, stdout_color, stdout_width},
};
use crate::{
    cli::{Global, OutputFormat, PlanArgs},
    report::{PowerJson, PowerReport, RunReport, power_text},
};

/// Print the outlook of a run.
pub fn plan(global: &Global, args: &PlanArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    place.announce();
    let store = place.store()?;
    let info = store.run(&args.run)?;
    // The run may be of an experiment that is no more: then how many rows there are is not known.
    let experiment = place.project.experiment(Some(&info.experiment)).ok();
    let dataset_rows = experiment.cloned().and_then(|mut experiment| {
        experiment.rows = None;
        Some(place.plan(&experiment, &[]).ok()?.dataset.len())
    });
    let report = RunReport::read(&store, info)?;
    let outlook = PowerReport::new(&report, &args.calls, dataset_rows);
    match args.format {
        OutputFormat::Json => print_json(&PowerJson::new(&outlook))?,
        OutputFormat::Human => print_colored(&power_text(
            &outlook,
            stdout_width().text,
            stdout_color(global.color),
        ))?,
    }
    Ok(Exit::Done)
}
