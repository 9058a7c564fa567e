//! Finding a label in an answer: exact, then normalized, then as a whole word. Two labels are ambiguous.

use super::normalize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelReading {
    /// The label with this index.
    Found(usize),
    Nothing,
    Ambiguous,
}

/// Labels to find.
#[derive(Debug, Clone)]
pub struct LabelReader {
    labels: Vec<String>,
    normal: Vec<String>,
}

impl LabelReader {
    pub fn new(labels: &[String]) -> LabelReader {
        LabelReader {
            labels: labels.to_vec(),
            normal: labels.iter().map(|label| normalize(label)).collect(),
        }
    }

    /// The labels as given.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Whether a label is the expected one, ignoring case, punctuation at the ends and white space.
    pub fn matches(&self, label: usize, expected: &str) -> bool {
        self.labels[label] == expected || self.normal[label] == normalize(expected)
    }

    /// Find one of the labels in a text.
    pub fn read(&self, text: &str) -> LabelReading {
        let trimmed = text.trim();
        if let Some(i) = self.labels.iter().position(|label| label == trimmed) {
            return LabelReading::Found(i);
        }
        let plain = normalize(trimmed);
        if let Some(i) = self.normal.iter().position(|label| *label == plain) {
            return LabelReading::Found(i);
        }
        let mut found = (0..self.labels.len()).filter(|i| self.stands_alone(*i, &plain));
        match (found.next(), found.next()) {
            (None, _) => LabelReading::Nothing,
            (Some(one), None) => LabelReading::Found(one),
            _ => LabelReading::Ambiguous,
        }
    }

    /// Whether a label occurs in a text as a whole word, and not only inside a longer label: `positive` in `very
    /// positive` does not count if both are labels.
    fn stands_alone(&self, label: usize, text: &str) -> bool {
        let word = self.normal[label].as_str();
        if word.is_empty() {
            return false;
        }
        let longer = |at: usize| {
            self.normal
                .iter()
                .filter(|other| other.len() > word.len() && other.contains(word))
                .any(|other| {
                    positions(text, other).any(|l| l <= at && at + word.len() <= l + other.len())
                })
        };
        positions(text, word).any(|at| !longer(at))
    }
}

/// Find one of the labels in a text.
pub fn read_label(text: &str, labels: &[String]) -> LabelReading {
    LabelReader::new(labels).read(text)
}

/// Positions of a whole word in a text. Wide (CJK) characters need no space around them.
fn positions<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bound = |inside: Option<char>, outside: Option<char>| match (inside, outside) {
        (Some(a), Some(b)) => {
            !(a.is_alphanumeric() && b.is_alphanumeric()) || is_wide(a) || is_wide(b)
        }
        _ => true,
    };
    text.match_indices(word)
        .filter(move |(at, _)| {
            bound(word.chars().next(), text[..*at].chars().next_back())
                && bound(
                    word.chars().next_back(),
                    text[at + word.len()..].chars().next(),
                )
        })
        .map(|(at, _)| at)
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
    fn labels_are_found_as_whole_words() {
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
