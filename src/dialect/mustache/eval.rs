//! Running the tags over a stack of scopes, in the order and with the oddities of chevron's `render`.

use super::{
    super::{Failure, Host, Meter, Output, value::Value},
    parser::{Key, Token},
    python,
    scope::{Scope, look_up},
};
use serde_json::Value as Json;
use std::borrow::Cow;

type Evaluated<T> = Result<T, Failure>;

pub(super) fn render(
    tokens: &[Token],
    source: &str,
    host: &dyn Host,
    meter: Meter,
) -> Evaluated<Output> {
    let mut renderer = Renderer {
        source,
        host,
        meter,
        out: Output::with_spans(),
    };
    renderer.run(tokens, 0..tokens.len(), vec![Scope::Root])?;
    Ok(renderer.out)
}

struct Renderer<'a> {
    source: &'a str,
    host: &'a dyn Host,
    meter: Meter,
    out: Output,
}

impl<'a> Renderer<'a> {
    /// Run some of the tags. The innermost scope is the last.
    fn run(
        &mut self,
        tokens: &[Token],
        range: std::ops::Range<usize>,
        mut scopes: Vec<Scope<'a>>,
    ) -> Evaluated<()> {
        let mut n = range.start;
        while n < range.end {
            let token = &tokens[n];
            n += 1;
            let at = token.at();
            self.meter.step(at)?;
            let Some(current) = scopes.last() else {
                return Err(Failure::new(
                    at,
                    "a section in a loop of the same name ends the loop, and chevron stops",
                ));
            };
            if matches!(token, Token::End { .. }) {
                scopes.pop();
                continue;
            }
            if scopes.len() != 1 && !current.is_true() {
                if matches!(token, Token::Section { .. }) {
                    scopes.push(Scope::flag(false));
                }
                continue;
            }
            match token {
                Token::Text(range) => {
                    self.meter.text(range.len(), at)?;
                    self.out.raw(&self.source[range.clone()], range.clone());
                }
                Token::Variable {
                    key,
                    escapes,
                    range,
                } => {
                    let text = self.printed(key, *escapes, &scopes, at)?;
                    self.meter.text(text.len(), at)?;
                    self.out.value(&text, range.clone());
                }
                Token::Section {
                    key,
                    is_inverted: true,
                    ..
                } => {
                    let found = self.look_up(key, &scopes, at)?;
                    scopes.push(Scope::flag(!found.is_true()));
                }
                Token::Section { key, end, .. } => {
                    let found = self.look_up(key, &scopes, at)?;
                    let Scope::Value(value) = &found else {
                        scopes.push(found);
                        continue;
                    };
                    if !value.is_array() {
                        scopes.push(found);
                        continue;
                    }
                    let end = (*end).min(range.end);
                    for item in items(value.clone()) {
                        self.meter.step(at)?;
                        let mut inner = scopes.clone();
                        inner.push(Scope::Value(item));
                        self.run(tokens, n..end, inner)?;
                    }
                    n = end + 1;
                }
                Token::Role {
                    name,
                    options,
                    range,
                } => {
                    let named = |key: &str| {
                        let option = options.iter().find(|(name, _)| name == key);
                        option.map(|(_, value)| match value.as_str() {
                            "true" => true.into(),
                            "false" => false.into(),
                            text => Value::from(text),
                        })
                    };
                    let role = self.host.call("role", &[name.as_str().into()], &named);
                    let role = role.map_err(|message| Failure::new(at, message))?;
                    self.out.value(&role, range.clone());
                }
                // A partial is refused before anything is rendered.
                Token::End { .. } | Token::Partial { .. } => {}
            }
        }
        Ok(())
    }

    fn look_up(&self, key: &Key, scopes: &[Scope<'a>], at: usize) -> Evaluated<Scope<'a>> {
        look_up(key, scopes, self.host).map_err(|message| Failure::new(at, message))
    }

    fn printed(
        &self,
        key: &Key,
        escapes: bool,
        scopes: &[Scope<'a>],
        at: usize,
    ) -> Evaluated<String> {
        let mut found = self.look_up(key, scopes, at)?;
        let is_true =
            |found: &Scope<'_>| matches!(found, Scope::Value(value) if **value == Json::Bool(true));
        if escapes && key.is_dot() && is_true(&found) {
            // An inverted section is at `True`; chevron prints what is around it.
            let around = scopes.len().checked_sub(2).and_then(|n| scopes.get(n));
            found = around.cloned().unwrap_or(found);
        }
        let text = python::text(found.value(self.host));
        Ok(match escapes {
            true => escaped(text),
            false => text,
        })
    }
}

/// The items of a list that is known or was made.
fn items(list: Cow<'_, Json>) -> Vec<Cow<'_, Json>> {
    match list {
        Cow::Borrowed(Json::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Owned(Json::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        _ => Vec::new(),
    }
}

fn escaped(text: String) -> String {
    if !text.contains(['&', '"', '<', '>']) {
        return text;
    }
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
