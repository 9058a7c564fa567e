//! An experiment of the project file.

use super::{
    Budget, DataPlaces, DesignSpec, EndpointSpec, ExperimentSpec, MetricKind, MetricSpec,
    OptimizeSpec, OutputColumn, Section, ShotsSpec,
    advise::read_advise,
    axes::{params_axis, read_axes},
    metric::{read_budget, read_metric},
    reader::json,
    sealed::read_sealed,
    spec::parse_delimiter,
    tool_command::{check_tool_choice, read_tool_command},
    tools::{check_tool_params, read_tools},
};
use crate::{
    model::{MaxTruncated, ModelRef, Params, RecordLimit, RowKeyColumns},
    source::{SourcePlace, nearest},
};
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf};
use toml::de::DeValue;

/// Request parameters that are never lists.
const SINGLE_PARAMS: [&str; 16] = [
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "max_tokens",
    "max_completion_tokens",
    "seed",
    "n",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "reasoning_effort",
    "verbosity",
    "top_logprobs",
    "logprobs",
    "service_tier",
];

pub(super) fn read_experiment(
    s: &Section<'_, '_>,
    name: &str,
    endpoints: &BTreeMap<String, EndpointSpec>,
) -> Option<ExperimentSpec> {
    let outputs = read_outputs(s);
    if s.get("outputs").is_none() {
        s.require("templates");
        s.require("models");
    }
    let templates: Vec<String> = s
        .texts("templates")
        .unwrap_or_default()
        .into_iter()
        .map(|t| t.0)
        .collect();
    let dataset = s
        .require("dataset")
        .and_then(|item| s.as_text("dataset", item));
    let models = read_models(s, "models", endpoints);
    let embeddings = read_models(s, "embeddings", endpoints).into_iter().next();
    let read = s
        .inner("axes")
        .map(|section| read_axes(&section, true))
        .unwrap_or_default();
    let (mut axes, format_sample) = (read.axes, read.format_sample);
    let tools = read_tools(s, read.tools, &models, endpoints);
    let tool_command = read_tool_command(s, &tools);
    let mut axis_places: BTreeMap<String, SourcePlace> = read
        .places
        .into_iter()
        .map(|(name, span)| (name, s.reader.place(span)))
        .collect();
    let mut params = Params::new();
    if let Some(section) = s.inner("params") {
        for (key, _, item) in section.entries() {
            match json(item.get_ref()) {
                Value::Object(map) if map.len() == 1 && map.contains_key("axis") => {
                    let Some(Value::Array(values)) =
                        map.get("axis").filter(|v| **v != Value::Array(Vec::new()))
                    else {
                        let message = format!("the axis of `{key}` is not a list of values");
                        let help = format!("write {key} = {{ axis = [first, second] }}");
                        section.reader.problem(item.span(), message, Some(help));
                        continue;
                    };
                    let axis = params_axis(key, values);
                    axis_places.insert(axis.name.clone(), s.reader.place(item.span()));
                    axes.retain(|other| other.name != axis.name);
                    axes.push(axis);
                }
                Value::Array(values) if SINGLE_PARAMS.contains(&key) => {
                    let values: Vec<String> = values.iter().map(Value::to_string).collect();
                    section.reader.problem(
                        item.span(),
                        format!("`{key}` takes one value, not a list"),
                        Some(format!(
                            "for an axis, write {key} = {{ axis = [{}] }}",
                            values.join(", ")
                        )),
                    );
                }
                value => {
                    params.insert(key.to_owned(), value);
                }
            }
        }
    }
    if let Some(section) = s.inner("params") {
        check_tool_params(&section, &tools, &params);
    }
    if tool_command.is_some() {
        check_tool_choice(s, &params, &axes, &axis_places);
    }
    let budget = s
        .inner("budget")
        .map_or(Budget::default(), |b| read_budget(&b));
    let place = |key| s.get(key).map(|item| s.reader.place(item.span()));
    let (mut metrics, metric_places) = read_metrics(s, endpoints);
    for metric in &mut metrics {
        if let MetricKind::ToolCalls(spec) = &mut metric.kind {
            let all = tools.iter().flat_map(|set| &set.functions);
            let schemas = all.filter_map(|f| Some((f.name.clone(), f.parameters()?.clone())));
            spec.schemas = schemas.collect();
        }
    }
    let seed = s.whole("seed", 0).unwrap_or(7);
    let (answer, id, cluster) = (s.text("answer"), s.text("id"), s.text("cluster"));
    let written = outputs.iter().map(|output| output.column.clone());
    let key = RowKeyColumns {
        cluster: cluster.clone(),
        id: id.clone(),
        ignored: answer.iter().cloned().chain(written).collect(),
    };
    let spec = ExperimentSpec {
        name: name.to_owned(),
        templates,
        dataset: dataset.unwrap_or_default().into(),
        answer,
        id,
        cluster,
        delimiter: read_delimiter(s),
        max_record: read_max_record(s).unwrap_or_default(),
        slices: s
            .texts("slices")
            .unwrap_or_default()
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
        sealed: read_sealed(s, seed, key),
        optimize: read_optimize(s),
        shots: s.text("shots").map(PathBuf::from),
        labels: s.text("labels").map(PathBuf::from),
        embeddings,
        models,
        outputs,
        baseline: s.text("baseline"),
        rows: s.whole("rows", 1).map(|n| n as usize),
        rows_where: None,
        samples: s.whole("samples", 1).unwrap_or(1) as usize,
        seed,
        max_truncated: read_max_truncated(s),
        budget,
        params,
        tools,
        tool_command,
        axes,
        axis_places,
        data_places: DataPlaces {
            dataset: place("dataset"),
            shots: place("shots"),
        },
        shots_default: ShotsSpec::default(),
        format_sample,
        metrics,
        metric_places,
        design: read_design(s),
        advise: s
            .inner("advise")
            .map(|section| read_advise(&section))
            .unwrap_or_default(),
    };
    s.finish();
    Some(spec)
}

/// What a search for a better wording may change.
fn read_optimize(s: &Section<'_, '_>) -> OptimizeSpec {
    let Some(section) = s.inner("optimize") else {
        return OptimizeSpec::default();
    };
    let edit = section.texts("edit").unwrap_or_default().into_iter();
    let edit = edit.map(|(name, _)| name).collect();
    section.finish();
    OptimizeSpec { edit }
}

/// Columns with outputs, and what makes no sense beside them.
fn read_outputs(s: &Section<'_, '_>) -> Vec<OutputColumn> {
    let Some(section) = s.inner("outputs") else {
        return Vec::new();
    };
    let outputs: Vec<OutputColumn> = section
        .entries()
        .into_iter()
        .filter_map(|(variant, _, item)| {
            Some(OutputColumn {
                variant: variant.to_owned(),
                column: section.as_text(variant, item)?,
            })
        })
        .collect();
    if outputs.is_empty() {
        let help = "for example outputs = { plain = \"plain_output\" }, a column of the dataset per variant";
        let message = "`outputs` names no column";
        s.reader
            .problem(section.span.clone(), message, Some(help.into()));
    }
    for key in [
        "templates",
        "models",
        "shots",
        "embeddings",
        "samples",
        "max_truncated",
        "budget",
        "params",
        "tools",
        "tool_command",
        "axes",
        "design",
    ] {
        if let Some(item) = s.get(key) {
            s.reader.problem(
                item.span(),
                format!(
                    "`{key}` cannot be set beside `outputs`: nothing is sent for existing outputs"
                ),
                Some(format!("remove `{key}` or `outputs`")),
            );
        }
    }
    outputs
}

fn read_max_record(s: &Section<'_, '_>) -> Option<RecordLimit> {
    let item = s.get("max_record")?;
    match s.as_text("max_record", item)?.parse() {
        Ok(limit) => Some(limit),
        Err(message) => {
            s.reader.problem(item.span(), message, None);
            None
        }
    }
}

fn read_max_truncated(s: &Section<'_, '_>) -> MaxTruncated {
    let Some(share) = s.number("max_truncated") else {
        return MaxTruncated::default();
    };
    if let Some(max) = MaxTruncated::new(share) {
        return max;
    }
    if let Some(item) = s.get("max_truncated") {
        s.reader.problem(
            item.span(),
            "`max_truncated` is a share between 0 and 1",
            Some("write 0.05 for 5 %, or 1 where answers are cut on purpose".into()),
        );
    }
    MaxTruncated::default()
}

fn read_delimiter(s: &Section<'_, '_>) -> Option<u8> {
    let item = s.get("delimiter")?;
    match parse_delimiter(&s.as_text("delimiter", item)?) {
        Ok(delimiter) => Some(delimiter),
        Err(message) => {
            s.reader.problem(item.span(), message, None);
            None
        }
    }
}

fn read_models(
    s: &Section<'_, '_>,
    key: &'static str,
    endpoints: &BTreeMap<String, EndpointSpec>,
) -> Vec<ModelRef> {
    let mut models = Vec::new();
    for (text, span) in s.texts(key).unwrap_or_default() {
        match text.parse::<ModelRef>() {
            Ok(model) if endpoints.contains_key(&model.endpoint) => models.push(model),
            Ok(model) => {
                let known: Vec<&str> = endpoints.keys().map(String::as_str).collect();
                let help = nearest(&model.endpoint, known.iter().copied()).map_or_else(
                    || {
                        format!(
                            "add [endpoint.{}] with its base_url; available: {}",
                            model.endpoint,
                            known.join(", ")
                        )
                    },
                    |near| format!("did you mean `{near}/{}`?", model.model),
                );
                s.reader.problem(
                    span,
                    format!("no endpoint `{}`", model.endpoint),
                    Some(help),
                );
            }
            Err(error) => s.reader.problem(span, error.to_string(), None),
        }
    }
    models
}

/// The metrics, and where each of them is written.
fn read_metrics(
    s: &Section<'_, '_>,
    endpoints: &BTreeMap<String, EndpointSpec>,
) -> (Vec<MetricSpec>, Vec<SourcePlace>) {
    let model = |section: &Section<'_, '_>, key: &'static str| {
        section.require(key)?;
        read_models(section, key, endpoints).into_iter().next()
    };
    let (mut metrics, mut places) = (Vec::new(), Vec::new());
    match s.get("metric").map(|item| (item, item.get_ref())) {
        Some((_, DeValue::Array(items))) => {
            for item in items.iter() {
                let section = s.as_section("metric", "metric", item);
                if let Some(metric) = section.and_then(|section| read_metric(&section, model)) {
                    metrics.push(metric);
                    places.push(s.reader.place(item.span()));
                }
            }
        }
        Some((item, DeValue::Table(_))) => s.reader.problem(
            item.span(),
            "`metric` is a list of tables",
            Some("write [[experiment.NAME.metric]] with two brackets".into()),
        ),
        Some((item, _)) => s
            .reader
            .problem(item.span(), "`metric` must be a list of tables", Some("write [[experiment.NAME.metric]] below the experiment, and in it `kind = \"label\"` or another kind".into())),
        None => metrics.push(MetricSpec {
            name: "normalized".into(),
            kind: MetricKind::Normalized,
            weight: 1.0,
            threshold: None,
            reply: None,
        }),
    }
    (metrics, places)
}

fn read_design(s: &Section<'_, '_>) -> DesignSpec {
    let Some(d) = s.inner("design") else {
        return DesignSpec::Full;
    };
    let word = d.text("kind").unwrap_or_else(|| "full".into());
    let variants = d.whole("variants", 1);
    let design = match word.as_str() {
        "full" => DesignSpec::Full,
        "one-at-a-time" => DesignSpec::OneAtATime,
        "orthogonal" => DesignSpec::Orthogonal,
        "random" => match variants {
            Some(n) => DesignSpec::Random {
                variants: n as usize,
            },
            None => {
                d.reader.problem(
                    d.span.clone(),
                    "the design `random` needs `variants`",
                    Some("for example variants = 24".into()),
                );
                DesignSpec::Full
            }
        },
        other => {
            let span = d.get("kind").map_or(d.span.clone(), toml::Spanned::span);
            d.reader.problem(
                span,
                format!("no design `{other}`"),
                Some("full, one-at-a-time, random or orthogonal".into()),
            );
            DesignSpec::Full
        }
    };
    d.finish();
    design
}
