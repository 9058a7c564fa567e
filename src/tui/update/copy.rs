//! Texts for the clipboard and the pager.

use crate::{
    model::Outcome,
    outcome::MajorityAnswer,
    tui::model::{
        CopySource, Effect, Model, Overlay, Screen, call_facts, current_record, facts_text,
        listing, metric_lines, metrics_text,
    },
};

pub(super) fn copy(model: &mut Model, what: CopySource, out: &mut Vec<Effect>) {
    match text(model, what) {
        Some(text) => out.push(Effect::Copy(text, what.name())),
        None => model.refuse(format!("nothing to copy: no {} yet", what.name())),
    }
}

fn text(model: &Model, what: CopySource) -> Option<String> {
    let table = model.answers.table.as_ref().ok()?;
    let cells = model.cells()?;
    match what {
        CopySource::Answer => match cells
            .summary(model.cursor.variant, model.cursor.row)
            .majority
        {
            MajorityAnswer::Answer(answer) => cells.read_answer(answer).map(str::to_owned),
            _ => None,
        },
        CopySource::Output => output(model).map(|(_, text)| text),
        CopySource::Prompt => {
            let prompt = model.prompt(model.cursor.variant, model.cursor.row)?.ok()?;
            Some(prompt.transcript())
        }
        CopySource::Row => {
            (model.cursor.row < table.rows).then(|| table.row(model.cursor.row).input)
        }
        CopySource::Expected => table.row(model.cursor.row).expected,
        CopySource::Metrics => {
            let lines = metric_lines(model, table, current_record(model)?);
            Some(metrics_text(&lines))
        }
        CopySource::Call => {
            let facts = call_facts(model, table, current_record(model)?);
            Some(facts_text(&facts))
        }
        CopySource::Template => table
            .source(model.cursor.variant)
            .map(|s| s.text.to_string()),
        CopySource::Table => Some(listing::markdown(
            cells,
            table,
            model.cursor.model,
            &model.answers.arrangement.rows,
        )),
    }
}

/// What the current sample came to: a title and the whole text.
pub(super) fn output(model: &Model) -> Option<(String, String)> {
    let table = model.answers.table.as_ref().ok()?;
    let id = model.trial(model.cursor.variant, model.cursor.sample);
    let name = table.names.get(model.cursor.variant)?;
    let title = format!(
        "{} · {} · sample {}",
        name,
        table.row_id(model.cursor.row),
        model.cursor.sample + 1
    );
    if let Some(text) = model.answers.streams.get(&id) {
        return Some((title, text.clone()));
    }
    let record = model.answers.outputs.get(id)?;
    Some(match &record.outcome {
        Outcome::Completed(c) => {
            let mut text = String::new();
            if let Some(reasoning) = &c.reasoning {
                text += &format!("[reasoning]\n{reasoning}\n\n[answer]\n");
            }
            text += &c.text;
            if let Some(refusal) = &c.refusal {
                text += &format!("\n[refusal]\n{refusal}");
            }
            (title, text)
        }
        Outcome::Failed(failure) => (title, failure.to_string()),
    })
}

/// Show the current text in the pager.
pub(super) fn page(model: &mut Model, out: &mut Vec<Effect>) {
    let text = match model.view.overlays.last() {
        Some(Overlay::Text { text, .. }) => Some(text.clone()),
        _ if model.view.screen == Screen::Edit => text(model, CopySource::Prompt),
        _ => output(model).map(|(_, text)| text),
    };
    match text {
        // The pager gets the terminal itself: nothing that moves its cursor may reach it.
        Some(text) => out.push(Effect::Page(crate::display::visible(&text))),
        None => model.refuse("nothing to show yet"),
    }
}
