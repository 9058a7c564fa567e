//! What lies where on the screen as it was last drawn, for the mouse.

use super::{columns::GridColumn, screen::Screen};
use crate::analysis::LeaderboardColumn;
use ratatui::layout::{Position, Rect};

/// A dividing line that can be dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Between the grid and the inspector.
    Detail,
    /// Right of the list of variants.
    List,
    /// Right of the template.
    Template,
    /// Below the words on the Diff screen.
    Words,
}

/// Something on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// The name of a screen.
    Tab(Screen),
    /// A cell of the grid: place of the row in the order shown, and column.
    Cell(usize, GridColumn),
    /// The head of a column.
    Column(GridColumn),
    /// A line of the list of variants.
    Variant(usize),
    /// A line of a list: the list of runs, the effects, a menu.
    Line(usize),
    /// A line of the leaderboard.
    LeaderboardLine(usize),
    /// A head of the leaderboard.
    LeaderboardHead(LeaderboardColumn),
    /// A pane of the screen.
    Pane(usize),
    /// A dividing line: which, and the extent that it divides (first and length).
    Split(Split, u16, u16),
    Overlay,
}

/// What lies where; later ones lie on top.
#[derive(Debug, Clone, Default)]
pub struct Hits(Vec<(Rect, Hit)>);

impl Hits {
    pub fn add(&mut self, area: Rect, hit: Hit) {
        self.0.push((area, hit));
    }

    /// What lies at this place.
    pub fn at(&self, column: u16, row: u16) -> Option<Hit> {
        let place = Position::new(column, row);
        self.0
            .iter()
            .rev()
            .find(|(area, _)| area.contains(place))
            .map(|(_, hit)| *hit)
    }
}
