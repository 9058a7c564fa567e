//! The labels of a set in all their forms, ready to be found in a text.

use super::{
    lexicon::{ByHash, Class, classify},
    spec::{LabelSetError, LabelSpec},
    token::{Gap, Kind, Tokens, hash},
};
use crate::read::normalize;
use std::collections::HashMap;

/// One way to write a label, as tokens.
#[derive(Debug, Clone)]
struct Form {
    label: usize,
    /// Each word or mark, and whether it adjoins the one before.
    parts: Vec<(Box<str>, bool)>,
}

#[derive(Debug, Clone)]
pub(super) struct Forms {
    pub(super) names: Vec<String>,
    /// Labels by their key.
    keys: HashMap<Box<str>, usize>,
    /// By the hash of the key and by that of the name, to look up without a copy.
    hashed: ByHash<Vec<(Box<str>, usize)>>,
    /// Forms by the hash of their first part, the longest first.
    by_first: ByHash<Vec<Form>>,
    /// For each label whether it is a letter, a number or a common word, which has to stand apart.
    pub(super) is_weak: Vec<bool>,
    /// For each label the one that says the opposite, as `not spam` to `spam`.
    pub(super) opposite: Vec<Option<usize>>,
    pub(super) keeps_stars: bool,
}

impl Forms {
    pub(super) fn new(labels: &[LabelSpec]) -> Result<Forms, LabelSetError> {
        let mut forms = Forms {
            names: labels.iter().map(|label| label.name.clone()).collect(),
            keys: HashMap::new(),
            hashed: HashMap::default(),
            by_first: HashMap::default(),
            is_weak: vec![true; labels.len()],
            opposite: vec![None; labels.len()],
            keeps_stars: labels.iter().any(|label| {
                let mut texts = [&label.name].into_iter().chain(&label.also);
                texts.any(|text| normalize(text).contains('*'))
            }),
        };
        for (at, label) in labels.iter().enumerate() {
            for text in [&label.name].into_iter().chain(&label.also) {
                forms.add(at, text, labels)?;
            }
        }
        forms.find_opposites();
        for list in forms.by_first.values_mut() {
            list.sort_by_key(|form| std::cmp::Reverse(form.parts.len()));
        }
        Ok(forms)
    }

    fn add(&mut self, label: usize, text: &str, labels: &[LabelSpec]) -> Result<(), LabelSetError> {
        let (key, tokens) = self.key(text);
        if key.is_empty() {
            return Err(LabelSetError::Empty { label });
        }
        if let Some(other) = self.keys.insert(key.clone(), label) {
            return Err(LabelSetError::Alike {
                first: labels[other].name.clone(),
                second: text.to_owned(),
                label,
            });
        }
        for form in [text, &*key] {
            let list = self.hashed.entry(hash(form)).or_default();
            if !list.iter().any(|(known, _)| **known == *form) {
                list.push((form.into(), label));
            }
        }
        self.is_weak[label] &= is_weak(&tokens);
        let parts: Vec<(Box<str>, bool)> = tokens
            .all
            .iter()
            .map(|token| (tokens.text(token).into(), token.gap == Gap::Joined))
            .collect();
        let first = tokens.all[0].hash;
        let form = Form { label, parts };
        self.by_first.entry(first).or_default().push(form);
        Ok(())
    }

    /// The key of a text: labels of one key are the same label.
    fn key(&self, text: &str) -> (Box<str>, Tokens) {
        let mut tokens = Tokens::default();
        tokens.read(&normalize(text), self.keeps_stars);
        let mut key = String::new();
        for token in &tokens.all {
            if token.gap != Gap::Joined && !key.is_empty() {
                key.push(' ');
            }
            key.push_str(tokens.text(token));
        }
        (key.into(), tokens)
    }

    /// The label that the whole of a text names.
    pub(super) fn whole(&self, text: &str) -> Option<usize> {
        self.keys.get(&self.key(text).0).copied()
    }

    /// The same for a short text of ASCII, without a copy; `None` says nothing.
    pub(super) fn whole_ascii(&self, text: &str) -> Option<usize> {
        if let Some(label) = self.by_hash(text.as_bytes()) {
            return Some(label);
        }
        if self.keeps_stars || text.len() > 64 || !text.is_ascii() {
            return None;
        }
        let inner = text.trim_matches(['*', '"', '\'', '`', ' ']);
        let inner = inner.trim_end_matches(['.', ',', '!', '*', '"', '\'']);
        let mut key = [0u8; 64];
        let bytes = inner.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            key[at] = match byte {
                b'_' | b'-'
                    if at > 0 && is_word(bytes.get(at - 1)) && is_word(bytes.get(at + 1)) =>
                {
                    b' '
                }
                _ => byte.to_ascii_lowercase(),
            };
        }
        self.by_hash(&key[..bytes.len()])
    }

    fn by_hash(&self, text: &[u8]) -> Option<usize> {
        let text = std::str::from_utf8(text).ok()?;
        let list = self.hashed.get(&hash(text))?;
        let found = list.iter().find(|(form, _)| **form == *text)?;
        Some(found.1)
    }

    /// The label that begins at a token, the longest one, with the number of its tokens.
    pub(super) fn starting(&self, tokens: &Tokens, at: usize) -> Option<(usize, usize)> {
        let list = self.by_first.get(&tokens.all[at].hash)?;
        let rest = &tokens.all[at..];
        let found =
            list.iter().find(|form| {
                rest.len() >= form.parts.len()
                    && form.parts.iter().zip(rest).enumerate().all(
                        |(n, ((text, is_joined), token))| {
                            (n == 0 || *is_joined == (token.gap == Gap::Joined && !token.is_opened))
                                && tokens.text(token) == &**text
                        },
                    )
            })?;
        Some((found.label, found.parts.len()))
    }

    /// `not spam`, `non-spam` and `no spam` say the opposite of `spam`; so does `nonspam`, which is also found as `non-spam`.
    fn find_opposites(&mut self) {
        let pairs: Vec<(usize, usize, Box<str>)> = self
            .keys
            .iter()
            .filter_map(|(key, label)| {
                let prefixes = ["not ", "non ", "no ", "non", "nicht ", "non-"];
                let base = prefixes.iter().find_map(|prefix| {
                    let rest = key.strip_prefix(prefix)?;
                    self.keys.get(rest).map(|base| (*base, rest))
                })?;
                (base.0 != *label).then(|| (base.0, *label, Box::from(base.1)))
            })
            .collect();
        for (base, negated, text) in pairs {
            self.opposite[base].get_or_insert(negated);
            for prefix in ["non ", "not ", "non"] {
                let key: Box<str> = format!("{prefix}{text}").into();
                if self.keys.contains_key(&key) {
                    continue;
                }
                let tokens = Tokens::new(&key);
                let parts = tokens
                    .all
                    .iter()
                    .map(|token| (tokens.text(token).into(), token.gap == Gap::Joined));
                let form = Form {
                    label: negated,
                    parts: parts.collect(),
                };
                self.by_first
                    .entry(tokens.all[0].hash)
                    .or_default()
                    .push(form);
                self.keys.insert(key, negated);
            }
        }
    }
}

/// Whether a label is a letter, a number or a common word.
fn is_weak(tokens: &Tokens) -> bool {
    let mut classes = Vec::new();
    classify(tokens, &mut classes);
    let [token] = tokens.all.as_slice() else {
        // `没有` is several tokens of one word.
        return classes.iter().all(|class| class.has(Class::COMMON));
    };
    let text = tokens.text(token);
    let is_letter = text.chars().count() == 1;
    let is_number = text
        .chars()
        .all(|c| c.is_ascii_digit() || c == '.' || c == ',');
    token.kind != Kind::Word || is_letter || is_number || classes[0].has(Class::COMMON)
}
