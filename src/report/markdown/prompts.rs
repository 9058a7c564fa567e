//! The prompts as Markdown: each template with its axes marked, and one prompt of each variant as it was sent.

use super::comment::{Comment, TAIL, escape, fence};
use crate::{
    narrate::prompt::{as_sent_for, prompts_left_out},
    report::{
        RunReport,
        prompts::{ExamplePrompt, RunPrompts, TemplatePiece},
    },
};

/// Around what reads an axis, as nothing can be emphasized in a fence.
const MARKS: [char; 2] = ['⟦', '⟧'];

pub(super) fn prompts(comment: &mut Comment, report: &RunReport, prompts: &RunPrompts<'_>) {
    if prompts.templates.is_empty() {
        return;
    }
    comment.add("\n## Prompts\n", TAIL, "");
    for template in &prompts.templates {
        let is_marked = template.pieces.iter().any(|(_, is_axis)| *is_axis);
        let legend = match is_marked {
            true => format!("{}…{}: reads an axis.\n\n", MARKS[0], MARKS[1]),
            false => String::new(),
        };
        let head = format!(
            "\n### {}\n\n<details><summary>Template and prompts</summary>\n\n{legend}{}",
            escape(&template.path),
            fence(&marked(&template.pieces), "jinja"),
        );
        let what = format!("the template {}", escape(&template.path));
        if !comment.add(&head, TAIL, &what) {
            continue;
        }
        let examples: Vec<String> = (template.variants.iter())
            .filter_map(|(variant, example)| {
                let name = &report.shown_names()[*variant];
                match example {
                    ExamplePrompt::Sent(row, prompt) => {
                        let head = as_sent_for(name, &report.info.heads.id(*row));
                        let text = fence(&prompt.transcript(), "text");
                        Some(format!("\n**{}**\n\n{text}", escape(&head)))
                    }
                    ExamplePrompt::Missing(why) => {
                        Some(format!("\n**{}**\n\n{}\n", escape(name), escape(why)))
                    }
                    ExamplePrompt::Hidden => None,
                }
            })
            .collect();
        comment.lines(
            &examples,
            TAIL,
            &format!("prompts of {}", escape(&template.path)),
        );
        comment.add("\n</details>\n\n", 0, "");
    }
    if let Some(note) = prompts_left_out(prompts.left_out) {
        comment.add(&format!("\n{}\n", escape(&note)), TAIL, "");
    }
}

fn marked(pieces: &[TemplatePiece<'_>]) -> String {
    let pieces = pieces.iter().map(|(text, is_axis)| match is_axis {
        true => format!("{}{text}{}", MARKS[0], MARKS[1]),
        false => (*text).to_owned(),
    });
    pieces.collect()
}
