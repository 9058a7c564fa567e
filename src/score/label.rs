//! Finding a label in an answer: exact, then normalised, then as a whole word. Two labels found are none.

use super::normalize;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelReading {
    /// The label of that index.
    Found(usize),
    /// None.
    Nothing,
    /// Several.
    Ambiguous,
}

/// Find one of the labels in a text.
pub fn read_label(text: &str, labels: &[String]) -> LabelReading {
    let trimmed = text.trim();
    if let Some(i) = labels.iter().position(|label| label == trimmed) {
        return LabelReading::Found(i);
    }
    let plain = normalize(trimmed);
    let normal: Vec<String> = labels.iter().map(|label| normalize(label)).collect();
    if let Some(i) = normal.iter().position(|label| *label == plain) {
        return LabelReading::Found(i);
    }
    let found: Vec<usize> = (0..labels.len())
        .filter(|&i| {
            !normal[i].is_empty()
                && places(&plain, &normal[i]).into_iter().any(|at| {
                    // `positive` inside `very positive`, where both are labels, does not count.
                    !normal.iter().any(|longer| {
                        longer.len() > normal[i].len()
                            && places(&plain, longer)
                                .into_iter()
                                .any(|l| l <= at && at + normal[i].len() <= l + longer.len())
                    })
                })
        })
        .collect();
    match found.as_slice() {
        [] => LabelReading::Nothing,
        [one] => LabelReading::Found(*one),
        _ => LabelReading::Ambiguous,
    }
}

/// Where a word stands whole in a text. Wide (CJK) characters need no space around them.
fn places(text: &str, word: &str) -> Vec<usize> {
    let bound = |inside: Option<char>, outside: Option<char>| match (inside, outside) {
        (Some(a), Some(b)) => {
            !(a.is_alphanumeric() && b.is_alphanumeric()) || is_wide(a) || is_wide(b)
        }
        _ => true,
    };
    text.match_indices(word)
        .filter(|(at, _)| {
            bound(word.chars().next(), text[..*at].chars().next_back())
                && bound(
                    word.chars().next_back(),
                    text[at + word.len()..].chars().next(),
                )
        })
        .map(|(at, _)| at)
        .collect()
}

fn is_wide(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, labels: &[&str]) -> LabelReading {
        read_label(
            text,
            &labels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn labels_are_found_as_people_would_find_them() {
        let labels = ["positive", "negative"];
        for text in [
            "positive",
            " Positive.\n",
            "**Positive**",
            "It is positive!",
            "Sentiment: POSITIVE",
        ] {
            assert_eq!(read(text, &labels), LabelReading::Found(0), "{text}");
        }
        assert_eq!(read("positively bad", &labels), LabelReading::Nothing);
        assert_eq!(
            read("partly positive, partly negative", &labels),
            LabelReading::Ambiguous
        );
        assert_eq!(read("", &labels), LabelReading::Nothing);
        assert_eq!(
            read("我认为是正面的。", &["正面", "负面"]),
            LabelReading::Found(0)
        );
        assert_eq!(
            read("very positive indeed", &["positive", "very positive"]),
            LabelReading::Found(1)
        );
        assert_eq!(
            read(
                "very positive, then positive",
                &["positive", "very positive"]
            ),
            LabelReading::Ambiguous
        );
    }
}
