//! Differences of templates, prompts and outputs → plain data.
