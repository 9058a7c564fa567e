//! Files of variables that promptfoo loads: `.env` in the folder where it is called, which is mostly that of the configuration, and those
//! that the configuration names. They hold keys, so their values are never taken over: what needs one is told.

use super::{
    environment::{names_in, read_by_default},
    files::Files,
};
use crate::interop::{ImportError, Kind, Node, NotePlace, Notes};
use crate::source::as_typed;
use regex::Regex;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, sync::LazyLock};

/// The configuration with the names that these files set under its `env`, without their values, except those that it sets itself. Told
/// are the names that providers read and those that the configuration mentions; prompts tell of theirs.
pub(super) fn with_variable_names(
    root: Node,
    files: &Files,
    notes: &mut Notes,
) -> Result<Node, ImportError> {
    let mut set = variables(&root, files, notes)?;
    let (at, Kind::Map(mut entries)) = (root.at.clone(), root.kind.clone()) else {
        return Ok(root);
    };
    let own = root.get("env").filter(|env| env.is_map()).cloned();
    let mut env = own.unwrap_or(Node {
        kind: Kind::Map(Vec::new()),
        at: at.clone(),
    });
    let known: BTreeSet<&str> = env.entries().iter().map(|(name, _)| &name[..]).collect();
    set.retain(|(name, _)| !known.contains(&name[..]));
    let mut mentioned = BTreeSet::new();
    for (_, part) in entries.iter().filter(|(key, _)| key != "prompts") {
        mentions(part, &mut mentioned);
    }
    let providers = root.get("providers").or(root.get("targets"));
    let providers = providers.map(|node| node.json().to_string());
    let is_asked = |service: &str| providers.as_ref().is_some_and(|all| all.contains(service));
    for (name, at) in &set {
        if mentioned.contains(name) || read_by_default(name).is_some_and(is_asked) {
            notes.dropped(at, format!("`{name}`"), NOT_TAKEN_OVER);
        }
    }
    if let Kind::Map(all) = &mut env.kind {
        let kind = Kind::Scalar(Value::Null);
        let unknown = |(name, at)| {
            (
                name,
                Node {
                    kind: kind.clone(),
                    at,
                },
            )
        };
        all.extend(set.into_iter().map(unknown));
    }
    entries.retain(|(key, _)| key != "env");
    entries.push(("env".to_owned(), env));
    let kind = Kind::Map(entries);
    Ok(Node { kind, at })
}

/// The variables that these files set, each once, with the place where it stands first.
fn variables(
    root: &Node,
    files: &Files,
    notes: &mut Notes,
) -> Result<Vec<(String, NotePlace)>, ImportError> {
    let mut all: Vec<(String, NotePlace)> = Vec::new();
    let usual = files.path(".env");
    if usual.is_file() {
        match files.allows(&usual).then(|| std::fs::read(&usual)) {
            Some(Ok(bytes)) => all.extend(names(&usual, &String::from_utf8_lossy(&bytes))),
            _ => notes.changed(
                &root.at,
                "`.env`",
                "it cannot be read, or leads out of the folder: what it sets is not known",
            ),
        }
    }
    let options = root.get("commandLineOptions");
    let named = options.and_then(|options| options.get("envPath"));
    for node in named.map_or(&[][..], Node::items) {
        let paths = node.text().unwrap_or_default().split(',').map(str::trim);
        for written in paths.filter(|written| !written.is_empty()) {
            let path = files.path(written);
            if !path.is_file() {
                let why = "there is no such file, and promptfoo refuses the configuration";
                let what = format!("`envPath: {written}`");
                return Err(ImportError::refused(&node.at, &what, why));
            }
            all.extend(names(&path, &files.text(&path, &node.at)?));
        }
    }
    let mut seen = BTreeSet::new();
    all.retain(|(name, _)| seen.insert(name.clone()));
    Ok(all)
}

/// Why a variable of such a file is left out.
pub(super) const NOT_TAKEN_OVER: &str = "promptfoo loads it from a file of variables, whose values are not taken over: write it into the configuration under `env`, or into the project";

/// Whether a name under `env` is there because a file of variables sets it: it stands in another file than the others.
pub(super) fn is_in_file(env: &Node, name: &str) -> bool {
    let mut known = env.entries().iter();
    known.any(|(known, node)| known == name && node.is_null() && node.at.file != env.at.file)
}

/// The names that a file sets, with their lines.
fn names(path: &Path, text: &str) -> Vec<(String, NotePlace)> {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^\s*(?:export\s+)?([\w.-]+)\s*(?:=|:\s)").ok());
    let Some(name) = NAME.as_ref() else {
        return Vec::new();
    };
    let file = as_typed(path);
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let found = lines.filter_map(|(n, line)| {
        let at = NotePlace {
            file: file.as_path().into(),
            line: Some(n + 1),
        };
        Some((name.captures(line)?[1].to_owned(), at))
    });
    found.collect()
}

/// Names of variables that the texts of a configuration mention.
fn mentions(node: &Node, found: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| mentions(item, found)),
        Kind::Map(entries) => entries.iter().for_each(|(_, item)| mentions(item, found)),
        _ => found.extend(node.text().map(names_in).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_and_no_value_is_taken_over() {
        let place = tempfile::tempdir().unwrap();
        let config = place.path().join("c.yaml");
        let usual = "# A\nA=1\nexport TEMP = secret # no\nOPENAI_TEMPERATURE=0.3\nOPENAI_API_KEY=secret\nUNUSED: x\n";
        std::fs::write(place.path().join(".env"), usual).unwrap();
        std::fs::write(place.path().join("my.env"), "NAMED=secret\n").unwrap();
        let files = Files::beside(&config, false);
        let read = |yaml: &str| {
            let root = Node::parse(&config, yaml).unwrap();
            let mut notes = Notes::default();
            let root = with_variable_names(root, &files, &mut notes)?;
            let told = notes
                .finish()
                .iter()
                .map(|note| note.what.clone())
                .collect();
            Ok::<(String, Vec<String>), ImportError>((root.json()["env"].to_string(), told))
        };
        let yaml = "env: {A: own}\nproviders: [{id: 'openai:m', config: {user: '{{ env.TEMP }}', x: \"{{ env['A'] }} ${NAMED}\"}}]\n";
        let (env, told) = read(yaml).unwrap();
        assert!(
            env.contains("\"A\":\"own\"") && !env.contains("secret"),
            "{env}"
        );
        assert_eq!(told, ["`TEMP`", "`OPENAI_TEMPERATURE`"]);
        let (env, told) =
            read(&format!("{yaml}commandLineOptions: {{envPath: [my.env]}}")).unwrap();
        assert!(
            env.contains("\"NAMED\":null") && !env.contains("secret"),
            "{env}"
        );
        assert_eq!(told, ["`TEMP`", "`OPENAI_TEMPERATURE`", "`NAMED`"]);
        assert!(read("commandLineOptions: {envPath: no.env}").is_err());
    }
}
