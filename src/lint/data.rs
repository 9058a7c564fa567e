//! Rules on the dataset beside the templates.

use super::{LintInput, probe::Probe, warning::Warning};
use crate::model::right_texts;

/// Columns that no template looks at.
pub(super) fn unused_columns(input: &LintInput<'_>) -> Option<Warning> {
    let templates = input.templates.templates().len();
    let unused: Vec<&str> = input
        .columns
        .iter()
        .map(String::as_str)
        .filter(|column| {
            // Two underscores begin the names of columns that are for the tool, such as assertions.
            Some(*column) != input.answer
                && !input.bookkeeping.contains(column)
                && !column.starts_with("__")
        })
        .filter(|column| (0..templates).all(|t| !input.templates.uses_column(t, column)))
        .collect();
    (!unused.is_empty() && templates > 0).then(|| {
        let list: Vec<String> = unused.iter().map(|column| format!("`{column}`")).collect();
        Warning::new(
            "unused-column",
            format!(
                "no template uses the dataset column{} {}",
                if unused.len() == 1 { "" } else { "s" },
                list.join(", ")
            ),
        )
        .with_place(input.data_places.dataset.clone())
    })
}

/// The answer written into the prompt: by its own column, or by another that always says the same.
pub(super) fn answer_leak(input: &LintInput<'_>, probe: &Probe) -> Option<Warning> {
    let answer = input.answer?;
    let told = probe.row(answer);
    let (column, mark) = match told {
        Some(mark) => (answer, mark),
        None => probe.columns().iter().find_map(|column| {
            let same = input.rows.len() >= 5
                && column != answer
                && input.rows.iter().all(|row| {
                    let value = row.fields.get(column);
                    value.is_some() && value == row.expected.as_ref()
                });
            Some((column.as_str(), probe.row(column).filter(|_| same)?))
        })?,
    };
    let warning = Warning::new(
        "answer-leak",
        format!(
            "the prompt contains the answer: `row.{column}` is the expected answer, so every score is too high"
        ),
    );
    Some(
        warning
            .with_place(probe.place(input, mark.message, mark.at))
            .in_template(probe.variant.template),
    )
}

/// Expected answers that are none of the labels.
pub(super) fn expected_labels(input: &LintInput<'_>) -> Option<Warning> {
    let labels = input.label_reader?;
    let strange: Vec<String> = (0..)
        .map_while(|row| (input.answers)(row))
        .filter_map(|(id, expected)| {
            let is_known = |e: &String| {
                let right = right_texts(e);
                right.iter().any(|text| labels.index_of(text).is_some())
            };
            let expected = expected.filter(|e| !is_known(e))?;
            Some(format!("{id} ({expected})"))
        })
        .collect();
    let first = strange.first()?;
    let warning = Warning::new(
        "expected-label",
        format!(
            "{} row{} expect{} an answer that is not one of the labels, for example {first}; no model can be correct there",
            strange.len(),
            if strange.len() == 1 { "" } else { "s" },
            if strange.len() == 1 { "s" } else { "" },
        ),
    );
    Some(warning.with_place(input.data_places.dataset.clone()))
}
