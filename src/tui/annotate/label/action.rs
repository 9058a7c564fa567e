//! What keys do on the screen of labels: one table for the keys, the footer and the help.

use crate::tui::annotate::{ItemKey, action_of, key};
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

/// All keys but those of labels.
pub(super) const KEYS: &[ItemKey<LabelAction>] = &[
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
    let of_label = || match (key.code, key.modifiers - KeyModifiers::SHIFT) {
        (KeyCode::Char(c), KeyModifiers::NONE) => LABEL_KEYS
            .chars()
            .position(|key| key == c)
            .filter(|label| *label < labels)
            .map(LabelAction::Choose),
        _ => None,
    };
    action_of(KEYS, key).or_else(of_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::annotate::item_key::tests::distinct_names;

    #[test]
    fn no_key_means_two_things() {
        let names = distinct_names(KEYS.iter());
        let of_labels: Vec<String> = LABEL_KEYS.chars().map(String::from).collect();
        assert!(!of_labels.iter().any(|key| names.contains(&key.as_str())));
    }
}
