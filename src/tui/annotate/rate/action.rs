//! What keys do on the screen of ratings: one table for the keys, the footer and the help.

use crate::{annotation::Preference, tui::keys::parse_key};
use crossterm::event::{KeyEvent, KeyModifiers};

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

/// A key of the screen.
pub(super) struct RateKey {
    /// Names of keys, separated by spaces.
    names: &'static str,
    /// The key and the word in the footer; empty where it is not shown there.
    pub(super) footer: &'static str,
    /// The keys in the help.
    pub(super) shown: &'static str,
    pub(super) about: &'static str,
    action: RateAction,
}

const fn key(
    names: &'static str,
    footer: &'static str,
    shown: &'static str,
    about: &'static str,
    action: RateAction,
) -> RateKey {
    RateKey {
        names,
        footer,
        shown,
        about,
        action,
    }
}

/// The keys that compare two answers.
pub(super) const PREFERENCES: &[RateKey] = &[
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

pub(super) const KEYS: &[RateKey] = &[
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
    let pressed = (key.code, key.modifiers - KeyModifiers::SHIFT);
    let preferences = if compares { PREFERENCES } else { &[] };
    let found = preferences.iter().chain(KEYS).find(|binding| {
        let mut names = binding.names.split(' ');
        names.any(|name| parse_key(name) == Some(pressed))
    });
    found.map(|binding| binding.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let all = PREFERENCES.iter().chain(KEYS);
        let mut names: Vec<&str> = all.flat_map(|key| key.names.split(' ')).collect();
        assert!(
            names.iter().all(|name| parse_key(name).is_some()),
            "{names:?}"
        );
        let n = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n);
    }
}
