//! Keys, mouse and pasted text as messages.

use crate::tui::{
    keys::{KeyContext, action_for_key, action_for_mouse, insert, key_context},
    model::{Action, Hit, Message, Model},
};
use crossterm::event::{Event, KeyEventKind};

pub(super) fn messages_of(event: &Event, model: &Model, dragged: &mut Option<Hit>) -> Vec<Message> {
    let actions: Vec<Action> = match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            action_for_key(*key, model).into_iter().collect()
        }
        Event::Mouse(mouse) => action_for_mouse(*mouse, model, dragged)
            .into_iter()
            .collect(),
        Event::Paste(text) => pasted(text, key_context(model)),
        Event::Resize(..) => return vec![Message::Tick],
        _ => Vec::new(),
    };
    actions.into_iter().map(Message::Input).collect()
}

/// Pasted letters are no keys: they are text where text is typed, and nothing elsewhere.
fn pasted(text: &str, place: KeyContext) -> Vec<Action> {
    let newline = if place == KeyContext::Typing {
        " "
    } else {
        "\n"
    };
    let text = text.replace("\r\n", "\n").replace(['\r', '\n'], newline);
    text.chars().filter_map(|c| insert(place, c)).collect()
}
