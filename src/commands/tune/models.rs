//! Adds a tuned model to the models of an experiment in wording.toml; everything else in the file stays as it is.

use super::super::output::replace_file;
use anyhow::{Context as _, bail};
use std::path::Path;
use toml_edit::{Array, DocumentMut, Item, Value};

/// Add a model; whether it was not there yet.
pub(super) fn add_model(file: &Path, experiment: &str, model: &str) -> anyhow::Result<bool> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let Some(changed) = with_model(&text, experiment, model)? else {
        return Ok(false);
    };
    replace_file(file, &changed).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(true)
}

/// The text with the model added; `None` where it is there already.
fn with_model(text: &str, experiment: &str, model: &str) -> anyhow::Result<Option<String>> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let mut document: DocumentMut = body
        .parse()
        .context("wording.toml is no longer valid TOML")?;
    let Some(models) = document
        .get_mut("experiment")
        .and_then(|all| all.get_mut(experiment))
        .and_then(|e| e.get_mut("models"))
    else {
        bail!("wording.toml no longer has `models` in [experiment.{experiment}]");
    };
    match models {
        Item::Value(Value::Array(all)) => {
            if all.iter().any(|m| m.as_str() == Some(model)) {
                return Ok(None);
            }
            push(all, model);
        }
        Item::Value(Value::String(one)) => {
            if one.value() == model {
                return Ok(None);
            }
            let mut all = Array::new();
            all.push(one.value().as_str());
            all.push(model);
            *models = toml_edit::value(all);
        }
        _ => bail!("`models` of [experiment.{experiment}] is not a list"),
    }
    Ok(Some(format!("{mark}{document}")))
}

/// Add to a list, on a line of its own where the others are.
fn push(all: &mut Array, model: &str) {
    let before = all
        .iter()
        .last()
        .and_then(|last| last.decor().prefix())
        .and_then(|p| p.as_str())
        .unwrap_or("")
        .to_owned();
    let lines = before.contains('\n');
    let mut value = Value::from(model);
    let only_comment = before.lines().any(|l| l.trim_start().starts_with('#'));
    let prefix = match (lines, only_comment, all.is_empty()) {
        (true, false, _) => before,
        // A comment above the last one is about that one.
        (true, true, _) => format!("\n{}", before.rsplit('\n').next().unwrap_or("")),
        (false, _, true) => String::new(),
        (false, _, false) => " ".to_owned(),
    };
    value.decor_mut().set_prefix(prefix);
    all.push_formatted(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> String {
        with_model(text, "a", "demo/ft:icl:1").unwrap().unwrap()
    }

    #[test]
    fn one_list_grows_and_nothing_else_moves() {
        let text = "# mine\n[experiment.a]\nmodels = [\"demo/icl\"] # base\n\n[experiment.b]\nmodels = [ \"x/y\" ]\n";
        assert_eq!(
            with(text),
            text.replace("[\"demo/icl\"]", "[\"demo/icl\", \"demo/ft:icl:1\"]")
        );
        assert_eq!(with_model(&with(text), "a", "demo/ft:icl:1").unwrap(), None);
    }

    #[test]
    fn a_list_over_lines_grows_by_lines_and_one_text_becomes_a_list() {
        assert_eq!(
            with("[experiment.a]\nmodels = [\n    \"demo/icl\",\n]\n"),
            "[experiment.a]\nmodels = [\n    \"demo/icl\",\n    \"demo/ft:icl:1\",\n]\n"
        );
        assert_eq!(
            with("[experiment.a]\nmodels = \"demo/icl\"\n"),
            "[experiment.a]\nmodels = [\"demo/icl\", \"demo/ft:icl:1\"]\n"
        );
        assert!(with_model("[experiment.b]\n", "a", "m").is_err());
    }
}
