//! `command` and `env`: a program with its arguments, and the variables of the environment that it gets.

use super::Section;

/// The environment variables that a program gets.
pub(super) fn read_variables(section: &Section<'_, '_>) -> Vec<String> {
    let named = section.texts("env").unwrap_or_default().into_iter();
    named
        .filter_map(|(name, span)| {
            if !name.is_empty() && !name.contains(['=', '\0', ' ', '$']) {
                return Some(name);
            }
            section.reader.problem(
                span,
                format!("`{name}` is not the name of an environment variable"),
                Some(
                    "for example env = [\"OPENAI_API_KEY\"]; values are never in the project"
                        .into(),
                ),
            );
            None
        })
        .collect()
}

/// A program and its arguments, under this key.
pub(super) fn read_words(section: &Section<'_, '_>, key: &'static str) -> Option<Vec<String>> {
    let item = section.require(key)?;
    let words: Vec<String> = section.texts(key)?.into_iter().map(|c| c.0).collect();
    if words
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        section.reader.problem(
            item.span(),
            format!("`{key}` is empty"),
            Some(format!("for example {key} = [\"python3\", \"app.py\"]")),
        );
        return None;
    }
    Some(words)
}
