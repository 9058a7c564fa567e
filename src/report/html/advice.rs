//! Prompt or fine-tune on a page: the verdict in a box, then what it rests on.

use super::page::escape;
use crate::{narrate::advice::Advice, report::advice::HEADING};
use std::io::{self, Write};

/// Anchor of the section.
pub(super) const ANCHOR: &str = "advice";

pub(super) fn advice(out: &mut dyn Write, advice: &Advice) -> io::Result<()> {
    write!(
        out,
        "<h2 id=\"{ANCHOR}\">{HEADING}</h2>\n<div class=\"box\"><p>{}</p>\n<p>{}</p></div>\n",
        escape(advice.verdict.as_str()),
        escape(advice.because)
    )?;
    for section in advice.sections() {
        write!(out, "<h3>{}</h3>\n<ul>", section.title)?;
        for item in section.items {
            let command = item.command.map_or(String::new(), |command| {
                format!(": <code>{}</code>", escape(&command))
            });
            write!(out, "<li>{}{command}</li>", escape(&item.text))?;
        }
        out.write_all(b"</ul>\n")?;
    }
    Ok(())
}
