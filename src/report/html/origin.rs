//! Where a report comes from, as a section of a page.

use super::page::escape;
use crate::report::Provenance;
use std::io::{self, Write};

pub(super) fn provenance(out: &mut dyn Write, provenance: &Provenance) -> io::Result<()> {
    out.write_all(b"<h2 id=\"provenance\">Where this comes from</h2>\n")?;
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
                    "{} · {} rows × {} · <code>blake3 {}</code>",
                    escape(&run.dataset),
                    run.rows,
                    run.samples,
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
                            .map(|(name, n)| format!("{} ({n} answers)", escape(name)))
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
                ", with changes that were not committed"
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
                "made by",
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
            "<p>This report again:</p>\n<pre>{}</pre>\n",
            escape(command)
        )?;
    }
    writeln!(
        out,
        "<p class=\"dim\">wording {}</p>",
        escape(&provenance.version)
    )
}
