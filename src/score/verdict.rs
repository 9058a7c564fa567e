//! Reading what a judge said: a grade on a scale, or which of two answers is the better one.
//!
//! A verdict that cannot be told for certain is none: to guess one would be to invent a score.

use crate::read::{JsonShape, read_json};
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// Which of two answers a judge prefers, by the place at which they were shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    First,
    Second,
    Tie,
}

/// Keys under which judges that answer in JSON put a grade.
const GRADES: [&str; 5] = ["grade", "score", "rating", "verdict", "mark"];

/// Keys under which they put the better answer.
const CHOICES: [&str; 6] = [
    "winner",
    "better",
    "preference",
    "preferred",
    "verdict",
    "choice",
];

/// The grade in a judge's words, from 1 to `scale`: a key of JSON, else what stands behind the word `grade` (or `score`,
/// `rating`, `verdict`, `mark`; the last one counts), else the only number in the text. `None` where there is none, where
/// several numbers could be it, and where it is off the scale.
pub fn read_grade(text: &str, scale: u32) -> Option<f64> {
    static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:\b(?:grade|score|rating|verdict|mark)\b|评分|得分|分数)[^\p{L}\p{N}\n-]{0,12}(?:is\s+|of\s+)?\**(-?\d+(?:\.\d+)?)").ok()
    });
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(-?\d+(?:\.\d+)?)(?:\s*(?:/|out of)\s*\d+)?").ok());
    let text = behind_thoughts(text);
    let number = |found: regex::Captures<'_>| found.get(1)?.as_str().parse::<f64>().ok();
    let keyed = read_json(text, JsonShape::default())
        .ok()
        .map(|found| found.value)
        .and_then(|json| match &json {
            Value::Object(_) => GRADES.iter().find_map(|key| match json.get(*key)? {
                Value::String(text) => text.trim().parse().ok(),
                other => other.as_f64(),
            }),
            _ => None,
        });
    let grade = keyed
        .or_else(|| number(NAMED.as_ref()?.captures_iter(text).last()?))
        .or_else(|| {
            let mut numbers = NUMBER.as_ref()?.captures_iter(text).filter_map(number);
            let first = numbers.next()?;
            numbers.all(|other| other == first).then_some(first)
        })?;
    (1.0..=f64::from(scale)).contains(&grade).then_some(grade)
}

/// Which of two answers, shown as A and B, a judge prefers: `[[A]]`, a key of JSON, what stands behind the word `winner`
/// (or `better`, `preference`, `verdict`, `choice`; the last one counts), else the whole of the text or of its last line.
/// `None` where it does not say so plainly.
pub fn read_preference(text: &str) -> Option<Preference> {
    static BRACKETS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\[\[\s*([A-Za-z0-9]+)\s*\]\]").ok());
    static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:winner|better|preference|preferred|verdict|choice)\b(?:[^\p{L}\p{N}\n]{1,4}(?:answer|response|output|one))?[^\p{L}\p{N}\n]{0,6}(?:\bis\b)?[^\p{L}\p{N}\n]{0,6}(?:(?:the|answer|response|output)\s+)*(a|b|1|2|first|second|tie|draw|neither|equal)\b").ok()
    });
    let text = behind_thoughts(text);
    let last = |pattern: &LazyLock<Option<Regex>>| {
        let found = pattern.as_ref()?.captures_iter(text).last()?;
        word(found.get(1)?.as_str())
    };
    let keyed = || {
        let json = read_json(text, JsonShape::default()).ok()?.value;
        CHOICES
            .iter()
            .find_map(|key| word(json.get(*key)?.as_str()?))
    };
    last(&BRACKETS)
        .or_else(keyed)
        .or_else(|| last(&NAMED))
        .or_else(|| word(text))
        .or_else(|| word(text.trim().lines().last()?))
}

/// One of two, in the words that judges use.
fn word(text: &str) -> Option<Preference> {
    let plain = crate::read::normalize(text);
    let mut words = plain.split(' ').peekable();
    words.next_if(|w| *w == "the");
    words.next_if(|w| matches!(*w, "answer" | "response" | "output"));
    let word = words.next()?;
    // `first answer`, `a is better`.
    let rest: Vec<&str> = words.collect();
    let stop = matches!(
        rest.as_slice(),
        [] | ["answer" | "response" | "output" | "one"] | ["is", "better"]
    );
    match word {
        "a" | "1" | "first" if stop => Some(Preference::First),
        "b" | "2" | "second" if stop => Some(Preference::Second),
        "tie" | "draw" | "neither" | "equal" if stop => Some(Preference::Tie),
        _ => None,
    }
}

/// What follows the thoughts of a model that thinks aloud.
fn behind_thoughts(text: &str) -> &str {
    text.rsplit_once("</think>")
        .map_or(text, |(_, said)| said)
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_is_read_where_it_is_said_plainly() {
        for (text, grade) in [
            ("4", Some(4.0)),
            ("Grade: 4", Some(4.0)),
            ("**Score:** 3.5/5", Some(3.5)),
            ("I would give it 4 out of 5.", Some(4.0)),
            ("It has 2 of the 3 facts.\nRating: 2", Some(2.0)),
            ("score: 1, no, wait; score: 5", Some(5.0)),
            ("{\"reason\": \"3 faults\", \"grade\": 2}", Some(2.0)),
            ("{\"score\": \"5\"}", Some(5.0)),
            (
                "<think>Score: 1? It has 7 words.</think>Score: 4",
                Some(4.0),
            ),
            ("评分：4", Some(4.0)),
            ("It names 2 of 3 facts.", None),
            ("very good", None),
            ("Grade: 9", None),
            ("Grade: 0", None),
            ("Grade: -3", None),
            ("", None),
        ] {
            assert_eq!(read_grade(text, 5), grade, "{text}");
        }
    }

    #[test]
    fn a_preference_is_read_where_it_is_said_plainly() {
        use Preference::{First, Second, Tie};
        for (text, preference) in [
            ("A", Some(First)),
            ("b.", Some(Second)),
            ("Winner: B", Some(Second)),
            ("Both are short. The better answer is A.", Some(First)),
            ("My final verdict: [[B]]", Some(Second)),
            ("{\"winner\": \"tie\"}", Some(Tie)),
            ("A is terse, B is not.\nThe first answer", Some(First)),
            ("Answer B is better", Some(Second)),
            ("It is a tie between good answers", None),
            ("A is better than B in style, B in facts", None),
            ("A good question", None),
            ("", None),
        ] {
            assert_eq!(read_preference(text), preference, "{text}");
        }
    }
}
