//! An answer as words and marks, in their folded form and with their places.

use crate::read::fold::{clusters, fold, is_unspaced};
use std::ops::Range;

/// What stands between a token and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Gap {
    #[default]
    Joined,
    /// A hyphen or an underscore between two words.
    Hyphen,
    Blank,
    Line,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters and digits; of scripts without blanks, one character.
    Word,
    Mark(char),
    /// `<answer>`, `</b>`.
    Tag {
        is_close: bool,
    },
    /// `\boxed`
    Command,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) gap: Gap,
    /// Bytes of the folded text.
    start: u32,
    end: u32,
    /// Marks of emphasis stand directly before, and directly after.
    pub(super) is_opened: bool,
    pub(super) is_closed: bool,
    pub(super) is_struck: bool,
    pub(super) is_unspaced: bool,
    pub(super) hash: u64,
}

/// A text in tokens.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    folded: String,
    /// For each byte of the folded text its place in the text; empty where they are the same.
    places: Vec<u32>,
    pub(super) all: Vec<Token>,
}

pub(super) fn hash(text: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    text.bytes().fold(0xCBF2_9CE4_8422_2325, mix)
}

impl Tokens {
    pub(super) fn new(text: &str) -> Tokens {
        let mut tokens = Tokens::default();
        tokens.read(text, false);
        tokens
    }

    /// Read a text; `keeps_stars` where a star belongs to labels.
    pub(super) fn read(&mut self, text: &str, keeps_stars: bool) {
        self.folded.clear();
        self.places.clear();
        self.all.clear();
        if text.is_ascii() {
            self.folded.push_str(text);
            self.folded.make_ascii_lowercase();
        } else {
            for (at, cluster) in clusters(text) {
                fold(cluster, &mut self.folded);
                self.places.resize(self.folded.len(), at as u32);
            }
            self.places.push(text.len() as u32);
        }
        self.split(keeps_stars);
    }

    pub(super) fn text(&self, token: &Token) -> &str {
        &self.folded[token.start as usize..token.end as usize]
    }

    /// The place in the text of some tokens.
    pub(super) fn span(&self, tokens: Range<usize>) -> Range<usize> {
        let place = |at: u32| match self.places.get(at as usize) {
            Some(place) => *place as usize,
            None => at as usize,
        };
        place(self.all[tokens.start].start)..place(self.all[tokens.end - 1].end)
    }

    fn split(&mut self, keeps_stars: bool) {
        let folded = std::mem::take(&mut self.folded);
        let (mut gap, mut is_opened, mut is_struck) = (Gap::Line, false, false);
        let mut at = 0;
        while let Some(c) = folded[at..].chars().next() {
            let rest = &folded[at..];
            let end = at + c.len_utf8();
            let before = folded[..at].chars().next_back();
            let after = folded[end..].chars().next();
            if c.is_whitespace() {
                gap = gap.max(if c == '\n' { Gap::Line } else { Gap::Blank });
                is_opened &= gap == Gap::Joined;
                at = end;
                continue;
            }
            // Emphasis is not text.
            let run = rest.chars().take_while(|x| *x == c).count();
            let is_emphasis = match c {
                '*' => !keeps_stars || run >= 2,
                '_' => {
                    !(before.is_some_and(char::is_alphanumeric)
                        && after.is_some_and(char::is_alphanumeric))
                }
                '`' => true,
                '~' => run >= 2,
                _ => false,
            };
            if is_emphasis {
                if let Some(last) = self.all.last_mut().filter(|_| gap == Gap::Joined) {
                    last.is_closed = true;
                }
                is_opened = true;
                is_struck ^= c == '~';
                at += run * c.len_utf8();
                continue;
            }
            let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            if matches!(c, '-' | '_') && is_word(before) && is_word(after) {
                gap = gap.max(Gap::Hyphen);
                at = end;
                continue;
            }
            let (kind, length) = element(rest, c);
            let token = Token {
                kind,
                gap,
                start: at as u32,
                end: (at + length) as u32,
                is_opened,
                is_closed: false,
                is_struck,
                is_unspaced: is_unspaced(c),
                hash: hash(&rest[..length]),
            };
            self.all.push(token);
            (gap, is_opened) = (Gap::Joined, false);
            at += length;
        }
        self.folded = folded;
    }
}

/// The token that begins here, and its length.
fn element(rest: &str, first: char) -> (Kind, usize) {
    if first.is_alphanumeric() {
        return (Kind::Word, word(rest, first));
    }
    match first {
        '<' => {
            if let Some(length) = tag(rest) {
                let is_close = rest[1..].starts_with('/');
                return (Kind::Tag { is_close }, length);
            }
        }
        '\\' => {
            let letters = rest[1..]
                .bytes()
                .take_while(u8::is_ascii_alphabetic)
                .count();
            if letters > 0 {
                return (Kind::Command, 1 + letters);
            }
        }
        _ => {}
    }
    (Kind::Mark(first), first.len_utf8())
}

fn word(rest: &str, first: char) -> usize {
    if is_unspaced(first) {
        return first.len_utf8();
    }
    let mut chars = rest.char_indices().peekable();
    let mut is_number = true;
    while let Some((at, c)) = chars.next() {
        let joins = |c: char| c.is_alphanumeric() && !is_unspaced(c);
        if joins(c) {
            is_number &= c.is_ascii_digit();
            continue;
        }
        let next = chars.peek().map(|(_, c)| *c);
        let is_inside = match c {
            '.' | ',' => is_number && next.is_some_and(|c| c.is_ascii_digit()),
            // `isn't` is one word, `l'option` are two.
            '\'' => rest[..at].ends_with('n') && next == Some('t'),
            _ => false,
        };
        if !is_inside {
            return at;
        }
    }
    rest.len()
}

/// The length of a tag of markup that is none of a text.
fn tag(rest: &str) -> Option<usize> {
    const NAMES: [&str; 26] = [
        "answer",
        "final_answer",
        "final",
        "label",
        "output",
        "result",
        "category",
        "class",
        "classification",
        "response",
        "choice",
        "sentiment",
        "prediction",
        "verdict",
        "b",
        "i",
        "em",
        "strong",
        "u",
        "p",
        "br",
        "span",
        "div",
        "code",
        "mark",
        "li",
    ];
    let end = rest.find('>').filter(|end| *end < 80)?;
    let inner = rest[1..end].trim_matches('/').trim();
    let name = inner.split([' ', ':']).next()?;
    NAMES.contains(&name).then_some(end + 1)
}
