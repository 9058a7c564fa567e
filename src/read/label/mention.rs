//! A label where it stands in an answer: whether it is meant there, and how strongly.

use super::{context::Context, lexicon::Class, strength::Strength, token::Gap};
use std::ops::Range;

/// A label in a text.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) label: usize,
    pub(super) tokens: Range<usize>,
    pub(super) is_negated: bool,
    pub(super) strength: Strength,
}

impl Context<'_> {
    /// The labels of the text in its order, those inside of longer ones left out.
    pub(super) fn mentions(&self, found: &mut Vec<Mention>) {
        let mut places: Vec<(usize, Range<usize>)> = Vec::new();
        let mut at = 0;
        while at < self.len() {
            match self.forms.starting(self.tokens, at) {
                Some((label, length)) => {
                    if self.stands_alone(label, &(at..at + length)) {
                        places.push((label, at..at + length));
                    }
                    at += length;
                }
                None => at += 1,
            }
        }
        let listed = self.is_list(&places);
        let mut next: Option<(usize, Option<Strength>)> = None;
        for (label, range) in places.into_iter().rev() {
            let following = next.map(|(start, _)| start);
            let is_near = |start: &usize| start - range.end < 3;
            let mut is_negated = self.is_negated(&range, following.filter(is_near));
            let opposite = self.forms.opposite[label].filter(|_| is_negated);
            is_negated &= opposite.is_none();
            let is_listed = listed && self.begins_line(&range);
            let strength = self.strength(label, &range, is_listed).or_else(|| {
                // In "either A or B" both are named alike.
                let (start, strength) = next?;
                strength.filter(|_| self.are_listed(range.end..start))
            });
            // "between A and B" negates both, or none.
            let shares = |start: usize| {
                let mut between = range.end..start;
                let joined = between.clone().any(|at| self.class(at).has(Class::OR));
                joined
                    && between.all(|at| self.mark(at).is_none())
                    && self.is_negated_before(&range)
            };
            if let Some((start, Some(_))) = next
                && shares(start)
                && let Some(last) = found.last_mut()
            {
                last.is_negated = true;
            }
            next = Some((range.start, strength));
            if let Some(strength) = strength {
                found.push(Mention {
                    label: opposite.unwrap_or(label),
                    is_negated: is_negated || self.token(range.start).is_struck,
                    tokens: range,
                    strength,
                });
            }
        }
        found.reverse();
    }

    /// Whether the options are listed: several labels that begin a line and go on behind a mark.
    fn is_list(&self, places: &[(usize, Range<usize>)]) -> bool {
        let mut begins = places.iter().filter(|(_, range)| {
            self.begins_line(range)
                && self.gap(range.end) != Gap::Line
                && self.mark(range.end).is_some_and(|c| ".):-—(".contains(c))
                && self.gap(range.end + 1) != Gap::Line
        });
        let first = begins.next().map(|(label, _)| *label);
        first.is_some_and(|first| begins.any(|(label, _)| *label != first))
    }
}
