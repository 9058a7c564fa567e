//! Prompt or fine-tune, as Markdown.

use super::comment::{code, escape};
use crate::narrate::advice::Advice;

/// The advice as Markdown, for a pull request or a note.
pub fn advice_markdown(advice: &Advice) -> String {
    format!(
        "# {}: {}\n\n{}\n",
        escape(&advice.experiment),
        advice.verdict.as_str(),
        advice_sections(advice, "##")
    )
}

/// Why, and the sections of the advice under headings of this level.
pub(super) fn advice_sections(advice: &Advice, level: &str) -> String {
    let mut text = format!("{}\n", escape(advice.because));
    for section in advice.sections() {
        text += &format!("\n{level} {}\n\n", section.title);
        for item in section.items {
            let command = item
                .command
                .map_or(String::new(), |c| format!(": {}", code(&c)));
            text += &format!("- {}{command}\n", escape(&item.text));
        }
    }
    text
}
