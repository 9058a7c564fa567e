//! A prompt writer by rule: what the stand-in can do when it is asked for better wordings.
//!
//! It says the same in other words (see [`super::rephrase`]), or adds one of a few sentences to a part. It knows nothing of the
//! failures that it is shown, and says that it is a stand-in.

use super::rephrase::wordings;
use serde_json::{Map, Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Sentences that may be added to a part, in English and in Chinese.
const ADDITIONS: [(&str, &str); 8] = [
    (
        "Read the whole text before you answer.",
        "先读完全文再回答。",
    ),
    ("Go by the overall impression.", "以整体印象为准。"),
    ("Mind negations and irony.", "注意否定和反语。"),
    ("Answer with the label alone.", "只回答标签。"),
    ("Do not explain.", "不要解释。"),
    (
        "Where praise and complaint are mixed, the last word counts.",
        "褒贬都有时，以最后的话为准。",
    ),
    (
        "If in doubt, choose the likelier one.",
        "拿不准时，选更可能的一个。",
    ),
    (
        "Think about what the writer would do next.",
        "想一想作者接下来会怎么做。",
    ),
];

/// The answer to a request for better wordings, where the messages are one: a line that says what this is, and a JSON list of
/// objects.
pub(super) fn propose(message: &str) -> Option<String> {
    let parts = between(message, "<parts>", "</parts>")?;
    let parts: Map<String, Value> = serde_json::from_str(parts).ok()?;
    let keep = between(message, "where the text has them: ", ". Answer").unwrap_or("");
    let wanted = between(message, "Propose ", " rewordings")?;
    let wanted: usize = wanted.trim().parse().ok()?;
    let mut ideas: Vec<Value> = Vec::new();
    for (name, text) in &parts {
        let Some(text) = text.as_str() else { continue };
        let is_chinese = text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
        for (english, chinese) in ADDITIONS {
            let sentence = if is_chinese { chinese } else { english };
            let space = if is_chinese { "" } else { " " };
            if !text.contains(sentence) {
                ideas.push(
                    json!({name: format!("{text}{space}{sentence}"), "why": "adds a sentence"}),
                );
            }
        }
        for other in wordings(text, keep)
            .into_iter()
            .filter(|other| other != text)
        {
            ideas.push(json!({name: other, "why": "says the same in other words"}));
        }
    }
    // Each request begins elsewhere in the list, by what it says.
    let mut hasher = DefaultHasher::new();
    message.hash(&mut hasher);
    let count = ideas.len().max(1);
    ideas.rotate_left((hasher.finish() % count as u64) as usize);
    ideas.truncate(wanted.clamp(1, 16));
    Some(format!(
        "(A stand-in, not a language model: these wordings are made by rule.)\n{}",
        Value::Array(ideas)
    ))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = &text[text.find(start)? + start.len()..];
    Some(&rest[..rest.find(end)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposals_are_objects_that_change_a_part_and_say_what_made_them() {
        let ask = "<parts>\n{\"system\": \"Classify the review.\"}\n</parts>\nPropose 3 rewordings. Answer with a JSON list";
        let answer = propose(ask).unwrap();
        assert!(answer.starts_with("(A stand-in"));
        let list: Vec<Value> = serde_json::from_str(&answer[answer.find('[').unwrap()..]).unwrap();
        assert_eq!(list.len(), 3);
        assert!(
            list.iter()
                .all(|idea| idea["system"] != "Classify the review." && idea["system"].is_string())
        );
        assert_eq!(propose("Propose 3 rewordings"), None);
    }
}
