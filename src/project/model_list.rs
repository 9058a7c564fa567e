//! The models of an experiment changed in the text of a project file. Comments, order, quoting and line breaks stay.

use toml_edit::{Array, Decor, DocumentMut, Formatted, Item, Value};

/// Why the list cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelListError {
    #[error("wording.toml is no longer valid TOML: {0}")]
    Syntax(String),
    #[error("wording.toml no longer has `models` in [experiment.{0}]")]
    Missing(String),
    #[error("`models` of [experiment.{0}] is not a list of names")]
    NotNames(String),
}

/// The text with these models in the experiment; `None` where it has just these. Those that stay keep their places, new ones
/// come last.
pub fn with_models(
    text: &str,
    experiment: &str,
    wanted: impl FnOnce(&[&str]) -> Vec<String>,
) -> Result<Option<String>, ModelListError> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let mut document: DocumentMut = body
        .parse()
        .map_err(|e: toml_edit::TomlError| ModelListError::Syntax(e.message().to_owned()))?;
    let models = (document.get_mut("experiment"))
        .and_then(|all| all.get_mut(experiment))
        .and_then(|e| e.get_mut("models"))
        .and_then(Item::as_value_mut)
        .ok_or_else(|| ModelListError::Missing(experiment.to_owned()))?;
    let is_changed = match models {
        Value::String(one) => replace_string(one, wanted).map(|value| *models = value),
        Value::Array(all) => change_list(all, wanted, experiment)?,
        _ => return Err(ModelListError::NotNames(experiment.to_owned())),
    };
    Ok(is_changed.map(|()| format!("{mark}{document}")))
}

/// A list in place of one name; one name where another is wanted.
fn replace_string(
    one: &Formatted<String>,
    wanted: impl FnOnce(&[&str]) -> Vec<String>,
) -> Option<Value> {
    let wanted = wanted(&[one.value()]);
    let mut value = match wanted.as_slice() {
        [only] if only == one.value() => return None,
        [only] => Value::from(only.as_str()),
        all => Value::from_iter(all.iter().map(String::as_str)),
    };
    *value.decor_mut() = one.decor().clone();
    Some(value)
}

fn change_list(
    all: &mut Array,
    wanted: impl FnOnce(&[&str]) -> Vec<String>,
    experiment: &str,
) -> Result<Option<()>, ModelListError> {
    let names: Option<Vec<&str>> = all.iter().map(Value::as_str).collect();
    let names = names.ok_or_else(|| ModelListError::NotNames(experiment.to_owned()))?;
    let wanted = wanted(&names);
    let is_gone = |name: &&str| !wanted.iter().any(|w| w == name);
    let gone: Vec<usize> = (0..names.len()).filter(|i| is_gone(&names[*i])).collect();
    let is_new = |name: &&String| !names.contains(&name.as_str());
    let new: Vec<String> = wanted.iter().filter(is_new).cloned().collect();
    // New ones first, so that an emptied list keeps its lines.
    for name in &new {
        push(all, name);
    }
    for index in gone.iter().rev() {
        remove(all, *index);
    }
    Ok((!gone.is_empty() || !new.is_empty()).then_some(()))
}

fn prefix(decor: &Decor) -> String {
    let raw = decor.prefix().and_then(|raw| raw.as_str());
    raw.unwrap_or("").to_owned()
}

fn suffix(decor: &Decor) -> String {
    let raw = decor.suffix().and_then(|raw| raw.as_str());
    raw.unwrap_or("").to_owned()
}

/// What stands on the line of the value before, such as its comment, and what comes from the line end on.
fn split_line(text: &str) -> (&str, &str) {
    text.find('\n').map_or(("", text), |at| text.split_at(at))
}

/// Add to a list, on a line of its own where the others are.
fn push(all: &mut Array, name: &str) {
    let mut value = Value::from(name);
    let Some(last) = all.len().checked_sub(1).and_then(|at| all.get_mut(at)) else {
        return all.push_formatted(value);
    };
    let before = prefix(last.decor());
    let own = suffix(last.decor());
    let trailing = all.trailing().as_str().unwrap_or("").to_owned();
    let has_comma = all.trailing_comma();
    let behind = if has_comma { &trailing } else { &own };
    let (lead, rest) = match before.rfind('\n') {
        Some(line) => {
            // The comment behind the last one stays with it.
            let (comment, rest) = split_line(behind);
            let rest = if rest.contains('\n') { rest } else { "\n" };
            (format!("{comment}\n{}", &before[line + 1..]), rest)
        }
        None => (" ".to_owned(), behind.as_str()),
    };
    value.decor_mut().set_prefix(lead);
    if has_comma {
        let rest = rest.to_owned();
        all.set_trailing(rest);
    } else {
        value.decor_mut().set_suffix(rest);
        if let Some(last) = all.get_mut(all.len() - 1) {
            last.decor_mut().set_suffix("");
        }
    }
    all.push_formatted(value);
}

/// Remove from a list, with the comments above it and behind it.
fn remove(all: &mut Array, index: usize) {
    let removed = all.remove(index);
    let before = prefix(removed.decor());
    let (comment, _) = split_line(&before);
    match all.get_mut(index) {
        Some(next) => {
            let behind = prefix(next.decor());
            let joined = match split_line(&behind) {
                (_, rest) if rest.contains('\n') => format!("{comment}{rest}"),
                _ => before,
            };
            next.decor_mut().set_prefix(joined);
        }
        None => {
            let trailing = all.trailing().as_str().unwrap_or("");
            let behind = suffix(removed.decor()) + trailing;
            let (_, rest) = split_line(&behind);
            let kept = if rest.contains('\n') {
                format!("{comment}{rest}")
            } else {
                behind
            };
            all.set_trailing(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(list: &str, wanted: &[&str]) -> String {
        let file = |list: &str| {
            format!(
                "# mine\n[experiment.a]\nmodels = {list}\nseed = 7\n\n[experiment.b]\nmodels = [ \"x/y\" ]\n"
            )
        };
        let wanted = |_: &[&str]| wanted.iter().map(|w| (*w).to_owned()).collect();
        let text = with_models(&file(list), "a", wanted).unwrap().unwrap();
        let (head, tail) = file("@")
            .split_once('@')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let list = text.strip_prefix(&head).and_then(|t| t.strip_suffix(&tail));
        list.expect("nothing else moves").to_owned()
    }

    #[test]
    fn a_list_on_one_line_stays_on_it() {
        for (list, wanted, after) in [
            (
                "[\"e/a\"] # base",
                &["e/a", "e/b"][..],
                "[\"e/a\", \"e/b\"] # base",
            ),
            ("[ 'e/a' ]", &["e/a", "e/b"], "[ 'e/a', \"e/b\" ]"),
            ("[\"e/a\", \"e/b\"]", &["e/b"], "[\"e/b\"]"),
            ("[\"e/a\", \"e/b\"]", &["e/a"], "[\"e/a\"]"),
            ("[ \"e/a\", \"e/b\" ]", &["e/a"], "[ \"e/a\" ]"),
            ("[\"e/a\", \"e/b\"]", &["e/c"], "[\"e/c\"]"),
            (
                "\"e/a\" # base",
                &["e/a", "e/b"],
                "[\"e/a\", \"e/b\"] # base",
            ),
            ("\"e/a\" # base", &["e/b"], "\"e/b\" # base"),
        ] {
            assert_eq!(changed(list, wanted), after, "{list} {wanted:?}");
        }
    }

    #[test]
    fn a_list_over_lines_keeps_its_lines_and_the_comments_of_those_that_stay() {
        let list = "[\n    # cheap\n    \"e/a\", # base\n    \"e/b\",  # big\n    # \"e/old\"\n]";
        assert_eq!(
            changed(list, &["e/a", "e/b", "e/c"]),
            "[\n    # cheap\n    \"e/a\", # base\n    \"e/b\",  # big\n    \"e/c\",\n    # \"e/old\"\n]"
        );
        assert_eq!(
            changed(list, &["e/b"]),
            "[\n    \"e/b\",  # big\n    # \"e/old\"\n]"
        );
        assert_eq!(
            changed(list, &["e/a"]),
            "[\n    # cheap\n    \"e/a\", # base\n    # \"e/old\"\n]"
        );
        let bare = "[\n  \"e/a\", # base\n  \"e/b\" # big\n]";
        assert_eq!(
            changed(bare, &["e/a", "e/b", "e/c"]),
            "[\n  \"e/a\", # base\n  \"e/b\", # big\n  \"e/c\"\n]"
        );
        assert_eq!(changed(bare, &["e/a"]), "[\n  \"e/a\" # base\n]");
        assert_eq!(changed(bare, &["e/c"]), "[\n  \"e/c\"\n]");
    }

    #[test]
    fn what_is_there_already_changes_nothing_and_what_is_no_list_is_an_error() {
        let same = |now: &[&str]| now.iter().map(|n| (*n).to_owned()).collect();
        let text = "\u{feff}experiment.a.models = ['e/a',]\n";
        assert_eq!(with_models(text, "a", same), Ok(None));
        let more = |now: &[&str]| vec![now[0].to_owned(), "e/b".to_owned()];
        assert_eq!(
            with_models(text, "a", more).unwrap().unwrap(),
            "\u{feff}experiment.a.models = ['e/a', \"e/b\",]\n"
        );
        let none = |_: &[&str]| Vec::new();
        assert!(matches!(
            with_models("[experiment.b]\n", "a", none),
            Err(ModelListError::Missing(_))
        ));
        let numbers = "[experiment.a]\nmodels = [1]\n";
        assert!(matches!(
            with_models(numbers, "a", none),
            Err(ModelListError::NotNames(_))
        ));
        assert!(matches!(
            with_models("[", "a", none),
            Err(ModelListError::Syntax(_))
        ));
    }
}
