//! The tokens of an answer as the rules of a mention see them: their classes, marks and gaps.

use super::{
    forms::Forms,
    lexicon::Class,
    token::{Gap, Kind, Token, Tokens},
};
use std::ops::Range;

/// An answer and the labels that may stand in it.
pub(super) struct Context<'a> {
    pub(super) tokens: &'a Tokens,
    pub(super) classes: &'a [Class],
    pub(super) forms: &'a Forms,
}

impl Context<'_> {
    pub(super) fn token(&self, at: usize) -> &Token {
        &self.tokens.all[at]
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.all.len()
    }

    pub(super) fn class(&self, at: usize) -> Class {
        self.classes[at]
    }

    /// The mark at a place; `None` for another token, and behind the last one.
    pub(super) fn mark(&self, at: usize) -> Option<char> {
        match self.tokens.all.get(at)?.kind {
            Kind::Mark(c) => Some(c),
            _ => None,
        }
    }

    /// What stands before a token; behind the last one a line ends.
    pub(super) fn gap(&self, at: usize) -> Gap {
        self.tokens.all.get(at).map_or(Gap::Line, |token| token.gap)
    }

    /// Whether nothing but marks of a list stands before it in its line.
    pub(super) fn begins_line(&self, range: &Range<usize>) -> bool {
        let mut at = range.start;
        while at > 0 && self.gap(at) != Gap::Line {
            at -= 1;
            if !matches!(self.mark(at), Some('(' | '[' | '-' | '•' | '"')) {
                return false;
            }
        }
        true
    }

    /// Whether a clause begins at this token, seen from the right.
    pub(super) fn breaks(&self, at: usize) -> bool {
        self.mark(at).is_some_and(|c| ".!?;:,—…\n".contains(c)) || self.class(at).has(Class::BREAK)
    }

    /// Whether a token may stand before a label without saying anything of it.
    pub(super) fn is_open_mark(&self, at: usize) -> bool {
        self.token(at).kind == Kind::Command
            || matches!(self.token(at).kind, Kind::Tag { .. })
            || self
                .mark(at)
                .is_some_and(|c| "\"'([{「『【«$-•#>—".contains(c))
    }

    /// Whether a token may stand behind a label without saying anything of it.
    pub(super) fn is_end_mark(&self, at: usize) -> bool {
        matches!(self.token(at).kind, Kind::Tag { .. })
            || self.mark(at).is_some_and(|c| "\"')]}」』】»$".contains(c))
    }

    /// Whether what stands between two labels makes them a list: "A or B", "A, B", "A/B".
    pub(super) fn are_listed(&self, mut between: Range<usize>) -> bool {
        let joins = |at: usize| {
            self.mark(at).is_some_and(|c| ",/&|".contains(c)) || self.class(at).has(Class::OR)
        };
        between.clone().any(joins)
            && between.all(|at| {
                joins(at)
                    || self.is_end_mark(at)
                    || self.is_open_mark(at)
                    || self.class(at).has(Class::FILLER.or(Class::OPTION))
            })
    }
}
