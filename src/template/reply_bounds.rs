//! Whether the number of replies of a template is known before the model has said anything: what is said to the model may
//! depend on its replies, but not whether and how often it speaks, since calls are counted before they are sent.
//!
//! Reads a template's text, block by block. What it cannot see, such as a part that is included inside a loop, is found when
//! the template is rendered (see `engine::Conversation`).

use super::nesting::tag_len;
use std::collections::{BTreeMap, HashSet};

/// A reply in a block that depends on replies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnboundedReply {
    /// Where its tag begins, in bytes.
    pub(super) at: usize,
    pub(super) message: &'static str,
    pub(super) help: &'static str,
}

const LOOP: (&str, &str) = (
    "how often the model speaks in this loop depends on what it said before",
    "loop over a list of the row, or over range(3), so that the number of calls is known before anything is sent",
);
const BRANCH: (&str, &str) = (
    "whether the model speaks here depends on what it said before",
    "move reply() out of the `if`: what is said to the model may depend on its replies, but not how often it speaks",
);

/// The first reply whose number is not known.
pub(super) fn find_unbounded(text: &str) -> Option<UnboundedReply> {
    let tags = tags(text);
    let mut known = Knowledge::default();
    known.names.insert("replies");
    // What one tag shows can matter to an earlier one, in a loop or a macro.
    for _ in 0..tags.len().min(16) {
        let before = known.size();
        known.read(&tags);
        if known.size() == before {
            break;
        }
    }
    known.unbounded
}

/// Whether the texts of a template depend on replies in no other way than that they quote them, word for word: `{{ replies.draft }}`,
/// also joined with `~` and without the white space at its ends. Then what they add to later prompts has as many tokens as
/// the replies have.
pub(super) fn only_quotes(text: &str) -> bool {
    if !uses_replies(text) {
        return true;
    }
    // Blocks that change or repeat what is printed in them, and words that print such a text once more.
    const CHANGING: [&str; 6] = ["filter", "call", "autoescape", "macro", "extends", "set"];
    let again = |word: &str| ["caller", "self", "super"].contains(&word);
    tags(text).iter().all(|tag| {
        let words = tag.words.as_slice();
        if roots(words).any(again) {
            return false;
        }
        let depends = has_replies(words);
        match (tag.is_block, depends) {
            (true, true) => false,
            // A block `set` catches what is printed; an assignment has a value of its own.
            (true, false) => match words {
                ["set", rest @ ..] => rest.contains(&"="),
                [kind, ..] => !CHANGING.contains(kind),
                [] => true,
            },
            (false, _) => !depends || operands(words).all(is_printed_whole),
        }
    })
}

/// Whether a tag of a template names the replies.
pub(super) fn uses_replies(text: &str) -> bool {
    tags(text).iter().any(|tag| has_replies(&tag.words))
}

fn has_replies(words: &[&str]) -> bool {
    roots(words).any(|word| word == "replies")
}

/// The parts of an expression that `~` joins, not those in brackets.
fn operands<'t, 'w>(words: &'w [&'t str]) -> impl Iterator<Item = &'w [&'t str]> {
    let mut depth = 0usize;
    words.split(move |word| {
        match *word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *word == "~"
    })
}

/// Whether a part of an expression is one whole reply, or depends on none and is printed whatever the replies are: `~` binds tighter
/// than comparisons, `in`, `and`, `or` and `if`, which would make the whole another expression.
fn is_printed_whole(operand: &[&str]) -> bool {
    if !has_replies(operand) {
        return has_no_operator(operand);
    }
    let whole = operand.strip_suffix(&["|", "trim"]).unwrap_or(operand);
    match whole {
        ["replies", ".", _] => true,
        ["replies", "[", index @ .., "]"] => {
            !index.contains(&":") && !index.contains(&"]") && !has_replies(index)
        }
        _ => false,
    }
}

/// Whether a part of an expression is only a name, a text or a number, with attributes, calls and filters; in brackets may be anything.
fn has_no_operator(operand: &[&str]) -> bool {
    const OPERATORS: [&str; 7] = ["if", "else", "and", "or", "not", "in", "is"];
    let mut depth = 0usize;
    operand.iter().all(|word| {
        match *word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "." | "|" => {}
            sign if depth == 0 && !sign.starts_with(|c: char| c.is_alphanumeric() || c == '_') => {
                return false;
            }
            word => return depth > 0 || !OPERATORS.contains(&word),
        }
        true
    })
}

/// A tag without its marks.
struct Tag<'t> {
    at: usize,
    is_block: bool,
    /// The names and signs in it, quoted texts left out.
    words: Vec<&'t str>,
}

/// What depends on replies, as far as it is known.
#[derive(Default)]
struct Knowledge<'t> {
    /// Names whose values do.
    names: HashSet<&'t str>,
    /// Macros in which the model speaks, and the parameters of all macros.
    speakers: HashSet<&'t str>,
    parameters: BTreeMap<&'t str, Vec<&'t str>>,
    /// Loops that are left early by what does, by the places of their tags.
    loops: HashSet<usize>,
    unbounded: Option<UnboundedReply>,
}

/// A block that is open.
struct Block<'t> {
    at: usize,
    kind: &'t str,
    /// Whether what is in it is rendered depends on replies.
    depends: bool,
    /// The macro or the variable that it makes.
    makes: Option<&'t str>,
}

impl<'t> Knowledge<'t> {
    fn size(&self) -> usize {
        self.names.len() + self.speakers.len() + self.loops.len()
    }

    fn depends(&self, words: &[&'t str]) -> bool {
        roots(words).any(|word| self.names.contains(word))
    }

    fn read(&mut self, tags: &[Tag<'t>]) {
        self.unbounded = None;
        let mut open: Vec<Block<'t>> = Vec::new();
        for tag in tags {
            let words = tag.words.as_slice();
            self.read_calls(tag, &open);
            if !tag.is_block {
                self.capture(words, &open);
                continue;
            }
            let mut block = |depends: bool, makes: Option<&'t str>| {
                open.push(Block {
                    at: tag.at,
                    kind: words.first().copied().unwrap_or_default(),
                    depends,
                    makes,
                });
            };
            match words {
                ["for", rest @ ..] => {
                    let of = rest.iter().position(|word| *word == "in").unwrap_or(0);
                    let depends = self.depends(&rest[of..]) || self.loops.contains(&tag.at);
                    if depends {
                        self.names.extend(roots(&rest[..of]));
                    }
                    block(depends, None);
                }
                ["if", rest @ ..] => block(self.depends(rest), None),
                ["elif", rest @ ..] => {
                    let depends = self.depends(rest);
                    if let Some(last) = open.last_mut() {
                        last.depends |= depends;
                    }
                }
                ["macro", name, rest @ ..] => {
                    self.parameters.insert(name, roots(rest).collect());
                    block(false, Some(name));
                }
                ["set", rest @ ..] => match rest.iter().position(|word| *word == "=") {
                    Some(at) => {
                        let in_branch = open.iter().any(|block| block.depends);
                        if in_branch || self.depends(&rest[at..]) {
                            self.names.extend(roots(&rest[..at]));
                        }
                    }
                    None => block(false, rest.first().copied()),
                },
                ["with", rest @ ..] => {
                    if self.depends(rest) {
                        self.names.extend(roots(rest));
                    }
                    block(false, None);
                }
                ["break" | "continue", ..] => {
                    let inner = open.iter().rposition(|block| block.kind == "for");
                    if let Some(inner) = inner
                        && open[inner..].iter().any(|block| block.depends)
                    {
                        self.loops.insert(open[inner].at);
                    }
                }
                ["call" | "filter" | "block" | "autoescape", ..] => block(false, None),
                [end, ..] if end.starts_with("end") => {
                    open.pop();
                }
                _ => {}
            }
        }
    }

    /// A text that is caught in `{% set x %}` or printed by a macro depends on what is printed in it.
    fn capture(&mut self, words: &[&'t str], open: &[Block<'t>]) {
        if self.depends(words) {
            let made = open.iter().filter_map(|block| block.makes);
            self.names.extend(made);
        }
    }

    /// Take a tag's calls of `reply()`, and of macros.
    fn read_calls(&mut self, tag: &Tag<'t>, open: &[Block<'t>]) {
        if tag.is_block && tag.words.first() == Some(&"macro") {
            return;
        }
        let depends = self.depends(&tag.words);
        let mut speaks = false;
        for call in tag.words.windows(2).filter(|pair| pair[1] == "(") {
            speaks |= call[0] == "reply" || self.speakers.contains(call[0]);
            if let Some(parameters) = self.parameters.get(call[0]).filter(|_| depends) {
                self.names.extend(parameters);
            }
        }
        if !speaks {
            return;
        }
        let macros = open.iter().filter(|block| block.kind == "macro");
        self.speakers.extend(macros.filter_map(|block| block.makes));
        let is_choice = |word: &&str| ["if", "and", "or", "not"].contains(word);
        let block = open.iter().rev().find(|block| block.depends);
        let (message, help) = match block {
            Some(block) if block.kind == "for" => LOOP,
            Some(_) => BRANCH,
            None if depends && tag.words.iter().any(is_choice) => BRANCH,
            None => return,
        };
        self.unbounded.get_or_insert(UnboundedReply {
            at: tag.at,
            message,
            help,
        });
    }
}

/// Names that are no attributes of others.
fn roots<'t, 'w>(words: &'w [&'t str]) -> impl Iterator<Item = &'t str> + 'w {
    let is_name = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    words
        .iter()
        .enumerate()
        .filter(move |(i, word)| is_name(word) && (*i == 0 || words[i - 1] != "."))
        .map(|(_, word)| *word)
}

/// The tags of a text, without comments and raw texts.
fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find('{').map(|i| i + from) {
        let kind = text.as_bytes().get(start + 1).copied();
        let Some(kind @ (b'{' | b'%' | b'#')) = kind else {
            from = start + 1;
            continue;
        };
        let inner = &text[start + 2..];
        if kind == b'#' {
            from = text.len() - inner.find("#}").map_or(0, |end| inner.len() - end - 2);
            continue;
        }
        let length = tag_len(inner, kind);
        from = start + 2 + length;
        let inner = &inner[..length];
        let inner = inner.strip_suffix(['}']).unwrap_or(inner);
        let words = words(inner.strip_suffix(['}', '%']).unwrap_or(inner));
        if words.first() == Some(&"raw") {
            from = text[from..].find("endraw").map_or(text.len(), |i| from + i);
            continue;
        }
        tags.push(Tag {
            at: start,
            is_block: kind == b'%',
            words,
        });
    }
    tags
}

/// Names, and other signs one by one; without white space and what is quoted, and without the signs that trim.
fn words(tag: &str) -> Vec<&str> {
    let tag = tag
        .trim_start_matches(['-', '+'])
        .trim_end_matches(['-', '+']);
    let mut words = Vec::new();
    let mut chars = tag.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c == '"' || c == '\'' {
            let mut escaped = false;
            for (_, inside) in chars.by_ref() {
                match inside {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    end if end == c => break,
                    _ => {}
                }
            }
        } else if c.is_alphanumeric() || c == '_' {
            let mut end = start + c.len_utf8();
            while let Some((at, next)) = chars.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
                end = at + next.len_utf8();
            }
            words.push(&tag[start..end]);
        } else if !c.is_whitespace() {
            words.push(&tag[start..start + c.len_utf8()]);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_reply_is_told_from_what_depends_on_one() {
        for text in [
            "{{ x | upper }}{{ reply('a') }}{% if row.b %}{{ row.b }}{% endif %}",
            "{{ x }}{{ reply('a') }}You wrote: {{ replies.a }} and {{- replies.a | trim -}}",
            "{{ x }}{{ reply() }}{{ replies[0] }}{{ replies['1'] }}",
            "{% for t in row.turns %}{{ t }}{{ reply() }}{{ 'So: ' ~ replies[loop.index0] ~ '!' }}{% endfor %}",
            "{{ row.x | upper ~ ': ' ~ replies.a | trim ~ row['y'] ~ (row.n + 1) ~ 2.5 }}",
            "{% set n = row.n %}{{ n }}{{ reply('a') }}{# {{ replies.a | upper }} #}{{ replies.a }}",
        ] {
            assert!(only_quotes(text), "{text}");
        }
        for text in [
            "{{ replies.a | upper }}",
            "{{ replies.a[:9] }}",
            "{{ replies.a * 3 }}",
            "{{ replies }}",
            "{{ (x ~ replies.a) | upper }}",
            "{{ more(replies.a) }}",
            "{{ replies.a.split() }}",
            "{{ replies[replies.a] }}",
            "{{ 'long' if replies.a else '' }}",
            "{{ replies.a ~ '' == 'no' and row.long_text }}",
            "{{ replies.a ~ '' not in ['x'] and row.long }}",
            "{{ replies.a ~ '' or row.long }}",
            "{{ replies.a ~ row.n + 1 }}",
            "{{ 'a' ~ replies.a ~ row.x if row.y }}",
            "{{ replies.a ~ row.x, row.y }}",
            "{% if 'no' in replies.a %}{{ row.long }}{% endif %}",
            "{% for w in replies.a.split() %}{{ row.long }}{% endfor %}",
            "{% set a = replies.a %}{{ a | upper }}",
            "{% set a %}{{ replies.a }}{% endset %}{{ a | upper }}",
            "{% filter upper %}{{ replies.a }}{% endfilter %}",
            "{% macro m() %}{{ replies.a }}{% endmacro %}{{ m() | upper }}",
            "{% extends 'loud.j2' %}{% block text %}{{ replies.a }}{% endblock %}",
            "{% block b %}{{ replies.a }}{% endblock %}{{ self.b() | upper }}",
            "{% autoescape true %}{{ replies.a }}{% endautoescape %}",
        ] {
            assert!(!only_quotes(text), "{text}");
        }
    }

    #[test]
    fn replies_are_counted_before_anything_is_said() {
        let bounded = [
            "{{ x }}{{ reply() }}",
            "{% for turn in row.turns %}{{ role('user') }}{{ turn }}{{ reply() }}{% endfor %}",
            "{% for i in range(3) %}{{ i }}{{ reply() }}Say it again: {{ replies[i] }}{% endfor %}",
            "{{ reply('a') }}{% if 'yes' in replies.a %}Why?{% else %}Why not?{% endif %}{{ reply() }}",
            "{% macro turn(text) %}{{ text }}{{ reply() }}{% endmacro %}{{ turn('a') }}{{ turn(replies[0]) }}",
            "{% if row.hard %}{{ reply() }}{% endif %}{# {% if replies.a %}{{ reply() }} #}",
            "{% raw %}{% if replies.a %}{{ reply() }}{% endraw %}",
            "{{ 'if replies' }}{{ reply('replies') if row.hard }}",
        ];
        for text in bounded {
            assert_eq!(find_unbounded(text), None, "{text}");
        }
        let unbounded = [
            "{{ reply('a') }}{% for x in replies.a.split() %}{{ x }}#{{ reply() }}{% endfor %}",
            "{% set parts = replies.a.split() %}{% for x in parts %}{{ x }}#{{ reply() }}{% endfor %}",
            "{% for x in row.turns %}{% if replies[0] == 'end' %}{% break %}{% endif %}{{ x }}#{{ reply() }}{% endfor %}",
            "{% for x in row.turns if replies.a %}{{ x }}#{{ reply() }}{% endfor %}",
        ];
        for text in unbounded {
            let found = find_unbounded(text).expect(text);
            assert_eq!(found.message, LOOP.0, "{text}");
            assert_eq!(found.at, text.find('#').unwrap() + 1, "{text}");
        }
        let branches = [
            "{{ reply('a') }}{% if 'yes' in replies.a %}#{{ reply() }}{% endif %}",
            "{% if row.x %}{% elif replies.a %}{% else %}#{{ reply() }}{% endif %}",
            "#{{ reply() if replies.a else '' }}",
            "{% set ns.ask = 'no' in replies.a %}{% if ns.ask %}#{{ reply() }}{% endif %}",
            "{% set ask %}{{ replies.a }}{% endset %}{% if ask %}#{{ reply() }}{% endif %}",
            "{% if replies.a %}{% set ask = true %}{% endif %}{% if ask %}#{{ reply() }}{% endif %}",
            "{% macro turn(n) %}{% if n %}#{{ reply() }}{% endif %}{% endmacro %}{{ turn(replies.a) }}",
            "{% macro turn() %}{{ reply() }}{% endmacro %}{% if replies.a %}#{{ turn() }}{% endif %}",
        ];
        for text in branches {
            let found = find_unbounded(text).expect(text);
            assert_eq!(found.message, BRANCH.0, "{text}");
            assert_eq!(found.at, text.find('#').unwrap() + 1, "{text}");
        }
    }
}
