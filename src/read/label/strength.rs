//! How strongly an answer names a label, by what stands around it.

use super::{
    context::Context,
    lexicon::Class,
    token::{Gap, Kind},
};
use std::ops::Range;

/// How strongly an answer names a label, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// `\boxed{}`, `<answer>`, "final answer".
    Final,
    /// "The answer is", "Label:", "B is correct".
    Marked,
    /// A line or a sentence of its own, the first word of the answer, the value of a line.
    Alone,
    /// "Option B", "I choose B", "therefore B", bold, in brackets, the last word.
    Chosen,
    /// In the middle of a sentence.
    Mentioned,
}

impl Context<'_> {
    /// How strongly a label is named here; `None` where it does not count.
    pub(super) fn strength(
        &self,
        label: usize,
        range: &Range<usize>,
        is_listed: bool,
    ) -> Option<Strength> {
        let is_weak = self.forms.is_weak[label];
        let stops = self.stops(range);
        let marked = self.marker(range).filter(|strength| {
            *strength == Strength::Final || !is_weak || stops || *strength == Strength::Chosen
        });
        if let Some(strength @ (Strength::Final | Strength::Marked)) = marked {
            return (!self.is_conditional(range) || strength == Strength::Final)
                .then_some(strength);
        }
        if self.is_called_right(range) {
            return Some(Strength::Marked);
        }
        if self.is_conditional(range) || self.is_asked(range) {
            return None;
        }
        if self.is_alone(range) || stops && !is_listed && self.is_first(range) {
            return Some(Strength::Alone);
        }
        if is_listed {
            return None;
        }
        if marked.is_some()
            || self.is_emphasized(range)
            || is_weak && self.is_last(range)
            || !is_weak && self.follows_marker(range)
        {
            return Some(Strength::Chosen);
        }
        (!is_weak).then_some(Strength::Mentioned)
    }

    /// "B is the correct answer."
    fn is_called_right(&self, range: &Range<usize>) -> bool {
        let mut is_said = false;
        let mut at = range.end;
        while at < self.len() && at < range.end + 6 && self.gap(at) != Gap::Line {
            let class = self.class(at);
            let is_close = self.mark(at).is_some_and(|c| ")]}\"'」".contains(c));
            if class.has(Class::NOT.or(Class::BREAK)) {
                return false;
            }
            if is_said && class.has(Class::RIGHT.or(Class::ANSWER)) {
                return true;
            }
            is_said |= class.has(Class::IS) || matches!(self.tokens.text(self.token(at)), "が");
            if !(is_close || class.has(Class::IS.or(Class::FILLER))) {
                return false;
            }
            at += 1;
        }
        false
    }

    /// Whether a label ends what is said here: a mark, a line, a reason follows.
    fn stops(&self, range: &Range<usize>) -> bool {
        let Some(after) = self.tokens.all.get(range.end) else {
            return true;
        };
        let last = self.token(range.end - 1);
        if after.gap == Gap::Line || last.is_closed && after.gap != Gap::Joined {
            return true;
        }
        match after.kind {
            Kind::Tag { .. } => true,
            Kind::Mark(c) => ".,;:!?)]}\"'」』】»|—-(/…$<&=".contains(c),
            Kind::Command => false,
            Kind::Word => {
                let is_letter = range.len() == 1 && self.tokens.text(last).chars().count() == 1;
                is_letter
                    && self.class(range.end).has(Class::IS)
                    && !self.class(range.end).has(Class::COMMON)
                    || self.class(range.end).has(Class::BECAUSE)
                    || after.is_unspaced && !last.is_unspaced
                    || self.tokens.text(after) == "的"
                    || self.tokens.text(last) == "yes"
                    || self.class(range.end).has(Class::PRONOUN)
                        && matches!(self.tokens.text(last), "no" | "yes")
            }
        }
    }

    /// Whether nothing but marks stands before it.
    fn is_first(&self, range: &Range<usize>) -> bool {
        (0..range.start).all(|at| self.is_open_mark(at))
    }

    fn is_last(&self, range: &Range<usize>) -> bool {
        (range.end..self.len())
            .all(|at| self.is_end_mark(at) || self.mark(at).is_some_and(|c| ".!…".contains(c)))
    }

    /// Whether it is a sentence or a line of its own, or the value at the end of one.
    fn is_alone(&self, range: &Range<usize>) -> bool {
        let mut at = range.end;
        while at < self.len() && self.gap(at) != Gap::Line && self.is_end_mark(at) {
            at += 1;
        }
        let ends = self.gap(at) == Gap::Line || self.mark(at).is_some_and(|c| ".!".contains(c));
        let mut at = range.start;
        while ends && self.gap(at) != Gap::Line {
            at -= 1;
            match self.mark(at) {
                Some('.' | '!' | '?' | ':' | '=' | '→' | '|') => return true,
                _ if self.is_open_mark(at) => {}
                _ => return false,
            }
        }
        ends
    }

    /// Whether emphasis, brackets or quotes stand around it.
    fn is_emphasized(&self, range: &Range<usize>) -> bool {
        if self.token(range.start).is_opened && self.token(range.end - 1).is_closed {
            return true;
        }
        let before = range.start.checked_sub(1).and_then(|at| self.mark(at));
        let after = self.mark(range.end);
        let pairs = ["()", "[]", "{}", "\"\"", "''", "「」", "『』", "【】", "$$"];
        before.zip(after).is_some_and(|(open, close)| {
            pairs
                .iter()
                .any(|pair| pair.starts_with(open) && pair.ends_with(close))
        })
    }

    /// Whether it stands behind "if" or "whether".
    fn is_conditional(&self, range: &Range<usize>) -> bool {
        let mut at = range.start;
        while at > 0 && self.gap(at) != Gap::Line {
            at -= 1;
            if self.class(at).has(Class::IF) {
                return true;
            }
            if self.mark(at).is_some_and(|c| ".!?;,:".contains(c)) {
                return false;
            }
        }
        false
    }

    /// Whether its sentence is a question.
    fn is_asked(&self, range: &Range<usize>) -> bool {
        let mut at = range.end;
        while at < self.len() && self.gap(at) != Gap::Line {
            match self.mark(at) {
                Some('?') => return true,
                Some('.' | '!' | ';') => return false,
                _ => at += 1,
            }
        }
        false
    }
}
