//! Colours: sixteen of the terminal's own, or none.

use ratatui::style::{Color, Modifier, Style};

/// How things look.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    color: bool,
}

impl Theme {
    /// With colours or without.
    pub fn new(color: bool) -> Theme {
        Theme { color }
    }

    /// As the environment wants it: `NO_COLOR` takes colours away.
    pub fn from_env() -> Theme {
        Theme::new(std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()))
    }

    fn paint(self, color: Color) -> Style {
        Style::new().fg(if self.color { color } else { Color::Reset })
    }

    /// Right, better, added.
    pub fn good(self) -> Style {
        self.paint(Color::Green)
    }

    /// Wrong, worse, removed.
    pub fn bad(self) -> Style {
        self.paint(Color::Red)
    }

    /// Neither: unreadable, truncated, on its way.
    pub fn unsure(self) -> Style {
        self.paint(Color::Yellow)
    }

    /// Names and keys.
    pub fn accent(self) -> Style {
        self.paint(Color::Cyan)
    }

    /// Of less weight.
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Of more weight.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Where the cursor is.
    pub fn cursor(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Words that were added.
    pub fn added(self) -> Style {
        self.good().add_modifier(Modifier::UNDERLINED)
    }

    /// Words that were removed.
    pub fn removed(self) -> Style {
        self.bad().add_modifier(Modifier::REVERSED)
    }
}
