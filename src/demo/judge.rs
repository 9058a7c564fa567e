//! A judge by rule: what the stand-in can do when it is asked for a verdict.
//!
//! It compares words with the expected answer that the prompt shows, and leans a little towards what is shown first, as
//! judges do. Says that it is a stand-in.

use std::collections::BTreeSet;

/// How much more the second answer has to share with the expected one, and how much less it may not.
const LEANING: f64 = 0.1;

/// The verdict on the fields of a prompt: `Answer` (a grade on the scale named in `1 to N`), or `Answer A` and `Answer B`
/// (the better one); compared with `Expected`, where there is one, else by whether anything is said at all. what can be done, where
/// the prompt shows no such fields. Between two grades it wavers: `chance`, in [0, 1), decides.
pub(super) fn judge(prompt: &str, chance: f64) -> String {
    let expected = words(field(prompt, "Expected").unwrap_or(""));
    let likeness = |text: &str| {
        let words = words(text);
        if expected.is_empty() || words.is_empty() {
            return f64::from(u8::from(!words.is_empty()));
        }
        let both = words.intersection(&expected).count() as f64;
        2.0 * both / (words.len() + expected.len()) as f64
    };
    let said = "(A stand-in, not a language model: it compares words with the expected answer.)";
    if let (Some(a), Some(b)) = (field(prompt, "Answer A"), field(prompt, "Answer B")) {
        let (a, b) = (likeness(a), likeness(b));
        let winner = if (a - b).abs() < 1e-9 {
            "tie"
        } else if b > a + LEANING {
            "B"
        } else {
            "A"
        };
        return format!("{said}\nWinner: {winner}");
    }
    match field(prompt, "Answer") {
        Some(answer) => {
            let steps = f64::from(scale(prompt).max(2) - 1);
            let grade = 1.0 + (likeness(answer) * steps + chance).floor();
            format!("{said}\nGrade: {grade}")
        }
        None => format!(
            "{said}\nThere is nothing to judge: write the answer behind `Answer:`, or two behind `Answer A:` and `Answer B:`, and the expected one behind `Expected:`."
        ),
    }
}

/// What stands behind a name and a colon at the start of a line.
fn field<'a>(prompt: &'a str, name: &str) -> Option<&'a str> {
    prompt.lines().find_map(|line| {
        Some(
            line.trim_start()
                .strip_prefix(name)?
                .strip_prefix(':')?
                .trim(),
        )
    })
}

/// The highest grade, where the prompt says `1 to 5` or the like.
fn scale(prompt: &str) -> u32 {
    prompt
        .split_once("1 to ")
        .and_then(|(_, rest)| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .unwrap_or(5)
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grades_by_the_words_that_are_shared_and_says_what_it_is() {
        for (answer, grade) in [("a red cat", 5), ("a cat", 4), ("dogs", 1), ("", 1)] {
            let prompt = format!("Grade it from 1 to 5.\nExpected: a red cat\nAnswer: {answer}");
            let said = judge(&prompt, 0.5);
            assert!(said.contains("not a language model"), "{said}");
            assert!(
                said.ends_with(&format!("Grade: {grade}")),
                "{answer}: {said}"
            );
        }
    }

    #[test]
    fn it_compares_two_and_leans_to_the_first() {
        let said = |a: &str, b: &str| {
            let prompt = format!(
                "Expected: one two three four five six seven eight nine\nAnswer A: {a}\nAnswer B: {b}"
            );
            judge(&prompt, 0.5)
                .rsplit(' ')
                .next()
                .unwrap_or("")
                .to_owned()
        };
        assert_eq!(said("one two three four", "one"), "A");
        assert_eq!(said("one", "one two three four"), "B");
        assert_eq!(said("one two", "two one"), "tie");
        // Nearly the same: whoever comes first.
        assert_eq!(said("one two three four", "one two three four five"), "A");
        assert_eq!(said("one two three four five", "one two three four"), "A");
    }
}
