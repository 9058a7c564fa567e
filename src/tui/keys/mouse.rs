//! Mouse events as actions, by what lay where when the screen was last drawn.

use crate::tui::model::{Action, Hit, Model};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

/// Lines that a turn of the wheel moves.
const WHEEL: isize = 3;

/// What a mouse event does. `dragged` is the dividing line that is held.
pub fn action_for_mouse(
    event: MouseEvent,
    model: &Model,
    dragged: &mut Option<Hit>,
) -> Option<Action> {
    let hit = model.view.measured.hits.at(event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            *dragged = hit.filter(|h| matches!(h, Hit::Split(..)));
            hit.filter(|_| dragged.is_none()).map(Action::Click)
        }
        MouseEventKind::Drag(MouseButton::Left) => {
            let Some(Hit::Split(split, first, length)) = *dragged else {
                return None;
            };
            let upright = matches!(
                split,
                crate::tui::model::Split::List | crate::tui::model::Split::Template
            );
            let at = if upright { event.column } else { event.row };
            let percent = u32::from(at.saturating_sub(first)) * 100 / u32::from(length.max(1));
            Some(Action::Drag(
                Hit::Split(split, first, length),
                percent.min(100) as u16,
            ))
        }
        MouseEventKind::Up(_) => {
            *dragged = None;
            None
        }
        MouseEventKind::ScrollDown => hit.map(|h| Action::Wheel(h, WHEEL)),
        MouseEventKind::ScrollUp => hit.map(|h| Action::Wheel(h, -WHEEL)),
        _ => None,
    }
}
