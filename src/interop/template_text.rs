//! Texts that are sent as they are, written as templates.

use serde_json::json;

/// A template of a text, whose white space is sent as it is.
pub(super) fn template_file(text: &str) -> String {
    // The end of the last line is no part of the text, and may be two characters.
    let end = if text.ends_with('\r') { "\r\n" } else { "\n" };
    format!("+++\nwhitespace = \"keep\"\n+++\n{text}{end}")
}

/// Where a message of a role begins, which is sent as it is, though it be blank.
pub(super) fn role(role: &str) -> String {
    format!("{{{{ role({}, trim=\"none\") }}}}", json!(role))
}

/// The messages that stand in a column, one after another.
pub(super) fn messages_of(list: &str) -> String {
    format!(
        "{{% for message in {list} %}}{{{{ role(message.role, trim=\"none\") }}}}{{{{ message.content }}}}{{% endfor %}}"
    )
}

/// A text as it is: what would open a tag is written as a value.
/// A brace at the end is one too, for a tag may follow.
pub(super) fn verbatim(text: &str) -> String {
    let open = |brace: &str| format!("{{{{ \"{brace}\" }}}}");
    let mut out = String::new();
    let mut rest = text;
    while let Some(place) = ["{{", "{%", "{#"].iter().filter_map(|o| rest.find(o)).min() {
        out += &rest[..place];
        out += &open(&rest[place..place + 2]);
        rest = &rest[place + 2..];
    }
    match rest.strip_suffix('{') {
        Some(rest) => out + rest + &open("{"),
        None => out + rest,
    }
}
