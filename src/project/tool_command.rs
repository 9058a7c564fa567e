//! `tool_command` of an experiment: the program that answers the calls of tools.

use super::{
    ProgramSpec, Section, ToolSetSpec,
    command::{read_variables, read_words},
    tool_spec::ToolCommandSpec,
};
use crate::{child_process::ProgramCommand, model::Params};
use std::time::Duration;
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

/// Check that the model is not told to call a tool each time: it would never reply.
pub(super) fn check_tool_choice(section: &Section<'_, '_>, params: &Params) {
    let choice = params.get("tool_choice");
    let leaves_open = choice.is_none_or(|choice| {
        let word = choice.as_str().unwrap_or_default();
        ["auto", "none", "validated"].contains(&word)
    });
    if let (false, Some(item)) = (leaves_open, section.get("tool_choice")) {
        let message = format!(
            "with this `tool_choice` the model never replies: `{KEY}` answers each call, and it has to make another"
        );
        let help = "use tool_choice = \"auto\", or remove `tool_command`";
        section
            .reader
            .problem(item.span(), message, Some(help.into()));
    }
}
