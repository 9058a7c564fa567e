//! Training files: lines of messages → what a classifier is taught; an error names the line.

use super::{
    classifier::{ChatExample, MOST_ANSWERS},
    prompt::ChatMessage,
};
use serde_json::Value;

/// The lines of a training file; the error names the line.
pub(super) fn parse_training_file(bytes: &[u8], fewest: usize) -> Result<Vec<ChatExample>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut all = Vec::new();
    let mut answers = std::collections::BTreeSet::new();
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let wrong = |what: &str| format!("line {}: {what}", number + 1);
        let value: Value =
            serde_json::from_str(line).map_err(|e| wrong(&format!("no JSON: {e}")))?;
        let mut messages: Vec<ChatMessage> = serde_json::from_value(value["messages"].clone())
            .map_err(|_| wrong("`messages` must be a list of messages with role and content"))?;
        let last = messages.pop().filter(|m| m.role == "assistant");
        let answer = last
            .ok_or_else(|| wrong("the last message must be the assistant's"))?
            .content;
        if messages.iter().all(|m| m.role != "user") {
            return Err(wrong("there is no user message"));
        }
        answers.insert(answer.trim().to_owned());
        if answers.len() > MOST_ANSWERS {
            return Err(wrong(&format!(
                "this stand-in can learn to choose among {MOST_ANSWERS} answers at most, and cannot learn to write"
            )));
        }
        all.push(ChatExample {
            messages,
            answer: answer.trim().to_owned(),
        });
    }
    if all.len() < fewest {
        return Err(format!("{} examples; {fewest} are needed", all.len()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bad_line_is_named() {
        let line = |role: &str| {
            json!({"messages": [{"role": "user", "content": "x"}, {"role": role, "content": "y"}]})
                .to_string()
        };
        let text = [line("assistant"), line("user")].join("\n");
        assert!(
            parse_training_file(text.as_bytes(), 1)
                .unwrap_err()
                .starts_with("line 2: the last message")
        );
        assert!(
            parse_training_file(line("assistant").as_bytes(), 10)
                .unwrap_err()
                .contains("10 are needed")
        );
        assert!(
            parse_training_file(b"{\"messages\": 3}", 1)
                .unwrap_err()
                .contains("line 1")
        );
        let many: Vec<String> = (0..=MOST_ANSWERS)
            .map(|i| line("assistant").replace("\"y\"", &format!("\"{i}\"")))
            .collect();
        assert!(
            parse_training_file(many.join("\n").as_bytes(), 1)
                .unwrap_err()
                .contains("cannot learn to write")
        );
    }
}
