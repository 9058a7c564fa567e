//! The gates and where a report comes from, as Markdown.

use super::comment::{Comment, TAIL, code, escape, fence, items};
use crate::report::{Provenance, WriteOptions};

pub(super) fn gates(comment: &mut Comment, options: &WriteOptions) {
    let lines: Vec<String> = (options.held.iter())
        .map(|gate| {
            let result = if gate.holds {
                "✅ holds"
            } else {
                "❌ does not hold"
            };
            let place = match gate.place.as_str() {
                "" => String::new(),
                place => format!(" ({})", escape(place)),
            };
            format!(
                "- {result} {}: {}{place}\n",
                code(&gate.gate),
                escape(&gate.values)
            )
        })
        .collect();
    comment.lines(&lines, TAIL, "gates");
    if !lines.is_empty() {
        comment.add("\n", 0, "");
    }
}

pub(super) fn provenance(p: &Provenance) -> String {
    let mut text = "\n<details><summary>Provenance</summary>\n\n".to_owned();
    for run in &p.runs {
        let lines = run.lines().into_iter();
        let lines: Vec<String> = lines
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        text += &items(&lines);
        if let Some(command) = p.run_command(run) {
            text += &format!("- created by {}\n", code(command));
        }
    }
    if let Some(command) = &p.command {
        text += &format!("\n{}", fence(command, "sh"));
    }
    text + "\n</details>\n"
}
