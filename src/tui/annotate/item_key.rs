//! A table of keys of a screen of items: what each does, and how footer and help name it.

use crate::tui::keys::parse_key;
use crossterm::event::{KeyEvent, KeyModifiers};

/// A key of a screen, and its action.
pub(super) struct ItemKey<A> {
    /// Names of keys, separated by spaces.
    pub(super) names: &'static str,
    /// The key and the word in the footer; empty where it is not shown there.
    pub(super) footer: &'static str,
    /// The keys in the help.
    pub(super) shown: &'static str,
    pub(super) about: &'static str,
    pub(super) action: A,
}

/// A line of the table: names, footer, keys in the help, meaning, action.
pub(super) const fn key<A: Copy>(
    names: &'static str,
    footer: &'static str,
    shown: &'static str,
    about: &'static str,
    action: A,
) -> ItemKey<A> {
    ItemKey {
        names,
        footer,
        shown,
        about,
        action,
    }
}

/// What a key does by one of these tables.
pub(super) fn action_of<'a, A: Copy + 'a>(
    keys: impl IntoIterator<Item = &'a ItemKey<A>>,
    event: KeyEvent,
) -> Option<A> {
    // Shift is part of the character already.
    let pressed = (event.code, event.modifiers - KeyModifiers::SHIFT);
    let is_pressed = |key: &&ItemKey<A>| {
        let mut names = key.names.split(' ');
        names.any(|name| parse_key(name) == Some(pressed))
    };
    keys.into_iter().find(is_pressed).map(|key| key.action)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The names of all keys, of which none means two things.
    pub(in crate::tui::annotate) fn distinct_names<'a, A: 'a>(
        keys: impl Iterator<Item = &'a ItemKey<A>>,
    ) -> Vec<&'static str> {
        let mut names: Vec<&str> = keys.flat_map(|key| key.names.split(' ')).collect();
        assert!(
            names.iter().all(|name| parse_key(name).is_some()),
            "{names:?}"
        );
        let n = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n);
        names
    }
}
