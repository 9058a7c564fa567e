//! Operands of an expression: a value with what follows it, lists, dictionaries, arguments and filters.

use super::{
    super::SyntaxError,
    ast::{Arguments, Expr, ExprKind},
    expression::Expressions,
    lexer::Kind,
};

/// The names of a macro's parameters, and those with defaults.
pub(super) type Signature = (Vec<String>, Vec<(String, Expr)>);

impl Expressions<'_> {
    /// A filter's name and its arguments.
    pub(super) fn filter(&mut self) -> Result<(String, Arguments), SyntaxError> {
        let mut name = self.tokens.name()?;
        while self.tokens.skip(".") {
            name = format!("{name}.{}", self.tokens.name()?);
        }
        let arguments = match self.tokens.is_mark("(") {
            true => self.arguments()?,
            false => Arguments::default(),
        };
        Ok((name, arguments))
    }

    /// A value with what follows it: members, indexes and calls.
    pub(super) fn primary(&mut self) -> Result<Expr, SyntaxError> {
        let start = self.tokens.place();
        let Some(token) = self.tokens.peek() else {
            return self.tokens.fail("a value");
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
                _ => return self.tokens.fail("a value"),
            },
        };
        if !matches!(
            value,
            ExprKind::Last(_) | ExprKind::List(_) | ExprKind::Dict(_)
        ) {
            self.tokens.advance();
        }
        loop {
            let whole = Expr {
                kind: value,
                at: start..self.tokens.before(),
            };
            if ["(", "[", "."].iter().any(|mark| self.tokens.is_mark(mark)) {
                self.enclose(1, start)?;
            }
            if self.tokens.is_mark("(") {
                value = ExprKind::Call(Box::new(whole), self.arguments()?);
            } else if self.tokens.is_mark("[") {
                let place = self.tokens.place();
                let mut index = self.items("[", "]")?;
                let (Some(index), true) = (index.pop(), index.is_empty()) else {
                    return Err(SyntaxError::new(place, "an index is one value"));
                };
                value = ExprKind::Member(Box::new(whole), Box::new(index));
            } else if self.tokens.skip(".") {
                let at = self.tokens.place();
                // Words for values are no names in Nunjucks, and it refuses them here.
                let is_name = |text: &str| !["true", "false", "none", "null"].contains(&text);
                let name = match self.tokens.peek() {
                    Some(token) if token.kind == Kind::Word && is_name(&token.text) => {
                        token.text.clone()
                    }
                    _ => return self.tokens.fail("a name"),
                };
                self.tokens.advance();
                let name = Expr {
                    kind: ExprKind::Text(name),
                    at: at..self.tokens.before(),
                };
                value = ExprKind::Member(Box::new(whole), Box::new(name));
            } else {
                return Ok(whole);
            }
        }
    }

    fn items(&mut self, open: &str, close: &str) -> Result<Vec<Expr>, SyntaxError> {
        self.tokens.skip(open);
        let mut all = Vec::new();
        loop {
            if self.tokens.skip(close) {
                return Ok(all);
            }
            if !all.is_empty() && !self.tokens.skip(",") {
                return self.tokens.fail(&format!("`,` or `{close}`"));
            }
            all.push(self.expression()?);
        }
    }

    fn entries(&mut self) -> Result<Vec<(String, Expr)>, SyntaxError> {
        self.tokens.skip("{");
        let mut all = Vec::new();
        loop {
            if self.tokens.skip("}") {
                return Ok(all);
            }
            if !all.is_empty() && !self.tokens.skip(",") {
                return self.tokens.fail("`,` or `}`");
            }
            let key = match self.tokens.peek() {
                Some(token) if matches!(token.kind, Kind::Word | Kind::Text) => token.text.clone(),
                _ => return self.tokens.fail("a key"),
            };
            self.tokens.advance();
            if !self.tokens.skip(":") {
                return self.tokens.fail("`:`");
            }
            all.push((key, self.expression()?));
        }
    }

    pub(super) fn arguments(&mut self) -> Result<Arguments, SyntaxError> {
        let mut all = Arguments::default();
        self.tokens.skip("(");
        let mut first = true;
        loop {
            if self.tokens.skip(")") {
                return Ok(all);
            }
            if !first && !self.tokens.skip(",") {
                return self.tokens.fail("`,` or `)`");
            }
            first = false;
            let value = self.expression()?;
            if self.tokens.skip("=") {
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
        if !self.tokens.is_mark("(") {
            return self.tokens.fail("`(`");
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
