//! What a screen of one item after another is to the loop that runs it.

use crate::annotation::{Entry, JournalRecord};
use crossterm::event::KeyEvent;
use ratatui::Frame;
use std::time::{Duration, Instant};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum ItemMessage {
    Key(KeyEvent),
    Paste(String),
    /// The wheel turned, by so many lines.
    Scroll(isize),
    /// How many entries are not on disk, and why where writing failed.
    Saved {
        unsaved: usize,
        error: Option<String>,
    },
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemEffect<R: JournalRecord> {
    /// Write an entry to the journal.
    Append(Entry<R>),
    Redraw,
    Leave,
}

/// What time it is.
#[derive(Debug, Clone, Copy)]
pub struct ItemClock {
    pub now: Instant,
    /// Since 1970.
    pub unix: Duration,
}

/// A screen on which a person decides about one item after another. It does no output of its own.
pub trait ItemScreen {
    type Record: JournalRecord;

    /// Change by a message.
    fn update(&mut self, message: ItemMessage, clock: ItemClock) -> Vec<ItemEffect<Self::Record>>;

    fn draw(&mut self, frame: &mut Frame<'_>);
}
