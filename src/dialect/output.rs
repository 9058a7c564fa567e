//! What a template rendered, and from where each part of it came.

use std::ops::Range;

/// What a template rendered.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) text: String,
    /// From where each part came; nothing is kept for texts within texts.
    pub(crate) spans: Vec<Span>,
    keeps_spans: bool,
}

/// A part of a rendered text, and where in the template it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) output: Range<usize>,
    pub(crate) source: Range<usize>,
    /// Text as it is written, byte by byte.
    pub(crate) is_raw: bool,
}

impl Output {
    pub(super) fn with_spans() -> Output {
        Output {
            keeps_spans: true,
            ..Output::default()
        }
    }

    pub(super) fn raw(&mut self, text: &str, source: Range<usize>) {
        self.add(text, source, true);
    }

    pub(super) fn value(&mut self, text: &str, source: Range<usize>) {
        self.add(text, source, false);
    }

    fn add(&mut self, text: &str, source: Range<usize>, is_raw: bool) {
        let from = self.text.len();
        self.text.push_str(text);
        if self.keeps_spans && !text.is_empty() {
            self.spans.push(Span {
                output: from..self.text.len(),
                source,
                is_raw,
            });
        }
    }
}
