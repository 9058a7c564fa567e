//! Word-level differences of two texts.

use super::{call::CallLine, tokens::tokens};
use crate::display::visible;
use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::collections::HashMap;

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

/// Share of their text that two lines have in common, from where one counts as the other changed.
const ALIKE: f64 = 1.0 / 3.0;

/// With more pairs of lines than this, the lines of a stretch are matched by their places alone.
const MOST_PAIRS: usize = 2_500;

/// The difference of two texts: lines first, then words inside of lines that changed (Unicode words: a CJK character is a
/// word; a placeholder or a tag is one too). Lines that have less than a third in common replace each other whole.
pub fn word_diff(before: &str, after: &str) -> Vec<Piece> {
    let (old, new) = (lines(before), lines(after));
    let mut pieces = Pieces::default();
    let (mut gone, mut come) = (0..0, 0..0);
    for op in capture_diff_slices(Algorithm::Histogram, &old, &new) {
        match op.tag() {
            DiffTag::Equal => {
                stretch(&old[gone], &new[come], &mut pieces);
                for line in &old[op.old_range()] {
                    pieces.push(Change::Same, line);
                }
                (gone, come) = (
                    op.old_range().end..op.old_range().end,
                    op.new_range().end..op.new_range().end,
                );
            }
            _ => {
                gone.end = op.old_range().end;
                come.end = op.new_range().end;
            }
        }
    }
    stretch(&old[gone], &new[come], &mut pieces);
    pieces.finish()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A stretch without a common line: each line beside the one that it was changed into.
fn stretch(old: &[&str], new: &[&str], pieces: &mut Pieces) {
    let (mut from, mut to) = (0, 0);
    for (a, b) in matched(old, new) {
        pieces.replace(&old[from..a].concat(), &new[to..b].concat());
        inside(old[a], new[b], pieces);
        (from, to) = (a + 1, b + 1);
    }
    pieces.replace(&old[from..].concat(), &new[to..].concat());
}

/// Pairs of lines that are alike, in order, so that together they have most in common.
fn matched(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut numbers = HashMap::new();
    let [olds, news] = [old, new].map(|lines| -> Vec<LineWords<'_>> {
        let words = lines.iter().map(|line| LineWords::new(line, &mut numbers));
        words.collect()
    });
    let (n, m) = (old.len(), new.len());
    if n * m > MOST_PAIRS {
        return (0..n.min(m))
            .map(|i| (i, i))
            .filter(|(a, b)| olds[*a].likeness(&news[*b]) >= ALIKE)
            .collect();
    }
    // Most in common of the lines from a and from b on.
    let width = m + 1;
    let mut best = vec![0.0f64; (n + 1) * width];
    for a in (0..n).rev() {
        for b in (0..m).rev() {
            let like = olds[a].likeness(&news[b]);
            let paired = match like >= ALIKE {
                true => like + best[(a + 1) * width + b + 1],
                false => 0.0,
            };
            best[a * width + b] = paired
                .max(best[(a + 1) * width + b])
                .max(best[a * width + b + 1]);
        }
    }
    let (mut pairs, mut a, mut b) = (Vec::new(), 0, 0);
    while a < n && b < m {
        let here = best[a * width + b];
        if best[(a + 1) * width + b] == here {
            a += 1;
        } else if best[a * width + b + 1] == here {
            b += 1;
        } else {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        }
    }
    pairs
}

fn is_blank(token: &str) -> bool {
    token.chars().all(char::is_whitespace)
}

/// The words of a line without their order: (number, bytes), sorted.
struct LineWords<'t> {
    words: Vec<(usize, usize)>,
    bytes: usize,
    /// The tool that it calls, if it is a call.
    called: Option<&'t str>,
}

impl<'t> LineWords<'t> {
    fn new(line: &'t str, numbers: &mut HashMap<&'t str, usize>) -> LineWords<'t> {
        let words = tokens(line).into_iter().filter(|token| !is_blank(token));
        let mut words: Vec<(usize, usize)> = words
            .map(|word| {
                let next = numbers.len();
                (*numbers.entry(word).or_insert(next), word.len())
            })
            .collect();
        words.sort_unstable();
        LineWords {
            bytes: words.iter().map(|(_, bytes)| bytes).sum(),
            words,
            called: CallLine::parse(line, tokens).map(|call| call.name),
        }
    }

    /// The share of the longer line that both have, white space left out. Two calls of one tool are alike.
    fn likeness(&self, other: &LineWords<'_>) -> f64 {
        let is_same_tool = self.called.is_some() && self.called == other.called;
        let least = if is_same_tool { ALIKE } else { 0.0 };
        self.common_share(other).max(least)
    }

    fn common_share(&self, other: &LineWords<'_>) -> f64 {
        let longer = self.bytes.max(other.bytes);
        if longer == 0 {
            return 1.0;
        }
        let (mut a, mut b, mut same) = (0, 0, 0);
        while let (Some(x), Some(y)) = (self.words.get(a), other.words.get(b)) {
            same += if x == y { x.1 } else { 0 };
            a += usize::from(x <= y);
            b += usize::from(y <= x);
        }
        same as f64 / longer as f64
    }
}

/// The words of a line that was changed into another.
fn inside(old: &str, new: &str, pieces: &mut Pieces) {
    let calls = [old, new].map(|line| CallLine::parse(line, tokens));
    let (a, b) = match calls {
        [Some(a), Some(b)] => (a.tokens, b.tokens),
        _ => (tokens(old), tokens(new)),
    };
    for op in capture_diff_slices(Algorithm::Myers, &a, &b) {
        let (gone, come) = (a[op.old_range()].concat(), b[op.new_range()].concat());
        match op.tag() {
            DiffTag::Equal => pieces.push(Change::Same, &gone),
            _ => pieces.replace(&gone, &come),
        }
    }
}

/// Pieces as they come, neighbours with one fate joined.
#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    gone: String,
    come: String,
    /// Blanks since the last change, which belong to it where another change follows: a blank between two unlike words is
    /// nothing that they share.
    blank: String,
}

impl Pieces {
    fn replace(&mut self, gone: &str, come: &str) {
        if gone.is_empty() && come.is_empty() {
            return;
        }
        let blank = std::mem::take(&mut self.blank);
        self.gone += &blank;
        self.come += &blank;
        self.gone += gone;
        self.come += come;
    }

    fn push(&mut self, change: Change, text: &str) {
        let is_open = !(self.gone.is_empty() && self.come.is_empty());
        let is_gap = !text.is_empty() && text.chars().all(|c| matches!(c, ' ' | '\t'));
        // Where only one side has words, nothing was replaced.
        if change == Change::Same && is_open && is_gap && self.replaces() {
            self.blank += text;
            return;
        }
        self.close();
        self.add(change, text);
    }

    fn replaces(&self) -> bool {
        !is_blank(&self.gone) && !is_blank(&self.come)
    }

    fn close(&mut self) {
        for (change, text) in [
            (Change::Removed, std::mem::take(&mut self.gone)),
            (Change::Added, std::mem::take(&mut self.come)),
            (Change::Same, std::mem::take(&mut self.blank)),
        ] {
            self.add(change, &text);
        }
    }

    fn add(&mut self, change: Change, text: &str) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.change == change => last.text.push_str(text),
            _ => self.pieces.push(Piece {
                change,
                text: text.to_owned(),
            }),
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.close();
        self.pieces
    }
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

    fn shown(before: &str, after: &str) -> String {
        let pieces = word_diff(before, after);
        assert_eq!(join(&pieces, Change::Added), before);
        assert_eq!(join(&pieces, Change::Removed), after);
        pieces.iter().map(Piece::marked).collect()
    }

    #[test]
    fn lines_are_not_torn_apart() {
        let before =
            "You are a careful reader.\nAnswer with one word.\n\nReview: {{ row.text }}\nAnswer:";
        for (after, expected) in [
            (
                "You are a very careful reader.\nThink step by step, then decide.\n\nReview: {{ row.text }}\nLabel:",
                "You are a {+very·+}careful reader.\n[-Answer with one word.⏎\n-]{+Think step by step, then decide.⏎\n+}\nReview: {{ row.text }}\n[-Answer:-]{+Label:+}",
            ),
            (
                "Answer with one word.\n\nReview: {{ row.body }}\nAnswer:",
                "[-You are a careful reader.⏎\n-]Answer with one word.\n\nReview: [-{{ row.text }}-]{+{{ row.body }}+}\nAnswer:",
            ),
            (
                "You are a careful reader.\nBe brief.\nAnswer with one word.\n\nReview: {{ row.text }}\nAnswer:\n",
                "You are a careful reader.\n{+Be brief.⏎\n+}Answer with one word.\n\nReview: {{ row.text }}\nAnswer:{+⏎\n+}",
            ),
        ] {
            assert_eq!(shown(before, after), expected);
        }
        assert_eq!(
            shown("Say good or bad.", "Say true or false."),
            "Say [-good-]{+true+} or [-bad-]{+false+}."
        );
        assert_eq!(
            shown(
                "Is this a good film or not?",
                "Is this one splendid film or not?"
            ),
            "Is this [-a good-]{+one splendid+} film or not?"
        );
        assert_eq!(shown("", "a\n"), "{+a⏎\n+}");
        assert_eq!(shown("a", "a"), "a");
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
