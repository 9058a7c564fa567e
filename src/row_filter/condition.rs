//! A condition with all names resolved, and whether a row meets it.

use super::{
    functions::RowTest,
    kind::{RowFacts, RowKind},
};
use crate::{
    expression::Op,
    model::right_texts,
    outcome::{CellSummary, Grid, MajorityAnswer, row_change},
    read::normalize,
};
use regex::Regex;
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeSet, ops::Range};

/// The texts of rows, as a session or a run has them.
pub trait RowTexts {
    fn id(&self, row: usize) -> Cow<'_, str>;
    /// The text that stands for the row in a list.
    fn input(&self, row: usize) -> String;
    fn expected(&self, row: usize) -> Option<&str>;
    /// The value of one of the [slices](super::RowNames::slices).
    fn slice(&self, slice: usize, row: usize) -> Option<&str>;
    /// The value of a column of the dataset.
    fn column(&self, row: usize, name: &str) -> Option<Value>;
}

/// What rows are looked up in.
pub struct RowContext<'a> {
    /// One grid per model.
    pub grids: &'a [Grid],
    pub texts: &'a dyn RowTexts,
    pub marks: &'a BTreeSet<usize>,
    /// Ids of bad cases.
    pub bad_cases: &'a BTreeSet<String>,
}

/// A cell: which model's grid, which variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CellPlace {
    pub(super) model: usize,
    pub(super) variant: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Condition {
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Compare(Op, ValueOf, ValueOf),
    Contains(ValueOf, ValueOf),
    Matches(ValueOf, Regex),
    Kind(RowKind),
    BadCase,
    /// Of the variant's cell; of any variant's at that model where there is none.
    Cell(fn(&CellSummary) -> Option<bool>, Result<CellPlace, usize>),
    /// What became of the row from one cell to another.
    Change(RowTest, CellPlace, CellPlace),
    Gave(CellPlace, String),
}

#[derive(Debug, Clone)]
pub(super) enum ValueOf {
    Number(f64),
    Text(String),
    Cell(fn(&CellSummary) -> Option<f64>, CellPlace),
    /// The score by a metric that is not the main one.
    Metric(usize, CellPlace),
    Answer(CellPlace),
    Id,
    Input,
    Expected,
    /// All texts of the row: id, input, expected answer and the answers of these models.
    Anywhere(Vec<usize>),
    Slice(usize),
    /// A column, and the path inside its value.
    Column(String, Vec<String>),
    Negative(Box<ValueOf>),
    Arithmetic(Op, Box<ValueOf>, Box<ValueOf>),
}

/// A part of a condition that must hold by itself, and where it stands in the text.
#[derive(Debug, Clone)]
pub(super) struct ConditionPart {
    pub(super) condition: Condition,
    pub(super) span: Range<usize>,
}

/// One row, looked at.
pub(super) struct RowView<'a> {
    pub(super) context: &'a RowContext<'a>,
    pub(super) row: usize,
    pub(super) facts: &'a RowFacts,
}

impl RowView<'_> {
    fn grid(&self, model: usize) -> Option<&Grid> {
        self.context.grids.get(model)
    }

    fn summary(&self, place: CellPlace) -> Option<CellSummary> {
        Some(self.grid(place.model)?.summary(place.variant, self.row))
    }

    /// Whether the row meets a condition; `None` where that is not known.
    pub(super) fn meets(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Not(inner) => self.meets(inner).map(|yes| !yes),
            Condition::And(a, b) => match self.meets(a) {
                Some(false) => Some(false),
                Some(true) => self.meets(b),
                None => self.meets(b).filter(|yes| !yes),
            },
            Condition::Or(a, b) => match self.meets(a) {
                Some(true) => Some(true),
                Some(false) => self.meets(b),
                None => self.meets(b).filter(|yes| *yes),
            },
            Condition::Compare(op, a, b) => self.compare(*op, a, b),
            Condition::Contains(text, wanted) => {
                let wanted: Vec<String> = self.texts(wanted)?.iter().map(|t| lower(t)).collect();
                let texts = self.texts(text)?;
                Some(texts.iter().any(|text| {
                    let text = lower(text);
                    wanted.iter().any(|wanted| text.contains(wanted.as_str()))
                }))
            }
            Condition::Matches(text, pattern) => {
                Some(self.texts(text)?.iter().any(|t| pattern.is_match(t)))
            }
            Condition::Kind(kind) => Some(self.facts.is(*kind)),
            Condition::BadCase => {
                let id = self.context.texts.id(self.row);
                Some(self.context.bad_cases.contains(&*id))
            }
            Condition::Cell(test, Ok(place)) => test(&self.summary(*place)?),
            Condition::Cell(test, Err(model)) => {
                let grid = self.grid(*model)?;
                let all = (0..grid.variants()).map(|v| test(&grid.summary(v, self.row)));
                all.flatten().reduce(|any, yes| any || yes)
            }
            Condition::Change(test, before, after) => self.change(*test, *before, *after),
            Condition::Gave(place, wanted) => {
                let grid = self.grid(place.model)?;
                let mut known = false;
                for sample in 0..grid.samples() {
                    let cell = grid.cell(place.variant, self.row, sample);
                    known |= cell.state.is_answered();
                    let answer = cell.answer.and_then(|answer| grid.read_answer(answer));
                    if answer.is_some_and(|answer| answer == wanted) {
                        return Some(true);
                    }
                }
                known.then_some(false)
            }
        }
    }

    fn change(&self, test: RowTest, before: CellPlace, after: CellPlace) -> Option<bool> {
        let (from, to) = (self.grid(before.model)?, self.grid(after.model)?);
        if let RowTest::Change(test) = test {
            let side = |grid, place: CellPlace| (grid, place.variant, self.row);
            return row_change(side(from, before), side(to, after)).map(test);
        }
        let text = |grid: &Grid, place: CellPlace| {
            let majority = grid.summary(place.variant, self.row).majority;
            match majority {
                MajorityAnswer::Nothing => None,
                MajorityAnswer::Answer(answer) => Some(grid.answer_text(answer).to_owned()),
                other => Some(format!("{other:?}")),
            }
        };
        Some(text(from, before)? != text(to, after)?)
    }

    fn compare(&self, op: Op, a: &ValueOf, b: &ValueOf) -> Option<bool> {
        // Of two columns, or a column and a number, the numbers are compared where both are numbers.
        if !a.is_text() && !b.is_text() {
            let both = (self.number(a), self.number(b));
            if let (Some(a), Some(b)) = both {
                return Some(match op {
                    Op::AtLeast => a >= b,
                    Op::AtMost => a <= b,
                    Op::Above => a > b,
                    Op::Below => a < b,
                    Op::Equal => (a - b).abs() < 1e-9,
                    _ => (a - b).abs() >= 1e-9,
                });
            }
            if a.is_number() || b.is_number() || !matches!(op, Op::Equal | Op::Unequal) {
                return None;
            }
        }
        let (left, right) = (self.texts(a)?, self.texts(b)?);
        // An expected answer is compared as the metrics do: case and punctuation do not count.
        let is_loose = matches!(a, ValueOf::Expected) || matches!(b, ValueOf::Expected);
        let equal = left.iter().any(|l| {
            right
                .iter()
                .any(|r| l == r || is_loose && normalize(l) == normalize(r))
        });
        Some(equal == (op == Op::Equal))
    }

    fn number(&self, value: &ValueOf) -> Option<f64> {
        let number = match value {
            ValueOf::Number(number) => *number,
            ValueOf::Cell(figure, place) => figure(&self.summary(*place)?)?,
            ValueOf::Metric(metric, place) => self.metric(*metric, *place)?,
            ValueOf::Negative(inner) => -self.number(inner)?,
            ValueOf::Arithmetic(op, a, b) => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                match op {
                    Op::Plus => a + b,
                    Op::Minus => a - b,
                    Op::Times => a * b,
                    _ => a / b,
                }
            }
            other => self.texts(other)?.first()?.trim().parse().ok()?,
        };
        number.is_finite().then_some(number)
    }

    /// The mean over the samples that have a score by the metric.
    fn metric(&self, metric: usize, place: CellPlace) -> Option<f64> {
        let grid = self.grid(place.model)?;
        let scores = (0..grid.samples())
            .filter_map(|sample| grid.metric_score(metric, (place.variant, self.row, sample)));
        let (sum, n) = scores.fold((0.0, 0), |(sum, n), score| (sum + score, n + 1));
        (n > 0).then(|| sum / f64::from(n))
    }

    /// The texts of a value: the right answers where there are several.
    fn texts<'a>(&'a self, value: &'a ValueOf) -> Option<Vec<Cow<'a, str>>> {
        let texts = self.context.texts;
        Some(match value {
            ValueOf::Text(text) => vec![Cow::Borrowed(text.as_str())],
            ValueOf::Answer(place) => vec![Cow::Borrowed(self.answer(*place)?)],
            ValueOf::Id => vec![texts.id(self.row)],
            ValueOf::Input => vec![Cow::Owned(texts.input(self.row))],
            ValueOf::Expected => right_texts(texts.expected(self.row)?),
            ValueOf::Anywhere(models) => self.anywhere(models),
            ValueOf::Slice(slice) => vec![Cow::Borrowed(texts.slice(*slice, self.row)?)],
            ValueOf::Column(name, path) => {
                let found = texts.column(self.row, name)?;
                let inner = path.iter().try_fold(&found, |at, key| at.get(key))?;
                vec![Cow::Owned(match inner {
                    Value::Null => return None,
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })]
            }
            number => vec![Cow::Owned(self.number(number)?.to_string())],
        })
    }

    fn answer(&self, place: CellPlace) -> Option<&str> {
        match self.summary(place)?.majority {
            MajorityAnswer::Answer(answer) => self.grid(place.model)?.read_answer(answer),
            _ => None,
        }
    }

    pub(super) fn anywhere(&self, models: &[usize]) -> Vec<Cow<'_, str>> {
        let texts = self.context.texts;
        let mut all = vec![texts.id(self.row), Cow::Owned(texts.input(self.row))];
        all.extend(texts.expected(self.row).map(Cow::Borrowed));
        for model in models.iter().copied() {
            let variants = self.grid(model).map_or(0, Grid::variants);
            let answers = (0..variants).filter_map(|variant| {
                let place = CellPlace { model, variant };
                self.answer(place).map(Cow::Borrowed)
            });
            all.extend(answers);
        }
        all
    }
}

impl ValueOf {
    pub(super) fn is_number(&self) -> bool {
        matches!(
            self,
            ValueOf::Number(_)
                | ValueOf::Cell(..)
                | ValueOf::Metric(..)
                | ValueOf::Negative(_)
                | ValueOf::Arithmetic(..)
        )
    }

    /// Whether it is never a number: of columns that is not known.
    pub(super) fn is_text(&self) -> bool {
        matches!(
            self,
            ValueOf::Text(_) | ValueOf::Answer(_) | ValueOf::Input | ValueOf::Anywhere(_)
        )
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}
