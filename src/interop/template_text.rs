//! Texts that are sent as they are, written as templates.

use serde_json::json;

/// A template of a text, whose white space is sent as it is.
pub(super) fn template_file(text: &str) -> String {
    format!("+++\nwhitespace = \"keep\"\n+++\n{text}\n")
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
pub(super) fn verbatim(text: &str) -> String {
    if !["{{", "{%", "{#"].iter().any(|open| text.contains(open)) {
        return text.to_owned();
    }
    let open = |c: char| format!("{{{{ \"{{{c}\" }}}}");
    let mut out = String::new();
    let mut rest = text;
    while let Some(place) = ["{{", "{%", "{#"].iter().filter_map(|o| rest.find(o)).min() {
        out += &rest[..place];
        out += &open(char::from(rest.as_bytes()[place + 1]));
        rest = &rest[place + 2..];
    }
    out + rest
}
