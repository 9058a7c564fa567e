//! Questions that are answered with yes or no.

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
    write!(io::stderr(), "{question} [y/N] ")?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
