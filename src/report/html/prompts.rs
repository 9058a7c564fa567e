//! The prompt of each variant: the template with its axes marked, and one prompt as it was sent.

use super::page::escape;
use crate::report::{RunReport, prompts::VariantPrompt};
use std::io::{self, Write};

pub(super) fn prompts(
    out: &mut dyn Write,
    report: &RunReport,
    prompts: &[VariantPrompt<'_>],
) -> io::Result<()> {
    if prompts.iter().all(|prompt| prompt.template.is_empty()) {
        return Ok(());
    }
    out.write_all(b"<h2 id=\"prompts\">Prompts</h2>\n")?;
    for prompt in prompts {
        let name = &report.shown_names()[prompt.variant];
        write!(
            out,
            "<details><summary>{}</summary>\n<h3>Template</h3>\n<pre>",
            escape(name)
        )?;
        for (text, is_axis) in &prompt.template {
            match is_axis {
                true => write!(out, "<mark>{}</mark>", escape(text))?,
                false => write!(out, "{}", escape(text))?,
            }
        }
        out.write_all(b"</pre>\n")?;
        if let Some((row, example)) = &prompt.example {
            let id = report.info.heads.id(*row);
            writeln!(out, "<h3>As sent for {}</h3>", escape(&id))?;
            for (head, text) in example.sections() {
                writeln!(
                    out,
                    "<p class=\"dim\">{}</p>\n<pre>{}</pre>",
                    escape(head),
                    escape(&text)
                )?;
            }
        }
        out.write_all(b"</details>\n")?;
    }
    Ok(())
}
