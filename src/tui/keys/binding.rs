//! A line of the table of keys: how its keys are written and shown.

use crate::tui::model::{Action, Screen};
use crossterm::event::{KeyCode, KeyModifiers};

/// Where a key has its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::VariantArray)]
pub enum KeyContext {
    Edit,
    Grid,
    Diff,
    Runs,
    /// In the overlay of a screen.
    Overlay,
    Confirmation,
    /// While a line is typed.
    Typing,
    /// While a text is edited in place.
    TextArea,
}

impl KeyContext {
    pub const ALL: &[KeyContext] = <KeyContext as strum::VariantArray>::VARIANTS;
}

impl From<Screen> for KeyContext {
    fn from(screen: Screen) -> KeyContext {
        match screen {
            Screen::Edit => KeyContext::Edit,
            Screen::Grid => KeyContext::Grid,
            Screen::Diff => KeyContext::Diff,
            Screen::Runs => KeyContext::Runs,
        }
    }
}

/// A line of the table.
#[derive(Debug)]
pub struct Binding {
    /// Its heading in the help.
    pub group: &'static str,
    pub contexts: &'static [KeyContext],
    /// The keys, by name, separated by spaces.
    pub keys: &'static str,
    /// Its word in the footer; empty if it is not shown there.
    pub footer: &'static str,
    /// The name of the action: stable, in the palette, the docs and `keys.toml`.
    pub name: &'static str,
    /// What it does, in the help, the palette and the docs.
    pub help: &'static str,
    pub action: fn() -> Action,
}

impl Binding {
    /// The keys as displayed: `↓ j`, `^d`.
    pub fn key_label(&self) -> String {
        let names: Vec<String> = self.keys.split(' ').map(label).collect();
        names.join(" ")
    }

    /// The keys as pressed.
    pub fn codes(&self) -> Vec<(KeyCode, KeyModifiers)> {
        self.keys.split(' ').map(key_code).collect()
    }

    /// Where, in a word.
    pub fn context_label(&self) -> String {
        match self.contexts {
            [
                KeyContext::Edit,
                KeyContext::Grid,
                KeyContext::Diff,
                KeyContext::Runs,
            ] => "everywhere".into(),
            contexts if contexts.len() > 4 => "everywhere, always".into(),
            contexts => contexts
                .iter()
                .map(|p| match p {
                    KeyContext::Overlay => "overlays".into(),
                    KeyContext::Confirmation => "questions".into(),
                    KeyContext::Typing => "text fields".into(),
                    KeyContext::TextArea => "text editor".into(),
                    other => format!("{other:?}"),
                })
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

/// Keys that are no character: the name in the table, the label, the code.
const NAMED: [(&str, &str, KeyCode); 15] = [
    ("down", "↓", KeyCode::Down),
    ("up", "↑", KeyCode::Up),
    ("left", "←", KeyCode::Left),
    ("right", "→", KeyCode::Right),
    ("pgdn", "PgDn", KeyCode::PageDown),
    ("pgup", "PgUp", KeyCode::PageUp),
    ("home", "Home", KeyCode::Home),
    ("end", "End", KeyCode::End),
    ("tab", "Tab", KeyCode::Tab),
    ("backtab", "Shift-Tab", KeyCode::BackTab),
    ("enter", "Enter", KeyCode::Enter),
    ("esc", "Esc", KeyCode::Esc),
    ("space", "Space", KeyCode::Char(' ')),
    ("backspace", "Backspace", KeyCode::Backspace),
    ("delete", "Del", KeyCode::Delete),
];

fn label(name: &str) -> String {
    match (
        NAMED.iter().find(|n| n.0 == name),
        name.strip_prefix("ctrl-"),
    ) {
        (Some((_, label, _)), _) => (*label).into(),
        (None, Some(letter)) => format!("^{letter}"),
        (None, None) => name.into(),
    }
}

/// The key of a name as the table writes it: `down`, `ctrl-d`, `x`.
pub fn key_code(name: &str) -> (KeyCode, KeyModifiers) {
    if let Some((.., code)) = NAMED.iter().find(|n| n.0 == name) {
        return (*code, KeyModifiers::NONE);
    }
    let (letter, modifiers) = match name.strip_prefix("ctrl-") {
        Some(letter) => (letter, KeyModifiers::CONTROL),
        None => (name, KeyModifiers::NONE),
    };
    (
        KeyCode::Char(letter.chars().next().unwrap_or(' ')),
        modifiers,
    )
}
