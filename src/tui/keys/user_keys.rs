//! `keys.toml`: the keys and colors that a person chose, read and checked, and the present ones written as such a file.

use super::{
    Binding, KEYS, KeyContext,
    key_name::{KEY_NAMES_HELP, parse_key},
    lookup::bindings_in,
};
use crate::{
    project::{ProjectError, Reader, Section},
    source::{as_typed, nearest, read_text},
    tui::model::{CustomColors, CustomKeys, Role, ThemeName},
};
use std::{fmt::Write, io, ops::Range, path::Path};

/// Actions that must keep a key: without one there would be no way out of a screen, an overlay, a field or a question.
const ESSENTIAL: [&str; 9] = [
    "quit",
    "back",
    "close",
    "cancel",
    "close-editor",
    "accept",
    "select",
    "yes",
    "no",
];
/// It keeps its key, so that a session can be left whatever the file says.
const FIXED: &str = "interrupt";

/// Keys and colors that a person chose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserKeys {
    pub keys: CustomKeys,
    pub colors: CustomColors,
}

impl UserKeys {
    /// Read the file; without one, nothing is changed.
    pub fn read(file: &Path) -> Result<UserKeys, ProjectError> {
        match read_text(file) {
            Ok(text) => UserKeys::parse(file, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(UserKeys::default()),
            Err(source) => Err(ProjectError::Io {
                path: file.into(),
                verb: "read",
                source,
            }),
        }
    }

    pub fn parse(file: &Path, text: &str) -> Result<UserKeys, ProjectError> {
        let reader = Reader::new(as_typed(file), text, 0);
        let mut user = UserKeys::default();
        if let Some(table) = reader.parse(text.len()) {
            let root = reader.section("this file", 0..0, table.get_ref());
            if let Some(section) = root.inner("keys") {
                user.keys = read_keys(&section.called("[keys]".into()));
            }
            if let Some(section) = root.inner("theme") {
                user.colors = read_colors(&section.called("[theme]".into()));
            }
            root.finish();
        }
        match reader.into_problems() {
            problems if problems.is_empty() => Ok(user),
            problems => Err(ProjectError::Invalid { problems }),
        }
    }

    /// The present keys and colors as such a file.
    pub fn to_toml(&self) -> String {
        let mut out = "[keys]\n".to_owned();
        let mut written: Vec<&str> = vec![FIXED];
        let mut group = "";
        for binding in KEYS {
            if written.contains(&binding.name) {
                continue;
            }
            written.push(binding.name);
            if group != binding.group {
                group = binding.group;
                let _ = writeln!(out, "# {group}");
            }
            let names = binding.key_names(&self.keys);
            let keys: Vec<String> = names.into_iter().map(quoted).collect();
            let line = format!("{} = [{}]", binding.name, keys.join(", "));
            let _ = writeln!(out, "{line:<42} # {}", binding.help);
        }
        let _ = writeln!(
            out,
            "\n[theme]\nbase = {}",
            quoted(self.colors.base.file_name())
        );
        for role in Role::ALL {
            match self.colors.get(*role) {
                Some(color) => {
                    let _ = writeln!(out, "{} = {}", role.name(), quoted(&color.to_string()));
                }
                None => {
                    let _ = writeln!(out, "# {} = \"#rrggbb\"", role.name());
                }
            }
        }
        out
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Keys that the file gives, each with its place.
type GivenKeys = Vec<(&'static Binding, Vec<(String, Range<usize>)>)>;

fn read_keys(section: &Section<'_, '_>) -> CustomKeys {
    let mut given: GivenKeys = Vec::new();
    for (name, span, item) in section.entries() {
        let Some(binding) = KEYS.iter().find(|b| b.name == name) else {
            let help = match nearest(name, KEYS.iter().map(|b| b.name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`wording keys` lists all actions".into(),
            };
            section
                .reader
                .problem(span, format!("unknown action `{name}`"), Some(help));
            continue;
        };
        if name == FIXED {
            let message =
                format!("`{FIXED}` keeps its key: it ends a session whatever this file says");
            section
                .reader
                .problem(span, message, Some("remove this line".into()));
            continue;
        }
        let Some(keys) = section.texts(binding.name) else {
            continue;
        };
        if keys.is_empty() && ESSENTIAL.contains(&name) {
            let message = format!("`{name}` needs a key: {}", binding.help);
            let help = format!(
                "remove this line to keep {}",
                binding.keys.replace(' ', ", ")
            );
            section.reader.problem(item.span(), message, Some(help));
        }
        given.push((binding, keys));
    }
    for (binding, keys) in &given {
        for (key, span) in keys {
            check_key(section, &given, binding, key, span.clone());
        }
    }
    given
        .into_iter()
        .map(|(b, keys)| {
            (
                b.name.to_owned(),
                keys.into_iter().map(|(key, _)| key).collect(),
            )
        })
        .collect()
}

/// A key that the file gives to an action: known, no text where text is typed, and free wherever the action is.
fn check_key(
    section: &Section<'_, '_>,
    given: &GivenKeys,
    binding: &Binding,
    key: &str,
    span: Range<usize>,
) {
    let problem = |message: String, help: String| {
        section.reader.problem(span.clone(), message, Some(help));
    };
    let Some(pressed) = parse_key(key) else {
        return match key {
            "ctrl-i" => problem("terminals send ctrl-i as tab".into(), "write `tab`".into()),
            "ctrl-m" => problem(
                "terminals send ctrl-m as enter".into(),
                "write `enter`".into(),
            ),
            "ctrl-[" => problem("terminals send ctrl-[ as esc".into(), "write `esc`".into()),
            _ => problem(format!("unknown key `{key}`"), KEY_NAMES_HELP.into()),
        };
    };
    let contexts = KEYS
        .iter()
        .filter(|b| b.name == binding.name)
        .flat_map(|b| b.contexts);
    for &context in contexts {
        let typed = matches!(pressed.0, crossterm::event::KeyCode::Char(_)) && pressed.1.is_empty();
        if context.is_text() && typed {
            return problem(
                format!(
                    "`{key}` is text in {}, so it cannot be a key of `{}`",
                    context.label(),
                    binding.name
                ),
                "use a key with ctrl- or alt-, or a key such as `f2`".into(),
            );
        }
        if let Some((other, in_file)) = other_action(given, context, binding, key) {
            let place = place_label(context);
            return problem(
                format!("`{key}` is already the key of `{}` {place}", other.name),
                if in_file {
                    format!("give `{}` or `{}` another key", binding.name, other.name)
                } else {
                    format!(
                        "add `{} = [\"…\"]` with another key, or `[]` for none",
                        other.name
                    )
                },
            );
        }
    }
}

fn place_label(context: KeyContext) -> String {
    match context {
        KeyContext::TextArea => "in the text editor".into(),
        KeyContext::Edit | KeyContext::Grid | KeyContext::Diff | KeyContext::Runs => {
            format!("on the {} screen", context.label())
        }
        _ => format!("in {}", context.label()),
    }
}

/// Another action with this key in a context, and whether the file gives it the key.
fn other_action(
    given: &GivenKeys,
    context: KeyContext,
    binding: &Binding,
    key: &str,
) -> Option<(&'static Binding, bool)> {
    let position = |b: &Binding| given.iter().position(|(g, _)| g.name == b.name);
    let same = |k: &str| parse_key(k) == parse_key(key);
    bindings_in(context)
        .filter(|other| other.name != binding.name)
        .find_map(|other| match position(other) {
            // The later of two in the file is told.
            Some(at) => {
                let has = given[at].1.iter().any(|(k, _)| same(k));
                (has && Some(at) < position(binding)).then_some((other, true))
            }
            None => other.keys.split(' ').any(same).then_some((other, false)),
        })
}

fn read_colors(section: &Section<'_, '_>) -> CustomColors {
    let mut colors = CustomColors::default();
    if let Some(item) = section.get("base")
        && let Some(name) = section.as_text("base", item)
    {
        match ThemeName::ALL.iter().find(|t| t.file_name() == name) {
            Some(theme) => colors.base = *theme,
            None => {
                let known: Vec<&str> = ThemeName::ALL.iter().map(|t| t.file_name()).collect();
                let help = format!("available: {}", known.join(", "));
                section
                    .reader
                    .problem(item.span(), format!("unknown theme `{name}`"), Some(help));
            }
        }
    }
    for role in Role::ALL {
        let Some(item) = section.get(role.name()) else {
            continue;
        };
        let Some(text) = section.as_text(role.name(), item) else {
            continue;
        };
        match text.parse() {
            Ok(color) => colors.set(*role, color),
            Err(_) => section.reader.problem(
                item.span(),
                format!("unknown color `{text}`"),
                Some(
                    "a color is `#rrggbb`, a name such as `lightblue`, or a number from 0 to 255"
                        .into(),
                ),
            ),
        }
    }
    section.finish();
    colors
}
