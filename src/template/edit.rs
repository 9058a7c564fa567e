//! Levels added to an axis of a template's front matter, everything else left as it is written.

use super::{Template, TemplateError, file::front_matter};
use crate::{
    model::{Axis, Level},
    source::nearest,
};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Value};

impl Template {
    /// The axis of that name in the front matter; an error that names the nearest.
    pub fn axis(&self, name: &str) -> Result<&Axis, TemplateError> {
        self.axes
            .iter()
            .find(|axis| axis.name == name)
            .ok_or_else(|| {
                let known: Vec<&str> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
                let error = TemplateError::new(format!(
                    "{} has no axis `{name}` in its front matter",
                    self.path.display()
                ));
                match nearest(name, known.iter().copied()) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None if known.is_empty() => error.help(format!(
                        "add it between two `+++` lines at the top: [axes] {name} = [\"…\"]"
                    )),
                    None => error.help(format!("its axes: {}", known.join(", "))),
                }
            })
    }

    /// The file's text with texts added as levels of an axis. Comments, order, quoting and line breaks stay; levels are
    /// named where all of the axis's are.
    pub fn with_levels(&self, axis: &str, texts: &[String]) -> Result<String, TemplateError> {
        let known = self.axis(axis)?;
        let unreadable = |what: &str| {
            let error = TemplateError::new(format!("levels cannot be added to `{axis}`: {what}"));
            match self.axis_place(axis) {
                Some(place) => error.with_place(place),
                None => error,
            }
        };
        let (start, end, _) =
            front_matter(&self.source).ok_or_else(|| unreadable("there is no front matter"))?;
        let mut document: DocumentMut = self.source[start..end]
            .parse()
            .map_err(|e: toml_edit::TomlError| unreadable(e.message()))?;
        let list = document
            .get_mut("axes")
            .and_then(|axes| axes.get_mut(axis))
            .and_then(Item::as_array_mut)
            .ok_or_else(|| unreadable("it is not a list"))?;
        let named = list.iter().all(|level| {
            level
                .as_inline_table()
                .is_some_and(|t| t.contains_key("name"))
        });
        for text in texts {
            let value = if named {
                let mut table = InlineTable::new();
                table.insert("name", free_name(&known.levels, list).into());
                table.insert("text", text.as_str().into());
                Value::InlineTable(table)
            } else {
                Value::from(text.as_str())
            };
            push(list, value);
        }
        Ok(format!(
            "{}{}{}",
            &self.source[..start],
            document,
            &self.source[end..]
        ))
    }
}

/// Add a value in the way the last one stands: on a line of its own, or behind it.
fn push(list: &mut Array, mut value: Value) {
    let last = list.len().checked_sub(1).and_then(|last| list.get(last));
    let prefix = last
        .and_then(|value| value.decor().prefix())
        .and_then(|prefix| prefix.as_str())
        .filter(|prefix| prefix.contains('\n'))
        .map(|prefix| {
            // Of a comment above the last level only its line break and indentation are taken over.
            let indent = prefix.rsplit('\n').next().unwrap_or("");
            format!("\n{indent}")
        });
    match prefix {
        Some(prefix) => {
            value.decor_mut().set_prefix(prefix);
            list.push_formatted(value);
            list.set_trailing_comma(true);
            if !list
                .trailing()
                .as_str()
                .is_some_and(|trailing| trailing.contains('\n'))
            {
                list.set_trailing("\n");
            }
        }
        None => list.push(value),
    }
}

/// `reworded-1`, `reworded-2` … that no level has.
fn free_name(levels: &[Level], list: &Array) -> String {
    let written = |name: &str| {
        list.iter().any(|level| {
            let table = level.as_inline_table();
            table.and_then(|t| t.get("name")).and_then(Value::as_str) == Some(name)
        })
    };
    (1..)
        .map(|n| format!("reworded-{n}"))
        .find(|name| !written(name) && levels.iter().all(|level| level.name != *name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(source: &str, texts: &[&str]) -> String {
        let template = Template::parse("t.j2".into(), source).unwrap();
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        template
            .with_levels("ask", &texts)
            .unwrap_or_else(|e| e.to_string())
    }

    #[test]
    fn one_line_stays_one_line_and_the_body_is_not_touched() {
        assert_eq!(
            with(
                "+++\n# mine\n[axes]\nask = ['a',  \"b\"] # two\nother = [1]\n+++\n{{ ask }}{{ other }}\r\n",
                &["say \"c\""]
            ),
            "+++\n# mine\n[axes]\nask = ['a',  \"b\", 'say \"c\"'] # two\nother = [1]\n+++\n{{ ask }}{{ other }}\r\n"
        );
    }

    #[test]
    fn a_list_over_lines_grows_by_lines() {
        assert_eq!(
            with(
                "+++\n[axes]\nask = [\n  \"a\", # first\n  # the second\n  \"b\",\n]\n+++\n{{ ask }}",
                &["c", "d"]
            ),
            "+++\n[axes]\nask = [\n  \"a\", # first\n  # the second\n  \"b\",\n  \"c\",\n  \"d\",\n]\n+++\n{{ ask }}"
        );
    }

    #[test]
    fn levels_are_named_where_all_are() {
        let text = with(
            "+++\n[axes]\nask = [\n  { name = \"x\", text = \"a\" },\n  { name = \"reworded-1\", text = \"b\" },\n]\n+++\n{{ ask }}",
            &["c"],
        );
        assert!(
            text.contains("\n  { name = \"reworded-2\", text = \"c\" },\n]"),
            "{text}"
        );
        Template::parse("t.j2".into(), &text).unwrap();
    }

    #[test]
    fn an_axis_that_is_not_there_is_answered_with_the_nearest() {
        let template =
            Template::parse("t.j2".into(), "+++\n[axes]\nask = [\"a\"]\n+++\n{{ ask }}").unwrap();
        let error = template.with_levels("aks", &[]).unwrap_err().to_string();
        assert!(error.contains("did you mean `ask`?"), "{error}");
    }
}
