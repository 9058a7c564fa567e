//! A line of the table of keys: how its keys are written, shown and found.

use super::KEYS;
use crate::tui::model::{Action, Edit, Model, Overlay, Screen};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::sync::OnceLock;

/// Where a key has its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub const ALL: [KeyContext; 8] = [
        KeyContext::Edit,
        KeyContext::Grid,
        KeyContext::Diff,
        KeyContext::Runs,
        KeyContext::Overlay,
        KeyContext::Confirmation,
        KeyContext::Typing,
        KeyContext::TextArea,
    ];
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
    pub contexts: &'static [KeyContext],
    /// The keys, by name, separated by spaces.
    pub keys: &'static str,
    /// Its word in the footer; empty if it is not shown there.
    pub footer: &'static str,
    /// The name of the action, in the palette.
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

/// The keys of each line, read once.
fn codes() -> &'static [Vec<(KeyCode, KeyModifiers)>] {
    static CODES: OnceLock<Vec<Vec<(KeyCode, KeyModifiers)>>> = OnceLock::new();
    CODES.get_or_init(|| KEYS.iter().map(Binding::codes).collect())
}

/// Where the session is, as keys see it.
pub(crate) fn key_context(model: &Model) -> KeyContext {
    match model.view.overlays.last() {
        Some(Overlay::Ask(_)) => KeyContext::Confirmation,
        Some(Overlay::TextArea { .. }) => KeyContext::TextArea,
        Some(overlay) if overlay.types() => KeyContext::Typing,
        Some(_) => KeyContext::Overlay,
        None => model.view.screen.into(),
    }
}

/// What a key does.
pub fn action_for_key(key: KeyEvent, model: &Model) -> Option<Action> {
    let place = key_context(model);
    // Shift is part of the character already.
    let pressed = (key.code, key.modifiers - KeyModifiers::SHIFT);
    let found = KEYS
        .iter()
        .zip(codes())
        .find(|(binding, codes)| binding.contexts.contains(&place) && codes.contains(&pressed));
    match (found, key.code) {
        (Some((binding, _)), _) => Some((binding.action)()),
        (None, KeyCode::Char(c))
            if !key
                .modifiers
                .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
        {
            insert(place, c)
        }
        _ => None,
    }
}

/// A letter where letters are text.
pub(crate) fn insert(place: KeyContext, c: char) -> Option<Action> {
    match place {
        KeyContext::Typing if c.is_control() => None,
        KeyContext::Typing | KeyContext::TextArea => Some(Action::EditText(Edit::Insert(c))),
        _ => None,
    }
}

/// The lines that have their meaning at a place.
pub fn bindings_in(place: KeyContext) -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().filter(move |b| b.contexts.contains(&place))
}

/// The footer of a place: keys and words.
pub(crate) fn footer(place: KeyContext) -> impl Iterator<Item = (String, &'static str)> {
    bindings_in(place)
        .filter(|b| !b.footer.is_empty())
        .map(|b| {
            let shown = b.key_label();
            let first = shown.split(' ').next().unwrap_or("").to_owned();
            (first, b.footer)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn on_no_place_does_a_key_mean_two_things() {
        for place in KeyContext::ALL {
            let mut seen = HashSet::new();
            for binding in bindings_in(place) {
                for code in binding.codes() {
                    assert!(
                        seen.insert(code),
                        "{} ({place:?}) is taken already",
                        binding.key_label()
                    );
                }
            }
        }
    }
}
