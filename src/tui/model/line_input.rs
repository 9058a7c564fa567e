//! A line that is being typed.

use unicode_segmentation::UnicodeSegmentation;

/// A line that is being typed, with a cursor between graphemes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineInput {
    text: String,
    /// In bytes, always at the edge of a grapheme.
    at: usize,
}

/// What a key does to the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    Insert(char),
    /// Delete to the left.
    Backspace,
    /// Delete to the right.
    Delete,
    /// Delete the word to the left.
    DeleteWord,
    Clear,
    /// One to the left.
    Left,
    /// One to the right.
    Right,
    Home,
    End,
}

impl LineInput {
    /// A line that holds this text, the cursor at its end.
    pub fn new(text: impl Into<String>) -> LineInput {
        let text = text.into();
        LineInput {
            at: text.len(),
            text,
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and after the cursor.
    pub fn parts(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }

    /// Do as a key says.
    pub fn apply(&mut self, typing: Typing) {
        let left = |text: &str, at: usize| {
            text[..at]
                .grapheme_indices(true)
                .next_back()
                .map_or(0, |(i, _)| i)
        };
        match typing {
            Typing::Insert(c) if c.is_control() => {}
            Typing::Insert(c) => {
                self.text.insert(self.at, c);
                self.at += c.len_utf8();
            }
            Typing::Backspace => {
                let from = left(&self.text, self.at);
                self.text.replace_range(from..self.at, "");
                self.at = from;
            }
            Typing::Delete => {
                let to = self.at + self.step();
                self.text.replace_range(self.at..to, "");
            }
            Typing::DeleteWord => {
                let before = self.text[..self.at].trim_end();
                let from = before.rfind(char::is_whitespace).map_or(0, |i| {
                    i + before[i..].chars().next().map_or(1, char::len_utf8)
                });
                self.text.replace_range(from..self.at, "");
                self.at = from;
            }
            Typing::Clear => *self = LineInput::default(),
            Typing::Left => self.at = left(&self.text, self.at),
            Typing::Right => self.at += self.step(),
            Typing::Home => self.at = 0,
            Typing::End => self.at = self.text.len(),
        }
    }

    fn step(&self) -> usize {
        self.text[self.at..]
            .graphemes(true)
            .next()
            .map_or(0, str::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grapheme_is_one_step() {
        let mut line = LineInput::new("e\u{301}情x");
        line.apply(Typing::Left);
        line.apply(Typing::Left);
        assert_eq!(line.parts(), ("e\u{301}", "情x"));
        line.apply(Typing::Backspace);
        assert_eq!(line.text(), "情x");
        line.apply(Typing::Insert('\u{1b}'));
        line.apply(Typing::Delete);
        line.apply(Typing::Insert('a'));
        assert_eq!(line.parts(), ("a", "x"));
        let mut words = LineInput::new("one two ");
        words.apply(Typing::DeleteWord);
        assert_eq!(words.text(), "one ");
    }
}
