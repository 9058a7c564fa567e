//! What was tried, and whether it is supported.

use serde::Serialize;
use std::borrow::Cow;

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Feature {
    /// Such as `streaming`, `seed` or `max_completion_tokens`; `params.NAME` for one that the project varies.
    pub name: Cow<'static, str>,
    pub support: Support,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    Yes,
    /// The parameter was accepted, and the answers do not show whether it had an effect.
    Accepted,
    /// The parameter was accepted and had no effect.
    No,
    /// The parameter was refused.
    Refused,
    /// The call failed for another reason.
    Unclear,
}

impl Support {
    /// The word for tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Support::Yes => "yes",
            Support::Accepted => "accepted",
            Support::No => "no",
            Support::Refused => "refused",
            Support::Unclear => "unclear",
        }
    }
}
