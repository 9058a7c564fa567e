//! A rendered prompt that knows from where in the template each of its parts came.

use super::marker::Origins;
use crate::model::Prompt;
use minijinja::{OutputSpan, OutputSpanKind};
use std::ops::Range;

/// A rendered prompt with its origins.
#[derive(Debug)]
pub struct Traced {
    prompt: Prompt,
    origins: Origins,
    spans: Vec<OutputSpan>,
}

impl Traced {
    pub(super) fn new(prompt: Prompt, origins: Origins, spans: Vec<OutputSpan>) -> Traced {
        Traced {
            prompt,
            origins,
            spans,
        }
    }

    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// The file and the byte range in its body that a byte of a message comes from: one byte of text as it is written,
    /// or a whole expression.
    pub(super) fn source(&self, message: usize, byte: usize) -> Option<(&str, Range<usize>)> {
        let at = self.origins.find(message, byte)?;
        let next = self
            .spans
            .partition_point(|span| span.output_range().end <= at);
        let span = self
            .spans
            .get(next)
            .filter(|span| span.output_range().contains(&at))?;
        let source = span.source_range();
        let range = match span.kind() {
            OutputSpanKind::Raw => {
                let byte = source.start + at - span.output_range().start;
                byte..byte + 1
            }
            _ => source,
        };
        Some((span.name(), range))
    }
}
