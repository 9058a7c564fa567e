//! Other wordings of a text, by rule: what the stand-in can do when it is asked to rewrite an instruction.
//!
//! Knows a handful of synonyms and ways to begin; says so.

/// English words that mean much the same in an instruction.
const SYNONYMS: [(&str, &[&str]); 12] = [
    ("Classify", &["Categorise", "Determine", "Judge"]),
    ("Answer with", &["Reply with", "Respond with"]),
    ("Answer", &["Reply", "Respond"]),
    ("one word", &["a single word", "just one word"]),
    ("Is this", &["Would you call this", "Do you find this"]),
    ("Decide", &["Determine", "Work out"]),
    ("Read", &["Look at", "Go through"]),
    ("Which", &["What"]),
    ("Say", &["Tell me", "State"]),
    ("sentiment", &["feeling", "attitude"]),
    ("the following", &["this", "the given"]),
    ("Sort", &["Assign", "File"]),
];

/// Ways to begin: before a capital, which stays one, or with it made small.
const OPENINGS: [(&str, bool); 6] = [
    ("", false),
    ("Please ", true),
    ("Your task: ", true),
    ("Here is what to do. ", false),
    ("I would like you to do this: ", true),
    ("One thing is asked of you. ", false),
];
/// Ways to begin a question.
const OPENINGS_ASK: [(&str, bool); 5] = [
    ("", false),
    ("Tell me: ", true),
    ("Here is a question: ", true),
    ("One question. ", false),
    ("Answer this. ", false),
];
const OPENINGS_HAN: [&str; 5] = ["", "请你：", "任务：", "请按下面的要求做。", "你要做的是："];

/// The answer to a request for other wordings, where the messages are one: a line that says what this is, and a JSON list.
pub(super) fn rephrase(message: &str) -> Option<String> {
    let (ask, rest) = message.split_once("<text>")?;
    let (text, _) = rest.split_once("</text>")?;
    if !ask.contains("other wordings") {
        return None;
    }
    let n = ask
        .split_whitespace()
        .find_map(|word| word.parse::<usize>().ok())
        .unwrap_or(4)
        .clamp(1, 64);
    let not: Vec<&str> = ask
        .lines()
        .filter_map(|line| line.strip_prefix("- "))
        .collect();
    let keep = ask
        .split_once("exactly as they are: ")
        .map_or("", |(_, keep)| keep);
    let mut wordings = wordings(text.trim(), keep);
    wordings.retain(|wording| !not.contains(&wording.as_str()));
    wordings.truncate(n);
    let list = serde_json::to_string(&wordings).unwrap_or_default();
    Some(format!(
        "(A stand-in, not a language model: these wordings are made by rule.)\n{list}"
    ))
}

/// All wordings that the rules make, the plainest first.
pub(super) fn wordings(text: &str, keep: &str) -> Vec<String> {
    let mut bodies = vec![text.to_owned()];
    for (word, others) in SYNONYMS {
        let there = bodies.len();
        for at in 0..there {
            // A word that must stay is left alone, and so is one that another rule has put there.
            if !text.contains(word) || keep.contains(word) || !bodies[at].contains(word) {
                continue;
            }
            for other in others {
                let other = bodies[at].replacen(word, other, 1);
                bodies.push(other);
            }
        }
        bodies.truncate(64);
    }
    let han = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let openings: Vec<(&str, bool)> = if han {
        OPENINGS_HAN
            .iter()
            .map(|opening| (*opening, false))
            .collect()
    } else if text.ends_with('?') {
        OPENINGS_ASK.to_vec()
    } else {
        OPENINGS.to_vec()
    };
    let mut all: Vec<String> = Vec::new();
    for turn in 0..openings.len() {
        for (i, body) in bodies.iter().enumerate() {
            let (opening, small) = openings[(i + turn) % openings.len()];
            let mut letters = body.chars();
            let wording = match letters.next() {
                Some(first) if small => {
                    format!("{opening}{}{}", first.to_lowercase(), letters.as_str())
                }
                _ => format!("{opening}{body}"),
            };
            if wording != text && !all.contains(&wording) {
                all.push(wording);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_wordings_come_as_were_asked_for_and_none_that_is_there() {
        let ask = "Write 5 other wordings of the text. Keep these exactly as they are: positive, negative.\n\nNot one of these:\n- Please judge the sentiment.\n\n<text>\nClassify the sentiment.\n</text>";
        let answer = rephrase(ask).unwrap();
        let (said, list) = answer.split_once('\n').unwrap();
        assert!(said.contains("not a language model"));
        let list: Vec<String> = serde_json::from_str(list).unwrap();
        assert_eq!(list.len(), 5);
        let distinct: std::collections::HashSet<_> = list.iter().collect();
        assert_eq!(distinct.len(), 5);
        assert!(
            !list
                .iter()
                .any(|w| w == "Classify the sentiment." || w == "Please judge the sentiment.")
        );
        assert!(rephrase("<text>x</text>").is_none());
    }
}
