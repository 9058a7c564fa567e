//! The prompt of each variant: its template with the places that read an axis, and one prompt as it was sent.

use super::{RunReport, WriteOptions};
use crate::{
    model::{Prompt, TrialId},
    narrate::prompt::missing_prompt,
    store::StoreError,
};
use std::{borrow::Cow, collections::BTreeSet};

/// Variants whose prompts a page or a comment shows.
pub(super) const SHOWN_PROMPTS: usize = 100;
/// Rows in which a prompt is looked for.
const MOST_ROWS: usize = 20;

/// A piece of a template, and whether it is an expression that reads an axis.
pub(super) type TemplatePiece<'a> = (&'a str, bool);

/// The prompts of the variants of a run, by template.
#[derive(Debug)]
pub(super) struct RunPrompts<'a> {
    pub(super) templates: Vec<TemplatePrompts<'a>>,
    /// Variants whose prompts were not read.
    pub(super) left_out: usize,
}

/// A template and the prompts of its variants.
#[derive(Debug)]
pub(super) struct TemplatePrompts<'a> {
    /// The file, as the user would type it.
    pub(super) path: Cow<'a, str>,
    pub(super) pieces: Vec<TemplatePiece<'a>>,
    pub(super) variants: Vec<(usize, ExamplePrompt)>,
}

/// One prompt of a variant.
#[derive(Debug)]
pub(super) enum ExamplePrompt {
    /// A row, and the prompt that was sent for it.
    Sent(usize, Prompt),
    /// Why there is none.
    Missing(&'static str),
    /// A prompt shows the text of a row, which the report leaves out.
    Hidden,
}

/// The prompts of the first `most` variants.
pub(super) fn run_prompts<'a>(
    report: &'a RunReport,
    options: &WriteOptions,
    most: usize,
) -> Result<RunPrompts<'a>, StoreError> {
    let info = &report.info;
    // Asked once, where a prompt is missing: it reads the whole run where none is.
    let mut lacks_prompts = None;
    let mut example = |variant: usize| -> Result<ExamplePrompt, StoreError> {
        if options.no_outputs {
            return Ok(ExamplePrompt::Hidden);
        }
        if let Some((row, prompt)) = sent_prompt(report, variant)? {
            return Ok(ExamplePrompt::Sent(row, prompt));
        }
        let lacks = match lacks_prompts {
            Some(lacks) => lacks,
            None => *lacks_prompts.insert(report.store.lacks_prompts(&info.id)?),
        };
        Ok(ExamplePrompt::Missing(missing_prompt(lacks)))
    };
    let mut templates = Vec::new();
    for (t, template) in info.templates.iter().enumerate() {
        let shown = info.variants.iter().enumerate().take(most);
        let shown: Vec<_> = shown.filter(|(_, v)| v.template == t).collect();
        // Answers that were made elsewhere have no template.
        if shown.is_empty() || template.source.is_empty() {
            continue;
        }
        let axes: BTreeSet<&str> = (shown.iter())
            .flat_map(|(_, variant)| &variant.levels)
            .map(|(axis, _)| axis.as_str())
            .collect();
        let variants = shown.iter().map(|(v, _)| Ok((*v, example(*v)?)));
        templates.push(TemplatePrompts {
            path: template.path.to_string_lossy(),
            pieces: pieces(&template.source, &axes),
            variants: variants.collect::<Result<_, StoreError>>()?,
        });
    }
    let left_out = match templates.is_empty() || options.no_outputs {
        true => 0,
        false => info.variants.len().saturating_sub(most),
    };
    Ok(RunPrompts {
        templates,
        left_out,
    })
}

fn sent_prompt(report: &RunReport, variant: usize) -> Result<Option<(usize, Prompt)>, StoreError> {
    let info = &report.info;
    for row in 0..info.rows.min(MOST_ROWS) {
        for at in 0..info.samples * info.models.len() {
            let id = TrialId {
                variant: variant as u32,
                model: (at / info.samples) as u32,
                row: row as u32,
                sample: (at % info.samples) as u32,
            };
            if let Some(prompt) = report.store.prompt(&info.id, id)? {
                return Ok(Some((row, prompt)));
            }
        }
    }
    Ok(None)
}

/// Split a template at the tags and expressions that name one of the axes.
fn pieces<'a>(source: &'a str, axes: &BTreeSet<&str>) -> Vec<TemplatePiece<'a>> {
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

fn names_axis(tag: &str, axes: &BTreeSet<&str>) -> bool {
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
        let marked: Vec<&str> = pieces(source, &BTreeSet::from(["tone", "shots.count"]))
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
        let whole: String = pieces(source, &BTreeSet::from(["tone"]))
            .iter()
            .map(|(text, _)| *text)
            .collect();
        assert_eq!(whole, source);
    }
}
