//! Rules on what a template writes: white space and labels.

use super::{
    LintInput,
    probe::{Probe, is_written},
    warning::Warning,
};
use crate::source::{SourcePlace, nearest};
use unicode_segmentation::UnicodeSegmentation;

/// White space between the prompt's last word and the answer.
pub(super) fn trailing_space(input: &LintInput<'_>, probe: &Probe) -> Option<Warning> {
    let (last, message) = probe.prompt().messages.iter().enumerate().next_back()?;
    let end = message.content.trim_end().len();
    if end == message.content.len() {
        return None;
    }
    let warning = Warning::new(
        "trailing-space",
        "the prompt ends with white space, which tokenizers would merge with the first word of the answer; models answer worse; remove it",
    );
    Some(
        warning
            .with_place(probe.place(input, last, end))
            .in_template(probe.variant.template),
    )
}

/// Two spaces where one is meant.
pub(super) fn double_space(input: &LintInput<'_>, probe: &Probe) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (index, message) in probe.prompt().messages.iter().enumerate() {
        let content = &message.content;
        for (at, _) in content.match_indices("  ") {
            let (before, after) = (&content[..at], &content[at..]);
            let line = before.rsplit('\n').next().unwrap_or("");
            let rest = after.trim_start_matches(' ');
            // Indentation and the ends of lines are something else; of many spaces the first two count.
            if line.trim().is_empty()
                || before.ends_with(' ')
                || rest.is_empty()
                || rest.starts_with(['\n', '\r'])
            {
                continue;
            }
            let word = |c: &str| c.chars().filter(|c| !c.is_control()).collect::<String>();
            let left = line.rsplit(' ').next().unwrap_or("");
            let right = rest.split([' ', '\n']).next().unwrap_or("");
            let warning = Warning::new(
                "double-space",
                format!("two spaces between “{}” and “{}”", word(left), word(right)),
            );
            // The second space: where an expression ends in one, the first is the expression's.
            let place = probe
                .place(input, index, at + 1)
                .or_else(|| probe.place(input, index, at));
            warnings.push(
                warning
                    .with_place(place)
                    .in_template(probe.variant.template),
            );
        }
    }
    warnings
}

/// Lines that end in LF and lines that end in CRLF, in one template.
pub(super) fn line_ends(input: &LintInput<'_>, index: usize) -> Option<Warning> {
    let template = &input.templates.templates()[index];
    let source = &template.source;
    let crlf = source.matches("\r\n").count();
    let lf = source.matches('\n').count() - crlf;
    if crlf == 0 || lf == 0 {
        return None;
    }
    // The rarer kind is the stranger.
    let at = if crlf <= lf {
        source.find("\r\n")
    } else {
        source
            .char_indices()
            .find(|(i, c)| *c == '\n' && !source[..*i].ends_with('\r'))
            .map(|(i, _)| i)
    };
    let warning = Warning::new(
        "line-ends",
        format!(
            "mixed line ends: {crlf} CR LF, {lf} LF; tokenizers treat them differently; save the file with one kind"
        ),
    );
    let place = at.map(|at| {
        SourcePlace::of_line(
            &template.path,
            source,
            source[..at].matches('\n').count() + 1,
        )
    });
    Some(warning.with_place(place).in_template(index))
}

/// Labels that the template writes otherwise than the dataset has them.
pub(super) fn labels(input: &LintInput<'_>, probe: &Probe) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut seen = vec![false; input.labels.len()];
    let labels: Vec<&str> = input.labels.iter().map(String::as_str).collect();
    let single = |label: &&str| label.unicode_words().count() == 1;
    let words: Vec<&str> = labels.iter().copied().filter(single).collect();
    for (index, message) in probe.prompt().messages.iter().enumerate() {
        for (i, label) in labels.iter().enumerate() {
            seen[i] |= message.content.contains(label);
        }
        for (at, word) in message.content.unicode_word_indices() {
            let line_start = message.content[..at].rfind('\n').map_or(0, |i| i + 1);
            let before = &message.content[line_start..at];
            if labels.contains(&word) || !is_written(word) || before.ends_with(['.', '\u{27e6}']) {
                continue;
            }
            let first = before.trim_end().is_empty()
                || before.trim_end().ends_with(['.', '!', '?', ':', '"', '“']);
            let other_case = words
                .iter()
                .find(|label| label.to_lowercase() == word.to_lowercase());
            let meant = match other_case {
                // A capital at the start of a sentence is how one writes.
                Some(_) if first => continue,
                Some(label) => Some(*label),
                None if word.chars().count() >= 5 => nearest(word, words.iter().copied())
                    .filter(|label| differ_by_a_slip(word, label)),
                None => None,
            };
            if let Some(label) = meant {
                let warning = Warning::new(
                    "labels",
                    format!(
                        "the template says “{word}”, but the label is “{label}”; a model that follows it gives an answer that is not a label"
                    ),
                );
                warnings.push(
                    warning
                        .with_place(probe.place(input, index, at))
                        .in_template(probe.variant.template),
                );
            }
        }
    }
    let named = seen.iter().filter(|s| **s).count();
    if named > 0 && named < labels.len() && warnings.is_empty() {
        let list = |want: bool| {
            let those = labels.iter().zip(&seen).filter(|(_, s)| **s == want);
            those
                .map(|(label, _)| format!("“{label}”"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let template = &input.templates.templates()[probe.variant.template];
        let warning = Warning::new(
            "labels",
            format!(
                "the template lists the labels {} but not {}",
                list(true),
                list(false)
            ),
        );
        let line = template.source[..template.body_start].matches('\n').count() + 1;
        let place = SourcePlace::of_line(&template.path, &template.source, line);
        warnings.push(
            warning
                .with_place(Some(place))
                .in_template(probe.variant.template),
        );
    }
    warnings
}

/// One letter more, less, or other, or two in the wrong order; a plural or an ending is another word.
fn differ_by_a_slip(word: &str, label: &str) -> bool {
    let (word, label) = (word.to_lowercase(), label.to_lowercase());
    strsim::damerau_levenshtein(&word, &label) == 1
        && !word.starts_with(&label)
        && !label.starts_with(&word)
}
