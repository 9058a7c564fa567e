//! `wording completions` and `wording man`: what a package puts beside the binary.

use super::output::{Exit, print};
use crate::cli::{Cli, ManArgs};
use anyhow::Context as _;
use clap::CommandFactory;
use clap_complete::Shell;

pub fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "wording", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Print the manual page (roff), or write one for each command into a folder.
pub fn man(args: &ManArgs) -> anyhow::Result<Exit> {
    let Some(dir) = &args.output else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        print(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
        .with_context(|| format!("cannot write the pages to {}", dir.display()))?;
    Ok(Exit::Done)
}
