//! Expressions: tokens to what JavaScript makes of them.
//!
//! Nunjucks reads an expression by its own grammar and writes its operators out again one after the other, without parentheses,
//! so that JavaScript's precedence counts: `not a == b` is `(not a) == b`, and `"n" ~ 1 + 2` is `"n12"`. So operators are kept in a
//! row here too, and bound only where Nunjucks itself writes a call or parentheses.

use super::{
    super::SyntaxError,
    ast::{Arguments, Binary, Expr, ExprKind, Unary},
    lexer::{Kind, Token},
};

/// Deepest nesting of brackets, and most operators of an expression.
const MAX_DEPTH: usize = 50;
const MAX_OPERATIONS: usize = 200;

pub(super) struct Expressions<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Where the tag ends.
    end: usize,
    depth: usize,
    /// Operations that enclose others, so far.
    operations: usize,
}

/// The names of a macro's parameters, and those with defaults.
pub(super) type Signature = (Vec<String>, Vec<(String, Expr)>);

/// An operand or operator in a row of them.
enum Item {
    Operand(Expr),
    Prefix(Unary, usize),
    Operator(Binary),
}

type Row = Vec<Item>;

impl<'a> Expressions<'a> {
    pub(super) fn new(tokens: &'a [Token], end: usize) -> Expressions<'a> {
        Expressions {
            tokens,
            at: 0,
            end,
            depth: 0,
            operations: 0,
        }
    }

    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn place(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at.start)
    }

    fn fail<T>(&self, expected: &str) -> Result<T, SyntaxError> {
        let message = match self.peek() {
            Some(token) => format!("{expected} is expected, not `{}`", token.text),
            None => format!("{expected} is expected at the end of the tag"),
        };
        Err(SyntaxError::new(self.place(), message))
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.peek().is_some_and(|token| token.is(mark))
    }

    pub(super) fn skip(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at += usize::from(found);
        found
    }

    fn skip_word(&mut self, word: &str) -> bool {
        let found = self.peek().and_then(Token::word) == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn keyword(&mut self, word: &str) -> Result<(), SyntaxError> {
        match self.skip_word(word) {
            true => Ok(()),
            false => self.fail(&format!("`{word}`")),
        }
    }

    pub(super) fn name(&mut self) -> Result<String, SyntaxError> {
        match self.peek().and_then(Token::word) {
            Some(word) => {
                self.at += 1;
                Ok(word.to_owned())
            }
            None => self.fail("a name"),
        }
    }

    pub(super) fn end(&self) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(_) => self.fail("the end of the tag"),
            None => Ok(()),
        }
    }

    /// The one expression that is left.
    pub(super) fn whole(&mut self) -> Result<Expr, SyntaxError> {
        let value = self.expression()?;
        self.end()?;
        Ok(value)
    }

    fn expression(&mut self) -> Result<Expr, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::new(
                self.place(),
                "an expression is nested too deep",
            ));
        }
        let start = self.place();
        let value = self.or()?;
        let mut value = self.bind(value, self.place())?;
        if self.skip_word("if") {
            let condition = self.bound(Self::or)?;
            let otherwise = match self.skip_word("else") {
                true => Some(Box::new(self.bound(Self::or)?)),
                false => None,
            };
            value = Expr {
                kind: ExprKind::If(Box::new(condition), Box::new(value), otherwise),
                at: start..self.before(),
            };
        }
        self.depth -= 1;
        Ok(value)
    }

    /// Where the last token ends.
    fn before(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(self.end, |token| token.at.end)
    }

    /// Count operations that enclose what stands before them: together they bound how deep the expressions of a tag are.
    fn enclose(&mut self, operations: usize, place: usize) -> Result<(), SyntaxError> {
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
        let mut items = row.into_iter().peekable();
        let missing = || SyntaxError::new(place, "a value is expected");
        climb(&mut items, 0).ok_or_else(missing)
    }

    fn bound(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Row, SyntaxError>,
    ) -> Result<Expr, SyntaxError> {
        let row = read(self)?;
        self.bind(row, self.place())
    }

    fn or(&mut self) -> Result<Row, SyntaxError> {
        let mut row = self.and()?;
        while self.skip_word("or") {
            row.push(Item::Operator(Binary::Or));
            row.extend(self.and()?);
        }
        Ok(row)
    }

    fn and(&mut self) -> Result<Row, SyntaxError> {
        let mut row = self.not()?;
        while self.skip_word("and") {
            row.push(Item::Operator(Binary::And));
            row.extend(self.not()?);
        }
        Ok(row)
    }

    fn not(&mut self) -> Result<Row, SyntaxError> {
        let mut row = Vec::new();
        while self.peek().and_then(Token::word) == Some("not") {
            row.push(Item::Prefix(Unary::Not, self.place()));
            self.at += 1;
        }
        row.extend(self.within()?);
        Ok(row)
    }

    /// `a in b`, `a not in b`.
    fn within(&mut self) -> Result<Row, SyntaxError> {
        let start = self.place();
        let mut row = self.is()?;
        loop {
            let from = self.at;
            let not = self.skip_word("not");
            if !self.skip_word("in") {
                self.at = from;
                return Ok(row);
            }
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
                at: start..self.before(),
            }));
        }
    }

    fn is(&mut self) -> Result<Row, SyntaxError> {
        let start = self.place();
        let row = self.compare()?;
        if !self.skip_word("is") {
            return Ok(row);
        }
        let not = self.skip_word("not");
        let left = self.bind(row, start)?;
        let name = self
            .peek()
            .map(|token| token.text.clone())
            .unwrap_or_default();
        if self.peek().is_none_or(|token| token.kind != Kind::Word) {
            return self.fail("the name of a test");
        }
        self.at += 1;
        let mut arguments = match self.is_mark("(") {
            true => self.arguments()?,
            false => Arguments::default(),
        };
        arguments.values.insert(0, left);
        let name = if name == "none" { "null".into() } else { name };
        let test = Expr {
            kind: ExprKind::Test(name, arguments),
            at: start..self.before(),
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
        while let Some(token) = self.peek() {
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
            self.at += 1;
            row.push(Item::Operator(operator));
            row.extend(self.concat()?);
        }
        Ok(row)
    }

    fn concat(&mut self) -> Result<Row, SyntaxError> {
        let mut row = self.add()?;
        while self.is_mark("~") {
            let at = self.place();
            self.at += 1;
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
        while self.skip(mark) {
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
        let start = self.place();
        let mut row = self.chain("%", Binary::Remainder, Self::power)?;
        while self.skip("//") {
            row.push(Item::Operator(Binary::Divide));
            row.extend(self.chain("%", Binary::Remainder, Self::power)?);
            let inside = self.bind(row, start)?;
            self.enclose(1, start)?;
            let at = start..self.before();
            row = vec![Item::Operand(Expr {
                kind: ExprKind::Floor(Box::new(inside)),
                at,
            })];
        }
        Ok(row)
    }

    fn power(&mut self) -> Result<Row, SyntaxError> {
        let start = self.place();
        let mut row = self.unary(true)?;
        while self.skip("**") {
            let base = self.bind(row, start)?;
            let exponent = self.bound(|s| s.unary(true))?;
            self.enclose(1, start)?;
            let kind = ExprKind::Power(Box::new(base), Box::new(exponent));
            row = vec![Item::Operand(Expr {
                kind,
                at: start..self.before(),
            })];
        }
        Ok(row)
    }

    fn unary(&mut self, filters: bool) -> Result<Row, SyntaxError> {
        let start = self.place();
        let mut row = Vec::new();
        loop {
            let sign = if self.is_mark("-") {
                Unary::Minus
            } else if self.is_mark("+") {
                Unary::Plus
            } else {
                break;
            };
            row.push(Item::Prefix(sign, self.place()));
            self.at += 1;
        }
        row.push(Item::Operand(self.primary()?));
        if filters && self.is_mark("|") {
            let mut value = self.bind(row, start)?;
            while self.skip("|") {
                self.enclose(1, start)?;
                let (name, mut arguments) = self.filter()?;
                arguments.values.insert(0, value);
                value = Expr {
                    kind: ExprKind::Filter(name, arguments),
                    at: start..self.before(),
                };
            }
            row = vec![Item::Operand(value)];
        }
        Ok(row)
    }

    /// A filter's name and its arguments.
    pub(super) fn filter(&mut self) -> Result<(String, Arguments), SyntaxError> {
        let mut name = self.name()?;
        while self.skip(".") {
            name = format!("{name}.{}", self.name()?);
        }
        let arguments = match self.is_mark("(") {
            true => self.arguments()?,
            false => Arguments::default(),
        };
        Ok((name, arguments))
    }

    /// A value with what follows it: members, indexes and calls.
    pub(super) fn primary(&mut self) -> Result<Expr, SyntaxError> {
        let start = self.place();
        let Some(token) = self.peek() else {
            return self.fail("a value");
        };
        let mut value = match token.kind {
            Kind::Text => ExprKind::Text(token.text.clone()),
            Kind::Number => ExprKind::Number(token.text.parse().unwrap_or(f64::NAN)),
            Kind::Word => match token.text.as_str() {
                "true" => ExprKind::Bool(true),
                "false" => ExprKind::Bool(false),
                "none" | "null" => ExprKind::Null,
                name => ExprKind::Name(name.to_owned()),
            },
            Kind::Regex => {
                return Err(SyntaxError::new(
                    start,
                    "regular expressions are not supported in templates",
                ));
            }
            Kind::Mark => match token.text.as_str() {
                "(" => ExprKind::Last(self.items("(", ")")?),
                "[" => ExprKind::List(self.items("[", "]")?),
                "{" => ExprKind::Dict(self.entries()?),
                _ => return self.fail("a value"),
            },
        };
        if !matches!(
            value,
            ExprKind::Last(_) | ExprKind::List(_) | ExprKind::Dict(_)
        ) {
            self.at += 1;
        }
        loop {
            let whole = Expr {
                kind: value,
                at: start..self.before(),
            };
            if ["(", "[", "."].iter().any(|mark| self.is_mark(mark)) {
                self.enclose(1, start)?;
            }
            if self.is_mark("(") {
                value = ExprKind::Call(Box::new(whole), self.arguments()?);
            } else if self.is_mark("[") {
                let place = self.place();
                let mut index = self.items("[", "]")?;
                let (Some(index), true) = (index.pop(), index.is_empty()) else {
                    return Err(SyntaxError::new(place, "an index is one value"));
                };
                value = ExprKind::Member(Box::new(whole), Box::new(index));
            } else if self.skip(".") {
                let at = self.place();
                // Words for values are no names in Nunjucks, and it refuses them here.
                let is_name = |text: &str| !["true", "false", "none", "null"].contains(&text);
                let name = match self.peek() {
                    Some(token) if token.kind == Kind::Word && is_name(&token.text) => {
                        token.text.clone()
                    }
                    _ => return self.fail("a name"),
                };
                self.at += 1;
                let name = Expr {
                    kind: ExprKind::Text(name),
                    at: at..self.before(),
                };
                value = ExprKind::Member(Box::new(whole), Box::new(name));
            } else {
                return Ok(whole);
            }
        }
    }

    fn items(&mut self, open: &str, close: &str) -> Result<Vec<Expr>, SyntaxError> {
        self.skip(open);
        let mut all = Vec::new();
        loop {
            if self.skip(close) {
                return Ok(all);
            }
            if !all.is_empty() && !self.skip(",") {
                return self.fail(&format!("`,` or `{close}`"));
            }
            all.push(self.expression()?);
        }
    }

    fn entries(&mut self) -> Result<Vec<(String, Expr)>, SyntaxError> {
        self.skip("{");
        let mut all = Vec::new();
        loop {
            if self.skip("}") {
                return Ok(all);
            }
            if !all.is_empty() && !self.skip(",") {
                return self.fail("`,` or `}`");
            }
            let key = match self.peek() {
                Some(token) if matches!(token.kind, Kind::Word | Kind::Text) => token.text.clone(),
                _ => return self.fail("a key"),
            };
            self.at += 1;
            if !self.skip(":") {
                return self.fail("`:`");
            }
            all.push((key, self.expression()?));
        }
    }

    fn arguments(&mut self) -> Result<Arguments, SyntaxError> {
        let mut all = Arguments::default();
        self.skip("(");
        let mut first = true;
        loop {
            if self.skip(")") {
                return Ok(all);
            }
            if !first && !self.skip(",") {
                return self.fail("`,` or `)`");
            }
            first = false;
            let value = self.expression()?;
            if self.skip("=") {
                let ExprKind::Name(name) = value.kind else {
                    return Err(SyntaxError::new(
                        value.at.start,
                        "a name is expected before `=`",
                    ));
                };
                all.named.push((name, self.expression()?));
            } else {
                all.values.push(value);
            }
        }
    }

    /// The parameters of a macro: names, then names with defaults.
    pub(super) fn signature(&mut self) -> Result<Signature, SyntaxError> {
        if !self.is_mark("(") {
            return self.fail("`(`");
        }
        let all = self.arguments()?;
        let mut names = Vec::new();
        for value in all.values {
            match value.kind {
                ExprKind::Name(name) => names.push(name),
                _ => return Err(SyntaxError::new(value.at.start, "a parameter is a name")),
            }
        }
        Ok((names, all.named))
    }
}

fn climb(items: &mut std::iter::Peekable<std::vec::IntoIter<Item>>, least: u8) -> Option<Expr> {
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

fn operand(items: &mut std::iter::Peekable<std::vec::IntoIter<Item>>) -> Option<Expr> {
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
