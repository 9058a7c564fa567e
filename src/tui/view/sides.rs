//! The two sides of a diff: templates, prompts, outputs, samples.

use crate::{
    model::{Outcome, Prompt, TrialId},
    narrate::prompt::PROMPT_NOT_STORED,
    template::TemplateError,
    tui::model::{Against, DiffMode, Model, Table},
};

/// A side of the words: a title, and the text or why there is none.
pub(super) struct Words {
    pub title: String,
    pub text: String,
}

/// What the two sides say.
pub(super) fn both(model: &Model, table: &Table) -> (Words, Words) {
    let name = |t: &Table, v: usize| t.names.get(v).cloned().unwrap_or_default();
    let (left, v) = match &model.diff.against {
        Against::Baseline => (table, model.answers.baseline),
        Against::Run(other) => (&*other.table, model.other_variant(other, table)),
    };
    let title = |t: &Table, v: usize| match (&model.diff.against, t.run()) {
        (Against::Run(_), Some(info)) => format!("{} in {}", name(t, v), info.id),
        (Against::Run(_), None) => format!("{} now", name(t, v)),
        _ => name(t, v),
    };
    let words = |t: &Table, v: usize, text: Option<String>, none: &str| Words {
        title: title(t, v),
        text: text.unwrap_or_else(|| none.to_owned()),
    };
    match model.diff_mode() {
        DiffMode::Template => {
            let source = |t: &Table, v: usize| t.source(v).map(|s| s.text.to_string());
            (
                words(left, v, source(left, v), ""),
                words(
                    table,
                    model.cursor.variant,
                    source(table, model.cursor.variant),
                    "",
                ),
            )
        }
        DiffMode::Rendered => {
            let row = match &model.diff.against {
                Against::Run(other) => other.link.earlier(model.cursor.row),
                Against::Baseline => Some(model.cursor.row),
            };
            let before = row.and_then(|row| match &model.diff.against {
                Against::Baseline => model.prompt(v, row),
                Against::Run(other) => other.prompt(TrialId {
                    model: model.other_model(other, table) as u32,
                    variant: v as u32,
                    row: row as u32,
                    sample: model.cursor.sample as u32,
                }),
            });
            let after = model.prompt(model.cursor.variant, model.cursor.row);
            (
                words(left, v, before.map(prompt_text), PROMPT_NOT_STORED),
                words(
                    table,
                    model.cursor.variant,
                    after.map(prompt_text),
                    PROMPT_NOT_STORED,
                ),
            )
        }
        DiffMode::Outputs => {
            let none = "(no output yet)";
            (
                words(
                    left,
                    v,
                    before_output(model, table, model.cursor.sample),
                    none,
                ),
                words(
                    table,
                    model.cursor.variant,
                    output(model, model.cursor.variant, model.cursor.sample),
                    none,
                ),
            )
        }
        DiffMode::Within => {
            let n = table.samples;
            let first = model.cursor.sample;
            let here = output(model, model.cursor.variant, first);
            // The next sample that says something else; where all say the same, the next one.
            let other = (1..n)
                .map(|i| (first + i) % n)
                .find(|s| output(model, model.cursor.variant, *s) != here)
                .unwrap_or((first + 1) % n.max(1));
            let at = |s: usize| Words {
                title: format!("{} sample {}", name(table, model.cursor.variant), s + 1),
                text: output(model, model.cursor.variant, s)
                    .unwrap_or_else(|| "(no output yet)".into()),
            };
            (at(first), at(other))
        }
    }
}

fn prompt_text(prompt: Result<Prompt, TemplateError>) -> String {
    match prompt {
        Ok(prompt) => prompt.transcript(),
        Err(error) => error.to_string(),
    }
}

fn output_text(record: &crate::model::TrialRecord) -> String {
    match &record.outcome {
        Outcome::Completed(c) => c.text.clone(),
        Outcome::Failed(failure) => failure.to_string(),
    }
}

/// The output of a sample, as far as it came.
pub(super) fn output(model: &Model, v: usize, sample: usize) -> Option<String> {
    let id = model.trial(v, sample);
    let streamed = model.answers.streams.get(&id).cloned();
    streamed.or_else(|| model.answers.outputs.get(id).map(|r| output_text(r)))
}

/// The output on the left side.
pub(super) fn before_output(model: &Model, table: &Table, sample: usize) -> Option<String> {
    match &model.diff.against {
        Against::Baseline => output(model, model.answers.baseline, sample),
        Against::Run(other) => {
            let mut id = model.trial(model.other_variant(other, table), sample);
            id.model = model.other_model(other, table) as u32;
            id.row = other.link.earlier(model.cursor.row)? as u32;
            other.outputs.get(id).map(|r| output_text(r))
        }
    }
}
