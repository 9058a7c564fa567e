//! Shares compared with a number above 1: most likely a percentage without its sign.

use super::functions::PAIR_COUNTS;
use crate::expression::{Expr, ExprKind, ExpressionError, Named, Op};
use std::ops::Range;

/// Names whose values, and fields with these names, lie between -1 and 1.
const SHARES: &[&str] = &[
    "score",
    "diff",
    "p",
    "f1",
    "precision",
    "recall",
    "balanced_accuracy",
    "mcc",
    "kappa",
    "field",
    "interaction",
    "spread",
    "overall",
    "agreement",
    "best",
];
/// Fields of tests that are no shares.
const TEST: &[&str] = &["q", "df"];

/// An error where a share is compared with a bare number above 1; with its place.
pub(super) fn percent_without_sign(expr: &Expr) -> Result<(), ExpressionError> {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Named(_) | ExprKind::Text(_) | ExprKind::Pattern(_) => {
            Ok(())
        }
        ExprKind::Negative(inner) | ExprKind::Not(inner) => percent_without_sign(inner),
        ExprKind::Binary(op, a, b) if op.compares() => {
            let (mut numbers, mut names) = (Vec::new(), Vec::new());
            let only_sums = [a, b]
                .iter()
                .all(|side| sum_of(side, &mut numbers, &mut names));
            let all_shares = !names.is_empty() && names.iter().all(|name| is_share(name));
            match numbers.iter().find(|(value, _)| *value > 1.0) {
                Some((value, span)) if only_sums && all_shares => Err(ExpressionError::new(
                    span.clone(),
                    format!(
                        "expected a share between 0 and 1, because `{}` is one: write {value}% or {}",
                        names[0].text,
                        value / 100.0
                    ),
                )),
                _ => Ok(()),
            }
        }
        ExprKind::Binary(_, a, b) => percent_without_sign(a).and_then(|()| percent_without_sign(b)),
    }
}

/// The numbers and names that are added up; whether there is nothing else.
fn sum_of<'a>(
    expr: &'a Expr,
    numbers: &mut Vec<(f64, Range<usize>)>,
    names: &mut Vec<&'a Named>,
) -> bool {
    match &expr.kind {
        ExprKind::Number(value) => numbers.push((*value, expr.span.clone())),
        ExprKind::Named(named) => names.push(named),
        ExprKind::Negative(inner) => return sum_of(inner, numbers, names),
        ExprKind::Binary(Op::Plus | Op::Minus, a, b) => {
            return sum_of(a, numbers, names) && sum_of(b, numbers, names);
        }
        ExprKind::Binary(..) | ExprKind::Not(_) | ExprKind::Text(_) | ExprKind::Pattern(_) => {
            return false;
        }
    }
    true
}

fn is_share(named: &Named) -> bool {
    let is_count = |field: &String| {
        let field = field.as_str();
        PAIR_COUNTS.contains(&field) || TEST.contains(&field)
    };
    SHARES.contains(&named.name.as_str()) && !named.fields.iter().any(is_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_above_one_is_refused_where_a_share_is_meant() {
        for (gate, at) in [
            ("score >= 95", Some(10)),
            ("score >= 95%", None),
            ("score >= 1", None),
            ("score(a) - score(b) > -5", Some(24)),
            ("f1(macro) >= 80 and failed < 5", Some(14)),
            ("score * 100 >= 95", None),
            ("diff.fixed >= 3", None),
            ("latency.p95 < 2000", None),
            ("not (recall(refund) < 90)", Some(23)),
        ] {
            let found = percent_without_sign(&Expr::parse(gate).unwrap());
            assert_eq!(
                found.as_ref().err().map(|e| e.column(gate)),
                at,
                "{gate}: {found:?}"
            );
        }
        let error = percent_without_sign(&Expr::parse("score >= 95").unwrap()).unwrap_err();
        assert!(error.message.ends_with("write 95% or 0.95"), "{error}");
    }
}
