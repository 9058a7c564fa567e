//! Filters and tests that minijinja does not have, or that give something else than in Jinja; and methods of texts.

use super::{marker, nesting::check_nesting, render_context};
use minijinja::{
    Environment, Error, ErrorKind, State, Value,
    value::{Kwargs, Rest, Serde, ValueKind},
};
use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

pub(super) fn add_filters_and_tests(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(method);
    environment.add_filter("random", random);
    environment.add_filter("dump", dump);
    environment.add_filter("tojson", tojson);
    environment.add_filter("trim", trim);
    environment.add_filter("truncate", truncate);
    environment.add_filter("wordcount", words);
    environment.add_filter("indent", indent);
    environment.add_filter("escape", escape);
    environment.add_filter("e", escape);
    environment.add_test("sequence", is_sequence);
}

/// As in Jinja: of texts and maps too.
fn is_sequence(value: &Value) -> bool {
    matches!(
        value.kind(),
        ValueKind::Seq | ValueKind::Map | ValueKind::String | ValueKind::Undefined
    )
}

/// What a template in Jinja can name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum JinjaName {
    Filter,
    Test,
    Method,
    Function,
}

static KNOWN: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    add_filters_and_tests(&mut environment);
    environment
});

/// Names that a text in Jinja looks at and does not set; none where it cannot be read.
pub(crate) fn undeclared_names(text: &str) -> HashSet<String> {
    if check_nesting(text).is_err() {
        return HashSet::new();
    }
    let template = KNOWN.template_from_str(text);
    let names = template.map(|template| template.undeclared_variables(false));
    names.unwrap_or_default()
}

/// Whether minijinja, or this environment, has it. Of a method: whether texts, lists or maps have it.
pub(crate) fn has_name(kind: JinjaName, name: &str) -> bool {
    let (sources, unknown) = match kind {
        JinjaName::Filter => (vec![format!("''|{name}")], ErrorKind::UnknownFilter),
        JinjaName::Test => (vec![format!("'' is {name}")], ErrorKind::UnknownTest),
        JinjaName::Function => (vec![format!("{name}()")], ErrorKind::UnknownFunction),
        JinjaName::Method => (
            ["''", "[]", "{}"].map(|of| format!("{of}.{name}()")).into(),
            ErrorKind::UnknownMethod,
        ),
    };
    sources.iter().any(|source| {
        let compiled = KNOWN.compile_expression(source);
        let result = compiled.and_then(|expression| expression.eval(()));
        result.err().is_none_or(|error| error.kind() != unknown)
    })
}

fn refused(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// Python's methods of texts, lists and maps.
fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    args: &[Value],
) -> Result<Value, Error> {
    match (value.as_str(), name, args) {
        (Some(text), "title", []) => Ok(title(text).into()),
        _ => minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args),
    }
}

/// `text.title()` of Python: a letter behind anything but a letter is large, and all others are small. The filter `title` is another.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_inside = false;
    for c in text.chars() {
        match is_inside {
            true => out.extend(c.to_lowercase()),
            false => out.extend(c.to_uppercase()),
        }
        is_inside = c.is_lowercase() || c.is_uppercase();
    }
    out
}

/// `text | wordcount`, as in Jinja: words are letters, digits and `_`.
fn words(text: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    (text.split(|c| !is_word(c)))
        .filter(|word| !word.is_empty())
        .count()
}

/// `text | indent(width=4, first=false, blank=false)`, as in Jinja: a line end at the end stays, and `width` may be the text that is put
/// before the lines.
fn indent(
    text: &str,
    width: Option<Value>,
    first: Option<bool>,
    blank: Option<bool>,
    options: Kwargs,
) -> Result<String, Error> {
    const MOST_BYTES: usize = 32 << 20;
    let width: Option<Value> = width.or(options.get("width")?);
    let first: bool = first.or(options.get("first")?).unwrap_or(false);
    let blank: bool = blank.or(options.get("blank")?).unwrap_or(false);
    options.assert_all_used()?;
    let margin = match width {
        None => " ".repeat(4),
        Some(width) => match width.as_str() {
            Some(margin) => margin.to_owned(),
            None => " ".repeat(usize::try_from(width)?.min(MOST_BYTES)),
        },
    };
    let mut out = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if n > 0 {
            out.push('\n');
        }
        let is_moved = if n == 0 {
            first
        } else {
            blank || !line.is_empty()
        };
        if is_moved {
            out += &margin;
        }
        out += line;
        if out.len() > MOST_BYTES {
            return Err(refused("`indent` makes a text of more than 32 MiB"));
        }
    }
    Ok(out)
}

/// `text | escape`: for HTML, with the references that Jinja writes.
fn escape(value: &Value) -> Value {
    if value.is_safe() {
        return value.clone();
    }
    let text = value
        .as_str()
        .map_or_else(|| value.to_string().into(), Cow::Borrowed);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    Value::from_safe_string(out)
}

/// `value | tojson(indent, sort_keys=false, ensure_ascii=false)`: JSON that HTML can hold. With both true as Jinja writes it.
fn tojson(
    state: &State<'_, '_>,
    value: &Value,
    indent: Option<Value>,
    options: Kwargs,
) -> Result<Value, Error> {
    let sort: Option<bool> = options.get("sort_keys")?;
    let ascii: Option<bool> = options.get("ensure_ascii")?;
    let indent = indent.or(options.get("indent")?);
    options.assert_all_used()?;
    let sorted = match sort {
        Some(true) => {
            let mut json = serde_json::to_value(value)
                .map_err(|e| refused(format!("cannot be serialized as JSON: {e}")))?;
            json.sort_all_objects();
            Some(Value::from(Serde(json)))
        }
        _ => None,
    };
    let value = sorted.as_ref().unwrap_or(value);
    let json =
        minijinja::filters::tojson(value, indent, Kwargs::from_iter::<[(&str, Value); 0]>([]))?;
    let text = json.as_str().unwrap_or_default();
    state.consume_fuel(text.len() as u64)?;
    Ok(match ascii {
        Some(true) => Value::from_safe_string(in_ascii(text)),
        _ => json,
    })
}

fn in_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = [0; 2];
    for c in text.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut units) {
            out += &format!("\\u{unit:04x}");
        }
    }
    out
}

/// `text | trim`, `text | trim("/")`; of a field what it writes, not its markers.
fn trim(text: Cow<'_, str>, chars: Option<Cow<'_, str>>) -> String {
    let trimmed = |text: &str| match &chars {
        None => text.trim().to_owned(),
        Some(chars) => text.trim_matches(|c| chars.contains(c)).to_owned(),
    };
    match marker::inside_field(&text) {
        Some(inside) => {
            let (start, end) = (inside.start, inside.end);
            format!(
                "{}{}{}",
                &text[..start],
                trimmed(&text[inside]),
                &text[end..]
            )
        }
        None => trimmed(&text),
    }
}

/// `text | truncate(length=255, killwords=false, end="...", leeway=5)`, as in Jinja: `length` counts the end too.
fn truncate(
    text: &str,
    length: Option<usize>,
    killwords: Option<bool>,
    end: Option<&str>,
    options: Kwargs,
) -> Result<String, Error> {
    let length: usize = length.or(options.get("length")?).unwrap_or(255);
    let killwords: bool = killwords.or(options.get("killwords")?).unwrap_or(false);
    let end: &str = end.or(options.get("end")?).unwrap_or("...");
    let leeway: usize = options.get::<Option<usize>>("leeway")?.unwrap_or(5);
    options.assert_all_used()?;
    let Some(keep) = length.checked_sub(end.chars().count()) else {
        return Err(refused(format!(
            "truncate to {length} characters has no room for the suffix {end:?}"
        )));
    };
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text.to_owned());
    }
    let cut: String = text.chars().take(keep).collect();
    let words = if killwords {
        None
    } else {
        cut.rsplit_once(' ').map(|(words, _)| words)
    };
    Ok(format!("{}{end}", words.unwrap_or(&cut)))
}

/// `value | dump`, `value | dump(2)`: JSON as it is, where `tojson` writes `<`, `>`, `&` and `'` so that HTML can hold them.
pub fn dump(value: &Value, indent: Option<usize>) -> Result<String, Error> {
    let failed = |e: serde_json::Error| refused(format!("cannot be serialized as JSON: {e}"));
    let json = serde_json::to_value(value).map_err(failed)?;
    let Some(indent) = indent.filter(|n| *n > 0) else {
        return Ok(json.to_string());
    };
    let spaces = " ".repeat(indent.min(10));
    let mut out = Vec::new();
    let form = serde_json::ser::PrettyFormatter::with_indent(spaces.as_bytes());
    serde::Serialize::serialize(
        &json,
        &mut serde_json::Serializer::with_formatter(&mut out, form),
    )
    .map_err(failed)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// `list | random`, `text | random`: drawn by the experiment's seed and the row, so a row draws the same in every variant.
fn random(state: &State<'_, '_>, list: &Value, rest: Rest<Value>) -> Result<Value, Error> {
    if !rest.is_empty() {
        return Err(Error::from(ErrorKind::TooManyArguments));
    }
    let items: Vec<Value> = match list.as_str() {
        Some(text) => text.chars().map(Value::from).collect(),
        None if matches!(
            list.kind(),
            ValueKind::Seq | ValueKind::Iterable | ValueKind::Map
        ) =>
        {
            list.try_iter()?.collect()
        }
        None => {
            return Err(refused(format!(
                "random draws from a list or a text, not from {}",
                list.kind()
            )));
        }
    };
    // Making the list is charged by the engine; looking at it is charged here.
    state.consume_fuel(items.len() as u64)?;
    if items.is_empty() {
        return Err(refused("random cannot draw from an empty list"));
    }
    let at = render_context::draw(items.len());
    Ok(items.into_iter().nth(at).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::AutoEscape;
    use serde_json::json;

    fn render(template: &str, value: serde_json::Value) -> String {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        add_filters_and_tests(&mut environment);
        let named = minijinja::context! { v => Value::from(Serde(value)) };
        environment.render_str(template, named).unwrap()
    }

    /// Recorded with Jinja2 3.1.6.
    #[test]
    fn filters_and_methods_give_the_text_that_jinja_gives() {
        for (template, value, expected) in [
            (
                "{{ v|tojson(sort_keys=true, ensure_ascii=true) }}",
                json!({"b": "é😀'<", "A": [1.5, true, null]}),
                r#"{"A": [1.5, true, null], "b": "\u00e9\ud83d\ude00\u0027\u003c"}"#,
            ),
            (
                "{{ v|e }}",
                json!("a'b\"c/<&>"),
                "a&#39;b&#34;c/&lt;&amp;&gt;",
            ),
            ("{{ v|wordcount }}", json!("it's a-b c_d"), "5"),
            (
                "{{ v.title() }}",
                json!("they're bill's 3rd ÉCOLE"),
                "They'Re Bill'S 3Rd École",
            ),
            ("{{ v|title }}", json!("they're bill's"), "They're Bill's"),
            (
                "{% for x in v %}{{ 'yes ' if x is sequence else 'no ' }}{% endfor %}{{ 'yes' if w is sequence else 'no' }}",
                json!([[], "", {}, null, 1, true]),
                "yes yes yes no no no yes",
            ),
        ] {
            assert_eq!(render(template, value), expected, "{template}");
        }
        assert_eq!(
            render("{{ v|tojson }}", json!({"b": "é", "a": 1})),
            r#"{"b": "é", "a": 1}"#
        );
    }

    #[test]
    fn names_of_a_text_that_is_nested_too_deep_are_not_looked_for() {
        assert_eq!(undeclared_names("{{ a and b }}").len(), 2);
        let deep = format!("{{{{ a{} }}}}", " and a".repeat(1_000));
        assert!(undeclared_names(&deep).is_empty());
    }

    #[test]
    fn names_that_there_are_not_are_known_without_a_value_for_them() {
        use JinjaName::{Filter, Function, Method, Test};
        for (kind, name) in [
            (Filter, "tojson"),
            (Filter, "wordcount"),
            (Filter, "round"),
            (Test, "defined"),
            (Test, "divisibleby"),
            (Method, "title"),
            (Method, "items"),
            (Method, "split"),
            (Function, "range"),
        ] {
            assert!(has_name(kind, name), "{kind:?} {name}");
        }
        for (kind, name) in [
            (Filter, "wordwrap"),
            (Test, "callable"),
            (Method, "zfill"),
            (Function, "cycler"),
        ] {
            assert!(!has_name(kind, name), "{kind:?} {name}");
        }
    }
}
