//! Expressions: tokens to what JavaScript makes of them.
//!
//! Nunjucks reads an expression by its own grammar and writes its operators out again one after the other, without parentheses,
//! so that JavaScript's precedence counts: `not a == b` is `(not a) == b`, and `"n" ~ 1 + 2` is `"n12"`. So operators are kept in a
//! row here too, and bound only where Nunjucks itself writes a call or parentheses.

use super::{
    super::SyntaxError,
    ast::{Arguments, Binary, Expr, ExprKind, Unary},
    lexer::{Kind, Token},
    operator_row::{Item, Row, bind},
    token_cursor::TokenCursor,
};

/// Deepest nesting of brackets, and most operators of an expression.
const MAX_DEPTH: usize = 50;
const MAX_OPERATIONS: usize = 200;

pub(super) struct Expressions<'a> {
    pub(super) tokens: TokenCursor<'a>,
    depth: usize,
    /// Operations that enclose others, so far.
    operations: usize,
}

impl<'a> Expressions<'a> {
    pub(super) fn new(tokens: &'a [Token], end: usize) -> Expressions<'a> {
        Expressions {
            tokens: TokenCursor::new(tokens, end),
            depth: 0,
            operations: 0,
        }
    }

    /// The one expression that is left.
    pub(super) fn whole(&mut self) -> Result<Expr, SyntaxError> {
        let value = self.expression()?;
        self.tokens.end()?;
        Ok(value)
    }

    pub(super) fn expression(&mut self) -> Result<Expr, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::new(
                self.tokens.place(),
                "an expression is nested too deep",
            ));
        }
        let start = self.tokens.place();
        let value = self.or()?;
        let mut value = self.bind(value, self.tokens.place())?;
        if self.tokens.skip_word("if") {
            let condition = self.bound(Self::or)?;
            let otherwise = match self.tokens.skip_word("else") {
                true => Some(Box::new(self.bound(Self::or)?)),
                false => None,
            };
            value = Expr {
                kind: ExprKind::If(Box::new(condition), Box::new(value), otherwise),
                at: start..self.tokens.before(),
            };
        }
        self.depth -= 1;
        Ok(value)
    }

    /// Count operations that enclose what stands before them: together they bound how deep the expressions of a tag are.
    pub(super) fn enclose(&mut self, operations: usize, place: usize) -> Result<(), SyntaxError> {
        self.operations += operations;
        if self.operations > MAX_OPERATIONS {
            return Err(SyntaxError::new(
                place,
                "an expression has too many operations",
            ));
        }
        Ok(())
    }

    /// Bind the operators of a row as JavaScript does.
    fn bind(&mut self, row: Row, place: usize) -> Result<Expr, SyntaxError> {
        self.enclose(row.len().saturating_sub(1), place)?;
        bind(row).ok_or_else(|| SyntaxError::new(place, "a value is expected"))
    }

    fn bound(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Row, SyntaxError>,
    ) -> Result<Expr, SyntaxError> {
        let row = read(self)?;
        self.bind(row, self.tokens.place())
    }

    fn or(&mut self) -> Result<Row, SyntaxError> {
        let mut row = self.and()?;
        while self.tokens.skip_word("or") {
            row.push(Item::Operator(Binary::Or));
            row.extend(self.and()?);
        }
        Ok(row)
    }

    fn and(&mut self) -> Result<Row, SyntaxError> {
        let mut row = self.not()?;
        while self.tokens.skip_word("and") {
            row.push(Item::Operator(Binary::And));
            row.extend(self.not()?);
        }
        Ok(row)
    }

    fn not(&mut self) -> Result<Row, SyntaxError> {
        let mut row = Vec::new();
        while self.tokens.is_words(&["not"]) {
            row.push(Item::Prefix(Unary::Not, self.tokens.place()));
            self.tokens.advance();
        }
        row.extend(self.within()?);
        Ok(row)
    }

    /// `a in b`, `a not in b`.
    fn within(&mut self) -> Result<Row, SyntaxError> {
        let start = self.tokens.place();
        let mut row = self.is()?;
        loop {
            let not = self.tokens.is_words(&["not", "in"]);
            if !not && !self.tokens.is_words(&["in"]) {
                return Ok(row);
            }
            if not {
                self.tokens.advance();
            }
            self.tokens.advance();
            let left = self.bind(row, start)?;
            let right = self.bound(Self::is)?;
            self.enclose(1, start)?;
            let kind = ExprKind::In(Box::new(left), Box::new(right));
            row = Vec::new();
            if not {
                row.push(Item::Prefix(Unary::Not, start));
            }
            row.push(Item::Operand(Expr {
                kind,
                at: start..self.tokens.before(),
            }));
        }
    }

    fn is(&mut self) -> Result<Row, SyntaxError> {
        let start = self.tokens.place();
        let row = self.compare()?;
        if !self.tokens.skip_word("is") {
            return Ok(row);
        }
        let not = self.tokens.skip_word("not");
        let left = self.bind(row, start)?;
        let name = self
            .tokens
            .peek()
            .map(|token| token.text.clone())
            .unwrap_or_default();
        if self
            .tokens
            .peek()
            .is_none_or(|token| token.kind != Kind::Word)
        {
            return self.tokens.fail("the name of a test");
        }
        self.tokens.advance();
        let mut arguments = match self.tokens.is_mark("(") {
            true => self.arguments()?,
            false => Arguments::default(),
        };
        arguments.values.insert(0, left);
        let name = if name == "none" { "null".into() } else { name };
        let test = Expr {
            kind: ExprKind::Test(name, arguments),
            at: start..self.tokens.before(),
        };
        let mut row = Vec::new();
        if not {
            row.push(Item::Prefix(Unary::Not, start));
        }
        row.push(Item::Operand(test));
        Ok(row)
    }

    fn compare(&mut self) -> Result<Row, SyntaxError> {
        let mut row = self.concat()?;
        while let Some(token) = self.tokens.peek() {
            let operator = match token.text.as_str() {
                _ if token.kind != Kind::Mark => break,
                "==" => Binary::Equal,
                "!=" => Binary::NotEqual,
                "===" => Binary::Is,
                "!==" => Binary::IsNot,
                "<" => Binary::Less,
                ">" => Binary::Greater,
                "<=" => Binary::LessEqual,
                ">=" => Binary::GreaterEqual,
                _ => break,
            };
            self.tokens.advance();
            row.push(Item::Operator(operator));
            row.extend(self.concat()?);
        }
        Ok(row)
    }

    fn concat(&mut self) -> Result<Row, SyntaxError> {
        let mut row = self.add()?;
        while self.tokens.is_mark("~") {
            let at = self.tokens.place();
            self.tokens.advance();
            let empty = Expr {
                kind: ExprKind::Text(String::new()),
                at: at..at + 1,
            };
            row.push(Item::Operator(Binary::Add));
            row.push(Item::Operand(empty));
            row.push(Item::Operator(Binary::Add));
            row.extend(self.add()?);
        }
        Ok(row)
    }

    fn chain(
        &mut self,
        mark: &str,
        operator: Binary,
        next: fn(&mut Self) -> Result<Row, SyntaxError>,
    ) -> Result<Row, SyntaxError> {
        let mut row = next(self)?;
        while self.tokens.skip(mark) {
            row.push(Item::Operator(operator));
            row.extend(next(self)?);
        }
        Ok(row)
    }

    fn add(&mut self) -> Result<Row, SyntaxError> {
        self.chain("+", Binary::Add, |s| {
            s.chain("-", Binary::Subtract, |s| {
                s.chain("*", Binary::Multiply, |s| {
                    s.chain("/", Binary::Divide, Self::floor)
                })
            })
        })
    }

    /// `a // b`: one call, within which the operators are in a row.
    fn floor(&mut self) -> Result<Row, SyntaxError> {
        let start = self.tokens.place();
        let mut row = self.chain("%", Binary::Remainder, Self::power)?;
        while self.tokens.skip("//") {
            row.push(Item::Operator(Binary::Divide));
            row.extend(self.chain("%", Binary::Remainder, Self::power)?);
            let inside = self.bind(row, start)?;
            self.enclose(1, start)?;
            let at = start..self.tokens.before();
            row = vec![Item::Operand(Expr {
                kind: ExprKind::Floor(Box::new(inside)),
                at,
            })];
        }
        Ok(row)
    }

    fn power(&mut self) -> Result<Row, SyntaxError> {
        let start = self.tokens.place();
        let mut row = self.unary(true)?;
        while self.tokens.skip("**") {
            let base = self.bind(row, start)?;
            let exponent = self.bound(|s| s.unary(true))?;
            self.enclose(1, start)?;
            let kind = ExprKind::Power(Box::new(base), Box::new(exponent));
            row = vec![Item::Operand(Expr {
                kind,
                at: start..self.tokens.before(),
            })];
        }
        Ok(row)
    }

    fn unary(&mut self, filters: bool) -> Result<Row, SyntaxError> {
        let start = self.tokens.place();
        let mut row = Vec::new();
        loop {
            let sign = if self.tokens.is_mark("-") {
                Unary::Minus
            } else if self.tokens.is_mark("+") {
                Unary::Plus
            } else {
                break;
            };
            row.push(Item::Prefix(sign, self.tokens.place()));
            self.tokens.advance();
        }
        row.push(Item::Operand(self.primary()?));
        if filters && self.tokens.is_mark("|") {
            let mut value = self.bind(row, start)?;
            while self.tokens.skip("|") {
                self.enclose(1, start)?;
                let (name, mut arguments) = self.filter()?;
                arguments.values.insert(0, value);
                value = Expr {
                    kind: ExprKind::Filter(name, arguments),
                    at: start..self.tokens.before(),
                };
            }
            row = vec![Item::Operand(value)];
        }
        Ok(row)
    }
}
