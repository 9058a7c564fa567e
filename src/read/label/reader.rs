//! Finds the label that an answer gives, or says why there is none.

use super::{
    context::Context,
    forms::Forms,
    lexicon::{Class, classify},
    mention::Mention,
    spec::{LabelSetError, LabelSpec},
    token::{Gap, Kind, Tokens},
};
use crate::read::{Reading, Unreadable};
use std::cell::RefCell;

/// Labels to find.
#[derive(Debug, Clone)]
pub struct LabelReader {
    forms: Forms,
}

#[derive(Debug, Default)]
struct Scratch {
    tokens: Tokens,
    classes: Vec<Class>,
    mentions: Vec<Mention>,
}

impl LabelReader {
    pub fn new(labels: &[LabelSpec]) -> Result<LabelReader, LabelSetError> {
        Ok(LabelReader {
            forms: Forms::new(labels)?,
        })
    }

    /// The name of a label by its position.
    pub fn name(&self, label: usize) -> &str {
        self.forms.names.get(label).map_or("", String::as_str)
    }

    /// The label that a text names, the whole of it.
    pub fn index_of(&self, text: &str) -> Option<usize> {
        let trimmed = text.trim();
        self.forms
            .whole_ascii(trimmed)
            .or_else(|| self.forms.whole(trimmed))
    }

    /// The label that an answer gives, with its place: the whole answer, else the one that is named most strongly. A negated label
    /// is none, unless another label says so.
    pub fn read(&self, text: &str) -> Result<Reading<usize>, Unreadable> {
        thread_local! {
            static SCRATCH: RefCell<Scratch> = RefCell::default();
        }
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Unreadable::Empty);
        }
        let start = text.len() - text.trim_start().len();
        let whole = |label| Ok(Reading::new(label, start..start + trimmed.len()));
        if let Some(label) = self.forms.whole_ascii(trimmed) {
            return whole(label);
        }
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.tokens.read(trimmed, self.forms.keeps_stars);
            if scratch.tokens.all.len() <= 24
                && let Some(label) = self.forms.whole(trimmed)
            {
                return whole(label);
            }
            classify(&scratch.tokens, &mut scratch.classes);
            let found = self.found(scratch)?;
            Ok(Reading::new(found.label, scratch.tokens.span(found.tokens)).shift(start))
        })
    }

    fn found(&self, scratch: &mut Scratch) -> Result<Mention, Unreadable> {
        let context = Context {
            tokens: &scratch.tokens,
            classes: &scratch.classes,
            forms: &self.forms,
        };
        scratch.mentions.clear();
        context.mentions(&mut scratch.mentions);
        let all = &scratch.mentions;
        // A model that corrects itself means what follows.
        let revised = (1..scratch.classes.len()).rev().find(|at| {
            scratch.classes[*at].has(Class::REVISE)
                && (scratch.tokens.all[*at].gap == Gap::Line
                    || matches!(
                        scratch.tokens.all[*at - 1].kind,
                        Kind::Mark('.' | '!' | '?' | '…' | ':' | ';' | '-' | '—')
                    ))
        });
        if let Some(revised) = revised {
            let later = all.partition_point(|mention| mention.tokens.start < revised);
            if let Ok(found) = decide(&context, &all[later..]) {
                return Ok(found);
            }
        }
        decide(&context, all)
    }
}

/// The one label that is named most strongly and not negated.
fn decide(context: &Context<'_>, mentions: &[Mention]) -> Result<Mention, Unreadable> {
    let meant = || mentions.iter().filter(|mention| !mention.is_negated);
    let Some(strongest) = meant().map(|mention| mention.strength).min() else {
        return Err(match mentions.is_empty() {
            true => Unreadable::Absent,
            false => Unreadable::Negated,
        });
    };
    let mut first: Option<&Mention> = None;
    let mut is_chained = false;
    let mut previous: Option<&Mention> = None;
    for mention in meant() {
        let follows = previous
            .is_some_and(|previous| context.are_listed(previous.tokens.end..mention.tokens.start));
        is_chained = follows && is_chained || mention.strength == strongest;
        if is_chained {
            match first {
                Some(first) if first.label != mention.label => return Err(Unreadable::Ambiguous),
                None if mention.strength == strongest => first = Some(mention),
                _ => {}
            }
        }
        previous = Some(mention);
    }
    first.cloned().ok_or(Unreadable::Absent)
}
