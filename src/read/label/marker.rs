//! Words and marks before a label that say it is the answer: "Answer:", `\boxed{`, "I choose".

use super::{
    context::Context,
    lexicon::Class,
    strength::Strength,
    token::{Gap, Kind, Token},
};
use std::ops::Range;

/// Other words that may stand between a marker and its label, at most.
const MAX_STRAYED: usize = 6;

impl Context<'_> {
    /// The marker before a label.
    pub(super) fn marker(&self, range: &Range<usize>) -> Option<Strength> {
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
                            && self.mark(range.end) == Some(']')
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
                if !is_said || strayed > MAX_STRAYED || class.has(Class::BREAK) {
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

    /// Whether its sentence begins with a marker: "Answer: this is a refund."
    pub(super) fn follows_marker(&self, range: &Range<usize>) -> bool {
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
}
