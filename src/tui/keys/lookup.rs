//! Which binding a key press means where the session is, and which bindings there are at a place.

use super::{
    Binding, KEYS, KeyContext,
    available::{footer_word, is_available},
    key_name::{key_label, parse_key},
};
use crate::tui::model::{Action, Edit, Model, Open, Overlay};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

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
    let has_key = |binding: &&Binding| {
        let names = binding.key_names(&model.view.custom_keys);
        names.iter().any(|name| parse_key(name) == Some(pressed))
    };
    let found = bindings_in(place).find(has_key);
    if let (None, Some(Overlay::Help { input, .. })) = (found, model.view.overlays.last())
        && input.text().is_empty()
        && KEYS.iter().any(|b| b.name == "help" && has_key(&b))
    {
        return Some(Action::Open(Open::Help));
    }
    match (found, key.code) {
        (None, KeyCode::Char(digit @ '1'..='9'))
            if matches!(
                model.view.overlays.last(),
                Some(Overlay::Menu { .. } | Overlay::Models(_))
            ) =>
        {
            Some(Action::Choose(usize::from(digit as u8 - b'1')))
        }
        (Some(binding), _) => Some((binding.action)()),
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

/// The footer: what works here and now, the first key of each and its word.
pub(crate) fn footer(
    model: &Model,
) -> impl Iterator<Item = (String, &'static str, &'static Binding)> {
    bindings_in(key_context(model))
        .filter(|binding| !footer_word(binding, model).is_empty() && is_available(binding, model))
        .filter_map(|binding| {
            let names = binding.key_names(&model.view.custom_keys);
            Some((
                key_label(names.first()?),
                footer_word(binding, model),
                binding,
            ))
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
                for name in binding.keys.split(' ') {
                    let key = parse_key(name);
                    assert!(key.is_some(), "{name}");
                    assert!(seen.insert(key), "{name} ({place:?}) is taken already");
                }
            }
        }
    }
}
