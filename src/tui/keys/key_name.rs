//! Keys by name, as the table of keys and `keys.toml` write them: `x`, `down`, `f5`, `ctrl-d`, `alt-x`.

use crossterm::event::{KeyCode, KeyModifiers};

/// Keys that are no character: the name, the label, the code.
const NAMED: [(&str, &str, KeyCode); 16] = [
    ("down", "↓", KeyCode::Down),
    ("up", "↑", KeyCode::Up),
    ("left", "←", KeyCode::Left),
    ("right", "→", KeyCode::Right),
    ("pgdn", "PgDn", KeyCode::PageDown),
    ("pgup", "PgUp", KeyCode::PageUp),
    ("home", "Home", KeyCode::Home),
    ("end", "End", KeyCode::End),
    ("tab", "Tab", KeyCode::Tab),
    ("backtab", "Shift-Tab", KeyCode::BackTab),
    ("enter", "Enter", KeyCode::Enter),
    ("esc", "Esc", KeyCode::Esc),
    ("space", "Space", KeyCode::Char(' ')),
    ("backspace", "Backspace", KeyCode::Backspace),
    ("delete", "Del", KeyCode::Delete),
    ("insert", "Ins", KeyCode::Insert),
];

/// What the names of keys are, for messages.
pub(super) const KEY_NAMES_HELP: &str = "a key is a character, `down`, `up`, `left`, `right`, `pgdn`, `pgup`, `home`, `end`, \
     `tab`, `backtab`, `enter`, `esc`, `space`, `backspace`, `delete`, `insert` or `f1` to `f12`, with `ctrl-` or `alt-` \
     before it";

/// The key of a name; `None` for a name of no key. Ctrl with a letter that terminals send as another key has no name.
pub fn parse_key(name: &str) -> Option<(KeyCode, KeyModifiers)> {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = name;
    for (prefix, modifier) in [
        ("ctrl-", KeyModifiers::CONTROL),
        ("alt-", KeyModifiers::ALT),
    ] {
        // `-` alone is a key too.
        if let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) {
            modifiers |= modifier;
            rest = after;
        }
    }
    let code = match NAMED.iter().find(|n| n.0 == rest) {
        Some((.., code)) => *code,
        None => match rest.strip_prefix('f').and_then(|n| n.parse().ok()) {
            Some(n @ 1..=12) => KeyCode::F(n),
            Some(_) => return None,
            None => {
                let mut letters = rest.chars();
                let letter = letters.next().filter(|c| !c.is_control() && *c != ' ')?;
                if letters.next().is_some() {
                    return None;
                }
                KeyCode::Char(letter)
            }
        },
    };
    let same_as_another = modifiers.contains(KeyModifiers::CONTROL)
        && matches!(code, KeyCode::Char('i' | 'm' | '[' | 'A'..='Z'));
    (!same_as_another).then_some((code, modifiers))
}

/// A key by name, as displayed.
pub(super) fn key_label(name: &str) -> String {
    let (lead, rest) = match name.strip_prefix("ctrl-").filter(|rest| !rest.is_empty()) {
        Some(rest) => ("^", rest),
        None => ("", name),
    };
    let (alt, rest) = match rest.strip_prefix("alt-").filter(|rest| !rest.is_empty()) {
        Some(rest) => ("Alt-", rest),
        None => ("", rest),
    };
    let key = NAMED.iter().find(|n| n.0 == rest).map_or_else(
        || match rest.strip_prefix('f') {
            Some(number) if !number.is_empty() => format!("F{number}"),
            _ => rest.to_owned(),
        },
        |(_, label, _)| (*label).to_owned(),
    );
    format!("{lead}{alt}{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_keys() {
        let ctrl = KeyModifiers::CONTROL;
        for (name, key, label) in [
            ("x", Some((KeyCode::Char('x'), KeyModifiers::NONE)), "x"),
            ("f", Some((KeyCode::Char('f'), KeyModifiers::NONE)), "f"),
            ("-", Some((KeyCode::Char('-'), KeyModifiers::NONE)), "-"),
            ("ctrl--", Some((KeyCode::Char('-'), ctrl)), "^-"),
            ("ctrl-left", Some((KeyCode::Left, ctrl)), "^←"),
            (
                "ctrl-alt-d",
                Some((KeyCode::Char('d'), ctrl | KeyModifiers::ALT)),
                "^Alt-d",
            ),
            ("f12", Some((KeyCode::F(12), KeyModifiers::NONE)), "F12"),
            ("é", Some((KeyCode::Char('é'), KeyModifiers::NONE)), "é"),
            ("f13", None, "F13"),
            ("xx", None, "xx"),
            ("", None, ""),
            (" ", None, " "),
            ("ctrl-i", None, "^i"),
            ("ctrl-", None, "ctrl-"),
        ] {
            assert_eq!(parse_key(name), key, "{name}");
            assert_eq!(key_label(name), label);
        }
    }
}
