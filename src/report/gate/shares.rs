//! Shares compared with a number above 1: most likely a percentage without its sign.

use super::{
    expr::{Expr, Named, Op},
    functions::PAIR_COUNTS,
};

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

/// An error where a share is compared with a bare number above 1; it says at which character.
pub(super) fn percent_without_sign(expr: &Expr) -> Result<(), (usize, String)> {
    match expr {
        Expr::Number { .. } | Expr::Named(_) => Ok(()),
        Expr::Negative(inner) | Expr::Not(inner) => percent_without_sign(inner),
        Expr::Binary(op, a, b) if op.compares() => {
            let (mut numbers, mut names) = (Vec::new(), Vec::new());
            let only_sums = [a, b]
                .iter()
                .all(|side| sum_of(side, &mut numbers, &mut names));
            let all_shares = !names.is_empty() && names.iter().all(|name| is_share(name));
            match numbers.iter().find(|(value, _)| *value > 1.0) {
                Some((value, at)) if only_sums && all_shares => Err((
                    *at,
                    format!(
                        "expected a share between 0 and 1, because `{}` is one: write {value}% or {}",
                        names[0].text,
                        value / 100.0
                    ),
                )),
                _ => Ok(()),
            }
        }
        Expr::Binary(_, a, b) => percent_without_sign(a).and_then(|()| percent_without_sign(b)),
    }
}

/// The numbers and names that are added up; whether there is nothing else.
fn sum_of<'a>(expr: &'a Expr, numbers: &mut Vec<(f64, usize)>, names: &mut Vec<&'a Named>) -> bool {
    match expr {
        Expr::Number { value, at } => numbers.push((*value, *at)),
        Expr::Named(named) => names.push(named),
        Expr::Negative(inner) => return sum_of(inner, numbers, names),
        Expr::Binary(Op::Plus | Op::Minus, a, b) => {
            return sum_of(a, numbers, names) && sum_of(b, numbers, names);
        }
        Expr::Binary(..) | Expr::Not(_) => return false,
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
            assert_eq!(found.as_ref().err().map(|e| e.0), at, "{gate}: {found:?}");
        }
        let error = percent_without_sign(&Expr::parse("score >= 95").unwrap()).unwrap_err();
        assert!(error.1.ends_with("write 95% or 0.95"), "{}", error.1);
    }
}
