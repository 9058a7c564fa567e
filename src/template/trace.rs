//! A rendered prompt that knows from where in the template each of its parts came.

use super::{
    origins::Origins,
    tool_history::{HistorySlip, pair},
};
use crate::model::Prompt;
use minijinja::{OutputSpan, OutputSpanKind};
use std::ops::Range;

/// A part of a rendered text, and where it comes from.
#[derive(Debug)]
pub(super) struct Span {
    /// The template or part, as the environment calls it.
    pub(super) name: String,
    pub(super) output: Range<usize>,
    pub(super) source: Range<usize>,
    /// Text as it is written, byte by byte.
    pub(super) is_raw: bool,
}

impl From<OutputSpan> for Span {
    fn from(span: OutputSpan) -> Span {
        Span {
            name: span.name().to_owned(),
            output: span.output_range(),
            source: span.source_range(),
            is_raw: matches!(span.kind(), OutputSpanKind::Raw),
        }
    }
}

/// A rendered prompt with its origins.
#[derive(Debug)]
pub struct Traced {
    prompt: Prompt,
    origins: Origins,
    spans: Vec<Span>,
}

impl Traced {
    pub(super) fn new(prompt: Prompt, origins: Origins, spans: Vec<Span>) -> Traced {
        Traced {
            prompt,
            origins,
            spans,
        }
    }

    /// Give its calls of tools and their answers to each other.
    pub(super) fn pair_calls(&mut self) -> Result<(), HistorySlip> {
        pair(&mut self.prompt.messages)
    }

    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// The file and the byte range in its body that a byte of a message comes from: one byte of text as it is written,
    /// or a whole expression.
    pub(super) fn source(&self, message: usize, byte: usize) -> Option<(&str, Range<usize>)> {
        self.source_of(self.origins.find(message, byte)?)
    }

    /// The same of the tag that begins a message.
    pub(super) fn start(&self, message: usize) -> Option<(&str, Range<usize>)> {
        self.source_of(self.origins.start(message)?)
    }

    fn source_of(&self, at: usize) -> Option<(&str, Range<usize>)> {
        let next = self.spans.partition_point(|span| span.output.end <= at);
        let span = self
            .spans
            .get(next)
            .filter(|span| span.output.contains(&at))?;
        let range = if span.is_raw {
            let byte = span.source.start + at - span.output.start;
            byte..byte + 1
        } else {
            span.source.clone()
        };
        Some((&span.name, range))
    }
}
