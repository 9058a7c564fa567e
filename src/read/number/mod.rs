//! Numbers in a text: which one is meant, and exactly which value it has.
//!
//! `glyph` makes the ways to write a character one, `numeral` finds the numerals, `affix` what belongs to them, `unit` knows what
//! may stand at them, `quantity` joins those that belong together (ranges, pairs, fractions), `reader` decides which one is the
//! answer.

mod affix;
mod decimal;
mod format;
mod glyph;
mod numeral;
mod quantity;
mod reader;
mod unit;

pub use decimal::Decimal;
pub use format::{NumberFormat, PercentValue};
pub use reader::{expected_number, read_number};
