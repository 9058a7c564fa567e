//! Finds a text as typed: without regard to case, or by a regular expression.

use crate::expression::ExpressionError;
use regex::{Regex, RegexBuilder};

/// A text without regard to case, or a regular expression.
#[derive(Debug, Clone)]
pub enum TextFinder {
    /// In lower case.
    Text(String),
    Pattern(Regex),
}

impl TextFinder {
    /// From what was typed; `None` where that is empty or a condition.
    pub fn new(typed: &str) -> Result<Option<TextFinder>, ExpressionError> {
        if typed.is_empty() || typed.starts_with('=') {
            return Ok(None);
        }
        let Some(pattern) = typed.strip_prefix('/') else {
            return Ok(Some(TextFinder::Text(typed.to_lowercase())));
        };
        let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
        match compile_pattern(pattern) {
            Ok(pattern) => Ok(Some(TextFinder::Pattern(pattern))),
            Err(error) => Err(error.shifted(1)),
        }
    }

    /// Whether a text has it.
    pub fn finds(&self, text: &str) -> bool {
        match self {
            TextFinder::Text(wanted) => text.to_lowercase().contains(wanted.as_str()),
            TextFinder::Pattern(pattern) => pattern.is_match(text),
        }
    }
}

/// A regular expression; the error says where in it.
pub(super) fn compile_pattern(pattern: &str) -> Result<Regex, ExpressionError> {
    let built = RegexBuilder::new(pattern).size_limit(1 << 20).build();
    built.map_err(|error| {
        let text = error.to_string();
        // The crate draws the pattern, four columns to the right, with carets below.
        let caret = text.lines().find_map(|line| {
            let column = line.strip_prefix("    ")?.find('^')?;
            line.trim().chars().all(|c| c == '^').then_some(column)
        });
        let at = caret.and_then(|column| Some(pattern.char_indices().nth(column)?.0));
        let last = text.lines().last().unwrap_or("").trim();
        let message = format!(
            "invalid regular expression: {}",
            last.trim_start_matches("error: ")
        );
        let span = at.map_or(0..pattern.len(), |at| at..at + 1);
        ExpressionError::new(span, message)
    })
}
