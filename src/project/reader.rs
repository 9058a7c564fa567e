//! Reads TOML by hand, value by value, and keeps every problem with its place.
//!
//! Used for the project file and for the front matter of templates.

use super::Problem;
use crate::source::{SourcePlace, nearest};
use serde_json::Value;
use std::{cell::RefCell, ops::Range, path::PathBuf, time::Duration};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A source text with the problems found in it so far.
#[derive(Debug)]
pub struct Reader<'s> {
    file: PathBuf,
    source: &'s str,
    /// Where the TOML begins in the source.
    offset: usize,
    problems: RefCell<Vec<(usize, Problem)>>,
}

impl<'s> Reader<'s> {
    /// A reader of the TOML text `source[range]`; places are those of the whole source.
    pub fn new(file: PathBuf, source: &'s str, offset: usize) -> Reader<'s> {
        Reader {
            file,
            source,
            offset,
            problems: RefCell::default(),
        }
    }

    /// Parse the text up to `end`; syntax errors are kept as problems.
    pub fn parse(&self, end: usize) -> Option<Spanned<DeTable<'s>>> {
        let (table, errors) = DeTable::parse_recoverable(&self.source[self.offset..end]);
        for error in &errors {
            self.problem(
                error.span().unwrap_or(0..0),
                error.message().to_owned(),
                None,
            );
        }
        errors.is_empty().then_some(table)
    }

    /// A path that the file names, from its own folder.
    pub fn beside(&self, path: &str) -> PathBuf {
        self.file
            .parent()
            .map_or_else(|| path.into(), |folder| folder.join(path))
    }

    pub fn place(&self, span: Range<usize>) -> SourcePlace {
        let span = span.start + self.offset..span.end + self.offset;
        SourcePlace::of_span(self.file.clone(), self.source, span)
    }

    pub fn problem(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.problems.borrow_mut().push((
            span.start,
            Problem {
                message: message.into(),
                place: self.place(span),
                help,
            },
        ));
    }

    /// A problem in another file that this one names at a byte.
    pub fn problem_in(
        &self,
        at: usize,
        place: SourcePlace,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let message = message.into();
        self.problems.borrow_mut().push((
            at,
            Problem {
                message,
                place,
                help,
            },
        ));
    }

    /// The problems, in the order of the file.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(at, _)| *at);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }

    /// A table to read from; `path` is how messages call it.
    pub fn section<'t>(
        &'t self,
        path: impl Into<String>,
        span: Range<usize>,
        table: &'t DeTable<'s>,
    ) -> Section<'t, 's> {
        Section {
            reader: self,
            path: path.into(),
            span,
            table,
            known: RefCell::default(),
        }
    }
}

/// A table of the file, read key by key.
#[derive(Debug)]
pub struct Section<'t, 's> {
    pub reader: &'t Reader<'s>,
    /// How messages call this table.
    pub path: String,
    pub span: Range<usize>,
    table: &'t DeTable<'s>,
    known: RefCell<Vec<&'static str>>,
}

type Item<'s> = Spanned<DeValue<'s>>;

impl<'t, 's> Section<'t, 's> {
    /// The same table under another name in messages.
    pub fn called(mut self, path: String) -> Self {
        self.path = path;
        self
    }

    /// The value of a key.
    pub fn get(&self, key: &'static str) -> Option<&'t Item<'s>> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.table
            .iter()
            .find(|(k, _)| k.get_ref() == key)
            .map(|(_, v)| v)
    }

    /// All entries in the order of the file; for tables whose keys are the user's.
    pub fn entries(&self) -> Vec<(&'t str, Range<usize>, &'t Item<'s>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(k, v)| (&**k.get_ref(), k.span(), v))
            .collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }

    /// Complain about keys that nobody asked for.
    pub fn finish(&self) {
        let known = self.known.borrow();
        for (key, span, _) in self.entries() {
            if !known.contains(&key) {
                let help = match nearest(key, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("available: {}", known.join(", ")),
                };
                self.reader.problem(
                    span,
                    format!("unknown key `{key}` in {}", self.path),
                    Some(help),
                );
            }
        }
    }

    /// A key that must be there.
    pub fn require(&self, key: &'static str) -> Option<&'t Item<'s>> {
        let item = self.get(key);
        if item.is_none() {
            self.reader.problem(
                self.span.clone(),
                format!("{} needs `{key}`", self.path),
                None,
            );
        }
        item
    }

    pub fn wrong(&self, key: &str, item: &Item<'_>, want: &str) {
        self.reader.problem(
            item.span(),
            format!("`{key}` must be {want}, not {}", kind(item.get_ref())),
            None,
        );
    }

    pub fn text(&self, key: &'static str) -> Option<String> {
        let item = self.get(key)?;
        self.as_text(key, item)
    }

    pub fn as_text(&self, key: &str, item: &Item<'_>) -> Option<String> {
        match item.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => {
                self.wrong(key, item, "a string");
                None
            }
        }
    }

    /// A list of texts; one text is a list of one.
    pub fn texts(&self, key: &'static str) -> Option<Vec<(String, Range<usize>)>> {
        let item = self.get(key)?;
        Some(match item.get_ref() {
            DeValue::Array(array) => array
                .iter()
                .filter_map(|item| Some((self.as_text(key, item)?, item.span())))
                .collect(),
            _ => vec![(self.as_text(key, item)?, item.span())],
        })
    }

    pub fn number(&self, key: &'static str) -> Option<f64> {
        let item = self.get(key)?;
        match json(item.get_ref()).as_f64() {
            Some(number) => Some(number),
            None => {
                self.wrong(key, item, "a number");
                None
            }
        }
    }

    /// A whole number of at least `min`.
    pub fn whole(&self, key: &'static str, min: u64) -> Option<u64> {
        let item = self.get(key)?;
        match json(item.get_ref()) {
            Value::Number(n) if n.as_u64().is_some_and(|n| n >= min) => n.as_u64(),
            _ => {
                self.wrong(key, item, &format!("a whole number, at least {min}"));
                None
            }
        }
    }

    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let item = self.get(key)?;
        let flag = item.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(key, item, "true or false");
        }
        flag
    }

    /// A span of time: `"60s"`, `"20m"`, `"1h"`, `"500ms"`, or seconds as a number.
    pub fn time(&self, key: &'static str) -> Option<Duration> {
        let item = self.get(key)?;
        let time = match json(item.get_ref()) {
            Value::String(text) => crate::model::parse_duration(&text),
            Value::Number(n) => n.as_f64().and_then(|s| Duration::try_from_secs_f64(s).ok()),
            _ => None,
        };
        if time.is_none() {
            self.wrong(key, item, "a time such as \"60s\", \"20m\" or \"500ms\"");
        }
        time
    }

    /// A table inside this one.
    pub fn inner(&self, key: &'static str) -> Option<Section<'t, 's>> {
        let item = self.get(key)?;
        self.as_section(key, key, item)
    }

    /// An item as a table.
    pub fn as_section(&self, key: &str, name: &str, item: &'t Item<'s>) -> Option<Section<'t, 's>> {
        match item.get_ref() {
            DeValue::Table(table) => {
                let path = format!("{}.{name}", self.path.trim_end_matches(']')) + "]";
                Some(self.reader.section(path, item.span(), table))
            }
            _ => {
                self.wrong(key, item, "a table");
                None
            }
        }
    }
}

/// What kind of value this is, as a message calls it.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "this number",
        DeValue::Float(_) => "this number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A TOML value as JSON; dates become texts.
pub(super) fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(n) => n.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|i| json(i.get_ref())).collect()),
        DeValue::Table(table) => {
            let mut entries: Vec<_> = table.iter().collect();
            entries.sort_by_key(|(k, _)| k.span().start);
            Value::Object(
                entries
                    .into_iter()
                    .map(|(k, v)| (k.get_ref().to_string(), json(v.get_ref())))
                    .collect(),
            )
        }
    }
}
