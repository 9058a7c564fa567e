//! A gate: a condition, and whether it holds.

use super::{
    GateFacts, GateNames,
    condition::parse_condition,
    error::{GateError, NameError},
    facts::GatePlace,
    shares::percent_without_sign,
};
use crate::expression::{Expr, ExprKind, ExpressionError, Named, Op};
use std::ops::Range;

/// A condition on a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    text: String,
    condition: Expr,
}

/// What came of a gate at one model (and one pair, in a report of a difference).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct GateResult {
    /// The gate, as written.
    pub gate: String,
    pub holds: bool,
    /// Where: the model, and the pair where there are several.
    pub place: String,
    /// The values of what it names: `score(plain) is 0.78`.
    pub values: String,
}

impl Gate {
    pub fn parse(text: &str) -> Result<Gate, GateError> {
        let text = text.trim();
        let parsed = parse_condition(text).and_then(|condition| {
            percent_without_sign(&condition)?;
            Ok(condition)
        });
        let condition = parsed.map_err(|error| syntax_error(text, error))?;
        Ok(Gate {
            text: text.to_owned(),
            condition,
        })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether what it names is there, before anything is sent.
    pub fn check_names(&self, known: &GateNames) -> Result<(), GateError> {
        self.resolved(known).map(|_| ())
    }

    /// The condition with the own names of variants; all that it names is there.
    fn resolved(&self, known: &GateNames) -> Result<Expr, GateError> {
        let condition = self
            .condition
            .try_map(&|named: &Named, span: &Range<usize>| {
                let resolved = known.resolve(named).and_then(|resolved| {
                    known.check(&resolved)?;
                    Ok(resolved)
                });
                resolved.map_err(|error| self.located(error, named, span))
            })?;
        // Now it is known which names are metrics.
        percent_without_sign(&condition).map_err(|error| syntax_error(&self.text, error))?;
        Ok(condition)
    }

    /// An error about a name, with its place in the gate.
    fn located(&self, error: NameError, named: &Named, span: &Range<usize>) -> GateError {
        let gate = self.text.clone();
        match error {
            NameError::Use(message) => GateError::Use { gate, message },
            NameError::Absent(absent) => GateError::Absent {
                at: named.place_of(&absent.name, &self.text, span),
                gate,
                absent,
            },
        }
    }

    /// Hold it against what is known: one outcome for each model (and pair). Where every name says its model, one in all.
    pub fn check(&self, facts: &GateFacts<'_>) -> Result<Vec<GateResult>, GateError> {
        let condition = self.resolved(&facts.names())?;
        let mut names = Vec::new();
        condition.names(&mut names);
        let everywhere = names.iter().any(|n| n.model.is_none());
        let mut held = Vec::new();
        for place in facts.places(&names) {
            let mut values = Vec::new();
            for name in &names {
                let value = facts.value(&self.text, name, &place)?;
                let shown = match value {
                    Some(x) => {
                        let text = format!("{x:.4}");
                        let text = text.trim_end_matches('0').trim_end_matches('.');
                        text.to_owned() + &facts.left_out(name, &place)
                    }
                    None => facts
                        .not_comparable(name, &place)
                        .unwrap_or_else(|| "not known".to_owned()),
                };
                let told = format!("{} is {shown}", name.text);
                if !values.contains(&told) {
                    values.push(told);
                }
            }
            let truth = self.truth(&condition, facts, &place)?;
            held.push(GateResult {
                gate: self.text.clone(),
                // What is not known does not hold.
                holds: truth == Some(true),
                place: if everywhere {
                    facts.place_name(&place)
                } else {
                    String::new()
                },
                values: values.join(", "),
            });
            if !everywhere {
                break;
            }
        }
        Ok(held)
    }

    /// Whether a condition is true; `None` where that is not known.
    fn truth(
        &self,
        expr: &Expr,
        facts: &GateFacts<'_>,
        place: &GatePlace,
    ) -> Result<Option<bool>, GateError> {
        Ok(match &expr.kind {
            ExprKind::Not(inner) => self.truth(inner, facts, place)?.map(|b| !b),
            ExprKind::Binary(op, a, b) if op.is_logic() => {
                let decides = *op == Op::Or;
                let both = [self.truth(a, facts, place)?, self.truth(b, facts, place)?];
                if both.contains(&Some(decides)) {
                    Some(decides)
                } else if both.contains(&None) {
                    None
                } else {
                    Some(!decides)
                }
            }
            ExprKind::Binary(op, a, b) => {
                let both = (self.number(a, facts, place)?, self.number(b, facts, place)?);
                let (Some(a), Some(b)) = both else {
                    return Ok(None);
                };
                Some(match op {
                    Op::AtLeast => a >= b,
                    Op::AtMost => a <= b,
                    Op::Above => a > b,
                    Op::Below => a < b,
                    Op::Equal => (a - b).abs() < 1e-12,
                    _ => (a - b).abs() >= 1e-12,
                })
            }
            _ => None,
        })
    }

    fn number(
        &self,
        expr: &Expr,
        facts: &GateFacts<'_>,
        place: &GatePlace,
    ) -> Result<Option<f64>, GateError> {
        Ok(match &expr.kind {
            ExprKind::Number(value) => Some(*value),
            ExprKind::Named(named) => facts.value(&self.text, named, place)?,
            ExprKind::Negative(inner) => self.number(inner, facts, place)?.map(|x| -x),
            ExprKind::Binary(op, a, b) => {
                let both = (self.number(a, facts, place)?, self.number(b, facts, place)?);
                let (Some(a), Some(b)) = both else {
                    return Ok(None);
                };
                let value = match op {
                    Op::Plus => a + b,
                    Op::Minus => a - b,
                    Op::Times => a * b,
                    _ => a / b,
                };
                value.is_finite().then_some(value)
            }
            ExprKind::Not(_) | ExprKind::Text(_) | ExprKind::Pattern(_) => None,
        })
    }
}

fn syntax_error(text: &str, error: ExpressionError) -> GateError {
    GateError::Syntax {
        text: text.to_owned(),
        at: error.column(text),
        message: error.message,
    }
}
