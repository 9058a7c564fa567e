//! Two texts as lines beside each other or one below the other, words marked, with a few lines around each change.

use super::text::{self, Piece};
use crate::{
    diff::{Change, word_diff},
    display::count,
    tui::model::Theme,
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// Longest text that is compared on the screen, in bytes; a report compares all.
const MOST: usize = 24 << 10;

/// A line of one side: its number and its words.
type Half = Option<(usize, Vec<(Change, String)>)>;

/// A line of both sides.
struct Pair {
    left: Half,
    right: Half,
    changed: bool,
}

/// How changes are laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub width: usize,
    pub beside: bool,
    /// Lines around a change.
    pub context: usize,
    /// Long lines are cut, not wrapped.
    pub cut: bool,
}

/// Two texts laid out: the lines, and those at which changes begin.
pub(super) fn lay_out(
    theme: Theme,
    before: &str,
    after: &str,
    layout: Layout,
) -> (Vec<Line<'static>>, Vec<usize>) {
    let mut pairs = pairs(shorten(before), shorten(after));
    if layout.beside {
        pairs = side_by_side(pairs);
    }
    let near = near(&pairs, layout.context);
    let (mut lines, mut starts) = (Vec::new(), Vec::new());
    let (mut skipped, mut inside) = (0, false);
    for (pair, near) in pairs.iter().zip(near) {
        if !near {
            skipped += 1;
            inside = false;
            continue;
        }
        if skipped > 0 {
            lines.push(Line::styled(
                format!("     ⋯ {}", count(skipped, "line")),
                theme.dim(),
            ));
            skipped = 0;
        }
        if pair.changed && !inside {
            starts.push(lines.len());
        }
        inside = pair.changed;
        if layout.beside {
            beside(theme, pair, layout, &mut lines);
        } else {
            below(theme, pair, layout, &mut lines);
        }
    }
    if skipped > 0 {
        lines.push(Line::styled(
            format!("     ⋯ {}", count(skipped, "line")),
            theme.dim(),
        ));
    }
    if before.len() > MOST || after.len() > MOST {
        let said = format!("     only the first {} KB are compared", MOST >> 10);
        lines.push(Line::styled(said, theme.unsure()));
    }
    (lines, starts)
}

fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST)]
}

fn pairs(before: &str, after: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let (mut left, mut right): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    let (mut l, mut r) = (1, 1);
    let differs = |half: &[(Change, String)]| half.iter().any(|(c, _)| *c != Change::Same);
    for piece in word_diff(before, after) {
        for (i, part) in piece.text.split('\n').enumerate() {
            if i > 0 {
                let old = piece.change != Change::Added;
                let new = piece.change != Change::Removed;
                let changed = piece.change != Change::Same || differs(&left) || differs(&right);
                let mut pair = Pair {
                    left: None,
                    right: None,
                    changed,
                };
                if old {
                    pair.left = Some((l, std::mem::take(&mut left)));
                    l += 1;
                }
                if new {
                    pair.right = Some((r, std::mem::take(&mut right)));
                    r += 1;
                }
                pairs.push(pair);
            }
            if part.is_empty() {
                continue;
            }
            if piece.change != Change::Added {
                left.push((piece.change, part.to_owned()));
            }
            if piece.change != Change::Removed {
                right.push((piece.change, part.to_owned()));
            }
        }
    }
    if !left.is_empty() || !right.is_empty() {
        pairs.push(Pair {
            changed: differs(&left) || differs(&right),
            left: (!left.is_empty()).then_some((l, left)),
            right: (!right.is_empty()).then_some((r, right)),
        });
    }
    pairs
}

/// Lines that went, beside those that came in their place.
fn side_by_side(pairs: Vec<Pair>) -> Vec<Pair> {
    let mut all: Vec<Pair> = Vec::with_capacity(pairs.len());
    // The first line that went and has none beside it.
    let mut alone: Option<usize> = None;
    for pair in pairs {
        match (&pair.left, &pair.right, alone) {
            (None, Some(_), Some(at)) => {
                all[at].right = pair.right;
                alone = Some(at + 1).filter(|next| *next < all.len());
            }
            (Some(_), None, _) => {
                alone = alone.or(Some(all.len()));
                all.push(pair);
            }
            _ => {
                alone = None;
                all.push(pair);
            }
        }
    }
    all
}

fn near(pairs: &[Pair], context: usize) -> Vec<bool> {
    let mut near = vec![false; pairs.len()];
    for (i, _) in pairs.iter().enumerate().filter(|(_, p)| p.changed) {
        let to = (i + context + 1).min(pairs.len());
        near[i.saturating_sub(context)..to].fill(true);
    }
    if pairs.iter().all(|p| !p.changed) {
        near.fill(true);
    }
    near
}

/// The words of a half; without colors, signs stand around what changed.
pub(super) fn pieces(theme: Theme, words: &[(Change, String)]) -> Vec<Piece> {
    words
        .iter()
        .map(|(change, text)| match (change, theme.is_plain()) {
            (Change::Same, _) => (text.clone(), Style::new()),
            (Change::Removed, false) => (text.clone(), theme.removed()),
            (Change::Added, false) => (text.clone(), theme.added()),
            (Change::Removed, true) => (format!("{{-{text}-}}"), theme.removed()),
            (Change::Added, true) => (format!("{{+{text}+}}"), theme.added()),
        })
        .collect()
}

fn half(theme: Theme, half: &Half, sign: &str, width: usize, cut: bool) -> Vec<Line<'static>> {
    let Some((number, words)) = half else {
        return Vec::new();
    };
    let room = width.saturating_sub(6).max(2);
    let pieces = pieces(theme, words);
    let body = if cut {
        text::cut_pieces(&pieces, room)
    } else {
        text::wrap_pieces(&pieces, room)
    };
    body.into_iter()
        .enumerate()
        .map(|(i, line)| {
            let lead = if i == 0 {
                format!("{number:>3}{sign} ")
            } else {
                "     ".into()
            };
            let mut spans = vec![Span::styled(lead, theme.dim())];
            spans.extend(line.spans);
            Line::from(spans)
        })
        .collect()
}

fn beside(theme: Theme, pair: &Pair, layout: Layout, lines: &mut Vec<Line<'static>>) {
    let each = layout.width.saturating_sub(1) / 2;
    let (minus, plus) = if pair.changed { ("-", "+") } else { (" ", " ") };
    let left = half(theme, &pair.left, minus, each, layout.cut);
    let right = half(theme, &pair.right, plus, each, layout.cut);
    for i in 0..left.len().max(right.len()) {
        let mut spans = left.get(i).map_or(Vec::new(), |l| l.spans.clone());
        let used: usize = spans.iter().map(|s| text::width(&s.content)).sum();
        spans.push(Span::raw(" ".repeat(each.saturating_sub(used))));
        spans.push(Span::styled("│", theme.dim()));
        spans.extend(right.get(i).map_or(Vec::new(), |l| l.spans.clone()));
        lines.push(Line::from(spans));
    }
}

fn below(theme: Theme, pair: &Pair, layout: Layout, lines: &mut Vec<Line<'static>>) {
    if !pair.changed {
        return lines.extend(half(theme, &pair.right, " ", layout.width, layout.cut));
    }
    lines.extend(half(theme, &pair.left, "-", layout.width, layout.cut));
    lines.extend(half(theme, &pair.right, "+", layout.width, layout.cut));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(before: &str, after: &str, beside: bool, context: usize) -> (String, Vec<usize>) {
        let layout = Layout {
            width: 41,
            beside,
            context,
            cut: false,
        };
        let (lines, starts) = lay_out(Theme::new(false), before, after, layout);
        let text = lines
            .iter()
            .map(|l| l.to_string().trim_end().to_owned() + "\n")
            .collect();
        (text, starts)
    }

    #[test]
    fn a_changed_word_stands_beside_the_other() {
        let (text, starts) = rendered("one\ntwo words\nthree", "one\ntwo names\nthree", true, 1);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(
            lines[1].contains("2- two {-words-}") && lines[1].contains("│  2+ two {+names+}"),
            "{text}"
        );
        assert_eq!(starts, [1]);
    }

    #[test]
    fn far_lines_are_left_out_and_counted() {
        let body: Vec<String> = (1..=20).map(|i| format!("line {i}")).collect();
        let before = body.join("\n");
        let after = before.replace("line 10", "row 10");
        let (text, starts) = rendered(&before, &after, false, 2);
        assert!(
            text.starts_with("     ⋯ 7 lines\n") && text.ends_with("     ⋯ 8 lines\n"),
            "{text}"
        );
        assert_eq!(starts.len(), 1);
        assert!(
            text.contains("10- {-line-} 10") && text.contains("10+ {+row+} 10"),
            "{text}"
        );
    }

    #[test]
    fn added_lines_have_nothing_beside_them() {
        let (text, _) = rendered("a\nb", "a\nnew\nb", true, 3);
        assert!(
            text.lines()
                .any(|l| l.trim_start().starts_with('│') && l.contains("{+new+}")),
            "{text}"
        );
        assert!(text.contains("3"), "{text}");
    }
}
