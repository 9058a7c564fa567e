//! `wording schema`: the JSON Schemas of what is written and read.
//!
//! A document is a type, and its schema is derived from it. Those that are composed field by field have a schema in a file beside
//! their code.

use super::{
    badcases::DeletedBadCases,
    batch::{BatchExport, BatchResults, BatchSubmission},
    data::DatasetDescription,
    import::ImportSummary,
    init::InitializedProject,
    list::ProjectList,
    merge::MergedRun,
    models::Offer,
    new::AddedExperiment,
    output::{Exit, print},
    prices::FactsInUse,
    reword::RewordedLevel,
    runs::{DeletedRuns, RunSummary, WearLedger},
    tune::{TrainerConfig, TunedComparison},
};
use crate::{
    annotation::{LabelAgreement, MergeCounts},
    cli::{SchemaArgs, SchemaOf},
    endpoint::TuningJob,
    narrate::advice::Advice,
    project,
    report::{self, HistoryEntry, OutputReadingJson, PowerJson},
    store::{BadCase, RunInfo, StoreCheck, SubmittedBatch, Tuning},
    tune::ExportReport,
};
use anyhow::Context as _;
use clap::ValueEnum;
use regex::Regex;
use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform as _},
};
use serde_json::{Value, json};
use std::{borrow::Cow, sync::LazyLock};

pub fn schema(args: &SchemaArgs) -> anyhow::Result<Exit> {
    print(&schema_text(args.of)?)?;
    Ok(Exit::Done)
}

/// The JSON Schema of a document.
pub fn schema_text(of: SchemaOf) -> anyhow::Result<Cow<'static, str>> {
    let mut schema = match of {
        SchemaOf::Project => return Ok(project::SCHEMA.into()),
        SchemaOf::Run => return Ok(report::RUN_SCHEMA.into()),
        SchemaOf::Diff => return Ok(report::DIFF_SCHEMA.into()),
        SchemaOf::Report => return report_schema().map(Cow::from),
        SchemaOf::Render => return Ok(super::render::SCHEMA.into()),
        SchemaOf::Check => return Ok(super::check::SCHEMA.into()),
        SchemaOf::Search => return search_schema().map(Cow::from),
        SchemaOf::Upgrade => return Ok(report::UPGRADE_SCHEMA.into()),
        SchemaOf::ScoreExplain => derived::<OutputReadingJson<'_>>(),
        SchemaOf::Plan => derived::<PowerJson<'_>>(),
        SchemaOf::Reword => derived::<RewordedLevel<'_>>(),
        SchemaOf::Runs => derived::<Vec<RunSummary<'_>>>(),
        SchemaOf::RunsWear => derived::<WearLedger>(),
        SchemaOf::RunsCheck => derived::<StoreCheck>(),
        SchemaOf::RunsShow => derived::<RunInfo>(),
        SchemaOf::RunsMerge => derived::<MergedRun<'_>>(),
        SchemaOf::RunsDelete => derived::<DeletedRuns>(),
        SchemaOf::Advise => derived::<Advice>(),
        SchemaOf::LabelAgreement => derived::<LabelAgreement>(),
        SchemaOf::LabelMerge => derived::<MergeCounts>(),
        SchemaOf::Badcases => derived::<Vec<BadCase>>(),
        SchemaOf::BadcasesEdit => derived::<BadCase>(),
        SchemaOf::BadcasesDelete => derived::<DeletedBadCases<'_>>(),
        SchemaOf::TuneExport => derived::<ExportReport>(),
        SchemaOf::TuneConfig => derived::<TrainerConfig<'_>>(),
        SchemaOf::TuneJob => derived::<TuningJob>(),
        SchemaOf::TuneStatus => derived::<Vec<Tuning>>(),
        SchemaOf::TuneCompare => derived::<TunedComparison<'_>>(),
        SchemaOf::History => derived::<Vec<HistoryEntry>>(),
        SchemaOf::Models => derived::<Vec<Offer>>(),
        SchemaOf::ModelsPrices => derived::<FactsInUse<'_>>(),
        SchemaOf::BatchExport => derived::<BatchExport<'_>>(),
        SchemaOf::BatchSubmit => derived::<BatchSubmission<'_>>(),
        SchemaOf::BatchStatus => derived::<Vec<SubmittedBatch>>(),
        SchemaOf::BatchImport => derived::<BatchResults<'_>>(),
        SchemaOf::Import => derived::<ImportSummary<'_>>(),
        SchemaOf::Data => derived::<DatasetDescription<'_>>(),
        SchemaOf::Init => derived::<InitializedProject>(),
        SchemaOf::New => derived::<AddedExperiment>(),
        SchemaOf::List => derived::<ProjectList<'_>>(),
    };
    if let Some(value) = of.to_possible_value()
        && let Some(help) = value.get_help()
    {
        schema.insert("title".into(), help.to_string().into());
    }
    let text = serde_json::to_string_pretty(&schema).context("cannot write the schema")?;
    Ok(text.into())
}

/// A schema in a file, with that of another document at one of its properties; their definitions are together.
fn with_document(
    own: &str,
    property: &str,
    mut document: Value,
    or_null: bool,
) -> anyhow::Result<String> {
    let mut schema: Value = serde_json::from_str(own).context("a schema is not JSON")?;
    if let (Some(own), Some(Value::Object(definitions))) = (
        schema.pointer_mut("/$defs").and_then(Value::as_object_mut),
        document.as_object_mut().and_then(|map| map.remove("$defs")),
    ) {
        own.extend(definitions);
    }
    if let Some(map) = document.as_object_mut() {
        map.remove("$schema");
        map.remove("title");
    }
    let about = schema["properties"][property]["description"].take();
    schema["properties"][property] = match or_null {
        true => json!({"anyOf": [document, {"type": "null"}], "description": about}),
        false => document,
    };
    serde_json::to_string_pretty(&schema).context("cannot write the schema")
}

/// The report's schema, with the advice as it is written.
fn report_schema() -> anyhow::Result<String> {
    let advice = derived::<Advice>().into();
    with_document(report::REPORT_SCHEMA, "advice", advice, false)
}

/// The schema of a search, with the comparison on sealed rows as it is written.
fn search_schema() -> anyhow::Result<String> {
    let diff = serde_json::from_str(report::DIFF_SCHEMA).context("a schema is not JSON")?;
    with_document(report::SEARCH_SCHEMA, "sealed_rows", diff, true)
}

/// The schema of what a type is written as. Objects have the fields that it names, and no others.
fn derived<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(close).transform(&mut schema);
    schema
}

/// Let an object have no further fields, and describe it in the words of JSON.
fn close(schema: &mut Schema) {
    let composed = ["$ref", "allOf", "anyOf", "oneOf"];
    let key = match composed.into_iter().any(|key| schema.get(key).is_some()) {
        true => "unevaluatedProperties",
        false => "additionalProperties",
    };
    if schema.get("properties").is_some() && schema.get(key).is_none() {
        schema.insert(key.into(), Value::Bool(false));
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = in_words_of_json(text);
    }
}

/// The text of a doc comment for readers of JSON: without links to types, and null where Rust has `None`.
fn in_words_of_json(text: &str) -> String {
    static LINK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\[(`[^`\]]*`)\](?:\([^)]*\)|\[[^\]]*\])?").ok());
    let text = match LINK.as_ref() {
        Some(link) => link.replace_all(text, "$1"),
        None => text.into(),
    };
    text.replace("`None`", "null").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_have_no_words_of_rust() {
        assert_eq!(
            in_words_of_json(
                "See [`Name`], [`A::b`](x#y) and [`c`][d] [0, 1];\n`None` where unknown."
            ),
            "See `Name`, `A::b` and `c` [0, 1]; null where unknown."
        );
        // Two definitions of one name would be one where a document is in another.
        let read = |text| -> Value { serde_json::from_str(text).unwrap() };
        let (own, search, diff) = (
            read(report::REPORT_SCHEMA),
            read(report::SEARCH_SCHEMA),
            read(report::DIFF_SCHEMA),
        );
        let advice = Value::from(derived::<Advice>());
        let names = |schema: &Value| -> Vec<String> {
            schema["$defs"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect()
        };
        for (outer, inner) in [(&own, &advice), (&search, &diff)] {
            let outer = names(outer);
            assert!(names(inner).iter().all(|name| !outer.contains(name)));
        }
    }
}
