//! JSON over several lines, the fields that are not as expected marked, in whatever text it stands.

use super::{
    answer::{expected_words, value_words},
    text::{self, Piece},
};
use crate::{read::FieldComparison, tui::model::Theme};
use ratatui::{style::Style, text::Line};
use serde_json::Value;
use std::ops::Range;

/// An output with the JSON that a metric read laid out; `None` where it read something else.
pub(super) fn output_lines(
    theme: Theme,
    output: &str,
    (span, read): (&Range<usize>, &str),
    fields: &[FieldComparison],
    width: usize,
) -> Option<Vec<Line<'static>>> {
    let value: Value = serde_json::from_str(read).ok()?;
    if !value.is_object() && !value.is_array() {
        return None;
    }
    let around = |text: &str| match text.trim() {
        "" => Vec::new(),
        text => text::lines(text, width, "", theme.dim()),
    };
    let mut lines = around(output.get(..span.start)?);
    lines.extend(value_lines(theme, &value, fields, width));
    lines.extend(around(output.get(span.end..)?));
    Some(lines)
}

/// A value over several lines; fields that it lacks stand below it.
pub(super) fn value_lines(
    theme: Theme,
    value: &Value,
    fields: &[FieldComparison],
    width: usize,
) -> Vec<Line<'static>> {
    let mut printer = Printer {
        theme,
        fields,
        width,
        lines: Vec::new(),
    };
    printer.put(0, "", String::new(), value, "");
    for field in fields.iter().filter(|field| field.found.is_none()) {
        let words = format!("{}: missing", text::line(&field.path));
        printer.line(0, vec![(words, theme.bad()), wanted(theme, field)]);
    }
    printer.lines
}

fn wanted(theme: Theme, field: &FieldComparison) -> Piece {
    (format!("  ≠ {}", expected_words(field)), theme.strong())
}

struct Printer<'a> {
    theme: Theme,
    fields: &'a [FieldComparison],
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Printer<'_> {
    /// A value, behind its key, with what stands behind it.
    fn put(&mut self, depth: usize, path: &str, key: String, value: &Value, comma: &str) {
        let here = self.fields.iter().find(|field| field.path == path);
        let wrong = here.filter(|field| !field.is_equal && !path.is_empty());
        let style = if wrong.is_some() {
            self.theme.bad()
        } else {
            Style::new()
        };
        let mark = wrong.map(|field| wanted(self.theme, field));
        let inner: Vec<(String, String, &Value)> = match value {
            Value::Object(map) if !map.is_empty() => map
                .iter()
                .map(|(k, v)| (format!("{}: ", Value::from(k.as_str())), k.clone(), v))
                .collect(),
            Value::Array(items) if !items.is_empty() => items
                .iter()
                .enumerate()
                .map(|(i, v)| (String::new(), i.to_string(), v))
                .collect(),
            _ => Vec::new(),
        };
        if inner.is_empty() {
            let mut pieces = vec![(key, self.theme.dim()), (value.to_string(), style)];
            pieces.push((comma.to_owned(), self.theme.dim()));
            pieces.extend(mark);
            return self.line(depth, pieces);
        }
        let (open, close) = if value.is_object() {
            ("{", "}")
        } else {
            ("[", "]")
        };
        let mut pieces = vec![(key, self.theme.dim()), (open.to_owned(), style)];
        pieces.extend(mark);
        self.line(depth, pieces);
        let n = inner.len();
        for (i, (key, name, value)) in inner.into_iter().enumerate() {
            let path = match path {
                "" => name,
                path => format!("{path}.{name}"),
            };
            self.put(
                depth + 1,
                &path,
                key,
                value,
                if i + 1 < n { "," } else { "" },
            );
        }
        self.line(depth, vec![(format!("{close}{comma}"), style)]);
    }

    fn line(&mut self, depth: usize, pieces: Vec<Piece>) {
        // Narrow panes leave little room beside deep values.
        let lead = " ".repeat((depth * 2).min(self.width / 3));
        let room = self.width.saturating_sub(lead.len());
        for mut line in text::wrap_pieces(&pieces, room) {
            line.spans.insert(0, lead.clone().into());
            self.lines.push(line);
        }
    }
}

/// The fields that are compared, one per line: read and expected.
pub(super) fn field_lines(
    theme: Theme,
    fields: &[FieldComparison],
    width: usize,
) -> Vec<Line<'static>> {
    let names = fields
        .iter()
        .map(|field| text::width(&text::line(&field.path)));
    let name_width = names.max().unwrap_or(0).min(width / 3);
    let mut lines = Vec::new();
    for field in fields {
        let found = (field.found.as_ref()).map_or("missing".to_owned(), value_words);
        let (sign, style) = if field.is_equal {
            ("✓", theme.good())
        } else {
            ("✗", theme.bad())
        };
        let mut pieces = vec![
            (format!("{sign} "), style),
            (
                text::pad(&text::line(&field.path), name_width) + "  ",
                theme.dim(),
            ),
            (found, if field.is_equal { Style::new() } else { style }),
        ];
        if !field.is_equal {
            pieces.push(wanted(theme, field));
        }
        lines.extend(text::wrap_pieces(&pieces, width));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(path: &str, found: Option<Value>, expected: Value, is_equal: bool) -> FieldComparison {
        FieldComparison {
            path: path.into(),
            found,
            expected: Some(expected),
            is_equal,
        }
    }

    #[test]
    fn wrong_and_missing_fields_are_marked_at_any_depth() {
        let output = "Here: {\"a\":{\"b\":[1,\"x\"]},\"ok\":true,\"e\":{}} done";
        let fields = [
            field("a.b.1", Some(json!("x")), json!("y"), false),
            field("ok", Some(json!(true)), json!(true), true),
            field("due", None, json!("2024-05-01"), false),
        ];
        let span = 6..output.len() - 5;
        let read = output[span.clone()].to_owned();
        let lay_out = |read: &str, width: usize| {
            output_lines(Theme::new(false), output, (&span, read), &fields, width)
        };
        let lines = lay_out(&read, 40).unwrap();
        let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "Here:",
                "{",
                "  \"a\": {",
                "    \"b\": [",
                "      1,",
                "      \"x\"  ≠ y",
                "    ]",
                "  },",
                "  \"ok\": true,",
                "  \"e\": {}",
                "}",
                "due: missing  ≠ 2024-05-01",
                "done"
            ]
        );
        assert!(lay_out("a label", 40).is_none() && lay_out("2", 40).is_none());
        let narrow = lay_out(&read, 9).unwrap();
        assert!(narrow.iter().all(|line| line.width() <= 9), "{narrow:?}");
    }
}
