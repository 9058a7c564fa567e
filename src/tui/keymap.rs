//! The one table of keys: it decides what a key does, and makes the footer, the help and the docs.

use super::{Action, Screen};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A line of the table.
pub struct Key {
    /// As shown.
    pub shown: &'static str,
    /// What it does.
    pub help: &'static str,
    /// On which screen; everywhere where `None`.
    pub screen: Option<Screen>,
    /// Whether the footer shows it, with this short word.
    pub footer: Option<&'static str>,
    codes: &'static [(KeyCode, KeyModifiers)],
    action: fn() -> Action,
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;

macro_rules! key {
    ($shown:literal, $help:literal, $screen:expr, $footer:expr, [$($code:expr),+], $action:expr) => {
        Key { shown: $shown, help: $help, screen: $screen, footer: $footer, codes: &[$($code),+], action: || $action }
    };
}

const fn char(c: char) -> (KeyCode, KeyModifiers) {
    (KeyCode::Char(c), NONE)
}

const fn ctrl(c: char) -> (KeyCode, KeyModifiers) {
    (KeyCode::Char(c), CTRL)
}

const fn code(code: KeyCode) -> (KeyCode, KeyModifiers) {
    (code, NONE)
}

/// All keys.
pub const KEYS: &[Key] = &[
    key!(
        "1",
        "Edit: variants, template, rendered prompt",
        None,
        None,
        [char('1')],
        Action::Show(Screen::Edit)
    ),
    key!(
        "2",
        "Grid: rows × variants, answers side by side",
        None,
        None,
        [char('2')],
        Action::Show(Screen::Grid)
    ),
    key!(
        "3",
        "Diff: the baseline and this variant, word by word",
        None,
        None,
        [char('3'), char('d')],
        Action::Show(Screen::Diff)
    ),
    key!(
        "4",
        "Runs",
        None,
        None,
        [char('4')],
        Action::Show(Screen::Runs)
    ),
    key!(
        "↑ k",
        "row up",
        None,
        None,
        [code(KeyCode::Up), char('k')],
        Action::Rows(-1)
    ),
    key!(
        "↓ j",
        "row down",
        None,
        None,
        [code(KeyCode::Down), char('j')],
        Action::Rows(1)
    ),
    key!(
        "← h",
        "variant to the left",
        None,
        None,
        [code(KeyCode::Left), char('h')],
        Action::Variants(-1)
    ),
    key!(
        "→ l",
        "variant to the right",
        None,
        None,
        [code(KeyCode::Right), char('l')],
        Action::Variants(1)
    ),
    key!(
        "PgUp ^u",
        "page up",
        None,
        None,
        [code(KeyCode::PageUp), ctrl('u')],
        Action::Pages(-1)
    ),
    key!(
        "PgDn ^d",
        "page down",
        None,
        None,
        [code(KeyCode::PageDown), ctrl('d')],
        Action::Pages(1)
    ),
    key!(
        "g Home",
        "first row",
        None,
        None,
        [char('g'), code(KeyCode::Home)],
        Action::First
    ),
    key!(
        "G End",
        "last row",
        None,
        None,
        [char('G'), code(KeyCode::End)],
        Action::Last
    ),
    key!(
        "r",
        "run: answers already paid for are reused",
        None,
        Some("run"),
        [char('r')],
        Action::Run
    ),
    key!(
        "x",
        "stop the run; what was done is kept",
        None,
        Some("stop"),
        [char('x')],
        Action::Stop
    ),
    key!(
        "p",
        "pause the run, or go on",
        None,
        Some("pause"),
        [char('p')],
        Action::Pause
    ),
    key!(
        "e",
        "open the template in $VISUAL or $EDITOR; it is rendered again on return",
        None,
        Some("edit"),
        [char('e')],
        Action::Edit
    ),
    key!(
        "f",
        "only rows on which the variants differ, or all",
        Some(Screen::Grid),
        Some("filter"),
        [char('f')],
        Action::Filter
    ),
    key!(
        "[",
        "sample before",
        Some(Screen::Grid),
        None,
        [char('[')],
        Action::Samples(-1)
    ),
    key!(
        "]",
        "next sample",
        Some(Screen::Grid),
        None,
        [char(']')],
        Action::Samples(1)
    ),
    key!(
        "m",
        "next model",
        None,
        None,
        [char('m')],
        Action::NextModel
    ),
    key!(
        "> Tab",
        "next experiment",
        None,
        Some("experiment"),
        [char('>'), code(KeyCode::Tab)],
        Action::Experiments(1)
    ),
    key!(
        "<",
        "experiment before",
        None,
        None,
        [char('<'), code(KeyCode::BackTab)],
        Action::Experiments(-1)
    ),
    key!(
        "Enter",
        "open: from the grid the diff, from the runs the run",
        None,
        None,
        [code(KeyCode::Enter)],
        Action::Open
    ),
    key!(
        "Esc",
        "back",
        None,
        None,
        [code(KeyCode::Esc)],
        Action::Back
    ),
    key!(
        "^l",
        "draw the screen anew",
        None,
        None,
        [ctrl('l')],
        Action::Redraw
    ),
    key!(
        "^c",
        "stop the run; without one, quit",
        None,
        None,
        [ctrl('c')],
        Action::Interrupt
    ),
    key!(
        "?",
        "this help; the same key closes it",
        None,
        Some("help"),
        [char('?')],
        Action::Help
    ),
    key!(
        "q",
        "quit (asks while a run is on its way)",
        None,
        Some("quit"),
        [char('q')],
        Action::Quit
    ),
];

/// What a key does on a screen.
pub fn action_of(key: KeyEvent, screen: Screen) -> Option<Action> {
    // Shift is part of the character already.
    let modifiers = key.modifiers - KeyModifiers::SHIFT;
    KEYS.iter()
        .find(|k| k.screen.is_none_or(|s| s == screen) && k.codes.contains(&(key.code, modifiers)))
        .map(|k| (k.action)())
}
