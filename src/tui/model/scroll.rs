//! Which part of a list is on the screen: it follows the cursor by as little as it can, and its last page is full.

/// The lists that are longer than the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScrolledList {
    Rows,
    /// Bands of rows.
    Map,
    Leaderboard,
    Runs,
    Variants,
    ChangedRows,
    Labels,
    Overlay,
}

/// The first line shown of each list, as it was last drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScrollOffsets([usize; ScrolledList::Overlay as usize + 1]);

impl ScrollOffsets {
    /// The first line to show of `n`, so that the one under the cursor is among the `page` that fit.
    pub fn follow(&mut self, list: ScrolledList, cursor: usize, page: usize, n: usize) -> usize {
        let page = page.max(1);
        let first = &mut self.0[list as usize];
        *first = (*first)
            .clamp((cursor + 1).saturating_sub(page), cursor)
            .min(n.saturating_sub(page));
        *first
    }

    /// From the first line on, next time.
    pub fn reset(&mut self, list: ScrolledList) {
        self.0[list as usize] = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_shown_follows_the_cursor_and_ends_with_a_full_page() {
        let mut offsets = ScrollOffsets::default();
        let mut follow = |cursor| offsets.follow(ScrolledList::Rows, cursor, 17, 20);
        assert_eq!(follow(16), 0);
        assert_eq!(follow(17), 1, "by one line");
        assert_eq!(follow(19), 3);
        assert_eq!(follow(5), 3, "still on the screen");
        assert_eq!(follow(2), 2);
        // Fewer lines, and a larger screen: no blank lines below the last.
        assert_eq!(offsets.follow(ScrolledList::Rows, 4, 17, 18), 1);
        assert_eq!(offsets.follow(ScrolledList::Rows, 4, 40, 18), 0);
        assert_eq!(offsets.follow(ScrolledList::Rows, 0, 0, 0), 0);
    }
}
