//! `wording report`: what came of a run, in any form, without sending anything.

use super::{
    context::Workplace,
    output::{Exit, print, print_json, stdout_color, stdout_width},
    run::{check_gates, hold, parse_gates},
};
use crate::{
    cli::{Format, Global, ReportArgs},
    report::{
        RunReport, WriteOptions, check_form, run_facts, run_report_json, variance_report, write_run,
    },
};

/// Report a run.
pub fn report(global: &Global, args: &ReportArgs) -> anyhow::Result<Exit> {
    let gates = parse_gates(&args.gates)?;
    if let Some(path) = &args.write.output {
        check_form(path)?;
    }
    let place = Workplace::open(global)?;
    let store = place.store()?;
    let report = RunReport::read_whole(&store, store.run(&args.run)?)?;
    match (&args.write.output, args.write.format) {
        (Some(path), _) => {
            let options = WriteOptions {
                no_outputs: args.write.no_outputs,
                title: args.write.title.clone(),
            };
            write_run(path, &report, &options)?;
            place.messages.note(&format!("wrote {}", path.display()));
        }
        (None, Format::Json) => print_json(&run_report_json(&report))?,
        (None, Format::Human) => print(&variance_report(
            &report,
            stdout_width(),
            stdout_color(global.color),
        ))?,
    }
    let held = check_gates(&gates, &run_facts(&report))?;
    Ok(if hold(&place, &held) {
        Exit::Done
    } else {
        Exit::Failed
    })
}
