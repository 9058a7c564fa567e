//! A label where it stands in an answer: whether it is meant there, and how strongly.

use super::{
    forms::Forms,
    lexicon::Class,
    token::{Gap, Kind, Token, Tokens},
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

/// A label in a text.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) label: usize,
    pub(super) tokens: Range<usize>,
    pub(super) is_negated: bool,
    pub(super) strength: Strength,
}

/// How far a negation reaches, in words; in characters of scripts without blanks.
const REACH: usize = 4;
const REACH_UNSPACED: usize = 6;

pub(super) struct Context<'a> {
    pub(super) tokens: &'a Tokens,
    pub(super) classes: &'a [Class],
    pub(super) forms: &'a Forms,
}

impl Context<'_> {
    fn token(&self, at: usize) -> &Token {
        &self.tokens.all[at]
    }

    fn len(&self) -> usize {
        self.tokens.all.len()
    }

    fn class(&self, at: usize) -> Class {
        self.classes[at]
    }

    fn mark(&self, at: usize) -> Option<char> {
        match self.token(at).kind {
            Kind::Mark(c) => Some(c),
            _ => None,
        }
    }

    fn gap(&self, at: usize) -> Gap {
        self.tokens.all.get(at).map_or(Gap::Line, |token| token.gap)
    }

    /// The labels of the text in its order, those inside of longer ones left out.
    pub(super) fn mentions(&self, found: &mut Vec<Mention>) {
        let mut places: Vec<(usize, Range<usize>)> = Vec::new();
        let mut at = 0;
        while at < self.len() {
            match self.forms.starting(self.tokens, at) {
                Some((label, length)) => {
                    if self.stands_alone(&(at..at + length)) {
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
                && range.end < self.len()
                && self.gap(range.end) != Gap::Line
                && self.mark(range.end).is_some_and(|c| ".):-—(".contains(c))
                && self.gap(range.end + 1) != Gap::Line
        });
        let first = begins.next().map(|(label, _)| *label);
        first.is_some_and(|first| begins.any(|(label, _)| *label != first))
    }

    fn begins_line(&self, range: &Range<usize>) -> bool {
        let mut at = range.start;
        while at > 0 && self.gap(at) != Gap::Line {
            at -= 1;
            if !matches!(self.mark(at), Some('(' | '[' | '-' | '•' | '"')) {
                return false;
            }
        }
        true
    }

    /// Whether these tokens are the whole of a word or a number, and not a part of one: `C` in `C++`, `1` in `-1`.
    fn stands_alone(&self, range: &Range<usize>) -> bool {
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
                Kind::Mark('$') => is_number && !self.closes_with(range.end, '$'),
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
            Kind::Mark('-') => !self.forms.is_weak[self.label_at(range)],
            Kind::Mark('/' | '&' | '@' | '.' | '_') => !goes_on,
            _ => true,
        }
    }

    fn label_at(&self, range: &Range<usize>) -> usize {
        let found = self.forms.starting(self.tokens, range.start);
        found.map_or(0, |(label, _)| label)
    }

    fn closes_with(&self, at: usize, mark: char) -> bool {
        at < self.len() && self.mark(at) == Some(mark)
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

    /// Whether a clause begins at this token, seen from the right.
    fn breaks(&self, at: usize) -> bool {
        self.mark(at).is_some_and(|c| ".!?;:,—…\n".contains(c)) || self.class(at).has(Class::BREAK)
    }

    fn is_negated(&self, range: &Range<usize>, next: Option<usize>) -> bool {
        self.is_negated_before(range) || self.is_negated_after(range, next)
    }

    fn is_negated_before(&self, range: &Range<usize>) -> bool {
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

    /// How strongly a label is named here; `None` where it does not count.
    fn strength(&self, label: usize, range: &Range<usize>, is_listed: bool) -> Option<Strength> {
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

    /// The marker before a label.
    fn marker(&self, range: &Range<usize>) -> Option<Strength> {
        let (mut is_said, mut is_option, mut is_concluded) = (false, false, false);
        let (mut hashes, mut brackets, mut strayed) = (0, 0, 0);
        let mut at = range.start;
        while at > 0 {
            let crosses_line = self.gap(at) == Gap::Line;
            at -= 1;
            let token = self.token(at);
            let class = self.class(at);
            if crosses_line {
                let leads = class.has(Class::ANSWER)
                    || matches!(
                        token.kind,
                        Kind::Mark(':' | '=' | '#' | '{' | '[') | Kind::Tag { .. }
                    )
                    || class.has(Class::IS);
                if !leads || strayed > 0 {
                    break;
                }
                is_said = true;
            }
            match token.kind {
                Kind::Tag { is_close: true } if self.is_answer_tag(token) => break,
                Kind::Tag { is_close: false } if self.is_answer_tag(token) => {
                    return Some(Strength::Final);
                }
                Kind::Tag { .. } => continue,
                Kind::Command if self.tokens.text(token) == "\\boxed" => {
                    return Some(Strength::Final);
                }
                Kind::Command => continue,
                Kind::Mark(c) => {
                    match c {
                        _ if strayed > 0 && c != ',' => break,
                        ':' | '=' | '→' | '|' | '>' => is_said = true,
                        '#' => hashes += 1,
                        '[' => brackets += 1,
                        '"' | '\'' | '(' | '{' | '「' | '『' | '【' | '-' | '—' | '$' | '<'
                        | '«' | '}' | ')' | ']' | '」' => {}
                        ',' if is_concluded
                            || strayed > 0
                            || at > 0 && self.class(at - 1).has(Class::THEREFORE) => {}
                        _ => break,
                    }
                    if hashes >= 4 && !is_said
                        || brackets >= 2
                            && !is_said
                            && self.gap(at + 1) == Gap::Joined
                            && c == '['
                            && self.closes_with(range.end, ']')
                    {
                        return Some(Strength::Final);
                    }
                    continue;
                }
                Kind::Word => {}
            }
            if class.has(Class::ANSWER)
                && !(is_option && !is_said && strayed == 0 && class.has(Class::OPTION))
            {
                let is_near = strayed == 0 || is_said;
                if !is_near {
                    break;
                }
                return Some(match (class.has(Class::FINAL), is_said) {
                    (true, _) => Strength::Final,
                    (_, true) => Strength::Marked,
                    _ => Strength::Chosen,
                });
            }
            if class.has(Class::CHOOSE) && strayed == 0 {
                return Some(Strength::Chosen);
            }
            is_said |= class.has(Class::IS);
            is_concluded |= class.has(Class::THEREFORE);
            is_option |= class.has(Class::OPTION);
            let skips = Class::IS
                .or(Class::OPTION)
                .or(Class::FILLER)
                .or(Class::RIGHT)
                .or(Class::THEREFORE);
            if !class.has(skips) || class.has(Class::NOT) {
                strayed += 1;
                if !is_said || strayed > REACH_UNSPACED || class.has(Class::BREAK) {
                    break;
                }
            }
        }
        if is_option && strayed == 0 && is_said {
            return Some(Strength::Marked);
        }
        ((is_option || is_concluded) && strayed == 0).then_some(Strength::Chosen)
    }

    fn is_answer_tag(&self, token: &Token) -> bool {
        let name = self.tokens.text(token).trim_matches(['<', '>', '/']);
        name.len() > 4 && !matches!(name, "strong")
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

    fn is_open_mark(&self, at: usize) -> bool {
        self.token(at).kind == Kind::Command
            || matches!(self.token(at).kind, Kind::Tag { .. })
            || self
                .mark(at)
                .is_some_and(|c| "\"'([{「『【«$-•#>—".contains(c))
    }

    /// Whether nothing but marks stands before it.
    fn is_first(&self, range: &Range<usize>) -> bool {
        (0..range.start).all(|at| self.is_open_mark(at))
    }

    fn is_last(&self, range: &Range<usize>) -> bool {
        (range.end..self.len())
            .all(|at| self.is_end_mark(at) || self.mark(at).is_some_and(|c| ".!…".contains(c)))
    }

    fn is_end_mark(&self, at: usize) -> bool {
        matches!(self.token(at).kind, Kind::Tag { .. })
            || self.mark(at).is_some_and(|c| "\"')]}」』】»$".contains(c))
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
        let after = (range.end < self.len())
            .then(|| self.mark(range.end))
            .flatten();
        let pairs = ["()", "[]", "{}", "\"\"", "''", "「」", "『』", "【】", "$$"];
        before.zip(after).is_some_and(|(open, close)| {
            pairs
                .iter()
                .any(|pair| pair.starts_with(open) && pair.ends_with(close))
        })
    }

    /// Whether its sentence begins with a marker: "Answer: this is a refund."
    fn follows_marker(&self, range: &Range<usize>) -> bool {
        let mut at = range.start;
        while at > 0 && self.gap(at) != Gap::Line {
            at -= 1;
            match self.mark(at) {
                Some('.' | '!' | '?' | ';') => return false,
                Some(':') => return at > 0 && self.class(at - 1).has(Class::ANSWER),
                _ if self.class(at).has(Class::THEREFORE) => return true,
                _ => {}
            }
        }
        false
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
