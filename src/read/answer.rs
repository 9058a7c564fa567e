//! The answer in an output: what is left when the model's thoughts are taken out.

use super::{
    Unreadable,
    thought::{may_hold_thoughts, merge, thoughts},
};
use std::{borrow::Cow, ops::Range};

/// The answer text of an output. Every metric, judge, export and comparison reads this and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerText<'a> {
    text: Cow<'a, str>,
    /// Where the text comes from: its pieces by their start in it, with their place in the output.
    pieces: Vec<(usize, Range<usize>)>,
    removed: Vec<Range<usize>>,
}

impl<'a> AnswerText<'a> {
    /// Take the thoughts out of an output. Without thoughts the text is the output, unchanged.
    pub fn new(output: &'a str) -> AnswerText<'a> {
        let mut answer = AnswerText {
            text: Cow::Borrowed(output),
            pieces: Vec::new(),
            removed: Vec::new(),
        };
        // A channel may hold a block: what is left is looked through again.
        while may_hold_thoughts(&answer.text) {
            let found = thoughts(&answer.text);
            if found.is_empty() {
                break;
            }
            let mut removed = std::mem::take(&mut answer.removed);
            removed.extend(found.into_iter().map(|range| answer.span_in_output(range)));
            merge(&mut removed);
            answer = AnswerText::without(output, removed);
        }
        answer
    }

    fn without(output: &'a str, removed: Vec<Range<usize>>) -> AnswerText<'a> {
        let starts = removed
            .iter()
            .map(|range| range.start)
            .chain([output.len()]);
        let ends = [0].into_iter().chain(removed.iter().map(|range| range.end));
        let kept = ends.zip(starts).map(|(from, to)| from..to);
        let mut kept: Vec<Range<usize>> = kept
            .filter(|range| !output[range.clone()].trim().is_empty())
            .collect();
        if let Some(first) = kept.first_mut() {
            first.start += output[first.clone()].len() - output[first.clone()].trim_start().len();
        }
        if let Some(last) = kept.last_mut() {
            last.end = last.start + output[last.clone()].trim_end().len();
        }
        let (mut text, mut pieces) = (String::new(), Vec::new());
        for range in &kept {
            let piece = &output[range.clone()];
            let is_joined =
                text.ends_with(char::is_alphanumeric) && piece.starts_with(char::is_alphanumeric);
            if is_joined {
                text.push('\n');
            }
            pieces.push((text.len(), range.clone()));
            text.push_str(piece);
        }
        let text = match kept.as_slice() {
            [] => Cow::Borrowed(""),
            [one] => Cow::Borrowed(&output[one.clone()]),
            _ => Cow::Owned(text),
        };
        AnswerText {
            text,
            pieces,
            removed,
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    fn into_text(self) -> Cow<'a, str> {
        self.text
    }

    /// Parts of the output that are no part of the answer: thoughts with their tags, control tokens at the ends.
    pub fn removed(&self) -> &[Range<usize>] {
        &self.removed
    }

    /// Why there is no answer, where the text is blank.
    pub fn missing(&self) -> Option<Unreadable> {
        self.text
            .trim()
            .is_empty()
            .then_some(match self.removed.is_empty() {
                true => Unreadable::Empty,
                false => Unreadable::ThoughtsOnly,
            })
    }

    /// The place in the output of a part of the answer text.
    pub fn span_in_output(&self, span: Range<usize>) -> Range<usize> {
        let place = |at: usize| {
            let piece = self.pieces.iter().rev().find(|(start, _)| *start <= at);
            piece.map_or(at, |(start, range)| {
                range.start + (at - start).min(range.len())
            })
        };
        let start = place(span.start);
        match span.is_empty() {
            true => start..start,
            false => start..place(span.end - 1) + 1,
        }
    }
}

/// The answer text of an output, without its places.
pub fn answer_text(output: &str) -> Cow<'_, str> {
    AnswerText::new(output).into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_removed_wherever_they_stand() {
        for (output, answer) in [
            ("Paris", "Paris"),
            (" Paris ", " Paris "),
            ("<think>Rome?</think>\n\nParis\n", "Paris"),
            ("<THINKING mode=\"deep\">Rome?</THINKING> Paris", "Paris"),
            ("Rome?</think>Paris", "Paris"),
            ("<think>Rome? I wonder", ""),
            ("<think></think>Paris", "Paris"),
            ("<think>a</think>Par<think>b</think> is", "Par is"),
            ("<think>a<think>b</think>c</think>Paris", "Paris"),
            (
                "<reasoning>Rome</reasoning><answer>Paris</answer>",
                "<answer>Paris</answer>",
            ),
            ("◁think▷Rome◁/think▷Paris", "Paris"),
            ("[THINK]Rome[/THINK]Paris", "Paris"),
            ("<seed:think>Rome</seed:think>Paris", "Paris"),
            ("<|begin_of_thought|>Rome<|end_of_thought|>Paris", "Paris"),
            ("<|START_THINKING|>Rome<|END_THINKING|>Paris", "Paris"),
            (
                "<|channel|>analysis<|message|>Rome<|end|><|start|>assistant<|channel|>final<|message|>Paris<|return|>",
                "Paris",
            ),
            ("analysisWe need Rome.assistantfinalParis", "Paris"),
            ("<|channel>thought\nRome<channel|>Paris", "Paris"),
            ("<unused94>thought\nRome<unused95>Paris", "Paris"),
            (
                "<details type=\"reasoning\"><summary>s</summary>Rome</details>\nParis",
                "Paris",
            ),
            ("&lt;think&gt;Rome&lt;/think&gt;Paris", "Paris"),
            ("<think>use `</think>` here</think>Paris", "Paris"),
            ("Paris<|im_end|>", "Paris"),
            ("<think>Rome</think>Paris</think>", "Paris"),
            (
                "The tag `<think>` opens a thought.",
                "The tag `<think>` opens a thought.",
            ),
            (
                "Write it between <think> and </think>. Paris",
                "Write it between <think> and </think>. Paris",
            ),
            (
                "It ends with </think> before the answer.",
                "It ends with </think> before the answer.",
            ),
            (
                "Use <think> to reason. Paris",
                "Use <think> to reason. Paris",
            ),
            (
                "See:\n```xml\n<think>x</think>\n```\nParis",
                "See:\n```xml\n<think>x</think>\n```\nParis",
            ),
            ("```\n<think>Rome</think>\nParis\n```", "```\n\nParis\n```"),
            ("a < b and c[0] & d", "a < b and c[0] & d"),
            ("[1] Paris", "[1] Paris"),
        ] {
            let read = AnswerText::new(output);
            assert_eq!(read.text(), answer, "{output}");
        }
    }

    #[test]
    fn spans_lead_back_to_the_output() {
        let output = "<think>Rome</think> Pa<think>x</think> ris";
        let read = AnswerText::new(output);
        assert_eq!(read.text(), "Pa ris");
        assert_eq!(&output[read.span_in_output(0..2)], "Pa");
        assert_eq!(&output[read.span_in_output(3..6)], "ris");
        assert_eq!(
            AnswerText::new("<think>x").missing(),
            Some(Unreadable::ThoughtsOnly)
        );
        assert_eq!(AnswerText::new(" ").missing(), Some(Unreadable::Empty));
    }
}
