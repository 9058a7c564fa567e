//! Where a label ends in the text: whether it is a word of its own.

use super::{
    context::Context,
    lexicon::Class,
    token::{Gap, Kind},
};
use std::ops::Range;

impl Context<'_> {
    /// Whether these tokens are the whole of a word or a number, and not a part of one: `C` in `C++`, `1` in `-1`.
    pub(super) fn stands_alone(&self, label: usize, range: &Range<usize>) -> bool {
        let first = self.token(range.start);
        let is_number = self
            .tokens
            .text(first)
            .starts_with(|c: char| c.is_ascii_digit());
        if first.gap == Gap::Hyphen && !self.may_lead(range.start - 1) {
            return false;
        }
        if range.start > 0 && first.gap == Gap::Joined && !first.is_opened {
            let before = self.token(range.start - 1);
            let is_inside = range.start > 1
                && before.gap == Gap::Joined
                && self.token(range.start - 2).kind == Kind::Word
                && !self.token(range.start - 2).is_unspaced;
            let blocks = match before.kind {
                Kind::Mark(
                    '-' | '#' | '≥' | '≤' | '<' | '>' | '~' | '≈' | '±' | '£' | '€' | '¥',
                ) => is_number,
                Kind::Mark('$') => is_number && self.mark(range.end) != Some('$'),
                Kind::Mark('.') => is_inside || is_number && before.gap != Gap::Joined,
                Kind::Mark('/' | '+' | '&' | '@') => is_inside,
                Kind::Mark('^' | '≠') => true,
                _ => false,
            };
            if blocks {
                return false;
            }
        }
        let Some(after) = self.tokens.all.get(range.end) else {
            return true;
        };
        let last = self.token(range.end - 1);
        if after.gap == Gap::Hyphen {
            // `spam-free` is negated, anything else is another word.
            return matches!(self.tokens.text(after), "free" | "less");
        }
        if after.gap != Gap::Joined || last.is_closed {
            return true;
        }
        let goes_on = self.tokens.all.get(range.end + 1).is_some_and(|next| {
            next.gap == Gap::Joined && next.kind == Kind::Word && !next.is_unspaced
        });
        match after.kind {
            Kind::Mark('+' | '#' | '%' | '°' | '€' | '£' | '^' | '*' | '‰') => false,
            Kind::Mark('$') => range.start > 0 && self.mark(range.start - 1) == Some('$'),
            Kind::Mark('-') => !self.forms.is_weak[label],
            Kind::Mark('/' | '&' | '@' | '.' | '_') => !goes_on,
            _ => true,
        }
    }

    /// Whether a word may stand before a label with a hyphen between: a negation, or a marker (`option-B`).
    fn may_lead(&self, at: usize) -> bool {
        let class = self.class(at);
        let markers = Class::NOT.or(Class::ANSWER).or(Class::OPTION);
        class.has(markers)
            || matches!(
                self.tokens.text(self.token(at)),
                "un" | "anti" | "de" | "dis"
            )
    }
}
