//! What was read, with its place, or why nothing could be read.

use std::ops::Range;

/// What was read in a text, and where it stands there.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<T> {
    pub value: T,
    /// Bytes of the text that was read.
    pub span: Range<usize>,
}

impl<T> Reading<T> {
    pub fn new(value: T, span: Range<usize>) -> Reading<T> {
        Reading { value, span }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reading<U> {
        Reading::new(change(self.value), self.span)
    }

    /// The same reading in a text in which this one starts at `offset`.
    pub fn shift(self, offset: usize) -> Reading<T> {
        Reading::new(self.value, self.span.start + offset..self.span.end + offset)
    }
}

/// Why an answer could not be read. A guess would invent a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Unreadable {
    /// There is no output, or only white space.
    Empty,
    /// The output is nothing but thoughts: the answer is missing.
    ThoughtsOnly,
    /// Nothing of the kind that is looked for.
    Absent,
    /// Several that differ, and nothing says which one is meant.
    Ambiguous,
    /// What was found is negated ("not positive").
    Negated,
    /// A range, a pair, a fraction or a list where one value is looked for.
    Several,
    /// A value outside of the scale.
    OffScale,
    /// JSON that cannot be parsed, or of another shape.
    Malformed,
    /// A tool was called with arguments that are not a JSON object.
    ToolArguments,
    /// The conversation has no reply of the name that the metric scores.
    NoReply,
}
