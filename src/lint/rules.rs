//! Runs every lint rule.

use super::{
    LintInput, chat, context, data, input, levels, models, probe::Probe, room, shots,
    warning::Warning, words,
};

/// All warnings that the templates do not silence, without duplicates.
pub fn lint(input: &LintInput<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for index in 0..input.templates.templates().len() {
        warnings.extend(words::line_ends(input, index));
    }
    for variant in input::spread_variants(input.variants) {
        let Some(probe) = Probe::render(input, &variant) else {
            continue;
        };
        warnings.extend(words::trailing_space(input, &probe));
        warnings.extend(words::double_space(input, &probe));
        warnings.extend(words::labels(input, &probe));
        warnings.extend(shots::shot_format(input, &probe));
        warnings.extend(data::answer_leak(input, &probe));
        warnings.extend(chat::chat_template(input, &probe));
    }
    warnings.extend(data::unused_columns(input));
    warnings.extend(data::expected_labels(input));
    warnings.extend(shots::unused_shots(input));
    warnings.extend(levels::unused_levels(input));
    warnings.extend(levels::same_variants(input));
    warnings.extend(context::windows(input));
    warnings.extend(room::max_tokens(input));
    warnings.extend(models::shutdowns(input));
    warnings.extend(models::sampling(input));
    let templates = input.templates.templates();
    warnings.retain(|warning| match warning.template {
        Some(template) => !templates
            .get(template)
            .is_some_and(|t| t.silences(warning.rule)),
        None => !templates.iter().any(|t| t.silences(warning.rule)),
    });
    let mut once: Vec<Warning> = Vec::new();
    for warning in warnings {
        let is_same = |other: &Warning| {
            other.rule == warning.rule
                && other.template == warning.template
                && (other.message == warning.message
                    || other.place.is_some() && other.place == warning.place)
        };
        if !once.iter().any(is_same) {
            once.push(warning);
        }
    }
    once
}
