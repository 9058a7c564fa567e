//! Permission for the programs that a project names: asked for once on each machine, before anything is started.

use super::{
    confirm::{can_ask, confirmed},
    context::{CommandContext, shorten},
};
use crate::{
    child_process::AllowedCommands,
    display::{count, one_line},
    engine::NamedProgram,
};
use anyhow::{Context as _, bail};

/// Whether the programs may be started: those that were allowed before, or are now. With `--allow-commands` nobody is asked.
pub(super) fn ask_for_programs(
    place: &CommandContext,
    programs: &[NamedProgram],
) -> anyhow::Result<bool> {
    if let Some(program) = programs.first()
        && place.call.is_some()
    {
        bail!(
            "{} is the program {}, and `wording mcp` never starts programs of a project, whatever was allowed. Nothing was started or sent; run this in a terminal: {}",
            program.used_for,
            list(&[program]),
            place.command()
        );
    }
    let allowed = AllowedCommands::of_user();
    let mut new: Vec<&NamedProgram> = Vec::new();
    for program in programs {
        let is_listed = new.iter().any(|known| known.command == program.command);
        if !is_listed && !allowed.contains(&program.command) {
            new.push(program);
        }
    }
    if new.is_empty() {
        return Ok(true);
    }
    if !place.global.allow_commands {
        if !can_ask() {
            return Ok(false);
        }
        // Said with the question, also where notes are not.
        place.messages.warn(&format!(
            "the project in {} names {} that never ran on this machine: {}",
            shorten(&place.project.root),
            count(new.len(), "program"),
            list(&new)
        ));
        if !confirmed("run them, now and from now on?")? {
            return Ok(false);
        }
    }
    for program in new {
        allowed.add(&program.command).with_context(|| {
            let file = allowed.file().map_or_else(String::new, shorten);
            format!("cannot remember in {file} that a program is allowed")
        })?;
    }
    Ok(true)
}

/// The same, where nothing can be done without them.
pub(super) fn require_programs(
    place: &CommandContext,
    programs: &[NamedProgram],
) -> anyhow::Result<()> {
    if ask_for_programs(place, programs)? {
        return Ok(());
    }
    let programs: Vec<&NamedProgram> = programs.iter().collect();
    bail!(
        "the project names programs that were never allowed on this machine: {}. Nothing was started; look at them, then run this in a terminal, which asks, or add --allow-commands once",
        list(&programs)
    )
}

/// `python app.py` (endpoint `app`), …
fn list(programs: &[&NamedProgram]) -> String {
    let each = programs.iter().map(|program| {
        let words = one_line(&program.command.words.join(" "));
        format!("`{words}` ({})", program.used_for)
    });
    each.collect::<Vec<_>>().join(", ")
}
