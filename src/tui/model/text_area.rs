//! A text that is edited in place, of one line or several: a cursor between graphemes, undo.
//!
//! Our own and not `ratatui-textarea`: that one steps by `char`, so Backspace takes an accent or a skin tone off its letter,
//! and it leaves control characters out of the picture where we make them visible.

use super::soft_wrap::{SoftWrap, grapheme_columns};
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
    /// So many lines up or down, as they are wrapped.
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

/// What the window of a text has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub lines: usize,
    pub columns: usize,
}

impl Window {
    /// For a field of one line, which is not wrapped.
    pub const ONE_LINE: Window = Window {
        lines: 1,
        columns: u16::MAX as usize,
    };
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
    /// The column that the cursor keeps while it moves up and down.
    goal: Option<usize>,
    undo: Vec<TextState>,
    redo: Vec<TextState>,
    changed: bool,
    /// Counts the changes.
    revision: u64,
}

impl Default for TextArea {
    fn default() -> Self {
        TextArea {
            lines: vec![String::new()],
            line: 0,
            at: 0,
            goal: None,
            undo: Vec::new(),
            redo: Vec::new(),
            changed: false,
            revision: 0,
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

    /// The number of the last change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Put the cursor at the start of a line, from 1.
    pub fn go_to_line(&mut self, line: usize) {
        self.line = line.saturating_sub(1).min(self.lines.len() - 1);
        self.at = 0;
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

    /// Do as a key says.
    pub fn apply(&mut self, edit: Edit, window: Window) {
        if !matches!(edit, Edit::Lines(_) | Edit::Pages(_)) {
            self.goal = None;
        }
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
                self.revision += 1;
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
            _ => self.step(edit, window),
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
        self.revision += 1;
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

    fn step(&mut self, edit: Edit, window: Window) {
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
            Edit::Lines(by) => self.move_by(by, window.columns),
            Edit::Pages(by) => {
                let lines = by.saturating_mul(window.lines.max(1) as isize);
                self.move_by(lines, window.columns);
            }
            Edit::Home => self.at = 0,
            Edit::End => self.at = self.here().len(),
            _ => {}
        }
    }

    /// So many lines down, as they are wrapped; the cursor keeps its column as far as lines are that long.
    fn move_by(&mut self, by: isize, columns: usize) {
        let mut wrap = SoftWrap::new(self.here(), columns);
        let mut part = wrap.part_of(self.at);
        let from = wrap.range(part).start;
        let here = &self.here()[from..self.at];
        let goal = self.goal.unwrap_or_else(|| grapheme_columns(here));
        for _ in 0..by.unsigned_abs() {
            match (by > 0, part) {
                (true, _) if part + 1 < wrap.parts() => part += 1,
                (true, _) if self.line + 1 < self.lines.len() => {
                    self.line += 1;
                    wrap = SoftWrap::new(self.here(), columns);
                    part = 0;
                }
                (false, 1..) => part -= 1,
                (false, 0) if self.line > 0 => {
                    self.line -= 1;
                    wrap = SoftWrap::new(self.here(), columns);
                    part = wrap.parts() - 1;
                }
                _ => break,
            }
        }
        self.at = wrap.place(part, goal);
        self.goal = Some(goal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Window = Window {
        lines: 9,
        columns: 40,
    };

    #[test]
    fn the_cursor_moves_by_lines_as_they_are_wrapped() {
        let narrow = Window {
            lines: 9,
            columns: 8,
        };
        // `one two ` · `three` / `情感分析` · `好` / `x`
        let mut text = TextArea::new("one two three\n情感分析好\nx");
        for _ in 0..5 {
            text.apply(Edit::Right, narrow);
        }
        let mut places = vec![text.place()];
        for _ in 0..5 {
            text.apply(Edit::Lines(1), narrow);
            places.push(text.place());
        }
        // The column is kept past lines that are shorter; a wide character is not cut through.
        assert_eq!(places, [(1, 6), (1, 14), (2, 3), (2, 6), (3, 2), (3, 2)]);
        text.apply(Edit::Lines(-2), narrow);
        assert_eq!(text.place(), (2, 3));
        text.apply(Edit::Pages(-1), narrow);
        assert_eq!(text.place(), (1, 6));
        text.apply(Edit::End, narrow);
        text.apply(Edit::Lines(-1), narrow);
        assert_eq!(text.place(), (1, 6));
        text.go_to_line(2);
        assert_eq!((text.place(), text.revision()), ((2, 1), 0));
    }

    #[test]
    fn lines_are_split_joined_and_taken_back() {
        let mut text = TextArea::new("one two\nthree");
        for _ in 0..3 {
            text.apply(Edit::Right, ROOM);
        }
        text.apply(Edit::Insert('\n'), ROOM);
        assert_eq!(text.text(), "one\n two\nthree");
        text.apply(Edit::Delete, ROOM);
        text.apply(Edit::End, ROOM);
        text.apply(Edit::Delete, ROOM);
        assert_eq!(
            (text.text().as_str(), text.cursor()),
            ("one\ntwothree", (1, 3))
        );
        for _ in 0..3 {
            text.apply(Edit::Undo, ROOM);
        }
        assert_eq!(text.text(), "one two\nthree");
        for _ in 0..4 {
            text.apply(Edit::Redo, ROOM);
        }
        assert_eq!(text.text(), "one\ntwothree");
        text.apply(Edit::Undo, ROOM);
        text.apply(Edit::Insert('!'), ROOM);
        text.apply(Edit::Redo, ROOM);
        assert!(
            text.text().contains('!'),
            "a change ends what can be made again"
        );
        assert_eq!(TextArea::new("情感\nb").place(), (1, 1));
    }

    #[test]
    fn a_word_is_deleted_with_the_blanks_after_it() {
        let mut text = TextArea::line("one two ");
        text.apply(Edit::DeleteWord, ROOM);
        text.apply(Edit::Insert('\u{1b}'), ROOM);
        assert_eq!(text.parts(), ("one ", ""));
    }

    #[test]
    fn the_cursor_stays_between_graphemes() {
        let mut text = TextArea::new("e\u{301}e\u{301}e\u{301}\n情感\n");
        text.apply(Edit::Right, ROOM);
        text.apply(Edit::Right, ROOM);
        text.apply(Edit::Lines(1), ROOM);
        assert_eq!(text.cursor(), (1, "情".len()), "the same column");
        text.apply(Edit::End, ROOM);
        text.apply(Edit::Backspace, ROOM);
        text.apply(Edit::Lines(-1), ROOM);
        text.apply(Edit::Backspace, ROOM);
        assert_eq!(text.text(), "e\u{301}e\u{301}\n情\n");
        text.apply(Edit::Lines(9), ROOM);
        text.apply(Edit::DeleteLine, ROOM);
        text.apply(Edit::Pages(-1), ROOM);
        text.apply(Edit::DeleteLine, ROOM);
        text.apply(Edit::DeleteLine, ROOM);
        assert_eq!(text.text(), "");
    }
}
