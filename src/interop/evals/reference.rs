//! Texts with references to the data, `{{ item.question }}`: as a template, and filled in for a row.

use crate::{
    dialect::{json_text, python_text},
    interop::template_text::verbatim,
};
use regex::Regex;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static TAG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}").ok());

static BRACES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\{\{[-+~]?\s*(?:item|sample)\b[^{}]*\}\}|\{%[^%]*\b(?:item|sample)\b[^%]*%\}").ok()
});

/// What looks like references to the data and is none that is known: a name with a hyphen, an index, a filter, a tag.
pub(super) fn unread(text: &str) -> Vec<&str> {
    let all = BRACES.iter().flat_map(|braces| braces.find_iter(text));
    let all = all.map(|found| found.as_str());
    all.filter(|found| sole(found).is_none()).collect()
}

/// What a whole text refers to, where it is nothing but one reference: `sample.output_text`.
pub(super) fn sole(text: &str) -> Option<&str> {
    let found = TAG.as_ref()?.captures(text.trim())?;
    let whole = found.get(0)?;
    (whole.as_str() == text.trim()).then(|| found.get(1).map(|name| name.as_str()))?
}

/// The pieces of a text: what stands there, and what it refers to.
fn pieces(text: &str) -> Vec<Result<&str, &str>> {
    let mut all = Vec::new();
    let mut from = 0;
    for found in TAG.iter().flat_map(|tag| tag.captures_iter(text)) {
        let (Some(whole), Some(name)) = (found.get(0), found.get(1)) else {
            continue;
        };
        all.push(Ok(&text[from..whole.start()]));
        all.push(Err(name.as_str()));
        from = whole.end();
    }
    all.push(Ok(&text[from..]));
    all
}

/// What a text refers to whose value is, in some row, neither a text nor a number that all languages print alike.
pub(super) fn untyped<'a>(text: &'a str, rows: &[Map<String, Value>]) -> Vec<&'a str> {
    let is_text = |value: &Value| match value {
        Value::String(_) => true,
        Value::Number(_) => {
            let text = value.to_string();
            python_text(value) == text && json_text(value) == text
        }
        _ => false,
    };
    let names = pieces(text).into_iter().filter_map(Result::err);
    let mut found: Vec<&str> = names.collect();
    found.sort_unstable();
    found.dedup();
    found.retain(|name| {
        let mut rows = rows.iter().filter_map(|row| value(name, row));
        rows.any(|value| !is_text(value))
    });
    found
}

/// The value in a row that `item.a.b` names.
pub(super) fn value<'a>(name: &str, row: &'a Map<String, Value>) -> Option<&'a Value> {
    let mut parts = name.strip_prefix("item.")?.split('.');
    let first = row.get(parts.next()?)?;
    parts.try_fold(first, |value, part| match value {
        Value::Array(all) => all.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

/// A value as a text; what is no text, as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The text for a row; the reference that is not in it.
pub(super) fn fill(text: &str, row: &Map<String, Value>) -> Result<String, String> {
    let each = pieces(text).into_iter().map(|piece| match piece {
        Ok(text) => Ok(text.to_owned()),
        Err(name) => value(name, row).map(plain).ok_or_else(|| name.to_owned()),
    });
    each.collect()
}

/// The text as Jinja, its references by what they are called there; those that are nothing there.
pub(super) fn template(text: &str, names: impl Fn(&str) -> Option<String>) -> (String, Vec<&str>) {
    let mut unknown = Vec::new();
    let mut out = String::new();
    for piece in pieces(text) {
        match piece {
            Ok(text) => out += &verbatim(text),
            Err(name) => match names(name) {
                Some(value) => out += &format!("{{{{ {value} }}}}"),
                None => unknown.push(name),
            },
        }
    }
    (out, unknown)
}

fn is_name(part: &str) -> bool {
    !part.starts_with(|c: char| c.is_ascii_digit())
        && !part.is_empty()
        && part.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// What `item.a.0.b` is called in a template: `row.a[0].b`.
pub(super) fn row_value(name: &str) -> Option<String> {
    let path = name.strip_prefix("item.")?;
    let part = |(depth, part): (usize, &str)| match part.parse::<usize>() {
        Ok(number) if depth > 0 => format!("[{number}]"),
        _ if is_name(part) => format!(".{part}"),
        // The names of columns are texts.
        _ => format!("[{}]", Value::from(part)),
    };
    let path: String = path.split('.').enumerate().map(part).collect();
    Some(format!("row{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_become_columns_and_braces_stay_text() {
        let (text, others) = template(
            "{{item.q}} in {\"a\": {{ item.b.0 }}} {% {{ sample.x }}",
            row_value,
        );
        assert_eq!(text, "{{ row.q }} in {\"a\": {{ row.b[0] }}} {{ \"{%\" }} ");
        assert_eq!(others, ["sample.x"]);
        assert_eq!(template("{{{{", row_value).0, "{{ \"{{\" }}{{ \"{{\" }}");
        assert_eq!(
            sole(" {{ sample.output_text }} "),
            Some("sample.output_text")
        );
        assert_eq!(sole("{{a}}{{b}}"), None);
    }

    #[test]
    fn values_that_are_no_text_are_found() {
        let rows = [
            json!({"q": "x", "n": 3, "flag": true, "none": null, "small": 0.00001, "one": 1.0, "half": -0.5}),
        ];
        let rows = rows.map(|row| row.as_object().unwrap().clone());
        let text = "{{item.q}}{{item.n}}{{item.none}}{{ item.flag }}{{item.flag}}{{item.y}}{{item.small}}{{item.one}}{{item.half}}";
        assert_eq!(
            untyped(text, &rows),
            ["item.flag", "item.none", "item.one", "item.small"]
        );
    }

    #[test]
    fn what_looks_like_a_reference_and_is_none_is_found() {
        let text = "{{item.a}} {{item.a-b}} {{ item['a'] }} {{items}} {{x|y}} {{ sample.output_text | upper }} {{- item.a -}} {% if item.a %} {% items %}";
        assert_eq!(
            unread(text),
            [
                "{{item.a-b}}",
                "{{ item['a'] }}",
                "{{ sample.output_text | upper }}",
                "{{- item.a -}}",
                "{% if item.a %}"
            ]
        );
        assert_eq!(row_value("item.0.1.x").unwrap(), r#"row["0"][1].x"#);
        assert_eq!(row_value("item.1a").unwrap(), r#"row["1a"]"#);
    }

    #[test]
    fn a_row_fills_them_in() {
        let row = json!({"q": "x", "n": 3, "l": [{"m": true}]});
        let row = row.as_object().unwrap();
        assert_eq!(
            fill("{{item.q}}-{{item.n}}-{{item.l.0.m}}", row).unwrap(),
            "x-3-true"
        );
        assert_eq!(fill("{{item.none}}", row).unwrap_err(), "item.none");
    }
}
