//! `tool_command` of an experiment: the program that answers the calls of tools.

use super::{
    ProgramSpec, Section, ToolSetSpec,
    command::{read_variables, read_words},
    tool_spec::ToolCommandSpec,
};
use crate::{
    child_process::ProgramCommand,
    model::{Axis, Params},
    source::SourcePlace,
};
use std::{collections::BTreeMap, time::Duration};
use toml::de::DeValue;

const KEY: &str = "tool_command";
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ROUNDS: u64 = 8;

/// The program, as its words alone or as a table with them; `tools` are those of the experiment.
pub(super) fn read_tool_command(
    s: &Section<'_, '_>,
    tools: &[ToolSetSpec],
) -> Option<ToolCommandSpec> {
    let item = s.get(KEY)?;
    if tools.iter().all(|set| set.functions.is_empty()) {
        let help = "add tools = \"tools/*.json\", or remove it";
        let message = format!("`{KEY}` answers calls of tools, and the experiment has none");
        s.reader.problem(item.span(), message, Some(help.into()));
    }
    match item.get_ref() {
        DeValue::Table(_) => {
            let section = s.inner(KEY)?;
            let spec = ToolCommandSpec {
                program: ProgramSpec {
                    command: ProgramCommand {
                        words: read_words(&section, "command")?,
                        variables: read_variables(&section),
                        ..ProgramCommand::default()
                    },
                    version: section.text("version"),
                    max_in_flight: section.whole("max_in_flight", 1).map(|n| n as usize),
                },
                timeout: section.time("timeout").unwrap_or(TIMEOUT),
                max_rounds: section.whole("max_rounds", 1).unwrap_or(MAX_ROUNDS) as usize,
            };
            section.finish();
            Some(spec)
        }
        _ => Some(ToolCommandSpec {
            program: ProgramSpec {
                command: ProgramCommand {
                    words: read_words(s, KEY)?,
                    ..ProgramCommand::default()
                },
                ..ProgramSpec::default()
            },
            timeout: TIMEOUT,
            max_rounds: MAX_ROUNDS as usize,
        }),
    }
}

/// Check that the model is not told to call a tool each time, by the parameter or a level of its axis: it would never reply.
pub(super) fn check_tool_choice(
    s: &Section<'_, '_>,
    params: &Params,
    axes: &[Axis],
    axis_places: &BTreeMap<String, SourcePlace>,
) {
    const AXIS: &str = "params.tool_choice";
    let levels = axes.iter().filter(|axis| axis.name == AXIS);
    let levels = levels.flat_map(|axis| axis.levels.iter().map(|level| &level.value));
    let mut choices = params.get("tool_choice").into_iter().chain(levels);
    let leaves_open = choices.all(|choice| {
        let word = choice.as_str().unwrap_or_default();
        choice.is_null() || ["auto", "none", "validated"].contains(&word)
    });
    if !leaves_open {
        let message = format!(
            "with this `tool_choice` the model never replies: `{KEY}` answers each call, and it has to make another"
        );
        let help = "use tool_choice = \"auto\", or remove `tool_command`";
        let param = s.inner("params");
        let param = param.and_then(|section| section.get("tool_choice"));
        match (param.or_else(|| s.get(KEY)), axis_places.get(AXIS)) {
            (Some(item), Some(place)) => {
                let at = item.span().start;
                let place = place.clone();
                s.reader.problem_in(at, place, message, Some(help.into()));
            }
            (Some(item), None) => s.reader.problem(item.span(), message, Some(help.into())),
            (None, _) => {}
        }
    }
}
