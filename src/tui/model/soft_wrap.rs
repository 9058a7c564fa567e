//! Where a line of text is broken to fit a width: between graphemes, after blanks and around wide characters where that is
//! possible. The cursor and the picture of the text editor go by the same lines.

use crate::display::{clean, columns};
use std::{borrow::Cow, ops::Range};
use unicode_segmentation::UnicodeSegmentation;

/// A grapheme as the editor shows it; nothing where it has no width.
pub(crate) fn shown_grapheme(grapheme: &str) -> Cow<'_, str> {
    match grapheme.as_bytes() {
        [b'\t'] => "    ".into(),
        [b' '..=b'~'] => grapheme.into(),
        _ => clean(grapheme).into(),
    }
}

/// Columns of a text as the editor shows it.
pub(crate) fn grapheme_columns(text: &str) -> usize {
    let shown = text.graphemes(true).map(shown_grapheme);
    shown.map(|grapheme| columns(&grapheme)).sum()
}

/// A line of text and where it is broken.
pub(crate) struct SoftWrap<'a> {
    line: &'a str,
    /// Where each part begins, in bytes.
    starts: Vec<usize>,
}

impl<'a> SoftWrap<'a> {
    /// Break a line to so many columns. A blank may hang in the column after them, where a cursor has room too.
    pub(crate) fn new(line: &'a str, room: usize) -> SoftWrap<'a> {
        let room = room.max(2);
        let mut starts = vec![0];
        // The columns used, the last place to break at, and the columns after it.
        let (mut used, mut break_at, mut after) = (0, 0, 0);
        for (at, grapheme) in line.grapheme_indices(true) {
            let width = columns(&shown_grapheme(grapheme));
            let is_blank = matches!(grapheme, " " | "\t");
            let is_wide = width > 1 && !is_blank;
            if is_wide {
                (break_at, after) = (at, 0);
            }
            if used + width > room + usize::from(is_blank) && used > 0 {
                if break_at <= starts.last().copied().unwrap_or(0) {
                    (break_at, after) = (at, 0);
                }
                starts.push(break_at);
                used = after;
            }
            used += width;
            after += width;
            if is_blank || is_wide {
                (break_at, after) = (at + grapheme.len(), 0);
            }
        }
        SoftWrap { line, starts }
    }

    pub(crate) fn parts(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a part.
    pub(crate) fn range(&self, part: usize) -> Range<usize> {
        let start = self.starts.get(part).copied().unwrap_or(self.line.len());
        let end = self.starts.get(part + 1).copied();
        start..end.unwrap_or(self.line.len())
    }

    /// The part that a byte is in.
    pub(crate) fn part_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at) - 1
    }

    /// The byte at a column of a part: the edge of a grapheme, within the part.
    pub(crate) fn place(&self, part: usize, column: usize) -> usize {
        let range = self.range(part);
        let is_last = part + 1 >= self.parts();
        let (mut used, mut place) = (0, range.start);
        for (at, grapheme) in self.line[range.clone()].grapheme_indices(true) {
            place = range.start + at;
            used += columns(&shown_grapheme(grapheme));
            if used > column {
                return place;
            }
        }
        if is_last { range.end } else { place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str, room: usize) -> Vec<&str> {
        let wrap = SoftWrap::new(line, room);
        (0..wrap.parts()).map(|p| &line[wrap.range(p)]).collect()
    }

    #[test]
    fn lines_are_broken_between_words_and_wide_characters() {
        assert_eq!(parts("one two three", 8), ["one two ", "three"]);
        // The blank hangs.
        assert_eq!(parts("one two three", 7), ["one two ", "three"]);
        assert_eq!(parts("one two three", 6), ["one ", "two ", "three"]);
        assert_eq!(parts("abcdefgh ij", 3), ["abc", "def", "gh ", "ij"]);
        assert_eq!(parts("情感分析abc", 5), ["情感", "分析", "abc"]);
        assert_eq!(parts("{{ 情感 }}", 6), ["{{ 情", "感 }}"]);
        assert_eq!(parts("", 5), [""]);
        assert_eq!(parts("a\tb", 4), ["a\t", "b"]);
        // Letters with their marks stay whole, however many code points they have.
        assert_eq!(
            parts("e\u{301}e\u{301}e\u{301}", 2),
            ["e\u{301}e\u{301}", "e\u{301}"]
        );
        // A row of blanks is broken too.
        assert_eq!(parts("ab    cd", 3), ["ab  ", "  ", "cd"]);
    }

    #[test]
    fn every_part_fits_and_nothing_is_lost() {
        let text = "Ein Satz mit Wörtern, 情感分析 and 👩‍👩‍👧 families\tand {{ row.text }}   ends.";
        for room in 2..40 {
            let wrap = SoftWrap::new(text, room);
            let joined: String = (0..wrap.parts()).map(|p| &text[wrap.range(p)]).collect();
            assert_eq!(joined, text);
            for part in 0..wrap.parts() {
                let range = wrap.range(part);
                assert!(!range.is_empty());
                assert_eq!(wrap.part_of(range.start), part);
                let shown = &text[range.clone()];
                let fits = grapheme_columns(shown) <= room + 4;
                assert!(
                    fits || shown.graphemes(true).count() == 1,
                    "{room} {shown:?}"
                );
                let place = wrap.place(part, 3);
                assert!(range.contains(&place) || place == text.len());
            }
        }
    }
}
