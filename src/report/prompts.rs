//! The prompt of each variant: its template with the places that read an axis, and one prompt as it was sent.

use super::RunReport;
use crate::{
    model::{Prompt, TrialId},
    store::StoreError,
};

/// Variants whose prompts are shown.
const MOST_VARIANTS: usize = 100;
/// Rows in which a prompt is looked for.
const MOST_ROWS: usize = 20;

/// A piece of a template, and whether it is an expression that reads an axis.
pub(super) type TemplatePiece<'a> = (&'a str, bool);

/// The prompt of a variant.
#[derive(Debug)]
pub(super) struct VariantPrompt<'a> {
    pub(super) variant: usize,
    pub(super) template: Vec<TemplatePiece<'a>>,
    /// A row, and the prompt that was sent for it, where it was stored.
    pub(super) example: Option<(usize, Prompt)>,
}

/// The prompts of the variants, in their order.
pub(super) fn variant_prompts(report: &RunReport) -> Result<Vec<VariantPrompt<'_>>, StoreError> {
    let variants = report.info.variants.iter().enumerate();
    let prompts = variants.take(MOST_VARIANTS).map(|(v, variant)| {
        let source = report.info.templates.get(variant.template);
        let source = source.map_or("", |template| template.source.as_str());
        let axes: Vec<&str> = variant
            .levels
            .iter()
            .map(|(axis, _)| axis.as_str())
            .collect();
        Ok(VariantPrompt {
            variant: v,
            template: pieces(source, &axes),
            example: example(report, v)?,
        })
    });
    prompts.collect()
}

fn example(report: &RunReport, variant: usize) -> Result<Option<(usize, Prompt)>, StoreError> {
    let samples = report.info.samples.max(1);
    for at in 0..report.info.rows.min(MOST_ROWS) * samples {
        let id = TrialId {
            variant: variant as u32,
            model: 0,
            row: (at / samples) as u32,
            sample: (at % samples) as u32,
        };
        if let Some(prompt) = report.store.prompt(&report.info.id, id)? {
            return Ok(Some((at / samples, prompt)));
        }
    }
    Ok(None)
}

/// Split a template at the tags and expressions that name one of the axes.
fn pieces<'a>(source: &'a str, axes: &[&str]) -> Vec<TemplatePiece<'a>> {
    let mut pieces = Vec::new();
    let (mut plain, mut from) = (0, 0);
    while let Some(at) = source[from..].find('{').map(|at| from + at) {
        let close = match source[at..].get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            _ => {
                from = at + 1;
                continue;
            }
        };
        let Some(end) = source[at..].find(close).map(|end| at + end + 2) else {
            break;
        };
        if names_axis(&source[at..end], axes) {
            pieces.push((&source[plain..at], false));
            pieces.push((&source[at..end], true));
            plain = end;
        }
        from = end;
    }
    pieces.push((&source[plain..], false));
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

fn names_axis(tag: &str, axes: &[&str]) -> bool {
    let mut words = tag.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.any(|word| {
        // An axis of shots or the format is read by the names of what it sets.
        axes.iter().any(|axis| match axis.split_once('.') {
            Some((root, _)) => word == root,
            None if *axis == "format" => word == "field",
            None => word == *axis,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_and_tags_that_name_an_axis_are_marked() {
        let source = "{ a {{ tone }}b{% for shot in shots %}{{ toner }}{% endfor %} {{ axes.tone ~ 'x' }} {{";
        let marked: Vec<&str> = pieces(source, &["tone", "shots.count"])
            .into_iter()
            .filter_map(|(text, is_axis)| is_axis.then_some(text))
            .collect();
        assert_eq!(
            marked,
            [
                "{{ tone }}",
                "{% for shot in shots %}",
                "{{ axes.tone ~ 'x' }}"
            ]
        );
        let whole: String = pieces(source, &["tone"])
            .iter()
            .map(|(text, _)| *text)
            .collect();
        assert_eq!(whole, source);
    }
}
