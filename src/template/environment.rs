//! The minijinja environment: how templates are read, and the functions and filters that they have.

use super::{
    dependencies::join,
    file::body_start,
    filters::add_filters_and_tests,
    marker,
    media::add_functions,
    nesting::{TooDeep, check_nesting},
    render_context,
    sandbox::FUEL,
    tool_history::{self, tool_call, written_id},
};
use crate::{dialect::float_text, git::Tree, model::Role, source::read_text};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
    escape_formatter, syntax::SyntaxConfig, value::Kwargs,
};
use std::{borrow::Cow, path::Path, sync::LazyLock};

/// Line ends after block tags are trimmed, or kept.
pub(super) fn syntax(keep: bool) -> SyntaxConfig {
    SyntaxConfig::builder()
        .trim_blocks(!keep)
        .lstrip_blocks(!keep)
        .build()
        .unwrap_or_default()
}

/// An environment that reads files inside `root` only; and those of these revisions, for templates that are of one.
pub(super) fn environment(root: &Path, trees: Vec<Tree>) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_syntax(syntax(false));
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(write_value);
    environment.set_debug(true);
    let inside = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let files = inside.clone();
    environment.set_loader(move |name| match split(name) {
        Some((commit, path)) => read_old_part(&trees, commit, path),
        None => read_part(&inside, name),
    });
    environment.set_path_join_callback(|name, parent| match split(parent) {
        // What a template of a revision includes is of that revision.
        Some((commit, path)) => old_key(commit, &join(name, path)).into(),
        None => join(name, parent).into(),
    });
    environment.add_function("role", role);
    environment.add_function("field", field);
    environment.add_function("reply", reply);
    environment.add_function(tool_history::FUNCTION, tool_call);
    add_functions(&mut environment, &files);
    environment.add_function("now", || -> Result<Value, Error> {
        Err(refused("`now` is not available, because prompts must be reproducible; put the date into the dataset or an axis"))
    });
    add_filters_and_tests(&mut environment);
    environment
}

/// Write a value as minijinja does, but for floats, which Python writes with an exponent where they are very large or small.
fn write_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    let is_float = value.is_number() && !value.is_integer();
    match f64::try_from(value.clone())
        .ok()
        .filter(|n| is_float && n.is_finite())
    {
        Some(number) => Ok(out.write_str(&float_text(number))?),
        None => escape_formatter(out, state, value),
    }
}

/// What the environment calls a file of a commit.
pub(super) fn old_key(commit: &str, path: &str) -> String {
    format!("{commit}:{path}")
}

/// Commit and path of what [`old_key`] made.
fn split(name: &str) -> Option<(&str, &str)> {
    let hash = |c: &str| c.len() >= 40 && c.bytes().all(|b| b.is_ascii_hexdigit());
    name.split_once(':').filter(|(commit, _)| hash(commit))
}

/// The same of a revision that a template is of.
fn read_old_part(
    trees: &[Tree],
    commit: &str,
    path: &str,
) -> Result<Option<minijinja::TemplateSource>, Error> {
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    let Some(tree) = trees.iter().find(|t| t.commit == commit).filter(|_| inside) else {
        return Ok(None);
    };
    match tree.read_inside(path) {
        Ok(text) => part_body(path, &text),
        Err(_) => Ok(None),
    }
}

/// A file to include, without its front matter. `None` where there is none inside the project.
fn read_part(inside: &Path, name: &str) -> Result<Option<minijinja::TemplateSource>, Error> {
    let real = inside.join(name).canonicalize().ok();
    let Some(real) = real.filter(|real| real.starts_with(inside)) else {
        return Ok(None);
    };
    let text = read_text(&real).map_err(|e| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("cannot read `{name}`: {e}"),
        )
    })?;
    let text = text.trim_start_matches('\u{feff}');
    part_body(name, text)
}

/// The body of a part, unless it cannot be parsed.
fn part_body(name: &str, text: &str) -> Result<Option<minijinja::TemplateSource>, Error> {
    let start = body_start(text);
    match check_nesting(&text[start..]) {
        Ok(()) => Ok(Some(text[start..].to_owned().into())),
        Err(TooDeep { line, message }) => {
            let line = line + text[..start].matches('\n').count();
            Err(refused(format!("{name}:{line}: {message}")))
        }
    }
}

fn refused(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// `role(name)`, `role(name, trim=false)`; `role("tool", tool_call_id="…")` answers the call of that id.
fn role(name: &str, options: Kwargs) -> Result<Value, Error> {
    static MARKERS: LazyLock<Vec<Value>> = LazyLock::new(|| {
        let all =
            [true, false].map(|trim| Role::ALL.map(|role| Value::from(marker::role(role, trim))));
        let lines = Role::ALL.map(|role| Value::from(marker::line_role(role)));
        let blocks = Role::ALL.map(|role| Value::from(marker::block_role(role)));
        let exact = Role::ALL.map(|role| Value::from(marker::exact_role(role)));
        [
            all.concat(),
            lines.to_vec(),
            blocks.to_vec(),
            exact.to_vec(),
        ]
        .concat()
    });
    let trim: Option<Value> = options.get("trim")?;
    let answered: Option<Value> = options.get("tool_call_id")?;
    options.assert_all_used()?;
    let answered = answered.as_ref().map(written_id).transpose()?.flatten();
    let Some(role) = Role::ALL.iter().position(|role| role.as_str() == name) else {
        let all = Role::ALL.map(Role::as_str).join(", ");
        return Err(refused(format!("no role `{name}`; available: {all}")));
    };
    let at = match trim {
        Some(text) if text.as_str() == Some("line-ends") => role + 2 * Role::ALL.len(),
        Some(text) if text.as_str() == Some("block") => role + 3 * Role::ALL.len(),
        Some(text) if text.as_str() == Some("none") => role + 4 * Role::ALL.len(),
        Some(trim) if !trim.is_true() => role + Role::ALL.len(),
        _ => role,
    };
    let marker = MARKERS.get(at).cloned().unwrap_or_default();
    let Some(id) = answered else {
        return Ok(marker);
    };
    if name != Role::Tool.as_str() {
        return Err(refused(
            "only a message of a tool answers a call: role(\"tool\", tool_call_id=…)",
        ));
    }
    Ok(Value::from(format!("{marker}{}", marker::answers(&id))))
}

/// `field(name, value)`.
fn field(name: &str, value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        // The failed conversion knows which name has no value.
        i64::try_from(value.clone())?;
    }
    let write = |value: &str| {
        render_context::with_current(|scene| {
            marker::field(scene.and_then(|s| s.format.as_ref()), name, value)
        })
    };
    Ok(match value.as_str() {
        Some(text) => write(text),
        None => write(&value.to_string()),
    })
}

/// `reply()`, `reply("draft")`.
fn reply(name: Option<&str>) -> Result<String, Error> {
    render_context::with_current(|scene| {
        let Some(scene) = scene else {
            return Err(refused("reply() is not available here"));
        };
        let name = scene.replies.call(name).map_err(refused)?;
        Ok(marker::reply(name))
    })
}
