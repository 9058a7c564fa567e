//! A filter as typed and saved, and rows held against it.

use super::{
    RowContext, RowNames,
    compile::compile,
    condition::{ConditionPart, RowView},
    finder::TextFinder,
    kind::{RowFacts, RowKind},
};
use crate::expression::ExpressionError;
use serde::{Deserialize, Serialize};

/// Which rows are shown: a kind, and a text, a `/regular expression/` or a `=condition`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    pub kind: RowKind,
    /// As typed; empty for any row.
    pub text: String,
}

impl Filter {
    pub fn is_all(&self) -> bool {
        self.kind == RowKind::All && self.text.is_empty()
    }

    /// As one condition, to be combined with others.
    pub fn condition(&self) -> Option<String> {
        let kind = (self.kind != RowKind::All).then(|| self.kind.name());
        let text = match self.text.as_str() {
            "" => None,
            text => Some(match (text.strip_prefix('='), text.strip_prefix('/')) {
                (Some(condition), _) => condition.trim().to_owned(),
                (None, Some(pattern)) => {
                    let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
                    format!("anywhere matches /{pattern}/")
                }
                (None, None) => format!("anywhere contains {}", super::quoted(text)),
            }),
        };
        match (kind, text) {
            (Some(kind), Some(text)) => Some(both(&kind, &text)),
            (kind, text) => kind.or(text),
        }
    }

    /// The filter with one more condition.
    #[must_use]
    pub fn and(&self, condition: &str) -> Filter {
        let all = match self.condition() {
            None => condition.to_owned(),
            Some(own) => both(&own, condition),
        };
        Filter {
            kind: RowKind::All,
            text: format!("={all}"),
        }
    }
}

/// Two conditions joined with `and`, in brackets where one has an `or`.
fn both(a: &str, b: &str) -> String {
    let side = |text: &str| match text.contains(" or ") || text.contains("||") {
        true => format!("({text})"),
        false => text.to_owned(),
    };
    format!("{} and {}", side(a), side(b))
}

/// What was typed, ready to hold rows against it.
#[derive(Debug, Clone)]
pub struct RowFilter {
    typed: String,
    kind: RowKind,
    finder: Option<TextFinder>,
    /// All must hold.
    parts: Vec<ConditionPart>,
    /// The models whose answers are searched.
    searched: Vec<usize>,
}

impl RowFilter {
    /// The error says where in the text of the filter.
    pub fn new(filter: &Filter, names: &RowNames) -> Result<RowFilter, ExpressionError> {
        let parts = match filter.text.strip_prefix('=') {
            None => Vec::new(),
            Some(condition) if condition.trim().is_empty() => Vec::new(),
            Some(condition) => compile(condition, names).map_err(|error| error.shifted(1))?,
        };
        Ok(RowFilter {
            typed: filter.text.clone(),
            kind: filter.kind,
            finder: TextFinder::new(&filter.text)?,
            parts,
            searched: names.searched.clone(),
        })
    }

    /// Whether a row is shown.
    pub(crate) fn matches(&self, context: &RowContext<'_>, row: usize, facts: &RowFacts) -> bool {
        (0..self.part_count()).all(|part| self.part_matches(part, context, row, facts))
    }

    fn part_count(&self) -> usize {
        1 + usize::from(self.finder.is_some()) + self.parts.len()
    }

    /// Which of its own parts a row meets, in the order of [`RowFilter::part_names`].
    pub(super) fn parts_met(
        &self,
        context: &RowContext<'_>,
        row: usize,
        facts: &RowFacts,
    ) -> Vec<bool> {
        self.own_parts()
            .map(|part| self.part_matches(part, context, row, facts))
            .collect()
    }

    /// The parts that do not let every row pass, as typed.
    pub(super) fn part_names(&self) -> Vec<String> {
        self.own_parts().map(|part| self.part_name(part)).collect()
    }

    /// The parts that do not let every row pass.
    fn own_parts(&self) -> std::ops::Range<usize> {
        usize::from(self.kind == RowKind::All)..self.part_count()
    }

    /// A part as typed.
    fn part_name(&self, part: usize) -> String {
        match (part, &self.finder) {
            (0, _) => self.kind.word().to_owned(),
            (_, Some(_)) => self.typed.clone(),
            (part, None) => {
                let span = &self.parts[part - 1].span;
                let text = self.typed.get(span.start + 1..span.end + 1);
                text.unwrap_or_default().to_owned()
            }
        }
    }

    /// Whether a row meets one of the parts: the kind, then the text or the condition's own parts.
    fn part_matches(
        &self,
        part: usize,
        context: &RowContext<'_>,
        row: usize,
        facts: &RowFacts,
    ) -> bool {
        let view = RowView {
            context,
            row,
            facts,
        };
        match (part, &self.finder) {
            (0, _) => facts.is(self.kind),
            (_, Some(finder)) => {
                let texts = view.anywhere(&self.searched);
                texts.iter().any(|text| finder.finds(text))
            }
            (part, None) => view.meets(&self.parts[part - 1].condition) == Some(true),
        }
    }

    /// The parts that do not let every row pass, as typed, each with the number of rows that it alone lets pass.
    pub(crate) fn parts_alone(
        &self,
        context: &RowContext<'_>,
        facts: &[RowFacts],
    ) -> Vec<(String, usize)> {
        self.own_parts()
            .map(|part| {
                let rows = facts.iter().enumerate();
                let n = rows.filter(|(row, facts)| self.part_matches(part, context, *row, facts));
                (self.part_name(part), n.count())
            })
            .collect()
    }
}
