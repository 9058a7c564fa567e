//! Word-level differences of two texts.

use crate::display::visible;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// What became of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Same,
    Removed,
    Added,
}

/// A run of words with the same fate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    pub change: Change,
    /// The text, white space included; the pieces that are not `Added` joined are the text before, those that are not
    /// `Removed` the text after.
    pub text: String,
}

impl Piece {
    /// Its text with the white space that would not be seen made visible: at its ends, and line ends anywhere.
    pub fn with_visible_space(&self) -> String {
        let inner = self.text.trim_matches([' ', '\t']);
        let start = self.text.len() - self.text.trim_start_matches([' ', '\t']).len();
        let (head, tail) = if inner.is_empty() {
            (self.text.as_str(), "")
        } else {
            (&self.text[..start], &self.text[start + inner.len()..])
        };
        let mark = |space: &str| space.replace(' ', "·").replace('\t', "→\t");
        let inner = inner.replace('\n', "⏎\n").replace('\r', "␍");
        format!("{}{inner}{}", mark(head), mark(tail))
    }

    /// The piece as plain text: `[-removed-]`, `{+added+}`; control characters visible.
    pub fn marked(&self) -> String {
        match self.change {
            Change::Same => visible(&self.text),
            Change::Removed => format!("[-{}-]", visible(&self.with_visible_space())),
            Change::Added => format!("{{+{}+}}", visible(&self.with_visible_space())),
        }
    }
}

/// The difference of two texts, word by word (Unicode words: a CJK character is a word).
pub fn word_diff(before: &str, after: &str) -> Vec<Piece> {
    let diff = TextDiff::from_unicode_words(before, after);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let tag = match change.tag() {
            ChangeTag::Equal => Change::Same,
            ChangeTag::Delete => Change::Removed,
            ChangeTag::Insert => Change::Added,
        };
        match pieces.last_mut() {
            Some(last) if last.change == tag => last.text.push_str(change.value()),
            _ => pieces.push(Piece {
                change: tag,
                text: change.value().to_owned(),
            }),
        }
    }
    pieces
}

/// Number of places where the texts differ: a removal beside an addition is one.
pub fn changes(pieces: &[Piece]) -> usize {
    let mut n = 0;
    let mut inside = false;
    for piece in pieces {
        let changed = piece.change != Change::Same;
        n += usize::from(changed && !inside);
        inside = changed;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(pieces: &[Piece], without: Change) -> String {
        pieces
            .iter()
            .filter(|p| p.change != without)
            .map(|p| p.text.as_str())
            .collect()
    }

    #[test]
    fn one_word_changed_is_one_change() {
        let (a, b) = (
            "Classify the sentiment of it.",
            "Classify the opinion of it.",
        );
        let pieces = word_diff(a, b);
        assert_eq!(changes(&pieces), 1);
        assert_eq!(
            (join(&pieces, Change::Added), join(&pieces, Change::Removed)),
            (a.to_owned(), b.to_owned())
        );
        assert!(pieces.contains(&Piece {
            change: Change::Removed,
            text: "sentiment".into()
        }));
    }

    #[test]
    fn white_space_that_changed_is_seen() {
        let shown = |text: &str| {
            let (change, text) = (Change::Added, text.to_owned());
            Piece { change, text }.with_visible_space()
        };
        assert_eq!(shown(" "), "·");
        assert_eq!(shown("a b  "), "a b··");
        assert_eq!(shown("\tx\ny"), "→\tx⏎\ny");
        assert_eq!(shown("\n"), "⏎\n");
        assert_eq!(shown("x\r\n"), "x␍⏎\n");
    }

    #[test]
    fn one_character_in_chinese_is_one_change() {
        let pieces = word_diff("判断评论的情感", "请判断评论的情感");
        assert_eq!(
            pieces[0],
            Piece {
                change: Change::Added,
                text: "请".into()
            }
        );
        assert_eq!(changes(&pieces), 1);
    }
}
