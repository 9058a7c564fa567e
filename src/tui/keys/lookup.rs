//! Which binding a key press means where the session is, and which bindings there are at a place.

use super::{Binding, KEYS, KeyContext};
use crate::tui::model::{Action, Edit, Model, Overlay};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::sync::OnceLock;

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
        (None, KeyCode::Char(digit @ '1'..='9'))
            if matches!(model.view.overlays.last(), Some(Overlay::Menu { .. })) =>
        {
            Some(Action::Choose(usize::from(digit as u8 - b'1')))
        }
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
        for &place in KeyContext::ALL {
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
