//! What an overlay shows: its title, its lines, and which part of them is seen.

use ratatui::text::Line;

/// Lines of the overlay: the title, and the line that must be seen.
pub(super) struct Content {
    pub title: String,
    pub lines: Vec<Line<'static>>,
    /// Sections of the lines: the first line and the name of each.
    pub sections: Vec<(usize, String)>,
    /// How the part that is seen is found.
    pub view: View,
}

impl Content {
    /// A text, with so many lines scrolled away.
    pub(super) fn text(
        title: impl Into<String>,
        lines: Vec<Line<'static>>,
        scroll: usize,
    ) -> Content {
        Content {
            title: title.into(),
            lines,
            sections: Vec::new(),
            view: View::Scroll { lead: 0, scroll },
        }
    }

    /// A text below lines that stay.
    pub(super) fn below(
        title: impl Into<String>,
        lines: Vec<Line<'static>>,
        (lead, scroll): (usize, usize),
    ) -> Content {
        Content {
            title: title.into(),
            lines,
            sections: Vec::new(),
            view: View::Scroll { lead, scroll },
        }
    }

    /// A list: lines before it, the selected line of the list, and its length.
    pub(super) fn choices(
        title: impl Into<String>,
        lines: Vec<Line<'static>>,
        (lead, at, n): (usize, usize, usize),
    ) -> Content {
        Content {
            title: title.into(),
            lines,
            sections: Vec::new(),
            view: View::Choice { lead, at, n },
        }
    }
}

/// Which part of the lines is seen.
pub(super) enum View {
    /// So many lines are scrolled away below those that stay.
    Scroll { lead: usize, scroll: usize },
    /// The choices begin at this line, each has one line, and this one is chosen; this many there are.
    Choice {
        /// Lines before the choices.
        lead: usize,
        at: usize,
        n: usize,
    },
}
