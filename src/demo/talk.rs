//! What the stand-in says in a conversation where tools have answered, or where it is asked to summarize or to shorten: what the
//! tools said, or a fixed part of a text, by rule.

use super::prompt::ChatMessage;

/// The answer where tools have spoken last: what they said. Else where the last message asks for a summary (the first sentence of the text that it shows, else of what was said
/// last) or for something shorter (the first half of the words of that).
pub(super) fn talk(messages: &[ChatMessage]) -> Option<String> {
    let from_tools = messages.iter().rev().take_while(|m| m.role == "tool");
    let mut from_tools: Vec<&str> = from_tools.map(|m| m.content.as_str()).collect();
    if !from_tools.is_empty() {
        from_tools.reverse();
        return Some(from_tools.join("\n"));
    }
    let (last, before) = messages.split_last()?;
    let (ask, shown) = last
        .content
        .split_once("\n\n")
        .unwrap_or((&last.content, ""));
    let said = before.iter().rev().find(|m| m.role == "assistant");
    let text = match (shown.trim(), said) {
        ("", Some(said)) => said.content.trim(),
        ("", None) => return None,
        (shown, _) => shown,
    };
    let ask = ask.to_lowercase();
    let asks = |words: &[&str]| words.iter().any(|word| ask.contains(word));
    if asks(&["summar", "in one sentence"]) {
        return Some(first_sentence(text).to_owned());
    }
    if asks(&["shorter", "shorten", "fewer words"]) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let half = words.len().div_ceil(2);
        return Some(words[..half].join(" "));
    }
    None
}

/// Up to the first mark that ends a sentence and is followed by white space or nothing.
fn first_sentence(text: &str) -> &str {
    let end = text.char_indices().find(|(at, c)| {
        let after = &text[at + c.len_utf8()..];
        matches!(c, '.' | '!' | '?' | '\n') && !after.starts_with(|c: char| !c.is_whitespace())
    });
    end.map_or(text, |(at, c)| text[..at + c.len_utf8()].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(messages: &[(&str, &str)]) -> Option<String> {
        let messages: Vec<ChatMessage> = (messages.iter())
            .map(|(role, content)| ChatMessage {
                role: (*role).into(),
                content: (*content).into(),
            })
            .collect();
        talk(&messages)
    }

    #[test]
    fn a_summary_is_the_first_sentence_and_what_is_shorter_is_half() {
        let tools = [
            ("user", "Both?"),
            ("assistant", ""),
            ("tool", "sold"),
            ("tool", "out"),
        ];
        assert_eq!(said(&tools).as_deref(), Some("sold\nout"));
        let review = "Summarize the review.\n\nThe 1.5 l kettle leaks! I sent it back.";
        let summary = "The 1.5 l kettle leaks!";
        assert_eq!(said(&[("user", review)]).as_deref(), Some(summary));
        let ask = [
            ("user", review),
            ("assistant", summary),
            ("user", "Shorter."),
        ];
        assert_eq!(said(&ask).as_deref(), Some("The 1.5 l"));
        assert_eq!(said(&[("user", "Shorten it.")]), None);
        assert_eq!(said(&[("user", "Positive or negative?\n\nFine.")]), None);
    }
}
