//! Rules on axes: levels that change nothing, variants that say the same.

use super::{LintInput, input::spread_variants, warning::Warning};
use crate::model::Variant;
use std::collections::HashMap;

/// Most rows, and most settings of the other axes, that a level is looked at in.
const ROWS: usize = 8;
const SETTINGS: usize = 24;

/// Levels with which every prompt is the same as with another level of the axis.
pub(super) fn unused_levels(input: &LintInput<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (stem, template, axes) in input.variants.axes() {
        let sizes: Vec<usize> = axes.iter().map(|axis| axis.levels.len()).collect();
        for (a, axis) in axes
            .iter()
            .enumerate()
            .filter(|(_, axis)| axis.levels.len() > 1)
        {
            // For each level, everything that it makes of rows and settings; equal lists are equal levels.
            let mut groups: Vec<Vec<usize>> = vec![(0..axis.levels.len()).collect()];
            for setting in settings(&sizes, a) {
                for row in input.rows.iter().take(ROWS) {
                    let said = |level: usize| {
                        let mut levels = setting.clone();
                        levels[a] = level;
                        let variant = input.variants.combine(template, &levels)?;
                        Some(request_hash(input, &variant, row))
                    };
                    groups = groups
                        .into_iter()
                        .flat_map(|group| split(group, &said))
                        .collect();
                    if groups.iter().all(|group| group.len() == 1) {
                        break;
                    }
                }
                if groups.iter().all(|group| group.len() == 1) {
                    break;
                }
            }
            for group in groups.iter().filter(|group| group.len() > 1) {
                let name = |level: &usize| format!("`{}`", axis.levels[*level].name);
                let others: Vec<String> = group[1..].iter().map(name).collect();
                let warning = Warning::new(
                    "unused-level",
                    format!(
                        "{stem}: on axis `{}`, the levels {} and {} give identical prompts",
                        axis.name,
                        name(&group[0]),
                        others.join(", ")
                    ),
                );
                let own = input.templates.templates()[template].axis_place(&axis.name);
                let place = own.or_else(|| input.axis_places.get(&axis.name).cloned());
                warnings.push(warning.with_place(place).in_template(template));
            }
        }
    }
    warnings
}

/// Settings of the other axes: the first levels, each other level alone, the last levels, and each other level beside the
/// last ones; the number of those with many axes is bounded.
fn settings(sizes: &[usize], but: usize) -> Vec<Vec<usize>> {
    let first = vec![0; sizes.len()];
    let last: Vec<usize> = sizes.iter().map(|size| size - 1).collect();
    let mut settings = vec![first.clone(), last.clone()];
    for (axis, size) in sizes.iter().enumerate().filter(|(axis, _)| *axis != but) {
        for level in 0..*size {
            for start in [&first, &last] {
                let mut one = start.clone();
                one[axis] = level;
                if !settings.contains(&one) {
                    settings.push(one);
                }
            }
        }
    }
    settings.truncate(SETTINGS);
    settings
}

fn split(group: Vec<usize>, hash_of: &dyn Fn(usize) -> Option<blake3::Hash>) -> Vec<Vec<usize>> {
    if group.len() == 1 {
        return vec![group];
    }
    let mut parts: Vec<(Option<blake3::Hash>, Vec<usize>)> = Vec::new();
    for level in group {
        let hash = hash_of(level);
        match parts.iter_mut().find(|(other, _)| *other == hash) {
            Some((_, part)) => part.push(level),
            None => parts.push((hash, vec![level])),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// Hash of the request for a row: messages, tools and parameters.
fn request_hash(
    input: &LintInput<'_>,
    variant: &Variant,
    row: &std::sync::Arc<crate::model::Row>,
) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    match (input.render)(variant, row) {
        Ok(prompt) => {
            for message in &prompt.messages {
                hasher.update(message.role.as_str().as_bytes());
                hasher.update(&(message.content.len() as u64).to_le_bytes());
                hasher.update(message.content.as_bytes());
                if !message.parts.is_empty() {
                    hasher.update(format!("{:?}", message.parts).as_bytes());
                }
            }
            if let Some(tools) = prompt.tools() {
                hasher.update(tools.json().as_bytes());
            }
        }
        Err(error) => {
            hasher.update(error.to_string().as_bytes());
        }
    }
    hasher.update(
        serde_json::Value::Object(variant.params.clone())
            .to_string()
            .as_bytes(),
    );
    hasher.finalize()
}

/// Variants whose requests equal another variant's for every row.
pub(super) fn same_variants(input: &LintInput<'_>) -> Option<Warning> {
    let mut seen: HashMap<Vec<blake3::Hash>, String> = HashMap::new();
    let mut same: Vec<(String, String)> = Vec::new();
    for variant in spread_variants(input.variants) {
        let all = input
            .rows
            .iter()
            .take(ROWS)
            .map(|row| request_hash(input, &variant, row))
            .collect();
        match seen.get(&all) {
            Some(first) => same.push((variant.name, first.clone())),
            None => {
                seen.insert(all, variant.name);
            }
        }
    }
    let (variant, first) = same.first()?;
    Some(Warning::new(
        "same-variant",
        match same.len() {
            1 => format!("{variant} has the same prompts as {first} and is scored by its answers"),
            n => format!(
                "{n} variants have the same prompts as another one and are scored by its answers, for example {variant} and {first}"
            ),
        },
    ))
}
