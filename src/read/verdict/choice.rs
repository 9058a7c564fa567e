//! Which of some choices a judge named, as OpenAI's package evals (3.0.1) finds it: line by line, the first line that matches
//! one decides.

use crate::dialect::is_python_space;

/// How a line and a choice are compared.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceMatch {
    #[default]
    StartsOrEndswith,
    Endswith,
    Exact,
    /// The line is a part of the choice.
    Include,
}

impl ChoiceMatch {
    pub const ALL: [ChoiceMatch; 4] = [
        ChoiceMatch::StartsOrEndswith,
        ChoiceMatch::Endswith,
        ChoiceMatch::Exact,
        ChoiceMatch::Include,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ChoiceMatch::StartsOrEndswith => "starts_or_endswith",
            ChoiceMatch::Endswith => "endswith",
            ChoiceMatch::Exact => "exact",
            ChoiceMatch::Include => "include",
        }
    }

    fn holds(self, line: &str, choice: &str) -> bool {
        match self {
            ChoiceMatch::StartsOrEndswith => line.starts_with(choice) || line.ends_with(choice),
            ChoiceMatch::Endswith => line.ends_with(choice),
            ChoiceMatch::Exact => line == choice,
            ChoiceMatch::Include => choice.contains(line),
        }
    }
}

/// The place of the choice that a reply names; lines are looked at from the last to the first where the reasoning comes first.
/// ASCII punctuation does not count, and neither do lines of nothing else.
pub fn read_choice<'c>(
    reply: &str,
    choices: impl Iterator<Item = &'c str> + Clone,
    by: ChoiceMatch,
    from_last: bool,
) -> Option<usize> {
    let mut lines: Vec<&str> = reply.trim_matches(is_python_space).split('\n').collect();
    if from_last {
        lines.reverse();
    }
    lines.into_iter().find_map(|line| {
        let line = line.trim_matches(is_python_space);
        let line = line.replace(|c: char| c.is_ascii_punctuation(), "");
        let found = || choices.clone().position(|choice| by.holds(&line, choice));
        (!line.is_empty()).then(found)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_names_a_choice_decides() {
        let read = |reply, from_last| {
            read_choice(
                reply,
                ["Yes", "No"].into_iter(),
                ChoiceMatch::default(),
                from_last,
            )
        };
        assert_eq!(read("No idea.\n\nSo: \"Yes\".\n***", true), Some(0));
        assert_eq!(read("No idea.\n\nSo: \"Yes\".\n***", false), Some(1));
        // Stars go after the blanks, so that a blank stays in front.
        assert_eq!(read("* No *", true), None);
        assert_eq!(read("", true), None);
    }
}
