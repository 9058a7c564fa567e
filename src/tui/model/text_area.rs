//! A text that is edited in place, of one line or several: a cursor between graphemes, undo.
//!
//! Our own and not `ratatui-textarea`: that one steps by `char`, so Backspace takes an accent or a skin tone off its letter,
//! and it leaves control characters out of the picture where we make them visible.

use unicode_segmentation::UnicodeSegmentation;

/// Most steps that can be undone.
const MOST_UNDO: usize = 500;

/// What a key does to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Insert a character; a line end begins a new line.
    Insert(char),
    /// Delete to the left.
    Backspace,
    /// Delete to the right.
    Delete,
    DeleteLine,
    /// Delete the word to the left.
    DeleteWord,
    /// One to the left, or to the end of the line before.
    Left,
    /// One to the right, or to the beginning of the next line.
    Right,
    /// So many lines up or down.
    Lines(isize),
    Pages(isize),
    /// To the beginning of the line.
    Home,
    /// To the end of the line.
    End,
    /// Take the last change back.
    Undo,
    /// Make the change that was taken back again.
    Redo,
}

/// The lines, the line of the cursor and the bytes before it there.
type TextState = (Vec<String>, usize, usize);

/// A text that is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextArea {
    lines: Vec<String>,
    line: usize,
    /// In bytes, always at the edge of a grapheme.
    at: usize,
    undo: Vec<TextState>,
    redo: Vec<TextState>,
    changed: bool,
}

impl Default for TextArea {
    fn default() -> Self {
        TextArea {
            lines: vec![String::new()],
            line: 0,
            at: 0,
            undo: Vec::new(),
            redo: Vec::new(),
            changed: false,
        }
    }
}

impl TextArea {
    /// A text with the cursor at its beginning.
    pub fn new(text: &str) -> TextArea {
        TextArea {
            lines: text.split('\n').map(str::to_owned).collect(),
            ..TextArea::default()
        }
    }

    /// One line of text, with the cursor at its end.
    pub fn line(text: impl Into<String>) -> TextArea {
        let text = text.into();
        TextArea {
            at: text.len(),
            lines: vec![text],
            ..TextArea::default()
        }
    }

    /// The first line, before and after the cursor.
    pub fn parts(&self) -> (&str, &str) {
        self.here().split_at(self.at)
    }

    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The line of the cursor, and the bytes before it there.
    pub fn cursor(&self) -> (usize, usize) {
        (self.line, self.at)
    }

    /// Line and column of the cursor, from 1; the column in graphemes.
    pub fn place(&self) -> (usize, usize) {
        let before = self.here()[..self.at].graphemes(true).count();
        (self.line + 1, before + 1)
    }

    /// Whether anything was changed since it was last saved.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    pub fn saved(&mut self) {
        self.changed = false;
    }

    fn here(&self) -> &str {
        self.lines.get(self.line).map_or("", String::as_str)
    }

    fn before(&self) -> usize {
        self.here()[..self.at]
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(i, _)| i)
    }

    fn after(&self) -> usize {
        let rest = &self.here()[self.at..];
        self.at + rest.graphemes(true).next().map_or(0, str::len)
    }

    /// Do as a key says; `page` is the height of the window.
    pub fn apply(&mut self, edit: Edit, page: usize) {
        match edit {
            Edit::Insert(_)
            | Edit::Backspace
            | Edit::Delete
            | Edit::DeleteLine
            | Edit::DeleteWord => {
                self.undo.push((self.lines.clone(), self.line, self.at));
                self.redo.clear();
                if self.undo.len() > MOST_UNDO {
                    self.undo.remove(0);
                }
                self.changed = true;
                self.change(edit);
            }
            Edit::Undo => {
                if let Some(state) = self.undo.pop() {
                    let now = self.restore(state);
                    self.redo.push(now);
                }
            }
            Edit::Redo => {
                if let Some(state) = self.redo.pop() {
                    let now = self.restore(state);
                    self.undo.push(now);
                }
            }
            _ => self.step(edit, page),
        }
    }

    /// Put a state in place of the present one, which is returned.
    fn restore(&mut self, (lines, line, at): TextState) -> TextState {
        let now = (
            std::mem::replace(&mut self.lines, lines),
            self.line,
            self.at,
        );
        (self.line, self.at, self.changed) = (line, at, true);
        now
    }

    fn change(&mut self, edit: Edit) {
        let (line, at) = (self.line, self.at);
        match edit {
            Edit::Insert('\n') => {
                let rest = self.lines[line].split_off(at);
                self.lines.insert(line + 1, rest);
                (self.line, self.at) = (line + 1, 0);
            }
            Edit::Insert(c) if c.is_control() && c != '\t' => {}
            Edit::Insert(c) => {
                self.lines[line].insert(at, c);
                self.at += c.len_utf8();
            }
            Edit::Backspace if at > 0 => {
                let from = self.before();
                self.lines[line].replace_range(from..at, "");
                self.at = from;
            }
            Edit::Backspace if line > 0 => {
                let rest = self.lines.remove(line);
                self.line -= 1;
                self.at = self.lines[self.line].len();
                self.lines[self.line].push_str(&rest);
            }
            Edit::Delete if at < self.here().len() => {
                let to = self.after();
                self.lines[line].replace_range(at..to, "");
            }
            Edit::Delete if line + 1 < self.lines.len() => {
                let rest = self.lines.remove(line + 1);
                self.lines[line].push_str(&rest);
            }
            Edit::DeleteWord => {
                let before = self.here()[..at].trim_end();
                let from = before.rfind(char::is_whitespace).map_or(0, |i| {
                    i + before[i..].chars().next().map_or(1, char::len_utf8)
                });
                self.lines[line].replace_range(from..at, "");
                self.at = from;
            }
            Edit::DeleteLine if self.lines.len() > 1 => {
                self.lines.remove(line);
                self.line = line.min(self.lines.len() - 1);
                self.at = 0;
            }
            Edit::DeleteLine => {
                self.lines[line].clear();
                self.at = 0;
            }
            _ => {}
        }
    }

    fn step(&mut self, edit: Edit, page: usize) {
        match edit {
            Edit::Left if self.at > 0 => self.at = self.before(),
            Edit::Left if self.line > 0 => {
                self.line -= 1;
                self.at = self.here().len();
            }
            Edit::Right if self.at < self.here().len() => self.at = self.after(),
            Edit::Right if self.line + 1 < self.lines.len() => {
                (self.line, self.at) = (self.line + 1, 0);
            }
            Edit::Lines(by) => self.move_by(by),
            Edit::Pages(by) => self.move_by(by.saturating_mul(page.max(1) as isize)),
            Edit::Home => self.at = 0,
            Edit::End => self.at = self.here().len(),
            _ => {}
        }
    }

    /// So many lines down; the cursor stays on its grapheme as far as the line has one there.
    fn move_by(&mut self, by: isize) {
        let column = self.here()[..self.at].graphemes(true).count();
        let last = self.lines.len().saturating_sub(1);
        self.line = self.line.saturating_add_signed(by).min(last);
        let line = self.here();
        self.at = line
            .grapheme_indices(true)
            .nth(column)
            .map_or(line.len(), |(i, _)| i);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_joined_and_taken_back() {
        let mut text = TextArea::new("one two\nthree");
        for _ in 0..3 {
            text.apply(Edit::Right, 9);
        }
        text.apply(Edit::Insert('\n'), 9);
        assert_eq!(text.text(), "one\n two\nthree");
        text.apply(Edit::Delete, 9);
        text.apply(Edit::End, 9);
        text.apply(Edit::Delete, 9);
        assert_eq!(
            (text.text().as_str(), text.cursor()),
            ("one\ntwothree", (1, 3))
        );
        for _ in 0..3 {
            text.apply(Edit::Undo, 9);
        }
        assert_eq!(text.text(), "one two\nthree");
        for _ in 0..4 {
            text.apply(Edit::Redo, 9);
        }
        assert_eq!(text.text(), "one\ntwothree");
        text.apply(Edit::Undo, 9);
        text.apply(Edit::Insert('!'), 9);
        text.apply(Edit::Redo, 9);
        assert!(
            text.text().contains('!'),
            "a change ends what can be made again"
        );
        assert_eq!(TextArea::new("情感\nb").place(), (1, 1));
    }

    #[test]
    fn a_word_is_deleted_with_the_blanks_after_it() {
        let mut text = TextArea::line("one two ");
        text.apply(Edit::DeleteWord, 9);
        text.apply(Edit::Insert('\u{1b}'), 9);
        assert_eq!(text.parts(), ("one ", ""));
    }

    #[test]
    fn the_cursor_stays_between_graphemes() {
        let mut text = TextArea::new("e\u{301}e\u{301}e\u{301}\n情感\n");
        text.apply(Edit::Right, 9);
        text.apply(Edit::Right, 9);
        text.apply(Edit::Lines(1), 9);
        assert_eq!(text.cursor(), (1, "情感".len()));
        text.apply(Edit::Backspace, 9);
        text.apply(Edit::Lines(-1), 9);
        text.apply(Edit::Backspace, 9);
        assert_eq!(text.text(), "e\u{301}e\u{301}\n情\n");
        text.apply(Edit::Lines(9), 9);
        text.apply(Edit::DeleteLine, 9);
        text.apply(Edit::Pages(-1), 9);
        text.apply(Edit::DeleteLine, 9);
        text.apply(Edit::DeleteLine, 9);
        assert_eq!(text.text(), "");
    }
}
