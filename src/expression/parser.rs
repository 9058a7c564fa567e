//! Reads an expression: what binds loosest first.

use super::{
    ExpressionError,
    arguments::{bracketed, split},
    syntax::{Expr, ExprKind, Named, Op},
};

impl Expr {
    /// Parse a text, all of it.
    pub(crate) fn parse(text: &str) -> Result<Expr, ExpressionError> {
        let mut parser = Parser { text, at: 0 };
        let expr = parser.either()?;
        parser.space();
        match parser.rest().chars().next() {
            None => Ok(expr),
            Some('=') => Err(parser.wrong_here("a comparison is written `==`")),
            Some(_) => Err(parser.expected("the end, or `and`, `or`, a comparison")),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Parsed = Result<Expr, ExpressionError>;

const COMPARISONS: &[(&str, Op)] = &[
    (">=", Op::AtLeast),
    ("<=", Op::AtMost),
    ("==", Op::Equal),
    ("!=", Op::Unequal),
    (">", Op::Above),
    ("<", Op::Below),
    ("contains", Op::Contains),
    ("matches", Op::Matches),
];

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn wrong_here(&self, message: &str) -> ExpressionError {
        let next = self.rest().chars().next().map_or(0, char::len_utf8);
        ExpressionError::new(self.at..self.at + next, message)
    }

    fn expected(&self, what: &str) -> ExpressionError {
        self.wrong_here(&format!("expected {what}"))
    }

    /// Take a sign, or a word that ends there.
    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let word = sign.starts_with(char::is_alphabetic);
        let found = self
            .rest()
            .strip_prefix(sign)
            .is_some_and(|rest| !word || !rest.starts_with(is_name));
        if found {
            self.at += sign.len();
        }
        found
    }

    fn any(&mut self, of: &[(&str, Op)]) -> Option<Op> {
        of.iter()
            .find_map(|(sign, op)| self.take(sign).then_some(*op))
    }

    /// Operands that bind tighter, joined from left to right.
    fn chain(&mut self, operators: &[(&str, Op)], operand: fn(&mut Self) -> Parsed) -> Parsed {
        let mut left = operand(self)?;
        while let Some(op) = self.any(operators) {
            left = binary(op, left, operand(self)?);
        }
        Ok(left)
    }

    fn either(&mut self) -> Parsed {
        self.chain(&[("||", Op::Or), ("or", Op::Or)], Self::both)
    }

    fn both(&mut self) -> Parsed {
        self.chain(&[("&&", Op::And), ("and", Op::And)], Self::not)
    }

    fn not(&mut self) -> Parsed {
        self.space();
        let start = self.at;
        if self.take("not") || (!self.rest().starts_with("!=") && self.take("!")) {
            let inner = self.not()?;
            let span = start..inner.span.end;
            return Ok(expr(ExprKind::Not(Box::new(inner)), span));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        match self.any(COMPARISONS) {
            Some(Op::Matches) => {
                let right = self.pattern()?;
                Ok(binary(Op::Matches, left, right))
            }
            Some(op) => Ok(binary(op, left, self.sum()?)),
            None => Ok(left),
        }
    }

    fn sum(&mut self) -> Parsed {
        self.chain(&[("+", Op::Plus), ("-", Op::Minus)], Self::product)
    }

    fn product(&mut self) -> Parsed {
        self.chain(&[("*", Op::Times), ("/", Op::Over)], Self::single)
    }

    fn single(&mut self) -> Parsed {
        self.space();
        let start = self.at;
        if self.take("-") {
            let inner = self.single()?;
            let span = start..inner.span.end;
            return Ok(expr(ExprKind::Negative(Box::new(inner)), span));
        }
        if self.take("(") {
            let inner = self.either()?;
            return if self.take(")") {
                Ok(expr(inner.kind, start..self.at))
            } else {
                Err(self.expected("`)`"))
            };
        }
        match self.rest().chars().next() {
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.named(),
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => Err(self.expected("a number, a text in quotes or a name")),
        }
    }

    /// What stands between two signs, the first of which is next; a backslash lets the sign stand inside.
    fn delimited(&mut self, sign: char, what: &str) -> Result<String, ExpressionError> {
        let start = self.at;
        let mut inside = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' if chars.peek().is_some_and(|(_, next)| *next == sign) => {
                    chars.next();
                    inside.push(sign);
                }
                _ if c == sign => {
                    self.at = start + i + sign.len_utf8();
                    return Ok(inside);
                }
                _ => inside.push(c),
            }
        }
        Err(ExpressionError::new(
            start..self.text.len(),
            format!("{what} is not closed: `{sign}` is missing"),
        ))
    }

    fn quoted(&mut self, quote: char) -> Parsed {
        let start = self.at;
        let text = self.delimited(quote, "the text")?;
        Ok(expr(ExprKind::Text(text), start..self.at))
    }

    fn pattern(&mut self) -> Parsed {
        self.space();
        let start = self.at;
        if !self.rest().starts_with('/') {
            return Err(self.expected("a regular expression between slashes, such as /refund.*/"));
        }
        let pattern = self.delimited('/', "the regular expression")?;
        Ok(expr(ExprKind::Pattern(pattern), start..self.at))
    }

    fn number(&mut self) -> Parsed {
        let start = self.at;
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|(i, c)| {
                let exponent =
                    |sign: char| (sign == '+' || sign == '-') && rest[..*i].ends_with(['e', 'E']);
                !(c.is_ascii_digit() || ".eE".contains(*c) || exponent(*c))
            })
            .map_or(rest.len(), |(i, _)| i);
        let Ok(value) = rest[..end].parse::<f64>() else {
            return Err(self.expected("a number"));
        };
        self.at += end;
        let value = if self.rest().starts_with('%') {
            self.at += 1;
            value / 100.0
        } else {
            value
        };
        Ok(expr(ExprKind::Number(value), start..self.at))
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let word = rest[..end].to_owned();
        self.at += end;
        word
    }

    /// Words behind dots, as long as there are any.
    fn fields(&mut self) -> Result<Vec<String>, ExpressionError> {
        let mut fields = Vec::new();
        while self.rest().starts_with('.') {
            self.at += 1;
            let field = self.word();
            if field.is_empty() {
                return Err(self.expected("the name of a field"));
            }
            fields.push(field);
        }
        Ok(fields)
    }

    fn named(&mut self) -> Parsed {
        let start = self.at;
        let mut named = Named {
            name: self.word(),
            ..Named::default()
        };
        named.fields = self.fields()?;
        if self.rest().starts_with('(') {
            // A metric's name may have dots: `json.total(plain)`.
            for part in named.fields.drain(..) {
                named.name = format!("{}.{part}", named.name);
            }
            let inside =
                bracketed(self.rest()).ok_or_else(|| self.expected("`)` to the bracket"))?;
            named.parts = split(inside);
            for part in &mut named.parts {
                let before = self.at + 1;
                part.span = part.span.start + before..part.span.end + before;
                match &part.slice {
                    None => named.arguments.push(part.text.clone()),
                    Some(slice) => named.slices.push(slice.clone()),
                }
            }
            self.at += inside.len() + 2;
            named.fields = self.fields()?;
        }
        if self.rest().starts_with('@') {
            self.at += 1;
            let rest = self.rest();
            let (model, length) = match rest.strip_prefix('"').and_then(|r| r.split_once('"')) {
                Some((quoted, _)) => (quoted.to_owned(), quoted.len() + 2),
                None => {
                    let ends = |c: char| c.is_whitespace() || "<>=!&|),+*".contains(c);
                    let end = rest.find(ends).unwrap_or(rest.len());
                    (rest[..end].to_owned(), end)
                }
            };
            self.at += length;
            named.model = Some(model);
        }
        self.text[start..self.at].clone_into(&mut named.text);
        Ok(expr(ExprKind::Named(named), start..self.at))
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn expr(kind: ExprKind, span: std::ops::Range<usize>) -> Expr {
    Expr { kind, span }
}

fn binary(op: Op, left: Expr, right: Expr) -> Expr {
    let span = left.span.start..right.span.end;
    expr(ExprKind::Binary(op, Box::new(left), Box::new(right)), span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Named {
        let expr = Expr::parse(&format!("{text} > 0")).unwrap();
        let mut all = Vec::new();
        expr.names(&mut all);
        all[0].clone()
    }

    #[test]
    fn a_quote_stands_inside_of_quotes_behind_a_backslash() {
        let gave = named(r#"gave(plain, "so \"a, b)\" it is", "a\b")"#);
        assert_eq!(gave.arguments, ["plain", "so \"a, b)\" it is", "a\\b"]);
    }

    #[test]
    fn names_have_arguments_fields_and_a_model() {
        let diff = named("diff(a[x=1,y=2], base).low@openai/gpt-4.1-mini");
        assert_eq!(diff.arguments, ["a[x=1,y=2]", "base"]);
        assert_eq!(
            (diff.fields, diff.model.as_deref()),
            (vec!["low".to_owned()], Some("openai/gpt-4.1-mini"))
        );
        assert_eq!(
            named("score(\"a, (b)\")").arguments,
            ["a, (b)"],
            "quotes keep what is inside"
        );
        let metric = named("json.total(plain).low");
        assert_eq!(
            (
                metric.name.as_str(),
                &metric.arguments[..],
                &metric.fields[..]
            ),
            (
                "json.total",
                &["plain".to_owned()][..],
                &["low".to_owned()][..]
            ),
            "a metric's name may have dots"
        );
        let slice = named("score(a[x=1], \"my column\" = \"a = b\").low");
        assert_eq!(slice.arguments, ["a[x=1]"]);
        assert_eq!(slice.slices, [("my column".to_owned(), "a = b".to_owned())]);
    }

    #[test]
    fn what_binds_tighter_is_taken_first() {
        let expr = Expr::parse("a + 2 * b > 5% and not c < -1 or d >= 1e-3").unwrap();
        let ExprKind::Binary(Op::Or, left, _) = expr.kind else {
            panic!("`or` is the loosest");
        };
        let ExprKind::Binary(Op::And, left, right) = left.kind else {
            panic!("then `and`");
        };
        assert!(matches!(right.kind, ExprKind::Not(_)));
        let ExprKind::Binary(Op::Above, sum, five) = left.kind else {
            panic!("then comparisons");
        };
        assert_eq!((five.kind, five.span), (ExprKind::Number(0.05), 12..14));
        assert!(matches!(sum.kind, ExprKind::Binary(Op::Plus, _, _)));
    }

    #[test]
    fn texts_and_patterns_may_hold_their_own_signs() {
        let expr = Expr::parse(r#"a == "say \"yes\"" and b matches /x\/y\d/"#).unwrap();
        let ExprKind::Binary(Op::And, left, right) = expr.kind else {
            panic!("two conditions");
        };
        let side = |expr: Expr| match expr.kind {
            ExprKind::Binary(_, _, b) => b.kind,
            other => other,
        };
        assert_eq!(side(*left), ExprKind::Text("say \"yes\"".into()));
        assert_eq!(side(*right), ExprKind::Pattern("x/y\\d".into()));
        for (bad, at) in [("a == 'x", 6), ("a matches x", 11), ("a = 'x'", 3)] {
            assert_eq!(Expr::parse(bad).unwrap_err().column(bad), at, "{bad}");
        }
    }
}
