//! Prompt or fine-tune on a page: the verdict in a box, then what it rests on.

use super::page::escape;
use crate::{
    advise::Advice,
    report::advice::{HEADING, parts},
};
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
    for (heading, items) in parts(advice) {
        write!(out, "<h3>{heading}</h3>\n<ul>")?;
        for item in items {
            let command = item.command.map_or(String::new(), |command| {
                format!(": <code>{}</code>", escape(&command))
            });
            write!(out, "<li>{}{command}</li>", escape(&item.text))?;
        }
        out.write_all(b"</ul>\n")?;
    }
    Ok(())
}
