//! The inspector of a cell: its head, and the sections below in their order.

use super::{
    other_models::other_models,
    output::{metric_section, output},
    page::Page,
    prompt::prompt,
    samples::{against_baseline, other_samples},
};
use crate::{
    display::count,
    tui::{
        model::{Model, Table, call_facts, current_record, metric_lines, row_fields},
        view::{answer, cells, popup::Content, text},
    },
};
use ratatui::text::Line;

/// The inspector of the cell under the cursor.
pub(in crate::tui::view) fn content(
    model: &Model,
    table: &Table,
    (scroll, unfolded): (usize, bool),
    width: usize,
) -> Content {
    let name = table.names.get(model.cursor.variant);
    let mut title = format!(
        " {} · {}",
        text::line(&table.row_id(model.cursor.row)),
        text::line(name.map_or("", String::as_str))
    );
    if table.models.len() > 1
        && let Some(name) = model.model_name()
    {
        title += &format!(" · {}", text::line(&name.to_string()));
    }
    let mut page = Page {
        theme: model.view.theme,
        width,
        lines: Vec::new(),
        sections: Vec::new(),
    };
    let record = current_record(model);
    let metrics = record.map_or(Vec::new(), |record| metric_lines(model, table, record));
    head(&mut page, model, table, record.is_some());
    if let Some(record) = record {
        output(&mut page, model, table, record, &metrics);
        metric_section(&mut page, &metrics);
    }
    page.heading("Row", "");
    page.facts(&row_fields(table, model.cursor.row));
    prompt(&mut page, model, table, unfolded);
    other_samples(&mut page, model, table, record);
    against_baseline(&mut page, model, table, record);
    other_models(&mut page, model, table);
    if let Some(record) = record {
        page.heading("Call", "");
        page.facts(&call_facts(model, table, record));
    }
    Content {
        sections: page.sections,
        ..Content::text(
            format!("{title} · Tab: section · y: copy "),
            page.lines,
            scroll,
        )
    }
}

/// What the cell came to, the answer that was read, the one that was expected.
fn head(page: &mut Page, model: &Model, table: &Table, has_record: bool) {
    let theme = page.theme;
    let (v, row) = (model.cursor.variant, model.cursor.row);
    let data = table.row(row);
    if let Some(grid) = model.cells() {
        let sum = grid.summary(v, row);
        let outcome = sum.outcome();
        let (sign, style) = cells::styled_sign(theme, outcome);
        let mut words = Vec::new();
        if let Some(score) = sum.score {
            words.push(format!("score {score:.2}"));
        }
        if grid.samples() > 1 {
            words.push(format!(
                "sample {} of {}",
                model.cursor.sample + 1,
                grid.samples()
            ));
            words.push(format!(
                "{} of {} agree, {}",
                sum.majority_count,
                sum.answered,
                count(sum.distinct_answers, "distinct answer")
            ));
        }
        let base = grid.summary(model.answers.baseline, row);
        if v != model.answers.baseline && base.scored() > 0 {
            let name = table.names.get(model.answers.baseline);
            words.push(format!(
                "{} {}",
                name.map_or(String::new(), |name| text::line(name)),
                base.outcome().word()
            ));
        }
        let pieces = [
            (format!("{sign} {}", outcome.word()), style),
            (format!("   {}", words.join(" · ")), theme.dim()),
        ];
        page.lines.extend(text::wrap_pieces(&pieces, page.width));
        if !has_record && sum.scored() + sum.failed == 0 {
            let words = Line::styled("No answer yet.", theme.dim());
            page.lines.push(words);
        } else {
            page.fact(
                "answer",
                &answer::pieces(model, table, (model.cursor.column(), row), &sum, usize::MAX),
                8,
            );
        }
    }
    if let Some(expected) = &data.expected {
        let pieces = [(text::line(expected), theme.strong())];
        page.fact("expected", &pieces, 8);
    }
    if let Some(case) = model.answers.bad_cases.get(&data.id) {
        let words = match case.corrected.as_str() {
            "" => "⚑ bad case; correct answer not set".to_owned(),
            right => format!("⚑ bad case; correct answer: {}", text::line(right)),
        };
        page.lines
            .extend(text::lines(&words, page.width, "", theme.unsure()));
    }
}
