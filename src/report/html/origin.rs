//! Gates and provenance, as sections of a page.

use super::page::escape;
use crate::report::{Provenance, WriteOptions};
use std::io::{self, Write};

/// The results of gates; nothing where there are none.
pub(super) fn gates(out: &mut dyn Write, options: &WriteOptions) -> io::Result<()> {
    for gate in &options.held {
        let (class, word) = if gate.holds {
            ("good", "holds")
        } else {
            ("bad", "does not hold")
        };
        writeln!(
            out,
            "<p>gate <code>{}</code> <span class=\"{class}\">{word}</span>: {} <span class=\"dim\">{}</span></p>",
            escape(&gate.gate),
            escape(&gate.values),
            escape(&gate.place)
        )?;
    }
    Ok(())
}

pub(super) fn provenance(out: &mut dyn Write, provenance: &Provenance) -> io::Result<()> {
    out.write_all(b"<h2 id=\"provenance\">Provenance</h2>\n")?;
    for run in &provenance.runs {
        out.write_all(b"<dl>")?;
        for (name, value) in run.lines() {
            write!(out, "<dt>{name}</dt><dd>{}</dd>", escape(&value))?;
        }
        if let Some(command) = provenance.run_command(run) {
            write!(
                out,
                "<dt>created by</dt><dd><code>{}</code> (wording {})</dd>",
                escape(command),
                escape(run.version.as_deref().unwrap_or(""))
            )?;
        }
        out.write_all(b"</dl>\n")?;
    }
    if let Some(command) = &provenance.command {
        write!(
            out,
            "<p>Command for this report:</p>\n<pre>{}</pre>\n",
            escape(command)
        )?;
    }
    writeln!(
        out,
        "<p class=\"dim\">wording {}</p>",
        escape(&provenance.version)
    )
}
