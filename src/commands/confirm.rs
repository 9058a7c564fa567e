//! Questions to the person at the terminal.

use std::io::{self, IsTerminal, Write};

/// Whether a person can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Ask the person; where nobody can be asked, no.
pub(super) fn confirmed(question: &str) -> anyhow::Result<bool> {
    if !can_ask() {
        return Ok(false);
    }
    let answer = ask(&format!("{question} [y/N]"))?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// Ask for a line.
pub(super) fn ask(question: &str) -> anyhow::Result<String> {
    write!(io::stderr(), "{question} ")?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
