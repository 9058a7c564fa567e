//! A prompt whose data are marks: what is no mark in it was written by the template.

use super::LintInput;
use crate::{
    model::{Prompt, Row, Variant},
    template::Traced,
};
use serde_json::Value;
use std::sync::Arc;

/// Shots in a probe.
const SHOTS: usize = 2;

/// A prompt rendered for marks instead of data.
pub(super) struct Probe {
    pub(super) variant: Variant,
    traced: Traced,
    columns: Vec<String>,
}

/// A mark, as it stands in a message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    /// Index of the message.
    pub(super) message: usize,
    /// Byte where it starts.
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Probe {
    /// Render a variant for marks. `None` where the template cannot take them: then the rules on words say nothing.
    pub(super) fn render(input: &LintInput<'_>, variant: &Variant) -> Option<Probe> {
        let row = input.rows.first()?;
        let shots: Vec<Arc<Row>> = input
            .shots
            .iter()
            .take(SHOTS)
            .enumerate()
            .map(|(i, shot)| marked(shot, &format!("s{i}")))
            .collect();
        let traced = input
            .templates
            .trace(variant, &marked(row, "row"), &shots)
            .ok()?;
        Some(Probe {
            variant: variant.clone(),
            traced,
            columns: row.fields.keys().cloned().collect(),
        })
    }

    pub(super) fn prompt(&self) -> &Prompt {
        self.traced.prompt()
    }

    /// The place in a template that a byte of a message comes from.
    pub(super) fn place(
        &self,
        input: &LintInput<'_>,
        message: usize,
        byte: usize,
    ) -> Option<crate::source::SourcePlace> {
        input
            .templates
            .place(&self.variant, &self.traced, message, byte)
    }

    /// The first mark of a column of the row.
    pub(super) fn row(&self, column: &str) -> Option<Mark> {
        self.find("row", column)
    }

    /// The first mark of a column of the first shot.
    pub(super) fn shot(&self, column: &str) -> Option<Mark> {
        self.find("s0", column)
    }

    fn find(&self, whose: &str, column: &str) -> Option<Mark> {
        let mark = mark(whose, column);
        let messages = self.prompt().messages.iter().enumerate();
        messages
            .filter_map(|(message, m)| {
                let at = m.content.find(&mark)?;
                Some(Mark {
                    message,
                    at,
                    end: at + mark.len(),
                })
            })
            .next()
    }

    /// Columns of the row.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }
}

/// Brackets that no prompt is written with.
const OPEN: char = '\u{27e6}';
const CLOSE: char = '\u{27e7}';

fn mark(whose: &str, column: &str) -> String {
    let column: String = column.split_whitespace().collect();
    format!("{OPEN}{whose}.{column}{CLOSE}")
}

/// Whether a text is the template's alone up to here: it holds no mark.
pub(super) fn is_written(text: &str) -> bool {
    !text.contains([OPEN, CLOSE])
}

/// The row with a mark for each text.
fn marked(row: &Row, whose: &str) -> Arc<Row> {
    let mut marked = row.clone();
    for (column, value) in &mut marked.fields {
        if value.is_string() {
            *value = Value::String(mark(whose, column));
        }
    }
    Arc::new(marked)
}
