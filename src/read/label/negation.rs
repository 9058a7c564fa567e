//! Whether an answer negates a label.

use super::{
    context::Context,
    lexicon::Class,
    token::{Gap, Kind},
};
use std::ops::Range;

/// How far a negation reaches, in words; in characters of scripts without blanks.
const REACH: usize = 4;
const REACH_UNSPACED: usize = 6;

impl Context<'_> {
    /// Whether words before or behind a label negate it; `next` is where the next label begins.
    pub(super) fn is_negated(&self, range: &Range<usize>, next: Option<usize>) -> bool {
        self.is_negated_before(range) || self.is_negated_after(range, next)
    }

    /// "not A", "un-A", "rather than A", "!A".
    pub(super) fn is_negated_before(&self, range: &Range<usize>) -> bool {
        if self.gap(range.start) == Gap::Hyphen && range.start > 0 {
            let before = range.start - 1;
            if self.class(before).has(Class::NOT)
                || matches!(self.tokens.text(self.token(before)), "un" | "anti" | "dis")
            {
                return true;
            }
        }
        let (mut distance, mut reaches_far) = (0, false);
        let mut at = range.start;
        let is_not_mark = at > 0
            && self.gap(at) == Gap::Joined
            && matches!(self.mark(at - 1), Some('!' | '¬' | '≠'))
            && self.gap(at - 1) != Gap::Joined;
        if is_not_mark {
            return true;
        }
        while at > 0 && self.gap(at) != Gap::Line {
            at -= 1;
            let class = self.class(at);
            if class.has(Class::THAN) && distance <= 3 {
                return true;
            }
            if class.has(Class::NOT) {
                let is_determined = matches!(self.tokens.text(self.token(at)), "no")
                    && self
                        .classes
                        .get(at + 1)
                        .is_some_and(|next| next.has(Class::PRONOUN));
                let reach = match self.token(at).is_unspaced {
                    true => REACH_UNSPACED,
                    false => REACH,
                };
                if (distance <= reach || reaches_far) && !is_determined {
                    return true;
                }
            }
            if self.breaks(at) || class.has(Class::AND) {
                return false;
            }
            reaches_far |= class.has(Class::THINK);
            distance += usize::from(self.token(at).kind == Kind::Word);
        }
        false
    }

    /// "A is not it", "A is wrong", ではない, 아니다, "spam-free".
    fn is_negated_after(&self, range: &Range<usize>, next: Option<usize>) -> bool {
        let (mut is_said, mut distance) = (false, 0);
        let mut at = range.end;
        while at < self.len()
            && (self.gap(at) != Gap::Line || at == range.end && at == 0)
            && distance <= REACH_UNSPACED
        {
            let class = self.class(at);
            let token = self.token(at);
            if token.gap == Gap::Hyphen && matches!(self.tokens.text(token), "free" | "less") {
                return true;
            }
            if class.has(Class::NOT_AFTER) {
                return true;
            }
            if class.has(Class::PRONOUN) && !is_said {
                return false;
            }
            let is_contracted = self.tokens.text(token).ends_with("n't");
            if class.has(Class::NOT) && (is_said && !token.is_unspaced || is_contracted) {
                // In "A is not B" it is B that is negated.
                return next.is_none_or(|next| next > at + 2);
            }
            if class.has(Class::WRONG) && is_said {
                return true;
            }
            let closes = matches!(
                self.mark(at),
                Some('"' | '\'' | ')' | ']' | '}' | '」' | '』')
            );
            if self.breaks(at) || self.mark(at).is_some() && !closes {
                return false;
            }
            let is_other = next.is_some_and(|next| at >= next);
            if is_other && !is_said {
                // "A and B are wrong."
            } else if class.has(Class::IS)
                || matches!(self.tokens.text(token), "does" | "did" | "has" | "ist")
            {
                is_said = true;
            } else if !token.is_unspaced
                && !closes
                && !class.has(Class::FILLER.or(Class::OR))
                && !is_said
            {
                return false;
            }
            distance += 1;
            at += 1;
        }
        false
    }
}
