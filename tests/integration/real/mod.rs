//! What was recorded of a real model, and the figures that the documents draw from it.

mod recorded;
mod variance;
