//! A line of the table of keys: how its keys are written and shown.

use super::key_name::key_label;
use crate::tui::model::{Action, CustomKeys, Screen};

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

    pub(crate) fn label(self) -> &'static str {
        match self {
            KeyContext::Edit => "Edit",
            KeyContext::Grid => "Grid",
            KeyContext::Diff => "Diff",
            KeyContext::Runs => "Runs",
            KeyContext::Overlay => "overlays",
            KeyContext::Confirmation => "questions",
            KeyContext::Typing => "text fields",
            KeyContext::TextArea => "text editor",
        }
    }

    /// Whether letters are text here.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, KeyContext::Typing | KeyContext::TextArea)
    }
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
    /// The names of its keys: those of `keys.toml`, else its own.
    pub(crate) fn key_names<'a>(&'a self, custom: &'a CustomKeys) -> Vec<&'a str> {
        match custom.get(self.name) {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => self.keys.split(' ').collect(),
        }
    }

    /// Its keys as displayed: `↓ j`, `^d`; empty without any.
    pub fn key_label(&self, custom: &CustomKeys) -> String {
        let names = self.key_names(custom);
        let labels: Vec<String> = names.into_iter().map(key_label).collect();
        labels.join(" ")
    }

    /// Where, in a word or several.
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
                .map(|context| context.label())
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}
