//! Operands and operators in a row, bound as JavaScript binds them.

use super::ast::{Binary, Expr, ExprKind, Unary};
use std::{iter::Peekable, vec::IntoIter};

/// An operand or operator in a row of them.
pub(super) enum Item {
    Operand(Expr),
    Prefix(Unary, usize),
    Operator(Binary),
}

pub(super) type Row = Vec<Item>;

/// The expression of a row; `None` where an operand is missing.
pub(super) fn bind(row: Row) -> Option<Expr> {
    climb(&mut row.into_iter().peekable(), 0)
}

fn climb(items: &mut Peekable<IntoIter<Item>>, least: u8) -> Option<Expr> {
    let mut left = operand(items)?;
    while let Some(Item::Operator(operator)) = items.peek() {
        let operator = *operator;
        if operator.precedence() <= least {
            break;
        }
        items.next();
        let right = climb(items, operator.precedence())?;
        let at = left.at.start..right.at.end;
        let kind = ExprKind::Binary(operator, Box::new(left), Box::new(right));
        left = Expr { kind, at };
    }
    Some(left)
}

fn operand(items: &mut Peekable<IntoIter<Item>>) -> Option<Expr> {
    match items.next()? {
        Item::Operand(value) => Some(value),
        Item::Prefix(sign, start) => {
            let value = operand(items)?;
            let at = start..value.at.end;
            Some(Expr {
                kind: ExprKind::Unary(sign, Box::new(value)),
                at,
            })
        }
        Item::Operator(_) => None,
    }
}
