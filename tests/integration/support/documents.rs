//! The documents that commands print with `--format json`, held against their schemas, which have no further fields.

use clap::{ArgMatches, CommandFactory, ValueEnum, builder::PossibleValue};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};
use wording::{
    cli::{Cli, OutputFormat, SchemaOf},
    commands::schema::schema_text,
};

/// A way to have a document printed, as the help of `wording schema` names it: `tune status JOB`, `runs --wear`.
#[derive(Debug, Clone)]
pub(crate) struct PrintedBy {
    pub of: SchemaOf,
    /// Names of the command and its subcommands.
    pub path: Vec<String>,
    /// Flags and arguments that it takes to have this document and no other.
    conditions: Vec<String>,
    /// One document per line.
    lines: bool,
}

/// What the help says of all documents.
pub(crate) static PRINTED_BY: LazyLock<Vec<PrintedBy>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for of in SchemaOf::value_variants() {
        let help = of.to_possible_value().as_ref().map(help).unwrap();
        for typed in help.split('`').filter_map(|t| t.strip_prefix("wording ")) {
            let Some(typed) = typed.strip_suffix(" --format json") else {
                continue;
            };
            let is_name = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            let words = typed.split(' ');
            let conditions = words.clone().filter(|word| !is_name(word));
            all.push(PrintedBy {
                of: *of,
                path: words.filter(is_name).map(str::to_owned).collect(),
                conditions: conditions
                    .map(|word| word.trim_start_matches('-').to_lowercase())
                    .collect(),
                lines: help.starts_with("A line"),
            });
        }
    }
    all
});

fn help(value: &PossibleValue) -> String {
    value.get_help().map(ToString::to_string).unwrap()
}

/// Which document a command line prints; `None` where it prints none.
fn document(args: &[String]) -> Option<PrintedBy> {
    let typed = std::iter::once("wording").chain(args.iter().map(String::as_str));
    let matches = Cli::command().try_get_matches_from(typed).ok()?;
    let (mut path, mut at) = (Vec::new(), &matches);
    while let Some((name, inner)) = at.subcommand() {
        path.push(name.to_owned());
        at = inner;
    }
    let format = at.try_get_one::<OutputFormat>("format").ok()??;
    // Rows of the user's own columns.
    if *format != OutputFormat::Json || path == ["badcases", "export"] {
        return None;
    }
    let fits = |by: &&PrintedBy| by.path == path && by.conditions.iter().all(|c| is_given(at, c));
    let found = PRINTED_BY.iter().filter(fits);
    let found = found.max_by_key(|by| by.conditions.len());
    assert!(found.is_some(), "no schema for {args:?}");
    found.cloned()
}

fn is_given(matches: &ArgMatches, name: &str) -> bool {
    let source = matches.value_source(name);
    source == Some(clap::parser::ValueSource::CommandLine)
}

/// Hold what a command printed against the schema of its document, where it is one; which.
#[track_caller]
pub(crate) fn check_document(args: &[String], out: &str) -> Option<SchemaOf> {
    let by = document(args).filter(|_| !out.is_empty())?;
    let documents: Vec<&str> = match by.lines {
        true => out.lines().collect(),
        false => vec![out],
    };
    for document in documents {
        let document: Value = serde_json::from_str(document)
            .unwrap_or_else(|e| panic!("{args:?} printed no JSON: {e}: {document}"));
        let wrong = errors(by.of, &document);
        assert!(wrong.is_empty(), "{args:?}: {wrong:#?}");
    }
    Some(by.of)
}

/// What a schema says against a document.
fn errors(of: SchemaOf, document: &Value) -> Vec<String> {
    type Schemas = HashMap<String, jsonschema::Validator>;
    static SCHEMAS: Mutex<Option<Schemas>> = Mutex::new(None);
    let mut schemas = SCHEMAS.lock().unwrap_or_else(|e| e.into_inner());
    let name = of.to_possible_value().unwrap().get_name().to_owned();
    let schema = schemas
        .get_or_insert_default()
        .entry(name)
        .or_insert_with(|| {
            let schema = serde_json::from_str(&schema_text(of).unwrap()).unwrap();
            jsonschema::validator_for(&schema).unwrap()
        });
    let wrong = schema.iter_errors(document);
    wrong.map(|e| format!("{}: {e}", e.instance_path)).collect()
}
