//! Files of variables that promptfoo reads before it runs: `.env` where it is called, for which the folder of the configuration stands
//! here, and those that the configuration names.

use super::files::Files;
use crate::interop::{ImportError, Kind, Node, NotePlace, shell::is_in_shell};
use crate::source::as_typed;
use serde_json::Value;
use std::path::Path;

/// The configuration with what these files set under its `env`. Its own values go before theirs, what the shell sets goes before
/// `.env`, and the files that it names before the shell.
pub(super) fn with_environment_files(root: Node, files: &Files) -> Result<Node, ImportError> {
    let mut set: Vec<(String, Node)> = Vec::new();
    let mut put = |(name, value): (String, Node)| {
        set.retain(|(known, _)| *known != name);
        set.push((name, value));
    };
    let usual = files.path(".env");
    if usual.is_file() {
        let found = variables(&usual, files, &root.at)?;
        found
            .into_iter()
            .filter(|(name, _)| !is_in_shell(name))
            .for_each(&mut put);
    }
    let options = root.get("commandLineOptions");
    let named = options.and_then(|options| options.get("envPath"));
    for node in named.map_or(&[][..], |node| match node.text() {
        Some(_) => std::slice::from_ref(node),
        None => node.items(),
    }) {
        let paths = node.text().unwrap_or_default().split(',').map(str::trim);
        for written in paths.filter(|written| !written.is_empty()) {
            let path = files.path(written);
            if !path.is_file() {
                let why = "there is no such file, and promptfoo refuses the configuration";
                return Err(ImportError::refused(
                    &node.at,
                    &format!("`envPath: {written}`"),
                    why,
                ));
            }
            variables(&path, files, &node.at)?
                .into_iter()
                .for_each(&mut put);
        }
    }
    root.get("env")
        .map_or(&[][..], Node::entries)
        .iter()
        .cloned()
        .for_each(&mut put);
    let at = root.at.clone();
    Ok(match root.kind {
        Kind::Map(mut entries) if !set.is_empty() => {
            let place = entries.iter().find(|(key, _)| key == "env");
            let env = Node {
                at: place.map_or(&at, |(_, node)| &node.at).clone(),
                kind: Kind::Map(set),
            };
            entries.retain(|(key, _)| key != "env");
            entries.push(("env".to_owned(), env));
            Node {
                kind: Kind::Map(entries),
                at,
            }
        }
        kind => Node { kind, at },
    })
}

/// What a file sets, in its order, as the package dotenv 17.4.2 reads it.
fn variables(
    path: &Path,
    files: &Files,
    at: &NotePlace,
) -> Result<Vec<(String, Node)>, ImportError> {
    let text = files
        .text(path, at)?
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let mut found = Vec::new();
    let (mut rest, mut line) = (&text[..], 1);
    while !rest.is_empty() {
        let (variable, length) = variable(rest);
        if let Some((name, value)) = variable {
            let at = NotePlace {
                file: as_typed(path).into(),
                line: Some(line),
            };
            found.push((
                name.to_owned(),
                Node {
                    kind: Kind::Scalar(Value::String(value)),
                    at,
                },
            ));
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    Ok(found)
}

/// The variable that the first line of a text sets, where it sets one, and how many bytes were read: a value in quotes may go over
/// more lines.
fn variable(text: &str) -> (Option<(&str, String)>, usize) {
    let end = text.find('\n').map_or(text.len(), |end| end + 1);
    let line = text[..end].trim_start();
    let after_export = line
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']));
    let line = after_export.map_or(line, str::trim_start);
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let (name, rest) = line.split_at(line.find(|c| !is_name(c)).unwrap_or(line.len()));
    let spaced = rest.trim_start_matches([' ', '\t']);
    let after = match spaced.strip_prefix('=') {
        None => rest
            .strip_prefix(':')
            .filter(|rest| rest.starts_with([' ', '\t'])),
        some => some,
    };
    let Some(after) = after.filter(|_| !name.is_empty()) else {
        return (None, end);
    };
    let start = end - after.len();
    let value = text[start..].trim_start();
    if let Some((inner, length)) = quoted(value) {
        let inner = match value.starts_with('"') {
            true => inner.replace("\\n", "\n").replace("\\r", "\r"),
            false => inner.to_owned(),
        };
        let after = text.len() - value.len() + length;
        let rest = text[after..].find('\n');
        return (
            Some((name, inner)),
            rest.map_or(text.len(), |end| after + end + 1),
        );
    }
    let plain = after.split('#').next().unwrap_or_default().trim();
    (Some((name, plain.to_owned())), end)
}

/// What stands in quotes at the beginning of a text, and where that ends; `None` where no quote closes it. Behind the last one there
/// is nothing else in its line, and one behind a backslash closes it only where no other does.
fn quoted(text: &str) -> Option<(&str, usize)> {
    let quote = text.chars().next().filter(|c| "'\"`".contains(*c))?;
    let mut closing = Vec::new();
    for (at, _) in text.match_indices(quote).skip(1) {
        closing.push(at);
        if !text[..at].ends_with('\\') {
            break;
        }
    }
    let ends_line = |at: &&usize| {
        let rest = text[*at + 1..]
            .split('\n')
            .next()
            .unwrap_or_default()
            .trim_start();
        rest.is_empty() || rest.starts_with('#')
    };
    let close = closing.iter().rev().find(ends_line)?;
    Some((&text[1..*close], close + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Recorded with dotenv 17.4.2.
    #[test]
    fn variables_are_read_as_dotenv_reads_them() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(".env");
        std::fs::write(&path, ENV).unwrap();
        let files = Files::beside(&place.path().join("c.yaml"), false);
        let at = NotePlace {
            file: Path::new("c.yaml").into(),
            line: None,
        };
        let found = variables(&path, &files, &at).unwrap();
        let found: Vec<(&str, &str, usize)> = (found.iter())
            .map(|(name, node)| (&name[..], node.text().unwrap(), node.at.line.unwrap()))
            .collect();
        assert_eq!(found, EXPECTED);
    }

    #[test]
    fn the_shell_goes_before_the_usual_file_and_the_configuration_before_all() {
        let place = tempfile::tempdir().unwrap();
        let config = place.path().join("c.yaml");
        std::fs::write(place.path().join(".env"), "A=1\nB=2\nPATH=usual\n").unwrap();
        std::fs::write(place.path().join("my.env"), "PATH=named\n").unwrap();
        let files = Files::beside(&config, false);
        let env = |yaml: &str| {
            let root = Node::parse(&config, yaml).unwrap();
            with_environment_files(root, &files).map(|root| root.get("env").unwrap().json())
        };
        assert_eq!(env("env: {A: own}").unwrap(), json!({"B": "2", "A": "own"}));
        let named = env("commandLineOptions: {envPath: [my.env]}").unwrap();
        assert_eq!(named, json!({"A": "1", "B": "2", "PATH": "named"}));
        assert!(env("commandLineOptions: {envPath: no.env}").is_err());
    }

    const ENV: &str = "A=1\n# B=2\nexport C = three four # no\nD='a # b'\nE=\"x\\ny\"\nF=`q`\n\nG: colon\nH\nI=\nJ=\"two\nlines\" # end\nK='open\nL.M-N=5\nO=\"a\\\"b\"\r\nP=é\nQ=a#b\n =x\nR= \"sp\" \nX=\"a\" b\nZ=\"a\\\"\nW=\n  \"w\"\nV X=1\n";
    const EXPECTED: &[(&str, &str, usize)] = &[
        ("A", "1", 1),
        ("C", "three four", 3),
        ("D", "a # b", 4),
        ("E", "x\ny", 5),
        ("F", "q", 6),
        ("G", "colon", 8),
        ("I", "", 10),
        ("J", "two\nlines", 11),
        ("K", "'open", 13),
        ("L.M-N", "5", 14),
        ("O", "a\\\"b", 15),
        ("P", "é", 16),
        ("Q", "a", 17),
        ("R", "sp", 19),
        ("X", "\"a\" b", 20),
        ("Z", "a\\", 21),
        ("W", "w", 22),
    ];
}
