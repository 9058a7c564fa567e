//! Where the lines of a text begin: the line of a place is looked up and not counted anew for each of many places.

/// The beginnings of the lines, in bytes.
#[derive(Debug)]
pub(super) struct LineStarts(Vec<usize>);

impl LineStarts {
    pub(super) fn of(text: &str) -> LineStarts {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        LineStarts([0].into_iter().chain(ends).collect())
    }

    /// How many lines end before a place.
    pub(super) fn before(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_the_lines_that_counting_gives() {
        for text in ["", "a", "a\nb", "\n\nx\n"] {
            let lines = LineStarts::of(text);
            for at in 0..=text.len() {
                assert_eq!(lines.before(at), text[..at].matches('\n').count());
            }
        }
    }
}
