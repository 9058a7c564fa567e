//! What the writer of a search was asked, as a part of its page.

use super::page::escape;
use crate::optimize::{CandidateRecord, ProposalRecord};
use std::io::{self, Write};

/// What the writer was asked and answered, and which of its edits were left out.
pub(super) fn questions(
    out: &mut dyn Write,
    proposals: &[ProposalRecord],
    candidates: &[CandidateRecord],
) -> io::Result<()> {
    for asked in proposals {
        let names = asked.candidates.iter().filter_map(|c| candidates.get(*c));
        let names: Vec<&str> = names.map(|c| c.name.as_str()).collect();
        let came = match names.is_empty() {
            true => "no new candidate".to_owned(),
            false => names.join(", "),
        };
        writeln!(
            out,
            "<details><summary>Round {}: {}</summary>",
            asked.round,
            escape(&came)
        )?;
        for (head, text) in asked.prompt.sections() {
            writeln!(
                out,
                "<p class=\"dim\">{}</p>\n<pre>{}</pre>",
                escape(&head),
                escape(&text)
            )?;
        }
        writeln!(
            out,
            "<p class=\"dim\">answer</p>\n<pre>{}</pre>",
            escape(&asked.answer)
        )?;
        for (edit, why) in &asked.left_out {
            let texts: Vec<String> = edit
                .iter()
                .map(|(name, text)| format!("{name}: {text}"))
                .collect();
            writeln!(
                out,
                "<p>Left out, as it {}: <span class=\"dim\">{}</span></p>",
                escape(why),
                escape(&texts.join("; "))
            )?;
        }
        out.write_all(b"</details>\n")?;
    }
    Ok(())
}
