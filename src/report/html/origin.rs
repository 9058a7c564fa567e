//! Gates and provenance, as sections of a page.

use super::page::escape;
use crate::{
    narrate::labels::count,
    report::{Provenance, WriteOptions},
};
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
        let mut lines: Vec<(&str, String)> = vec![
            (
                "run",
                format!(
                    "<code>{}</code>, {} UTC, {}",
                    escape(&run.run),
                    run.started,
                    escape(&run.state)
                ),
            ),
            (
                "dataset",
                format!(
                    "{} · {} × {} · <code>blake3 {}</code>",
                    escape(&run.dataset),
                    count(run.rows, "row"),
                    count(run.samples, "sample"),
                    escape(run.dataset_hash.get(..16).unwrap_or(&run.dataset_hash))
                ),
            ),
            (
                "templates",
                run.templates
                    .iter()
                    .map(|(path, hash)| format!("{} <code>{hash}</code>", escape(path)))
                    .collect::<Vec<_>>()
                    .join("<br>"),
            ),
            (
                "models",
                run.models
                    .iter()
                    .map(|(asked, served)| {
                        let names: Vec<String> = served
                            .iter()
                            .map(|(name, n)| format!("{} ({})", escape(name), count(*n, "answer")))
                            .collect();
                        let answered = if names.is_empty() {
                            String::new()
                        } else {
                            format!(", answered as {}", names.join(", "))
                        };
                        format!("{}{answered}", escape(asked))
                    })
                    .collect::<Vec<_>>()
                    .join("<br>"),
            ),
            (
                "parameters",
                format!(
                    "<code>{}</code>, seed {}",
                    escape(&serde_json::Value::Object(run.params.clone()).to_string()),
                    run.seed
                ),
            ),
            ("metrics", escape(&run.metrics.join(", "))),
        ];
        if let Some(commit) = &run.commit {
            let dirty = if run.dirty {
                ", with uncommitted changes"
            } else {
                ""
            };
            lines.push(("commit", format!("<code>{}</code>{dirty}", escape(commit))));
        }
        if let Some(note) = &run.note {
            lines.push(("note", escape(note)));
        }
        if let Some(command) = &run.command
            && provenance.command.as_ref() != Some(command)
        {
            let version = run.version.as_deref().unwrap_or("");
            lines.push((
                "created by",
                format!(
                    "<code>{}</code> (wording {})",
                    escape(command),
                    escape(version)
                ),
            ));
        }
        out.write_all(b"<dl>")?;
        for (name, value) in lines {
            write!(out, "<dt>{name}</dt><dd>{value}</dd>")?;
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
