//! What is on the screen, and how; what its last drawing had room for.

use super::{
    columns::GridColumn, custom_keys::CustomKeys, hit::Hits, overlay::Overlay,
    preview::PromptPreview, saved_view::SavedViewState, screen::Screen, scroll::ScrollOffsets,
    text_area::Window, theme::Theme, view_settings::ViewSettings,
};
use std::sync::Arc;

/// What is on the screen, and how.
#[derive(Debug)]
pub struct ViewState {
    pub screen: Screen,
    /// The last one is on top.
    pub overlays: Vec<Overlay>,
    /// The current pane fills the screen.
    pub zoom: bool,
    pub settings: ViewSettings,
    pub theme: Theme,
    pub custom_keys: Arc<CustomKeys>,
    /// The text searched for.
    pub search: String,
    /// The last message to the user.
    pub toast: Option<Toast>,
    /// The prompt of the template that is edited.
    pub preview: PromptPreview,
    /// What the last drawing had room for.
    pub measured: Measured,
    /// What the next session restores.
    pub saved: SavedViewState,
}

impl ViewState {
    /// As the last session left it.
    pub fn new(saved: SavedViewState, settings: ViewSettings, theme: Theme) -> ViewState {
        ViewState {
            screen: saved.screen,
            overlays: Vec::new(),
            zoom: false,
            settings,
            theme,
            custom_keys: Arc::default(),
            search: String::new(),
            toast: None,
            preview: PromptPreview::default(),
            measured: Measured::default(),
            saved,
        }
    }
}

/// A line that says what was done, until something else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub text: String,
    pub bad: bool,
}

/// What the last drawing had room for, and where things lay.
#[derive(Debug, Default)]
pub struct Measured {
    /// Lines that the current list has room for.
    pub page: usize,
    /// Where the part of each list that is shown begins.
    pub offsets: ScrollOffsets,
    /// Columns of the leaderboard that are scrolled away, and that can be.
    pub sideways: (usize, usize),
    /// Columns that the text in the editor has room for.
    pub columns: usize,
    /// Columns that the grid has room for.
    pub shown: Vec<GridColumn>,
    /// Rows whose cells are on the screen.
    pub rows: Vec<usize>,
    /// Lines that the current pane, or the overlay, can be scrolled by.
    pub scroll: usize,
    /// Lines of the changes on the Diff screen.
    pub changes: Vec<usize>,
    /// Lines of the inspector at which its sections begin.
    pub sections: Vec<usize>,
    pub hits: Hits,
}

impl Measured {
    /// The window of the text that is edited.
    pub fn window(&self) -> Window {
        Window {
            lines: self.page,
            // Before the editor is first drawn, lines are not wrapped.
            columns: match self.columns {
                0 => usize::from(u16::MAX),
                columns => columns,
            },
        }
    }
}
