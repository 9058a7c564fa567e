//! The text of a Prompty file: lines that name a role begin messages, and text before the first is of the system.

use regex::Regex;
use std::sync::LazyLock;

/// A line that names a role, its attributes in brackets.
static ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)^\s*#?\s*(system|developer|user|assistant)(\[(?:\w+\s*=\s*(?:"[^"]*"|[^",\]]*)\s*,?\s*)+\])?\s*:\s*$"#).ok()
});

/// The template; and the attributes of messages, with the line (from 1) on which they stand.
pub(super) fn template(body: &str) -> (String, Vec<(usize, String)>) {
    let mark = |role: &str| format!("{{{{ role(\"{role}\", trim=\"line-ends\") }}}}");
    let mut out = String::new();
    let mut attributes = Vec::new();
    let mut is_first = true;
    for (n, line) in body.split('\n').enumerate() {
        let found = ROLE.as_ref().and_then(|role| role.captures(line));
        if let Some(found) = found {
            out += &mark(&found[1].to_lowercase());
            if let Some(text) = found.get(2) {
                attributes.push((n + 1, text.as_str().to_owned()));
            }
        } else {
            if is_first {
                out += &mark("system");
            }
            out += line.strip_suffix('\r').unwrap_or(line);
        }
        is_first = false;
        out.push('\n');
    }
    out.pop();
    (out, attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_name_a_role_begin_messages() {
        let (text, attributes) =
            template("Be nice.\n\n# User[name=\"Bob\"]:\n  hi\nassistant :\nsystem: no\n");
        let mark = |role: &str| format!("{{{{ role(\"{role}\", trim=\"line-ends\") }}}}");
        assert_eq!(
            text,
            format!(
                "{}Be nice.\n\n{}\n  hi\n{}\nsystem: no\n",
                mark("system"),
                mark("user"),
                mark("assistant")
            )
        );
        assert_eq!(attributes, [(3, "[name=\"Bob\"]".to_owned())]);
    }
}
