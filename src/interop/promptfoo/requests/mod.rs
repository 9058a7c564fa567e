//! The parameters of promptfoo's requests: its defaults, what a model does not take, and what it leaves out.

mod anthropic;
mod azure;
mod body;
mod defaults;
mod model_rules;
mod openai;
mod own_settings;
mod responses;
#[cfg(test)]
mod tests;

pub(super) use azure::ABOUT_THE_MODEL;
pub(super) use body::Body;
pub(in crate::interop) use model_rules::is_reasoning;
pub(super) use model_rules::is_true;
pub(super) use own_settings::is_own_setting;
