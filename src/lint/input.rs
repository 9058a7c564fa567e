//! What the lint looks at, and the round of all rules.

use super::{Window, context, data, levels, probe::Probe, shots, warning::Warning, words};
use crate::{
    model::{Prompt, Row, Shot, Variant},
    project::DataPlaces,
    source::SourcePlace,
    template::{TemplateError, TemplateSet, Variants},
};
use std::{collections::BTreeMap, sync::Arc};

/// Renders a variant for a row, with the shots that are chosen for it.
pub type Render<'a> = dyn Fn(&Variant, &Arc<Row>) -> Result<Prompt, TemplateError> + 'a;

/// What the lint looks at.
pub struct LintInput<'a> {
    pub templates: &'a TemplateSet,
    pub variants: &'a Variants,
    /// Rows of the dataset, enough of them to look at.
    pub rows: &'a [Arc<Row>],
    /// Id and expected answer of every row, by its place; `None` past the last.
    pub answers: &'a dyn Fn(usize) -> Option<(String, Option<String>)>,
    pub shots: &'a [Arc<Shot>],
    /// Whether the experiment names a shots file.
    pub has_shots: bool,
    /// Columns of the dataset.
    pub columns: &'a [String],
    /// Column with the expected answer.
    pub answer: Option<&'a str>,
    /// Columns that are there for the workbench: id and cluster.
    pub bookkeeping: Vec<&'a str>,
    /// Labels of the main metric; none where it has none.
    pub labels: &'a [String],
    /// Where the experiment's axes are written.
    pub axis_places: &'a BTreeMap<String, SourcePlace>,
    /// Where it names its files.
    pub data_places: &'a DataPlaces,
    /// How much each model takes.
    pub windows: &'a [Window],
    /// How a prompt is rendered.
    pub render: &'a Render<'a>,
}

/// Most variants whose words are looked at; they share their templates, so more say little more.
const MOST_VARIANTS: u64 = 64;

/// All that is likely not meant, without what the templates silence, each once.
pub fn lint(input: &LintInput<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for index in 0..input.templates.templates().len() {
        warnings.extend(words::line_ends(input, index));
    }
    for variant in some(input.variants) {
        let Some(probe) = Probe::of(input, &variant) else {
            continue;
        };
        warnings.extend(words::trailing_space(input, &probe));
        warnings.extend(words::double_space(input, &probe));
        warnings.extend(words::labels(input, &probe));
        warnings.extend(shots::shot_format(input, &probe));
        warnings.extend(data::answer_leak(input, &probe));
    }
    warnings.extend(data::unused_columns(input));
    warnings.extend(data::expected_labels(input));
    warnings.extend(shots::unused_shots(input));
    warnings.extend(levels::unused_levels(input));
    warnings.extend(levels::same_variants(input));
    warnings.extend(context::windows(input));
    let templates = input.templates.templates();
    warnings.retain(|warning| match warning.template {
        Some(template) => !templates
            .get(template)
            .is_some_and(|t| t.silences(warning.rule)),
        None => !templates.iter().any(|t| t.silences(warning.rule)),
    });
    let mut once: Vec<Warning> = Vec::new();
    for warning in warnings {
        let said = |other: &Warning| {
            other.rule == warning.rule
                && other.template == warning.template
                && (other.message == warning.message
                    || other.place.is_some() && other.place == warning.place)
        };
        if !once.iter().any(said) {
            once.push(warning);
        }
    }
    once
}

/// Variants spread over all.
pub(super) fn some(variants: &Variants) -> impl Iterator<Item = Variant> {
    let take = variants.len().min(MOST_VARIANTS);
    (0..take).filter_map(move |i| {
        let number = u128::from(i) * u128::from(variants.len()) / u128::from(take);
        variants.get(number as u64)
    })
}
