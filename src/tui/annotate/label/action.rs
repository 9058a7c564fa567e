//! What keys do on the screen of labels: one table for the keys, the footer and the help.

use crate::tui::keys::parse_key;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key does while no text is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelAction {
    /// The label with this number.
    Choose(usize),
    /// Choose several right answers.
    Several,
    /// Confirm several answers, or type the answer.
    Enter,
    Type,
    /// Take the answer that is suggested.
    Accept,
    CannotTell,
    Skip,
    Note,
    Undo,
    Scroll(isize),
    Pages(isize),
    Top,
    Bottom,
    Help,
    Cancel,
    Redraw,
    Leave,
}

/// A key of the screen.
pub(super) struct LabelKey {
    /// Names of keys, separated by spaces.
    names: &'static str,
    /// The key and the word in the footer; empty where it is not shown there.
    pub(super) footer: &'static str,
    /// The keys in the help.
    pub(super) shown: &'static str,
    pub(super) about: &'static str,
    pub(super) action: LabelAction,
}

const fn key(
    names: &'static str,
    footer: &'static str,
    shown: &'static str,
    about: &'static str,
    action: LabelAction,
) -> LabelKey {
    LabelKey {
        names,
        footer,
        shown,
        about,
        action,
    }
}

/// All keys but those of labels.
pub(super) const KEYS: &[LabelKey] = &[
    key(
        "e /",
        "e type",
        "e, /",
        "type the answer; of labels, a part of the name",
        LabelAction::Type,
    ),
    key(
        "enter",
        "",
        "Enter",
        "type the answer; with several, save them",
        LabelAction::Enter,
    ),
    key(
        "m",
        "m several",
        "m",
        "choose several right answers",
        LabelAction::Several,
    ),
    key(
        "y",
        "",
        "y",
        "take the suggested answer, where it is shown",
        LabelAction::Accept,
    ),
    key(
        "x 0",
        "x cannot tell",
        "x, 0",
        "the answer cannot be known from the row",
        LabelAction::CannotTell,
    ),
    key(
        "s",
        "s skip",
        "s",
        "leave the row for another time",
        LabelAction::Skip,
    ),
    key(
        "n",
        "n note",
        "n",
        "write a note about the row, saved with the answer",
        LabelAction::Note,
    ),
    key(
        "u",
        "u undo",
        "u",
        "withdraw the last decision and return to its row",
        LabelAction::Undo,
    ),
    key("j down", "", "j, ↓", "scroll down", LabelAction::Scroll(1)),
    key("k up", "", "k, ↑", "scroll up", LabelAction::Scroll(-1)),
    key(
        "pgdn space ctrl-d",
        "",
        "PgDn, Space",
        "scroll one page down",
        LabelAction::Pages(1),
    ),
    key(
        "pgup ctrl-u",
        "",
        "PgUp",
        "scroll one page up",
        LabelAction::Pages(-1),
    ),
    key(
        "g home",
        "",
        "g, Home",
        "to the start of the text",
        LabelAction::Top,
    ),
    key(
        "G end",
        "",
        "G, End",
        "to the end of the text",
        LabelAction::Bottom,
    ),
    key("?", "? help", "?", "these keys", LabelAction::Help),
    key(
        "esc",
        "",
        "Esc",
        "cancel what was begun",
        LabelAction::Cancel,
    ),
    key(
        "ctrl-l",
        "",
        "Ctrl-L",
        "redraw the screen",
        LabelAction::Redraw,
    ),
    key(
        "q ctrl-c",
        "q quit",
        "q, Ctrl-C",
        "quit; everything is saved",
        LabelAction::Leave,
    ),
];

/// Keys of labels, in order: digits, then the letters that do nothing else.
const LABEL_KEYS: &str = "123456789abcdfhiloprtvwz";

/// The key of a label; `None` for labels that have none and are typed.
pub(super) fn label_key(label: usize) -> Option<char> {
    LABEL_KEYS.chars().nth(label)
}

/// What a key does; `labels`: how many there are.
pub(super) fn action_for_key(key: KeyEvent, labels: usize) -> Option<LabelAction> {
    // Shift is part of the character already.
    let pressed = (key.code, key.modifiers - KeyModifiers::SHIFT);
    let found = KEYS.iter().find(|binding| {
        binding
            .names
            .split(' ')
            .any(|name| parse_key(name) == Some(pressed))
    });
    match (found, pressed) {
        (Some(binding), _) => Some(binding.action),
        (None, (KeyCode::Char(c), KeyModifiers::NONE)) => LABEL_KEYS
            .chars()
            .position(|key| key == c)
            .filter(|label| *label < labels)
            .map(LabelAction::Choose),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut names: Vec<&str> = KEYS.iter().flat_map(|key| key.names.split(' ')).collect();
        assert!(
            names.iter().all(|name| parse_key(name).is_some()),
            "{names:?}"
        );
        let n = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n);
        let of_labels: Vec<String> = LABEL_KEYS.chars().map(String::from).collect();
        assert!(!of_labels.iter().any(|key| names.contains(&key.as_str())));
    }
}
