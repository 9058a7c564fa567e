//! The templates of an experiment, compiled; their variants; rendering.

#[cfg(test)]
mod examples;
mod load;
mod render;
mod template_set;

pub use template_set::TemplateSet;
