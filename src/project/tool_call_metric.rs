//! The metric `tool_calls` as it is written in the project file.

use super::{ArgumentMatch, ArgumentRule, ToolCallSpec, reader::Section};
use std::collections::BTreeMap;

/// How calls of tools are compared; the schemas of the tools are added with the tools.
pub(super) fn tool_calls(section: &Section<'_, '_>) -> ToolCallSpec {
    let wrong = |span, key: &str, word: &str, known: &[&str]| {
        let message = format!("`{key}` cannot be `{word}`");
        let help = format!("one of {}", known.join(", "));
        section.reader.problem(span, message, Some(help));
    };
    let arguments = section.get("arguments").and_then(|item| {
        let word = section.as_text("arguments", item)?;
        Some(match word.as_str() {
            "exact" => ArgumentMatch::Exact,
            "subset" => ArgumentMatch::Subset,
            "schema" => ArgumentMatch::Schema,
            "name" => ArgumentMatch::Name,
            _ => {
                wrong(
                    item.span(),
                    "arguments",
                    &word,
                    &["exact", "subset", "schema", "name"],
                );
                ArgumentMatch::default()
            }
        })
    });
    let mut compare = BTreeMap::new();
    if let Some(rules) = section.inner("compare") {
        for (name, _, item) in rules.entries() {
            let Some(word) = rules.as_text(name, item) else {
                continue;
            };
            let rule = match word.as_str() {
                "exact" => ArgumentRule::Exact,
                "normalized" => ArgumentRule::Normalized,
                "contains" => ArgumentRule::Contains,
                "any" => ArgumentRule::Any,
                _ => {
                    wrong(
                        item.span(),
                        name,
                        &word,
                        &["exact", "normalized", "contains", "any"],
                    );
                    continue;
                }
            };
            compare.insert(name.to_owned(), rule);
        }
    }
    let forbidden = section.texts("forbidden").unwrap_or_default();
    ToolCallSpec {
        arguments: arguments.unwrap_or_default(),
        compare,
        ordered: section.flag("ordered").unwrap_or(false),
        forbidden: forbidden.into_iter().map(|(name, _)| name).collect(),
        schemas: BTreeMap::new(),
    }
}
