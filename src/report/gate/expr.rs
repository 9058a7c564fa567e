//! The language of gates: numbers, names with arguments and fields, arithmetic, comparisons, `and`, `or`, `not`. Knows no name.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A number as typed, and at which character, from 1; one with `%` is a share already.
    Number {
        value: f64,
        at: usize,
    },
    Named(Named),
    Negative(Box<Expr>),
    Not(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
}

/// `score(plain, language = "de").low@openai/gpt-4.1-mini`
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Named {
    pub(super) name: String,
    /// What is between the brackets, part by part.
    pub(super) parts: Vec<Argument>,
    pub(super) arguments: Vec<String>,
    /// Arguments with a name: a column and one of its values.
    pub(super) slices: Vec<(String, String)>,
    pub(super) fields: Vec<String>,
    pub(super) model: Option<String>,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    AtLeast,
    AtMost,
    Above,
    Below,
    Equal,
    Unequal,
    Plus,
    Minus,
    Times,
    Over,
}

impl Op {
    /// Whether both sides are conditions.
    pub(super) fn is_logic(self) -> bool {
        matches!(self, Op::Or | Op::And)
    }

    /// Whether it makes a condition of two numbers.
    pub(super) fn compares(self) -> bool {
        !self.is_logic() && !matches!(self, Op::Plus | Op::Minus | Op::Times | Op::Over)
    }
}

impl Expr {
    /// Parse a condition; the error says what is wrong at which character, from 1.
    pub(super) fn parse(text: &str) -> Result<Expr, (usize, String)> {
        let mut parser = Parser { text, at: 0 };
        let expr = parser.either()?;
        parser.space();
        if parser.at < text.len() {
            return Err(parser.wrong("the end, or `and`, `or`, a comparison"));
        }
        if !expr.is_condition() {
            return Err((1, "a condition is expected, such as `score>=0.8`".into()));
        }
        expr.sound().map_err(|message| (1, message))?;
        Ok(expr)
    }

    fn is_condition(&self) -> bool {
        match self {
            Expr::Not(_) => true,
            Expr::Binary(op, _, _) => op.is_logic() || op.compares(),
            _ => false,
        }
    }

    /// Conditions where conditions belong, numbers where numbers do.
    fn sound(&self) -> Result<(), String> {
        let condition = |e: &Expr| {
            e.sound()?;
            (e.is_condition())
                .then_some(())
                .ok_or_else(|| "`and`, `or` and `not` join conditions, not numbers".to_owned())
        };
        let number = |e: &Expr| {
            e.sound()?;
            (!e.is_condition()).then_some(()).ok_or_else(|| {
                "a condition cannot be compared; join conditions with `and`".to_owned()
            })
        };
        match self {
            Expr::Number { .. } | Expr::Named(_) => Ok(()),
            Expr::Negative(e) => number(e),
            Expr::Not(e) => condition(e),
            Expr::Binary(op, a, b) if op.is_logic() => condition(a).and_then(|()| condition(b)),
            Expr::Binary(_, a, b) => number(a).and_then(|()| number(b)),
        }
    }

    /// The same with other names.
    pub(super) fn try_map<E>(&self, map: &impl Fn(&Named) -> Result<Named, E>) -> Result<Expr, E> {
        let boxed = |e: &Expr| Ok(Box::new(e.try_map(map)?));
        Ok(match self {
            Expr::Number { .. } => self.clone(),
            Expr::Named(named) => Expr::Named(map(named)?),
            Expr::Negative(e) => Expr::Negative(boxed(e)?),
            Expr::Not(e) => Expr::Not(boxed(e)?),
            Expr::Binary(op, a, b) => Expr::Binary(*op, boxed(a)?, boxed(b)?),
        })
    }

    /// Every name in it.
    pub(super) fn names<'a>(&'a self, into: &mut Vec<&'a Named>) {
        match self {
            Expr::Number { .. } => {}
            Expr::Named(named) => into.push(named),
            Expr::Negative(e) | Expr::Not(e) => e.names(into),
            Expr::Binary(_, a, b) => {
                a.names(into);
                b.names(into);
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Parsed = Result<Expr, (usize, String)>;

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn wrong(&self, expected: &str) -> (usize, String) {
        let column = self.text[..self.at].chars().count() + 1;
        (column, format!("expected {expected}"))
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

    fn either(&mut self) -> Parsed {
        let mut left = self.both()?;
        while let Some(op) = self.any(&[("||", Op::Or), ("or", Op::Or)]) {
            left = Expr::Binary(op, Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Parsed {
        let mut left = self.not()?;
        while let Some(op) = self.any(&[("&&", Op::And), ("and", Op::And)]) {
            left = Expr::Binary(op, Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed {
        self.space();
        if self.take("not") || (!self.rest().starts_with("!=") && self.take("!")) {
            return Ok(Expr::Not(Box::new(self.not()?)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        let op = self.any(&[
            (">=", Op::AtLeast),
            ("<=", Op::AtMost),
            ("==", Op::Equal),
            ("!=", Op::Unequal),
            (">", Op::Above),
            ("<", Op::Below),
        ]);
        match op {
            Some(op) => Ok(Expr::Binary(op, Box::new(left), Box::new(self.sum()?))),
            None => Ok(left),
        }
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some(op) = self.any(&[("+", Op::Plus), ("-", Op::Minus)]) {
            left = Expr::Binary(op, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.single()?;
        while let Some(op) = self.any(&[("*", Op::Times), ("/", Op::Over)]) {
            left = Expr::Binary(op, Box::new(left), Box::new(self.single()?));
        }
        Ok(left)
    }

    fn single(&mut self) -> Parsed {
        if self.take("-") {
            return Ok(Expr::Negative(Box::new(self.single()?)));
        }
        if self.take("(") {
            let inner = self.either()?;
            return if self.take(")") {
                Ok(inner)
            } else {
                Err(self.wrong("`)`"))
            };
        }
        self.space();
        match self.rest().chars().next() {
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.named(),
            _ => Err(self.wrong("a number or a name")),
        }
    }

    fn number(&mut self) -> Parsed {
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
            return Err(self.wrong("a number"));
        };
        let at = self.text[..self.at].chars().count() + 1;
        self.at += end;
        let value = if self.rest().starts_with('%') {
            self.at += 1;
            value / 100.0
        } else {
            value
        };
        Ok(Expr::Number { value, at })
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let word = rest[..end].to_owned();
        self.at += end;
        word
    }

    fn named(&mut self) -> Parsed {
        let start = self.at;
        let mut named = Named {
            name: self.word(),
            ..Named::default()
        };
        if self.rest().starts_with('(') {
            let inside = bracketed(self.rest()).ok_or_else(|| self.wrong("`)` to the bracket"))?;
            named.parts = split(inside);
            for part in &named.parts {
                match &part.slice {
                    None => named.arguments.push(part.text.clone()),
                    Some(slice) => named.slices.push(slice.clone()),
                }
            }
            self.at += inside.len() + 2;
        }
        while self.rest().starts_with('.') {
            self.at += 1;
            let field = self.word();
            if field.is_empty() {
                return Err(self.wrong("the name of a field"));
            }
            named.fields.push(field);
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
        Ok(Expr::Named(named))
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands between the bracket at the start and the one that closes it.
fn bracketed(text: &str) -> Option<&str> {
    let (mut depth, mut quoted) = (0, false);
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth -= 1;
                if depth == 0 {
                    return text.get(1..i);
                }
            }
            _ => {}
        }
    }
    None
}

/// What stands between two commas.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Argument {
    /// All of it, without quotes.
    pub(super) text: String,
    /// `column = value`, where it has that form.
    pub(super) slice: Option<(String, String)>,
}

/// Split at commas outside of brackets and quotes: names of variants hold commas and `=` in brackets.
fn split(text: &str) -> Vec<Argument> {
    let (mut parts, mut depth, mut quoted) = (vec![vec![String::new()]], 0, false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                continue;
            }
            _ if quoted => {}
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(vec![String::new()]);
                continue;
            }
            '=' if depth == 0 => {
                if let Some(part) = parts.last_mut() {
                    part.push(String::new());
                }
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut().and_then(|part| part.last_mut()) {
            last.push(c);
        }
    }
    let trimmed = |text: &String| text.trim().to_owned();
    let argument = |part: &Vec<String>| Argument {
        text: trimmed(&part.join("=")),
        slice: match part.as_slice() {
            [column, value] => Some((trimmed(column), trimmed(value))),
            _ => None,
        },
    };
    if text.trim().is_empty() {
        return Vec::new();
    }
    parts.iter().map(argument).collect()
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
        let slice = named("score(a[x=1], \"my column\" = \"a = b\").low");
        assert_eq!(slice.arguments, ["a[x=1]"]);
        assert_eq!(slice.slices, [("my column".to_owned(), "a = b".to_owned())]);
    }

    #[test]
    fn what_binds_tighter_is_taken_first() {
        let expr = Expr::parse("a + 2 * b > 5% and not c < -1 or d >= 1e-3").unwrap();
        let Expr::Binary(Op::Or, left, _) = expr else {
            panic!("`or` is the loosest");
        };
        let Expr::Binary(Op::And, left, right) = *left else {
            panic!("then `and`");
        };
        assert!(matches!(*right, Expr::Not(_)));
        let Expr::Binary(Op::Above, sum, five) = *left else {
            panic!("then comparisons");
        };
        assert_eq!(
            *five,
            Expr::Number {
                value: 0.05,
                at: 13
            }
        );
        assert!(matches!(*sum, Expr::Binary(Op::Plus, _, _)));
    }

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
            ("", 1),
        ] {
            assert_eq!(Expr::parse(bad).unwrap_err().0, at, "{bad}");
        }
    }
}
