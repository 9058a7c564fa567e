//! The inspector: all that is known of one cell, what explains a wrong row first.
//!
//! ```text
//!  ✗ wrong  .67 · sample 2 of 5 · 3 of 5 agree, 2 distinct answers
//!  answer    urgency: high≠low topic: billing
//!  expected  {"urgency":"low","topic":"billing"}
//!  ── Output ──────────
//!  ── Metrics ── Row ── Prompt ── Other samples ── Against plain ── Call
//! ```

use super::{
    answer, cells, changes, json,
    popup::Content,
    text::{self, Piece},
};
use crate::{
    diff::word_diff,
    display::count,
    model::{Message, Outcome, Prompt, Role, TrialRecord},
    narrate::added_system_prompts,
    tokens::Counter,
    tui::model::{
        MetricLine, Model, Table, Theme, call_facts, current_record, metric_lines, row_fields,
    },
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};
use std::ops::Range;

/// Lines of an output, a row or a folded prompt's message that are looked at; the rest is in the pager.
const MOST_TEXT: usize = 256 << 10;

/// Lines under headings.
struct Page {
    theme: Theme,
    width: usize,
    lines: Vec<Line<'static>>,
    sections: Vec<(usize, String)>,
}

impl Page {
    fn heading(&mut self, name: &str, note: &str) {
        let name = text::line(name);
        self.sections.push((self.lines.len(), name.clone()));
        let note = match note {
            "" => String::new(),
            note => format!(" · {note}"),
        };
        let note = text::fit(&note, self.width.saturating_sub(text::width(&name) + 4));
        let used = text::width(&name) + text::width(&note) + 4;
        let rule = "─".repeat(self.width.saturating_sub(used));
        self.lines.push(Line::from(vec![
            Span::styled("── ", self.theme.dim()),
            Span::styled(name, self.theme.strong()),
            Span::styled(format!("{note} {rule}"), self.theme.dim()),
        ]));
    }

    /// A name in front, its text wrapped beside it.
    fn fact(&mut self, name: &str, pieces: &[Piece], name_width: usize) {
        let room = self.width.saturating_sub(name_width + 2);
        for (i, line) in text::wrap_pieces(pieces, room).into_iter().enumerate() {
            let name = text::pad(if i == 0 { name } else { "" }, name_width) + "  ";
            let mut spans = vec![Span::styled(name, self.theme.dim())];
            spans.extend(line.spans);
            self.lines.push(Line::from(spans));
        }
    }

    fn facts(&mut self, facts: &[(impl AsRef<str>, String)]) {
        let names = facts.iter().map(|(name, _)| text::width(name.as_ref()));
        let name_width = names.max().unwrap_or(0).min(self.width / 3);
        for (name, value) in facts {
            let pieces = [(shorten(value).to_owned(), Style::new())];
            self.fact(&text::line(name.as_ref()), &pieces, name_width);
        }
    }

    fn indented(&mut self, lines: Vec<Line<'static>>) {
        for mut line in lines {
            line.spans.insert(0, Span::raw("  "));
            self.lines.push(line);
        }
    }
}

fn shorten(text: &str) -> &str {
    let mut end = text.len().min(MOST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The inspector of the cell under the cursor.
pub(super) fn content(
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
            page.fact("answer", &answer::pieces(model, table, (v, row), &sum), 8);
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

/// The output, with what the metrics read marked.
fn output(
    page: &mut Page,
    model: &Model,
    table: &Table,
    record: &TrialRecord,
    metrics: &[MetricLine],
) {
    let note = match table.samples {
        1 => String::new(),
        n => format!(
            "sample {} of {n}, [ ]: another",
            record.id.sample as usize + 1
        ),
    };
    page.heading("Output", &note);
    let theme = page.theme;
    match &record.outcome {
        Outcome::Failed(failure) => {
            let lines = text::lines(&failure.to_string(), page.width, "", theme.bad());
            page.lines.extend(lines);
        }
        Outcome::Completed(completion) => {
            if let Some(reasoning) = &completion.reasoning {
                let words = format!(
                    "reasoning of ~{} tok: O opens it in the pager",
                    Counter::approximate().text(reasoning).tokens
                );
                page.lines.push(Line::styled(words, theme.dim()));
            }
            if let Some(refusal) = &completion.refusal {
                let lines = text::lines(refusal, page.width, "", theme.unsure());
                page.lines.extend(lines);
            }
            let lines = output_lines(theme, shorten(&completion.text), metrics, page.width);
            page.lines.extend(lines);
            if completion.is_truncated() {
                let words = "✂ cut off at max_tokens";
                page.lines.push(Line::styled(words, theme.unsure()));
            }
        }
    }
    if let Some(stream) = model.answers.streams.get(&record.id) {
        let lines = text::lines(stream, page.width, "", Style::new());
        page.lines.extend(lines);
    }
}

/// An output: JSON laid out with the wrong fields marked; else the part that the first metric read highlighted.
pub(super) fn output_lines(
    theme: Theme,
    output: &str,
    metrics: &[MetricLine],
    width: usize,
) -> Vec<Line<'static>> {
    let read = metrics.iter().find_map(|metric| {
        let span = metric.reading.span.clone()?;
        Some((metric, span))
    });
    let Some((metric, span)) = read else {
        return text::lines(output, width, "", Style::new());
    };
    if let Some(answer) = &metric.reading.score.answer
        && let Some(lines) =
            json::output_lines(theme, output, (&span, answer), &metric.fields, width)
    {
        return lines;
    }
    let parts = output
        .get(..span.start)
        .zip(output.get(span.clone()))
        .zip(output.get(span.end..));
    let Some(((before, read), after)) = parts else {
        return text::lines(output, width, "", Style::new());
    };
    // Where everything was read, a mark over everything says nothing.
    let is_all = before.trim().is_empty() && after.trim().is_empty() && read.len() > width;
    let style = if is_all { Style::new() } else { theme.found() };
    let pieces = [
        (before.to_owned(), Style::new()),
        (read.to_owned(), style),
        (after.to_owned(), Style::new()),
    ];
    text::wrap_pieces(&pieces, width)
}

fn metric_section(page: &mut Page, metrics: &[MetricLine]) {
    if metrics.is_empty() {
        return;
    }
    page.heading("Metrics", "");
    let theme = page.theme;
    let names = metrics.iter().map(|metric| text::width(&metric.name));
    let name_width = names.max().unwrap_or(0).min(page.width / 3);
    // Fields have lines of their own below their metric.
    let is_field = |name: &str| {
        metrics.iter().any(|metric| {
            let mut fields = metric.fields.iter();
            fields.any(|field| format!("{}.{}", metric.name, field.path) == name)
        })
    };
    for metric in metrics.iter().filter(|metric| !is_field(&metric.name)) {
        let score = (metric.score).map_or(" –  ".into(), |score| format!("{score:.2}"));
        let style = match metric.score {
            Some(score) if score >= 1.0 => theme.good(),
            Some(score) if score <= 0.0 => theme.bad(),
            _ => theme.unsure(),
        };
        let words = match metric.fields.is_empty() {
            true => text::line(&metric.words),
            false => {
                let right = metric.fields.iter().filter(|field| field.is_equal).count();
                format!("{right} of {}", count(metric.fields.len(), "field"))
            }
        };
        let pieces = [
            (format!("{score}  "), style),
            (shorten(&words).to_owned(), Style::new()),
        ];
        page.fact(&text::line(&metric.name), &pieces, name_width);
        let room = page.width.saturating_sub(2);
        page.indented(json::field_lines(theme, &metric.fields, room));
        for reason in &metric.reasons {
            page.indented(text::lines(reason, room, "", Style::new()));
        }
    }
}

/// The prompt as it was sent; shots folded.
fn prompt(page: &mut Page, model: &Model, table: &Table, unfolded: bool) {
    let theme = page.theme;
    let (v, row) = (model.cursor.variant, model.cursor.row);
    let prompt = match model.prompt(v, row) {
        None => {
            page.heading("Prompt", "");
            let words = "The prompt of this answer was not stored.";
            return page.lines.push(Line::styled(words, theme.dim()));
        }
        Some(Err(error)) => {
            page.heading("Prompt", "");
            let lines = text::lines(&error.to_string(), page.width, "", theme.bad());
            return page.lines.extend(lines);
        }
        Some(Ok(prompt)) => prompt,
    };
    let tokens = |text: &str| Counter::approximate().text(text).tokens;
    let folds = folds(&prompt, &table.shot_texts(v, row));
    let note = match (folds.iter().any(Option::is_some), unfolded) {
        (false, _) => "as sent",
        (true, false) => "as sent, shots folded; Space: unfold",
        (true, true) => "as sent; Space: fold the shots",
    };
    page.heading("Prompt", note);
    let project = &model.workspace.project;
    for added in added_system_prompts(project, &table.models, &prompt) {
        let lines = text::lines(&added, page.width, "", theme.dim());
        page.lines.extend(lines);
    }
    let mut whole = 0;
    for (message, fold) in prompt.messages.iter().zip(folds) {
        let fold = fold.filter(|_| !unfolded);
        if fold.as_ref() == Some(&(0..message.content.len())) {
            whole += 1;
            continue;
        }
        if whole > 0 {
            let words = format!("⋯ {} of shots", count(whole, "message"));
            page.lines.push(Line::styled(words, theme.dim()));
            whole = 0;
        }
        page.lines.push(Line::from(vec![
            Span::styled(
                message.role.to_string(),
                theme.accent().patch(theme.strong()),
            ),
            Span::styled(format!("  ~{} tok", tokens(&message.content)), theme.dim()),
        ]));
        let content = &message.content;
        let pieces = match &fold {
            None => vec![(shorten(content).to_owned(), Style::new())],
            Some(fold) => {
                let shots = content.get(fold.clone()).unwrap_or_default();
                let words = format!("⋯ shots: ~{} tok\n", tokens(shots));
                vec![
                    (content[..fold.start].to_owned(), Style::new()),
                    (words, theme.dim()),
                    (content[fold.end..].to_owned(), Style::new()),
                ]
            }
        };
        let room = page.width.saturating_sub(2);
        page.indented(text::wrap_pieces(&pieces, room));
    }
}

/// What is folded of each message: messages of shots as a whole, or the lines of shots within one.
fn folds(prompt: &Prompt, shots: &[(String, Option<String>)]) -> Vec<Option<Range<usize>>> {
    let messages = &prompt.messages;
    // The answers before the last question are those of shots.
    let last_answer = messages.iter().rposition(|m| m.role == Role::Assistant);
    let last_user = messages.iter().rposition(|m| m.role == Role::User);
    let turns = match (last_answer, last_user) {
        (Some(answer), Some(user)) if answer < user => answer + 1,
        _ => 0,
    };
    let fold = |(at, message): (usize, &Message)| {
        if at < turns && message.role != Role::System {
            return Some(0..message.content.len());
        }
        shot_lines(&message.content, shots)
    };
    messages.iter().enumerate().map(fold).collect()
}

/// From the line of the first shot to that of the last one's answer.
fn shot_lines(content: &str, shots: &[(String, Option<String>)]) -> Option<Range<usize>> {
    let found = shots.iter().filter(|(text, _)| !text.is_empty());
    let found = found.filter_map(|(text, answer)| {
        let start = content.find(text.as_str())?;
        let mut end = start + text.len();
        // The answer is expected close by.
        if let Some(answer) = answer
            && let Some(at) = content[end..].find(answer.as_str()).filter(|at| *at < 80)
        {
            end += at + answer.len();
        }
        Some(start..end)
    });
    let all = found.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))?;
    let start = content[..all.start].rfind('\n').map_or(0, |at| at + 1);
    let end = content[all.end..].find('\n');
    let end = end.map_or(content.len(), |at| all.end + at + 1);
    Some(start..end)
}

/// Samples that came to the same.
struct Kind<'a> {
    samples: Vec<usize>,
    text: String,
    record: &'a TrialRecord,
}

/// The samples, grouped by what they came to; the most frequent first.
fn kinds<'a>(model: &'a Model, table: &Table) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    for sample in 0..table.samples {
        let id = model.trial(model.cursor.variant, sample);
        let Some(record) = model.answers.outputs.get(id) else {
            continue;
        };
        let text = match &record.outcome {
            Outcome::Completed(completion) => completion.text.clone(),
            Outcome::Failed(failure) => failure.to_string(),
        };
        match kinds.iter_mut().find(|kind| kind.text == text) {
            Some(kind) => kind.samples.push(sample),
            None => kinds.push(Kind {
                samples: vec![sample],
                text,
                record,
            }),
        }
    }
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.samples.len()));
    kinds
}

fn other_samples(page: &mut Page, model: &Model, table: &Table, shown: Option<&TrialRecord>) {
    if table.samples < 2 {
        return;
    }
    let kinds = kinds(model, table);
    let note = count(kinds.len(), "distinct output");
    page.heading("Samples", &note);
    let theme = page.theme;
    for kind in &kinds {
        let first = kind.samples[0];
        let (sign, style) = model.cells().map_or(("·", theme.dim()), |grid| {
            let cell = grid.cell(model.cursor.variant, model.cursor.row, first);
            cells::sample_sign(theme, cell, grid.threshold())
        });
        let names: Vec<String> = kind.samples.iter().map(|s| format!("s{}", s + 1)).collect();
        let is_shown = shown.is_some_and(|r| kind.samples.contains(&(r.id.sample as usize)));
        let where_ = if is_shown { "  shown above" } else { "" };
        let words = format!(" {}× {}{where_}", kind.samples.len(), names.join(" "));
        page.lines.push(Line::from(vec![
            Span::styled(sign, style),
            Span::styled(text::fit(&words, page.width.saturating_sub(1)), theme.dim()),
        ]));
        if !is_shown {
            let metrics = metric_lines(model, table, kind.record);
            let room = page.width.saturating_sub(2);
            page.indented(output_lines(theme, shorten(&kind.text), &metrics, room));
        }
    }
    if let [first, second, ..] = kinds.as_slice() {
        let words = format!(
            "words changed, s{} → s{}:",
            first.samples[0] + 1,
            second.samples[0] + 1
        );
        page.lines.push(Line::styled(words, theme.dim()));
        let room = page.width.saturating_sub(2);
        page.indented(changed_words(theme, &first.text, &second.text, room));
    }
}

fn against_baseline(page: &mut Page, model: &Model, table: &Table, shown: Option<&TrialRecord>) {
    let baseline = model.answers.baseline;
    let other = model
        .answers
        .outputs
        .get(model.trial(baseline, model.cursor.sample));
    if let Some(other) = other
        && model.cursor.variant != baseline
        && let Some(before) = other.outcome.completion()
        && let Some(after) = shown.and_then(|record| record.outcome.completion())
    {
        let name = table.names.get(baseline).map_or("", String::as_str);
        if before.text == after.text {
            return page.heading(&format!("Against {name}"), "the same output");
        }
        page.heading(&format!("Against {name}"), "words of the output changed");
        let lines = changed_words(page.theme, &before.text, &after.text, page.width);
        page.lines.extend(lines);
    }
}

fn changed_words(theme: Theme, before: &str, after: &str, width: usize) -> Vec<Line<'static>> {
    let short = |text: &str| text.chars().take(4_000).collect::<String>();
    let words: Vec<_> = word_diff(&short(before), &short(after))
        .into_iter()
        .map(|piece| (piece.change, piece.text))
        .collect();
    text::wrap_pieces(&changes::pieces(theme, &words), width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Role, content: &str) -> Message {
        Message {
            role,
            content: content.into(),
        }
    }

    #[test]
    fn shots_are_folded_as_turns_and_as_lines() {
        let prompt = Prompt {
            messages: vec![
                message(Role::System, "Be brief."),
                message(Role::User, "one"),
                message(Role::Assistant, "yes"),
                message(Role::User, "two"),
            ],
        };
        assert_eq!(folds(&prompt, &[]), [None, Some(0..3), Some(0..3), None]);
        let text = "Label it.\nReview: good book\nLabel: positive\n\nReview: bad\nLabel: negative\n\nReview: mine\n";
        let shots = [
            ("good book".to_owned(), Some("positive".to_owned())),
            ("bad".to_owned(), Some("negative".to_owned())),
        ];
        let folded = shot_lines(text, &shots).unwrap();
        assert_eq!(&text[..folded.start], "Label it.\n");
        assert_eq!(&text[folded.end..], "\nReview: mine\n");
        assert_eq!(shot_lines("nothing", &shots), None);
    }
}
