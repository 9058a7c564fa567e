//! The inspector: all that is known of one cell, what explains a wrong row first.
//!
//! ```text
//!  ✗ wrong  .67 · sample 2 of 5 · 3 of 5 agree, 2 distinct answers
//!  answer    urgency: high≠low topic: billing
//!  expected  {"urgency":"low","topic":"billing"}
//!  ── Output ──────────
//!  ── Metrics ── Row ── Prompt ── Other samples ── Against plain ── Other models ── Call
//! ```

mod inspector;
mod other_models;
mod output;
mod page;
mod prompt;
mod samples;

pub(super) use inspector::content;
pub(super) use output::output_lines;
