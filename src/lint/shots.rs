//! Rules on shots.

use super::{
    LintInput,
    input::spread_variants,
    probe::{Mark, Probe},
    warning::Warning,
};
use crate::{source::SourcePlace, template::Template};

/// Shots that are written otherwise than the row at hand.
pub(super) fn shot_format(input: &LintInput<'_>, probe: &Probe) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for column in probe.columns() {
        let (Some(shot), Some(row)) = (probe.shot(column), probe.row(column)) else {
            continue;
        };
        if Some(column.as_str()) == input.answer {
            continue;
        }
        let (of_shot, of_row) = (lead(probe, &shot), lead(probe, &row));
        if of_shot != of_row {
            let warning = Warning::new(
                "shot-format",
                format!(
                    "shots have {} before `{column}`, but the row has {}; models copy the format of the shots, so use the same format (field() does)",
                    shown(&of_shot),
                    shown(&of_row)
                ),
            );
            let place = probe
                .place(input, row.message, row.at.saturating_sub(1))
                .or_else(|| probe.place(input, row.message, row.at));
            warnings.push(
                warning
                    .with_place(place)
                    .in_template(probe.variant.template),
            );
        }
    }
    warnings.extend(answer_lead(input, probe));
    warnings
}

/// Where shots and row share a message, the prompt should end as a shot's answer begins.
fn answer_lead(input: &LintInput<'_>, probe: &Probe) -> Option<Warning> {
    let answer = probe.shot(input.answer?)?;
    let (last, message) = probe.prompt().messages.iter().enumerate().next_back()?;
    if answer.message != last {
        return None;
    }
    let of_shot = lead(probe, &answer);
    let end = message.content.trim_end();
    // Behind the data of a line, only what follows it, as of the shot.
    let line = behind_marks(end.rsplit('\n').next().unwrap_or(""));
    if of_shot.trim().is_empty() || line.trim() == of_shot.trim() {
        return None;
    }
    let line = match line.is_empty() {
        true => "the row's data".to_owned(),
        false => shown(line),
    };
    let warning = Warning::new(
        "shot-format",
        format!(
            "in shots the answer follows {}, but the prompt ends with {line}; end the prompt the same way",
            shown(of_shot.trim_end())
        ),
    );
    Some(
        warning
            .with_place(probe.place(input, last, end.len().saturating_sub(1)))
            .in_template(probe.variant.template),
    )
}

/// What the template writes before a mark: on its line, or where nothing stands there, on the line before.
fn lead(probe: &Probe, mark: &Mark) -> String {
    let Some(message) = probe.prompt().messages.get(mark.message) else {
        return String::new();
    };
    let before = &message.content[..mark.at];
    let line = before.rsplit('\n').next().unwrap_or("");
    let lead = if line.is_empty() && before.ends_with('\n') {
        let above = before
            .trim_end_matches('\n')
            .rsplit('\n')
            .next()
            .unwrap_or("");
        format!("{above}\n")
    } else {
        line.to_owned()
    };
    behind_marks(&lead).to_owned()
}

/// What follows the last mark of a text; all of it without one.
fn behind_marks(text: &str) -> &str {
    text.rsplit('\u{27e7}').next().unwrap_or(text)
}

fn shown(text: &str) -> String {
    if text.is_empty() {
        return "nothing".into();
    }
    format!("“{}”", text.replace('\n', "⏎").replace('\t', "→"))
}

/// Shots that no prompt shows.
pub(super) fn unused_shots(input: &LintInput<'_>) -> Option<Warning> {
    if !input.has_shots {
        let asks =
            spread_variants(input.variants).find(|variant| input.templates.shows_shots(variant))?;
        let warning = Warning::new(
            "unused-shots",
            "the template uses shots, but the experiment has no shots file, so the list is empty in every prompt",
        );
        let template = &input.templates.templates()[asks.template];
        return Some(
            warning
                .with_place(word(template, "shots"))
                .in_template(asks.template),
        );
    }
    let used = spread_variants(input.variants).any(|variant| {
        let none = variant
            .level("shots.count")
            .is_some_and(|level| level.value == 0);
        input.templates.shows_shots(&variant) && !none
    });
    (!used).then(|| {
        Warning::new(
            "unused-shots",
            "the experiment has a shots file, but no template uses `shots`",
        )
        .with_place(input.data_places.shots.clone())
    })
}

/// The first place of a word in a template, behind its front matter; `None` where only a part that it includes has it.
fn word(template: &Template, word: &str) -> Option<SourcePlace> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let (at, _) = template.source.match_indices(word).find(|(at, _)| {
        *at >= template.body_start
            && !template.source[..*at].ends_with(is_part)
            && !template.source[at + word.len()..].starts_with(is_part)
    })?;
    let span = at..at + word.len();
    Some(SourcePlace::of_span(
        template.path.clone(),
        &template.source,
        span,
    ))
}
