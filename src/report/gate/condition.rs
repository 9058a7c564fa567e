//! What a gate is among expressions: a condition on numbers, with conditions where conditions belong.

use crate::expression::{Expr, ExprKind, ExpressionError};

/// Parse a gate.
pub(super) fn parse_condition(text: &str) -> Result<Expr, ExpressionError> {
    let expr = Expr::parse(text)?;
    if !is_condition(&expr) {
        let message = "a condition is expected, such as `score>=0.8`";
        return Err(ExpressionError::new(expr.span, message));
    }
    check_kinds(&expr)?;
    Ok(expr)
}

fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Not(_) => true,
        ExprKind::Binary(op, _, _) => op.is_logic() || op.compares(),
        _ => false,
    }
}

/// Conditions where conditions belong, numbers where numbers do.
fn check_kinds(expr: &Expr) -> Result<(), ExpressionError> {
    let wrong = |e: &Expr, message: &str| Err(ExpressionError::new(e.span.clone(), message));
    let condition = |e: &Expr| match is_condition(e) {
        true => check_kinds(e),
        false => wrong(e, "`and`, `or` and `not` join conditions, not numbers"),
    };
    let number = |e: &Expr| match is_condition(e) {
        true => wrong(
            e,
            "a condition cannot be compared; join conditions with `and`",
        ),
        false => check_kinds(e),
    };
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Named(_) => Ok(()),
        ExprKind::Text(_) | ExprKind::Pattern(_) => wrong(expr, "gates compare numbers, not texts"),
        ExprKind::Negative(e) => number(e),
        ExprKind::Not(e) => condition(e),
        ExprKind::Binary(op, a, b) if op.is_logic() => condition(a).and_then(|()| condition(b)),
        ExprKind::Binary(_, a, b) => number(a).and_then(|()| number(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_condition_is_told_with_its_place() {
        for (bad, at) in [
            ("score", 1),
            ("score =>1", 7),
            ("score > ", 9),
            ("diff(a > 0", 5),
            ("1 < 2 < 3", 7),
            ("(1 < 2) < 3", 1),
            ("score and 1 > 0", 1),
            ("1 > 0 and score", 11),
            ("score == \"high\"", 10),
            ("score > 'x", 9),
            ("", 1),
        ] {
            let error = parse_condition(bad).unwrap_err();
            assert_eq!(error.column(bad), at, "{bad}: {error}");
        }
    }
}
