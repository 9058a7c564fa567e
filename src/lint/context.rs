//! The rule on the model's context window.

use super::{LintInput, Window, warning::Warning};

/// Prompts near the end of the window or over it.
pub(super) fn windows(input: &LintInput<'_>) -> Vec<Warning> {
    let warn = |window: &Window| {
        let (prompt, answer, context) = (window.longest, window.answer, window.context);
        let over = prompt.tokens + answer > context;
        let near = (prompt.tokens + answer) as f64 >= 0.9 * context as f64;
        if !over && !near {
            return None;
        }
        let with_answer = match answer {
            0 => String::new(),
            n => format!(" and up to {n} for the answer"),
        };
        let message = format!(
            "the longest prompt ({}) has {prompt} tokens{with_answer}; the context window of {} has {context}: {}",
            window.which,
            window.model,
            if over {
                "it does not fit"
            } else {
                "less than 10 % is left"
            }
        );
        let mut warning = Warning::new("context", message).in_template(window.template);
        warning.fatal = over && !prompt.estimated;
        Some(warning)
    };
    input.windows.iter().filter_map(warn).collect()
}
