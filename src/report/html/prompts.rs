//! The prompts: each template with its axes marked, and one prompt of each variant as it was sent.

use super::page::escape;
use crate::{
    narrate::prompt::{as_sent_for, prompts_left_out},
    report::{
        RunReport,
        prompts::{ExamplePrompt, RunPrompts},
    },
};
use std::io::{self, Write};

pub(super) const PROMPTS_ANCHOR: &str = "prompts";

pub(super) fn prompts(
    out: &mut dyn Write,
    report: &RunReport,
    prompts: &RunPrompts<'_>,
) -> io::Result<()> {
    if prompts.templates.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2 id=\"{PROMPTS_ANCHOR}\">Prompts</h2>")?;
    for template in &prompts.templates {
        writeln!(
            out,
            "<details><summary>{}</summary>",
            escape(&template.path)
        )?;
        write!(out, "<pre>")?;
        for (text, is_axis) in &template.pieces {
            match is_axis {
                true => write!(out, "<mark>{}</mark>", escape(text))?,
                false => write!(out, "{}", escape(text))?,
            }
        }
        out.write_all(b"</pre>\n")?;
        for (variant, example) in &template.variants {
            let name = &report.shown_names()[*variant];
            match example {
                ExamplePrompt::Sent(row, prompt) => {
                    let head = as_sent_for(name, &report.info.heads.id(*row));
                    writeln!(out, "<h3>{}</h3>", escape(&head))?;
                    for (head, text) in prompt.sections() {
                        writeln!(
                            out,
                            "<p class=\"dim\">{}</p>\n<pre>{}</pre>",
                            escape(&head),
                            escape(&text)
                        )?;
                    }
                }
                ExamplePrompt::Missing(why) => writeln!(
                    out,
                    "<h3>{}</h3>\n<p class=\"dim\">{}</p>",
                    escape(name),
                    escape(why)
                )?,
                ExamplePrompt::Hidden => {}
            }
        }
        out.write_all(b"</details>\n")?;
    }
    if let Some(note) = prompts_left_out(prompts.left_out) {
        writeln!(out, "<p class=\"dim\">{}</p>", escape(&note))?;
    }
    Ok(())
}
