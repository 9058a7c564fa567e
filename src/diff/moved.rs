//! Blocks of lines that stand elsewhere in the other text.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// Shorter lines are found everywhere by chance.
const SHORTEST: usize = 8;

/// Lines that were taken away in one place and stand, unchanged but for the margin, in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    pub text: String,
    /// Its first line before, from 1.
    pub from: usize,
    /// Its first line after.
    pub to: usize,
}

/// The blocks that moved, in their order before.
pub fn moved_blocks(before: &str, after: &str) -> Vec<Moved> {
    let diff = TextDiff::from_lines(before, after);
    let mut gone: Vec<(usize, String)> = Vec::new();
    let mut come: Vec<(usize, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        let line = change.value().trim().to_owned();
        match (change.tag(), change.old_index(), change.new_index()) {
            (ChangeTag::Delete, Some(at), _) => gone.push((at + 1, line)),
            (ChangeTag::Insert, _, Some(at)) => come.push((at + 1, line)),
            _ => {}
        }
    }
    let mut blocks: Vec<(Moved, usize)> = Vec::new();
    for (from, line) in gone {
        let follows = |(block, lines): &(Moved, usize), to: usize| {
            block.from + lines == from && block.to + lines == to
        };
        // A line that goes on with the block before is taken before others like it.
        let next = blocks.last().and_then(|last| {
            come.iter()
                .position(|(to, l)| *l == line && follows(last, *to))
        });
        let found = next.or_else(|| {
            (line.chars().count() >= SHORTEST)
                .then(|| come.iter().position(|(_, l)| *l == line))
                .flatten()
        });
        let Some(at) = found else { continue };
        let (to, _) = come.remove(at);
        match blocks.last_mut() {
            Some(last) if follows(last, to) => {
                last.0.text.push('\n');
                last.0.text.push_str(&line);
                last.1 += 1;
            }
            _ => blocks.push((
                Moved {
                    text: line,
                    from,
                    to,
                },
                1,
            )),
        }
    }
    blocks.into_iter().map(|(block, _)| block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_stands_elsewhere_is_found_whole() {
        let before =
            "Be brief and clear.\n{% if x %}\nNever explain.\n\nReview: {{ text }}\nLabel:\n";
        let after =
            "Review: {{ text }}\nLabel:\n\nBe brief and clear.\n{% if x %}\nNever explain.\n";
        let moved = moved_blocks(before, after);
        assert_eq!(moved.len(), 1, "{moved:?}");
        // Which of the two parts moved is a matter of taste; one of them did, whole.
        let (lines, moved) = (moved[0].text.lines().count(), &moved[0]);
        assert!(lines >= 2 && moved.from != moved.to, "{moved:?}");
    }

    #[test]
    fn what_was_rewritten_did_not_move() {
        assert_eq!(
            moved_blocks("Be brief and clear.\n", "Be clear and brief.\n"),
            []
        );
    }
}
