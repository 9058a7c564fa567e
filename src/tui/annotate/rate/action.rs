//! What keys do on the screen of ratings: one table for the keys, the footer and the help.

use crate::{
    annotation::Preference,
    tui::annotate::{ItemKey, action_of, key},
};
use crossterm::event::KeyEvent;

/// What a key does while no reason is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RateAction {
    Prefer(Preference),
    Reason,
    Undo,
    Scroll(isize),
    Pages(isize),
    Help,
    Cancel,
    Redraw,
    Leave,
}

/// The keys that compare two answers.
pub(super) const PREFERENCES: &[ItemKey<RateAction>] = &[
    key(
        "left h 1",
        "← left",
        "←, h, 1",
        "the left answer is better",
        RateAction::Prefer(Preference::Left),
    ),
    key(
        "right l 2",
        "→ right",
        "→, l, 2",
        "the right answer is better",
        RateAction::Prefer(Preference::Right),
    ),
    key(
        "t 3",
        "t tie",
        "t, 3",
        "both are as good",
        RateAction::Prefer(Preference::Tie),
    ),
    key(
        "b 4",
        "b both bad",
        "b, 4",
        "both are bad",
        RateAction::Prefer(Preference::BothBad),
    ),
];

pub(super) const KEYS: &[ItemKey<RateAction>] = &[
    key(
        "n",
        "n reason",
        "n",
        "write a reason, saved with the rating",
        RateAction::Reason,
    ),
    key(
        "u",
        "u undo",
        "u",
        "withdraw the last rating",
        RateAction::Undo,
    ),
    key("j down", "", "j, ↓", "scroll down", RateAction::Scroll(1)),
    key("k up", "", "k, ↑", "scroll up", RateAction::Scroll(-1)),
    key(
        "pgdn space",
        "",
        "PgDn, Space",
        "scroll one page down",
        RateAction::Pages(1),
    ),
    key(
        "pgup",
        "",
        "PgUp",
        "scroll one page up",
        RateAction::Pages(-1),
    ),
    key("?", "? help", "?", "these keys", RateAction::Help),
    key("esc", "", "Esc", "close the help", RateAction::Cancel),
    key(
        "ctrl-l",
        "",
        "Ctrl-L",
        "redraw the screen",
        RateAction::Redraw,
    ),
    key(
        "q ctrl-c",
        "q quit",
        "q, Ctrl-C",
        "quit; everything is saved",
        RateAction::Leave,
    ),
];

pub(super) fn action_for_key(key: KeyEvent, compares: bool) -> Option<RateAction> {
    let preferences = if compares { PREFERENCES } else { &[] };
    action_of(preferences.iter().chain(KEYS), key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::annotate::item_key::tests::distinct_names;

    #[test]
    fn no_key_means_two_things() {
        let names = distinct_names(PREFERENCES.iter().chain(KEYS));
        assert!(names.contains(&"left"));
    }
}
