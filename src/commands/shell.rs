//! `wording completions` and `wording man`: what a package puts beside the binary.

use super::output::{Exit, print};
use crate::cli::Cli;
use clap::CommandFactory;
use clap_complete::Shell;

/// Print the completion script.
pub fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "wording", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Print the manual page (roff).
pub fn man() -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}
