//! Axes of a template's front matter set to one level each, everything else left as it is written.

use super::{Template, TemplateError, file::front_matter};
use crate::model::Level;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

impl Template {
    /// The file's text with each of these axes at one level. A template's own axis hides the experiment's, so that all of its
    /// variants have these levels. Front matter is added where there is none.
    pub fn with_fixed_axes(&self, levels: &[(String, Level)]) -> Result<String, TemplateError> {
        let (before, text, after) = match front_matter(&self.source) {
            Some((start, end, _)) => (
                self.source[..start].to_owned(),
                &self.source[start..end],
                self.source[end..].to_owned(),
            ),
            None => ("+++\n".to_owned(), "", format!("+++\n{}", self.source)),
        };
        let mut document: DocumentMut = text
            .parse()
            .map_err(|e: toml_edit::TomlError| TemplateError::new(e.message()))?;
        let axes = document.entry("axes").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(false);
            Item::Table(table)
        });
        let axes = axes
            .as_table_like_mut()
            .ok_or_else(|| TemplateError::new("`axes` is not a table"))?;
        for (axis, level) in levels {
            match axis.split_once('.') {
                Some((group, key)) => {
                    let is_table = axes.get(group).is_some_and(Item::is_table_like);
                    if !is_table {
                        axes.insert(group, Item::Value(InlineTable::new().into()));
                    }
                    let table = axes.get_mut(group).and_then(Item::as_table_like_mut);
                    if let Some(table) = table {
                        table.insert(key, Item::Value(value_of(&list_of(&level.value))));
                    }
                }
                None => {
                    axes.insert(axis, Item::Value(named(level)));
                }
            }
        }
        Ok(format!("{before}{document}{after}"))
    }
}

/// A level of a list by itself, as `count = 3`; what is a list in itself in one more.
fn list_of(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Array(_) => serde_json::Value::Array(vec![value.clone()]),
        other => other.clone(),
    }
}

/// An axis of one level, under its name where it is not a number that the place gives.
fn named(level: &Level) -> Value {
    let mut list = Array::new();
    let is_numbered = level.name.parse::<usize>().is_ok();
    let written = level.value.to_string();
    let value = match &level.value {
        serde_json::Value::Object(table) => {
            let mut named = InlineTable::new();
            if !is_numbered {
                named.insert("name", level.name.as_str().into());
            }
            for (key, value) in table {
                named.insert(key, value_of(value));
            }
            named.into()
        }
        value if is_numbered || level.name == written => value_of(value),
        value => {
            let mut named = InlineTable::new();
            named.insert("name", level.name.as_str().into());
            let key = if value.is_string() { "text" } else { "value" };
            named.insert(key, value_of(value));
            named.into()
        }
    };
    list.push(value);
    Value::Array(list)
}

fn value_of(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        // TOML has no null.
        Json::Null => Value::from(""),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::Array(items.iter().map(value_of).collect()),
        Json::Object(table) => {
            let table = table
                .iter()
                .map(|(key, value)| (key.as_str(), value_of(value)));
            Value::InlineTable(table.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn level(axis: &str, name: &str, value: serde_json::Value) -> (String, Level) {
        let level = Level {
            name: name.into(),
            value,
        };
        (axis.into(), level)
    }

    fn fixed(source: &str) -> Template {
        let levels = [
            level("shots.select", "3+1", json!([3, 1])),
            level("shots.count", "2", json!(2)),
            level(
                "format",
                "c1",
                json!({"casing": "upper", "separator": " - "}),
            ),
            level("layout", "2", json!("inline")),
            level("tone", "kind", json!("Be kind.")),
        ];
        let template = Template::parse("t.j2".into(), source).unwrap();
        let text = template.with_fixed_axes(&levels).unwrap();
        Template::parse("t.j2".into(), &text).unwrap_or_else(|e| panic!("{text}\n{e:?}"))
    }

    #[test]
    fn axes_have_one_level_and_the_rest_stays() {
        let body =
            "{{ layout }}{{ tone }}{% for shot in shots %}{{ field(\"a\", shot.a) }}{% endfor %}";
        let plain = fixed(body);
        let with = fixed(&format!(
            "+++\ndescription = \"x\" # mine\n[axes]\nask = [\"a\", \"b\"]\nlayout = [\"turns\", \"inline\"]\nshots = {{ count = [8], order = \"reverse\" }}\n+++\n{body}"
        ));
        assert!(with.source.contains("# mine"), "{}", with.source);
        for template in [&plain, &with] {
            assert_eq!(template.body(), body);
            let levels = |axis: &str| {
                let axis = template.axes.iter().find(|a| a.name == axis).unwrap();
                assert_eq!(axis.levels.len(), 1, "{axis:?}");
                axis.levels[0].clone()
            };
            assert_eq!(levels("shots.select"), level("", "3+1", json!([3, 1])).1);
            assert_eq!(levels("shots.count").value, json!(2));
            assert_eq!(levels("format").value["casing"], "upper");
            assert_eq!(levels("format").name, "c1");
            assert_eq!(levels("layout").value, "inline");
            assert_eq!(levels("tone"), level("", "kind", json!("Be kind.")).1);
        }
        assert_eq!(with.axes.iter().filter(|a| a.name == "ask").count(), 1);
        let order = with.axes.iter().find(|a| a.name == "shots.order").unwrap();
        assert_eq!(order.levels[0].value, "reverse");
    }
}
