//! A new experiment: what is chosen field by field, and its files before they are written.
//!
//! ```text
//! ┌ New experiment ───────────────────────────────────────────────────┐
//! │   dataset   datasets/mails.jsonl · 80 rows                        │
//! │   name      mails                                                 │
//! │ > answer    ▏                                                     │
//! │   template                                                        │
//! │   model                                                           │
//! │                                                                   │
//! │   team      label, one of billing, delivery                       │
//! │   subject   normalized: the same text but for case, space …       │
//! └───────────────────────────────────────────────────────────────────┘
//! ```

use super::{
    lists::typed,
    model_choice::{offered_facts, without_list},
    popup::Content,
    text,
};
use crate::{
    display::count,
    scaffold::{AnswerSource, ScaffoldFiles},
    tui::model::{ColumnsRead, DraftField, ExperimentForm, FormEntry, FormHint, Model, Theme},
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};
use std::path::Path;

/// Lines of a message that are shown.
const MOST_NOTE_LINES: usize = 7;

/// Columns before the value of a field.
const LEAD: usize = 12;

pub(super) fn content(model: &Model, form: &ExperimentForm, width: usize) -> Content {
    let theme = model.view.theme;
    let mut lines: Vec<Line<'static>> = DraftField::ALL
        .iter()
        .map(|field| field_line(model, form, *field, width))
        .collect();
    lines.push(Line::default());
    lines.extend(notes(theme, form, width));
    let lead = lines.len();
    let entries = form.entries();
    let names = entries.iter().map(|e| text::width(&text::line(&e.label)));
    let room = names.max().unwrap_or(0).min(width * 5 / 10);
    lines.extend(
        entries
            .iter()
            .map(|entry| entry_line(theme, entry, room, width)),
    );
    Content::choices(" New experiment ", lines, (lead, form.at, entries.len()))
}

fn field_line(
    model: &Model,
    form: &ExperimentForm,
    field: DraftField,
    width: usize,
) -> Line<'static> {
    let theme = model.view.theme;
    let mark = if field == form.field { " > " } else { "   " };
    let lead = format!("{mark}{}", text::pad(field.word(), LEAD - 3));
    if field == form.field {
        return typed(model, &lead, &form.input, width);
    }
    let is_before = DraftField::ALL
        .iter()
        .take_while(|f| **f != form.field)
        .any(|f| *f == field);
    let value = if is_before {
        value(form, field)
    } else {
        String::new()
    };
    Line::from(vec![
        Span::styled(lead, theme.dim()),
        Span::raw(text::fit(
            &text::line(&value),
            width.saturating_sub(LEAD + 1),
        )),
    ])
}

/// What is chosen in a field.
fn value(form: &ExperimentForm, field: DraftField) -> String {
    match field {
        DraftField::Dataset => {
            let path = form
                .dataset
                .as_ref()
                .map_or(Path::new(""), |source| source.path());
            let shown = path.strip_prefix(&form.root).unwrap_or(path).display();
            match &form.columns {
                ColumnsRead::Read(columns) => format!("{shown} · {}", count(columns.rows(), "row")),
                _ => shown.to_string(),
            }
        }
        DraftField::Name => form.name.clone(),
        DraftField::Answer => match &form.answer {
            Some(AnswerSource::Column(name)) => name.clone(),
            Some(AnswerSource::Labels(labels)) => format!("none yet: {}", labels.join(", ")),
            Some(AnswerSource::Missing) => "none yet".into(),
            None => String::new(),
        },
        DraftField::Template => format!("{}.j2", form.template),
        DraftField::Model => (form.model.as_ref()).map_or(String::new(), ToString::to_string),
    }
}

/// What the field is for, what is still read, and what went wrong.
fn notes(theme: Theme, form: &ExperimentForm, width: usize) -> Vec<Line<'static>> {
    let wrapped = |said: &str, style: Style| {
        let mut lines = text::lines(said, width.saturating_sub(2), " ", style);
        lines.truncate(MOST_NOTE_LINES);
        lines
    };
    let dim = |said: &str| wrapped(said, theme.dim());
    let mut lines = match form.field {
        DraftField::Dataset => match (&form.datasets, &form.columns) {
            (None, _) => dim("looking for datasets …"),
            (_, ColumnsRead::Reading) => dim("reading the dataset …"),
            (_, ColumnsRead::Failed(message)) => wrapped(message, theme.unsure()),
            _ => dim("type to find, or a path from the folder of wording.toml"),
        },
        DraftField::Name => {
            dim("the name of the experiment, in wording.toml and on the command line")
        }
        DraftField::Answer => {
            dim("which column has the expected answer, and how answers are scored by it")
        }
        DraftField::Template => {
            dim("the name of the first template, a file NAME.j2 with two instructions to compare")
        }
        DraftField::Model => dim("type to find or add, as endpoint/name"),
    };
    if form.field == DraftField::Model {
        lines.extend(without_list(theme, &form.lists, width));
        lines.truncate(MOST_NOTE_LINES);
    }
    lines.push(Line::default());
    lines
}

fn entry_line(theme: Theme, entry: &FormEntry, room: usize, width: usize) -> Line<'static> {
    let hint = match &entry.hint {
        FormHint::Text(said) => said.clone(),
        FormHint::Offered(offered) => offered_facts(offered),
    };
    let hint = text::fit(&text::line(&hint), width.saturating_sub(room + 5));
    Line::from(vec![
        Span::raw(format!(
            "   {}  ",
            text::pad(&text::line(&entry.label), room)
        )),
        Span::styled(hint, theme.dim()),
    ])
}

/// The question whether to write the files, with their texts.
pub(super) fn question(
    theme: Theme,
    files: &ScaffoldFiles,
    scroll: usize,
    width: usize,
) -> Content {
    let root = files.project_file.parent().unwrap_or(Path::new(""));
    let mut lines = Vec::new();
    let mut add = |path: &Path, what: &str, added: &str| {
        let shown = path.strip_prefix(root).unwrap_or(path).display();
        let head = format!("{shown} · {what}");
        lines.extend(text::lines(&text::line(&head), width, "", theme.strong()));
        for line in added.trim_end().lines() {
            for (n, part) in text::wrap(line, width.saturating_sub(2)).iter().enumerate() {
                let sign = if n == 0 { "+ " } else { "  " };
                lines.push(Line::styled(format!("{sign}{part}"), theme.added()));
            }
        }
        lines.push(Line::default());
    };
    let what = if files.before.is_some() {
        "added at the end"
    } else {
        "new"
    };
    add(&files.project_file, what, files.added());
    for (path, text) in &files.created {
        add(path, "new", text);
    }
    let said = "Nothing is sent. The session opens the experiment; edit and add templates there.";
    lines.extend(text::lines(said, width, "", theme.dim()));
    Content::text(" Write these files? · y: yes · n: no ", lines, scroll)
}
