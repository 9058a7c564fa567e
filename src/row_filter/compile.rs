//! From an expression to a condition on rows: every name is resolved, every part has the kind that belongs there.

use super::{
    RowNames,
    condition::{CellPlace, Condition, ConditionPart, ValueOf},
    finder::compile_pattern,
    functions::{FUNCTIONS, RowFunction, RowTest},
    kind::RowKind,
    names::unknown,
};
use crate::expression::{Argument, Expr, ExprKind, ExpressionError, Named, Op};
use std::ops::Range;

type Compiled<T> = Result<T, ExpressionError>;

/// Names without arguments.
const ROW_NAMES: [&str; 5] = ["id", "input", "expected", "anywhere", "bad_case"];

/// Compile a condition: the parts that must all hold.
pub(super) fn compile(text: &str, names: &RowNames) -> Compiled<Vec<ConditionPart>> {
    let expr = Expr::parse(text)?;
    let mut parts = Vec::new();
    Compiler { names }.parts(&expr, &mut parts)?;
    Ok(parts)
}

/// What a name stands for.
enum Meaning {
    Condition(Condition),
    Value(ValueOf),
}

struct Compiler<'a> {
    names: &'a RowNames,
}

fn wrong<T>(span: &Range<usize>, message: impl Into<String>) -> Compiled<T> {
    Err(ExpressionError::new(span.clone(), message))
}

impl Compiler<'_> {
    fn parts(&self, expr: &Expr, into: &mut Vec<ConditionPart>) -> Compiled<()> {
        if let ExprKind::Binary(Op::And, a, b) = &expr.kind {
            self.parts(a, into)?;
            return self.parts(b, into);
        }
        let condition = self.condition(expr)?;
        into.push(ConditionPart {
            condition,
            span: expr.span.clone(),
        });
        Ok(())
    }

    fn condition(&self, expr: &Expr) -> Compiled<Condition> {
        let span = &expr.span;
        match &expr.kind {
            ExprKind::Not(inner) => Ok(Condition::Not(Box::new(self.condition(inner)?))),
            ExprKind::Binary(op, a, b) if op.is_logic() => {
                let both = (Box::new(self.condition(a)?), Box::new(self.condition(b)?));
                Ok(match op {
                    Op::And => Condition::And(both.0, both.1),
                    _ => Condition::Or(both.0, both.1),
                })
            }
            ExprKind::Binary(Op::Matches, a, b) => {
                let text = self.text(a)?;
                let ExprKind::Pattern(pattern) = &b.kind else {
                    return wrong(&b.span, "expected a regular expression, such as /refund.*/");
                };
                let pattern =
                    compile_pattern(pattern).map_err(|error| error.shifted(b.span.start + 1))?;
                Ok(Condition::Matches(text, pattern))
            }
            ExprKind::Binary(Op::Contains, a, b) => {
                Ok(Condition::Contains(self.text(a)?, self.text(b)?))
            }
            ExprKind::Binary(op, a, b) if op.compares() => self.comparison(*op, a, b),
            ExprKind::Named(named) => match self.meaning(span, named)? {
                Meaning::Condition(condition) => Ok(condition),
                Meaning::Value(value) => {
                    let example = match value.is_number() {
                        true => format!("{} < 1", named.text),
                        false => format!("{} == \"…\"", named.text),
                    };
                    wrong(
                        span,
                        format!("`{}` is not a condition; compare it: {example}", named.text),
                    )
                }
            },
            _ => wrong(
                span,
                "expected a condition, such as score(plain) < 1 or expected == \"refund\"",
            ),
        }
    }

    fn comparison(&self, op: Op, a: &Expr, b: &Expr) -> Compiled<Condition> {
        let (left, right) = (self.value(a)?, self.value(b)?);
        for (text, number, expr) in [(&left, &right, b), (&right, &left, b)] {
            if text.is_text() && number.is_number() {
                return wrong(&expr.span, "a text and a number cannot be compared");
            }
        }
        let is_ordered = !matches!(op, Op::Equal | Op::Unequal);
        if is_ordered && (left.is_text() || right.is_text()) {
            let text = if left.is_text() { a } else { b };
            return wrong(
                &text.span,
                "texts are compared with ==, !=, contains or matches",
            );
        }
        Ok(Condition::Compare(op, left, right))
    }

    /// A value that may be a text.
    fn text(&self, expr: &Expr) -> Compiled<ValueOf> {
        let value = self.value(expr)?;
        match value.is_number() {
            true => wrong(
                &expr.span,
                "a text is expected here, such as expected or answer(plain); this is a number",
            ),
            false => Ok(value),
        }
    }

    fn number(&self, expr: &Expr) -> Compiled<Box<ValueOf>> {
        let value = self.value(expr)?;
        match value.is_text() {
            true => wrong(&expr.span, "a number is expected here; this is a text"),
            false => Ok(Box::new(value)),
        }
    }

    fn value(&self, expr: &Expr) -> Compiled<ValueOf> {
        let span = &expr.span;
        Ok(match &expr.kind {
            ExprKind::Number(number) => ValueOf::Number(*number),
            ExprKind::Text(text) => ValueOf::Text(text.clone()),
            ExprKind::Negative(inner) => ValueOf::Negative(self.number(inner)?),
            ExprKind::Binary(op, a, b) if !op.is_logic() && !op.compares() => {
                ValueOf::Arithmetic(*op, self.number(a)?, self.number(b)?)
            }
            ExprKind::Named(named) => match self.meaning(span, named)? {
                Meaning::Value(value) => value,
                Meaning::Condition(_) => {
                    return wrong(
                        span,
                        format!(
                            "`{}` is a condition and cannot be compared; join conditions with `and`",
                            named.text
                        ),
                    );
                }
            },
            ExprKind::Pattern(_) => {
                return wrong(span, "a regular expression stands after `matches`");
            }
            ExprKind::Not(_) | ExprKind::Binary(..) => {
                return wrong(
                    span,
                    "a condition cannot be compared; join conditions with `and`",
                );
            }
        })
    }

    fn meaning(&self, span: &Range<usize>, named: &Named) -> Compiled<Meaning> {
        let bare = named.parts.is_empty() && !named.text.contains('(');
        if self.names.is_before_answers && self.needs_answers(named, bare) {
            let message = format!(
                "`{}` is known from answers; here a condition names columns, id, input or expected",
                named.name
            );
            return wrong(span, message);
        }
        if bare && let Some(found) = self.row_name(named) {
            return Ok(found);
        }
        if let Some(function) = FUNCTIONS.iter().find(|f| f.name == named.name)
            && !(bare && self.has_column(&named.name))
        {
            return self.function(span, named, function);
        }
        let metric = self.names.metrics.iter().position(|m| *m == named.name);
        if let Some(metric) = metric
            && !(bare && self.has_column(&named.name))
        {
            let place = self.cell(span, named, &named.parts)?;
            return Ok(Meaning::Value(self.metric(metric, place)));
        }
        if bare && let Some(column) = self.column(&named.name, &named.fields) {
            return Ok(Meaning::Value(column));
        }
        if bare && named.name == "label" {
            return Ok(Meaning::Value(ValueOf::Expected));
        }
        let kinds: Vec<String> = RowKind::ALL.iter().map(|(kind, ..)| kind.name()).collect();
        let known = (ROW_NAMES.into_iter())
            .chain(FUNCTIONS.iter().map(|f| f.name))
            .chain(self.names.metrics.iter().map(String::as_str))
            .chain(kinds.iter().map(String::as_str))
            .chain(self.names.columns.iter().map(String::as_str));
        let what = if bare { "name" } else { "function" };
        Err(unknown(span, what, &named.name, known))
    }

    /// Whether a name means something that is known from answers. A column of the name comes first.
    fn needs_answers(&self, named: &Named, bare: bool) -> bool {
        let name = named.name.as_str();
        let is_function = FUNCTIONS
            .iter()
            .any(|f| f.name == name && !matches!(f.test, RowTest::Column));
        let mut kinds = RowKind::ALL.iter();
        let is_kind = kinds.any(|(kind, ..)| kind.name() == name);
        let is_named = is_function || is_kind || name == "bad_case";
        named.model.is_some() || is_named && !(bare && self.has_column(name))
    }

    /// A name without arguments that means something of the row itself.
    fn row_name(&self, named: &Named) -> Option<Meaning> {
        if !named.fields.is_empty() || named.model.is_some() {
            return None;
        }
        Some(match named.name.as_str() {
            "id" => Meaning::Value(ValueOf::Id),
            "input" => Meaning::Value(ValueOf::Input),
            "expected" => Meaning::Value(ValueOf::Expected),
            "anywhere" => Meaning::Value(ValueOf::Anywhere(self.names.searched.clone())),
            "bad_case" => Meaning::Condition(Condition::BadCase),
            name if self.names.is_before_answers && self.has_column(name) => return None,
            name => {
                let mut kinds = RowKind::ALL.iter().map(|(kind, ..)| *kind);
                let kind = kinds.find(|kind| kind.name() == name)?;
                Meaning::Condition(Condition::Kind(kind))
            }
        })
    }

    fn has_column(&self, name: &str) -> bool {
        let mut all = self.names.columns.iter().chain(&self.names.slices);
        all.any(|column| column == name)
    }

    fn column(&self, name: &str, path: &[String]) -> Option<ValueOf> {
        let dotted = path
            .iter()
            .fold(name.to_owned(), |all, part| format!("{all}.{part}"));
        let slice = self.names.slices.iter().position(|slice| *slice == dotted);
        let has = |name: &str| self.names.columns.iter().any(|column| column == name);
        match slice {
            Some(slice) => Some(ValueOf::Slice(slice)),
            None if has(&dotted) => Some(ValueOf::Column(dotted, Vec::new())),
            None if has(name) => Some(ValueOf::Column(name.to_owned(), path.to_vec())),
            None => None,
        }
    }

    fn metric(&self, metric: usize, place: CellPlace) -> ValueOf {
        match metric {
            0 => ValueOf::Cell(|sum| sum.mean(), place),
            further => ValueOf::Metric(further, place),
        }
    }

    /// The one cell that parts and model name.
    fn cell(&self, span: &Range<usize>, named: &Named, parts: &[Argument]) -> Compiled<CellPlace> {
        let model = self.names.find_model(span, named.model.as_deref())?;
        match self.names.find_variants(parts)?.as_slice() {
            [variant] => Ok(CellPlace {
                model,
                variant: *variant,
            }),
            [] => wrong(
                span,
                format!(
                    "`{}` needs a variant, such as {}",
                    named.name,
                    self.example(named)
                ),
            ),
            _ => wrong(span, format!("`{}` takes one variant", named.name)),
        }
    }

    fn example(&self, named: &Named) -> String {
        let first = self.names.variants.shown().first();
        let variant = first.map_or("plain", String::as_str);
        match variant.chars().all(|c| c.is_alphanumeric() || c == '_') {
            true => format!("{}({variant})", named.name),
            false => format!("{}({})", named.name, super::quoted(variant)),
        }
    }

    fn function(
        &self,
        span: &Range<usize>,
        named: &Named,
        function: &RowFunction,
    ) -> Compiled<Meaning> {
        if let Some(field) = named.fields.first() {
            return wrong(span, format!("`{}` has no field `{field}`", named.name));
        }
        let condition = |condition| Ok(Meaning::Condition(condition));
        let value = |value| Ok(Meaning::Value(value));
        match function.test {
            RowTest::Cell(test) if named.parts.is_empty() => {
                let model = self.names.find_model(span, named.model.as_deref())?;
                condition(Condition::Cell(test, Err(model)))
            }
            RowTest::Cell(test) => condition(Condition::Cell(
                test,
                Ok(self.cell(span, named, &named.parts)?),
            )),
            RowTest::Number(figure) => {
                value(ValueOf::Cell(figure, self.cell(span, named, &named.parts)?))
            }
            RowTest::Answer => value(ValueOf::Answer(self.cell(span, named, &named.parts)?)),
            RowTest::Change(_) | RowTest::Differs => {
                let model = self.names.find_model(span, named.model.as_deref())?;
                let place = |variant| CellPlace { model, variant };
                match self.names.find_variants(&named.parts)?.as_slice() {
                    [after] => {
                        let before = place(self.names.baseline);
                        condition(Condition::Change(function.test, before, place(*after)))
                    }
                    [after, before] => condition(Condition::Change(
                        function.test,
                        place(*before),
                        place(*after),
                    )),
                    _ => wrong(
                        span,
                        format!(
                            "`{}` needs a variant, such as {}, or two to compare",
                            named.name,
                            self.example(named)
                        ),
                    ),
                }
            }
            RowTest::Disagrees => {
                let Some(model) = named.model.as_deref() else {
                    let model = self.names.models.last().map_or("MODEL", String::as_str);
                    return wrong(
                        span,
                        format!("say with which model: {}@{model}", self.example(named)),
                    );
                };
                let there = self.names.find_model(span, Some(model))?;
                let here = self.cell(span, named, &named.parts)?;
                let own = |model| CellPlace { model, ..here };
                condition(Condition::Change(
                    function.test,
                    own(there),
                    own(self.names.model),
                ))
            }
            RowTest::Gave => match named.parts.split_last() {
                Some((answer, variant)) if !variant.is_empty() => condition(Condition::Gave(
                    self.cell(span, named, variant)?,
                    answer.text.clone(),
                )),
                _ => wrong(
                    span,
                    "`gave` needs a variant and an answer, such as gave(plain, \"refund\")",
                ),
            },
            RowTest::Field => match named.parts.split_first() {
                Some((metric, variant)) => {
                    let known = self.names.metrics.iter().map(String::as_str);
                    let found = known.clone().position(|name| name == metric.text);
                    let metric = found
                        .ok_or_else(|| unknown(&metric.span, "metric", &metric.text, known))?;
                    value(self.metric(metric, self.cell(span, named, variant)?))
                }
                None => wrong(
                    span,
                    "`field` needs a metric and a variant, such as field(\"json.total\", plain)",
                ),
            },
            RowTest::Column => match named.parts.as_slice() {
                [column] => {
                    let known = self.names.columns.iter().chain(&self.names.slices);
                    let known = known.map(String::as_str);
                    let found = self.column(&column.text, &[]);
                    value(
                        found
                            .ok_or_else(|| unknown(&column.span, "column", &column.text, known))?,
                    )
                }
                _ => wrong(span, "`column` needs a name, such as column(\"my column\")"),
            },
        }
    }
}
