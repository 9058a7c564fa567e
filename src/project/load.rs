//! Finds the project file and reads endpoints and experiments out of it.

use super::{
    Api, BaseModel, Budget, ChatTemplate, DataPlaces, DesignSpec, EndpointSpec, ExperimentSpec,
    MetricKind, MetricSpec, ModelSpec, OptimizeSpec, OutputColumn, ProgramSpec, Project,
    ProjectError, Reader, Section, ShotsSpec,
    advise::{positive, read_advise},
    axes::{params_axis, read_axes},
    command::{read_variables, read_words},
    metric::{read_budget, read_metric},
    price::read_price,
    reader::json,
    sealed::read_sealed,
    spec::parse_delimiter,
    tool_command::{check_tool_choice, read_tool_command},
    tools::{check_tool_params, read_tools},
};
use crate::{
    child_process::ProgramCommand,
    model::{MaxTruncated, ModelRef, Params, RecordLimit, RowKeyColumns},
    source::{SourcePlace, as_typed, nearest},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};
use toml::de::DeValue;

/// An experiment that is looked at without files.
const ANY_EXPERIMENT: &str =
    "[experiment.x]\ntemplates = [\"*.j2\"]\ndataset = \"-\"\nmodels = [\"demo/icl\"]\n";

impl Project {
    /// Find `wording.toml` in `dir` or the nearest parent.
    pub fn find(dir: &Path) -> Option<PathBuf> {
        dir.ancestors()
            .map(|dir| dir.join("wording.toml"))
            .find(|file| file.is_file())
    }

    /// Read and validate a project file.
    pub fn load(file: &Path) -> Result<Project, ProjectError> {
        let bytes = std::fs::read(file).map_err(|source| ProjectError::Io {
            path: as_typed(file),
            verb: "read",
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| ProjectError::Encoding {
            path: as_typed(file),
            at: error.utf8_error().valid_up_to(),
        })?;
        Project::parse(file, text.trim_start_matches('\u{feff}'))
    }

    /// Read and validate the text of a project file.
    pub fn parse(file: &Path, source: &str) -> Result<Project, ProjectError> {
        let reader = Reader::new(as_typed(file), source, 0);
        let mut endpoints = BTreeMap::from([("demo".to_owned(), EndpointSpec::demo())]);
        let mut experiments = Vec::new();
        let mut stores_prompts = true;
        if let Some(table) = reader.parse(source.len()) {
            let top = reader.section("[project]", 0..0, table.get_ref());
            stores_prompts = read_top(&top, &mut endpoints, &mut experiments);
        }
        let problems = reader.into_problems();
        if !problems.is_empty() {
            return Err(ProjectError::Invalid { problems });
        }
        let root = file
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        for endpoint in endpoints.values_mut() {
            if let Some(path) = &mut endpoint.ca_file {
                *path = root.join(&*path);
            }
            if let Some(program) = &mut endpoint.program {
                program.command.folder.clone_from(&root);
            }
        }
        for tools in experiments
            .iter_mut()
            .filter_map(|e| e.tool_command.as_mut())
        {
            tools.program.command.folder.clone_from(&root);
        }
        Ok(Project {
            root,
            file: Some(file.to_path_buf()),
            endpoints,
            experiments,
            stores_prompts,
        })
    }

    /// A project without files, for looking at a run of an experiment.
    pub fn for_viewing(root: &Path, experiment: &str) -> Result<Project, ProjectError> {
        let mut project = Project::parse(&root.join("bundle"), ANY_EXPERIMENT)?;
        project.file = None;
        for spec in &mut project.experiments {
            spec.name = experiment.to_owned();
        }
        Ok(project)
    }

    /// The same project with an experiment that only holds the place of one, where it has none.
    pub fn or_placeholder(mut self, name: &str) -> Result<Project, ProjectError> {
        if self.experiments.is_empty() {
            let viewing = Project::for_viewing(&self.root, name)?;
            self.experiments = viewing.experiments;
        }
        Ok(self)
    }

    /// The experiment of that name, or the only one (or in a sample project, the first) where `None`.
    pub fn experiment(&self, name: Option<&str>) -> Result<&ExperimentSpec, ProjectError> {
        self.check_experiments()?;
        let known = || {
            self.experiments
                .iter()
                .map(|e| e.name.clone())
                .collect::<Vec<_>>()
        };
        match name {
            Some(name) => self
                .experiments
                .iter()
                .find(|e| e.name == name)
                .ok_or_else(|| {
                    let known = known();
                    ProjectError::NoExperiment {
                        suggestion: nearest(name, known.iter().map(String::as_str))
                            .map(str::to_owned),
                        name: name.to_owned(),
                        known,
                    }
                }),
            None => match self.experiments.as_slice() {
                [only] => Ok(only),
                _ => Err(ProjectError::WhichExperiment { known: known() }),
            },
        }
    }

    /// That the project has an experiment. One with endpoints alone is valid, and enough for `wording models`.
    pub fn check_experiments(&self) -> Result<(), ProjectError> {
        match self.experiments.is_empty() {
            false => Ok(()),
            true => Err(ProjectError::NoExperiments {
                file: as_typed(self.file.as_deref().unwrap_or(&self.root)),
            }),
        }
    }

    /// The endpoint of a model.
    pub fn endpoint(&self, model: &ModelRef) -> Option<&EndpointSpec> {
        self.endpoints.get(&model.endpoint)
    }

    /// The endpoint of a model, or which there are.
    pub fn require_endpoint(&self, model: &ModelRef) -> Result<&EndpointSpec, ProjectError> {
        let known = self.endpoints.keys().map(String::as_str);
        self.endpoint(model)
            .ok_or_else(|| ProjectError::NoEndpoint {
                model: model.clone(),
                suggestion: nearest(&model.endpoint, known.clone()).map(str::to_owned),
                known: known.map(str::to_owned).collect(),
            })
    }

    /// What is known of a model.
    pub fn model(&self, model: &ModelRef) -> Option<&ModelSpec> {
        self.endpoint(model)?.models.get(&model.model)
    }
}

/// Read endpoints and experiments; whether the store keeps prompts.
fn read_top(
    top: &Section<'_, '_>,
    endpoints: &mut BTreeMap<String, EndpointSpec>,
    experiments: &mut Vec<ExperimentSpec>,
) -> bool {
    let stores_prompts = top.inner("store").and_then(|store| {
        let prompts = store.flag("prompts");
        store.finish();
        prompts
    });
    if let Some(all) = top.inner("endpoint") {
        for (name, span, item) in all.entries() {
            if name == "demo" {
                top.reader.problem(
                    span,
                    "`demo` is the built-in endpoint and cannot be set",
                    Some("choose another name".into()),
                );
                continue;
            }
            if let Some(section) = all.as_section(name, name, item) {
                let section = section.called(format!("[endpoint.{name}]"));
                if let Some(endpoint) = read_endpoint(&section, name) {
                    endpoints.insert(name.to_owned(), endpoint);
                }
            }
        }
    }
    if let Some(all) = top.inner("experiment") {
        for (name, _, item) in all.entries() {
            if let Some(section) = all.as_section(name, name, item) {
                let section = section.called(format!("[experiment.{name}]"));
                experiments.extend(read_experiment(&section, name, endpoints));
            }
        }
    }
    top.finish();
    stores_prompts.unwrap_or(true)
}

fn read_endpoint(s: &Section<'_, '_>, name: &str) -> Option<EndpointSpec> {
    let mut e = match s.get("command") {
        Some(_) => EndpointSpec::of_program(name, read_program(s)),
        None => EndpointSpec::new(name, read_base_url(s).unwrap_or_default()),
    };
    if let Some(item) = s.get("api_key_env") {
        let name = s.as_text("api_key_env", item).unwrap_or_default();
        if name.starts_with("sk-") || name.contains(['-', ' ', '.']) {
            s.reader.problem(
                item.span(),
                "`api_key_env` must be the name of an environment variable, but this looks like a key",
                Some("keep keys out of files: api_key_env = \"OPENAI_API_KEY\"".into()),
            );
        }
        e.api_key_env = Some(name);
    }
    e.max_in_flight = s
        .whole("max_in_flight", 1)
        .map_or(e.max_in_flight, |n| n as usize);
    e.start_in_flight = s.whole("start_in_flight", 1).map(|n| n as usize);
    e.requests_per_minute = s.whole("requests_per_minute", 1);
    e.tokens_per_minute = s.whole("tokens_per_minute", 1);
    e.timeout = s.time("timeout").unwrap_or(Duration::from_secs(60));
    e.first_byte_timeout = s.time("first_byte_timeout");
    e.retries = s.whole("retries", 0).map_or(e.retries, |n| n as u32);
    e.embeddings_per_request = s
        .whole("embeddings_per_request", 1)
        .map_or(e.embeddings_per_request, |n| n as usize);
    e.give_up = s.time("give_up").unwrap_or(e.give_up);
    e.stream = s.flag("stream");
    e.ca_file = s.text("ca_file").map(PathBuf::from);
    if let Some(item) = s.get("api") {
        match s.as_text("api", item).as_deref() {
            _ if e.program.is_some() => {}
            None => {}
            Some("chat") => e.api = Api::Chat,
            Some("completions") => e.api = Api::Completions,
            Some("responses") => e.api = Api::Responses,
            Some(other) => s.reader.problem(
                item.span(),
                format!("`api` cannot be `{other}`"),
                Some("chat, responses or completions".into()),
            ),
        }
    }
    if let Some(headers) = s.inner("headers") {
        for (key, _, item) in headers.entries() {
            if let Some(value) = headers.as_text(key, item) {
                e.headers.push((key.to_owned(), value));
            }
        }
    }
    if let Some(models) = s.inner("model") {
        for (name, _, item) in models.entries() {
            if let Some(section) = models.as_section(name, name, item) {
                e.models.insert(name.to_owned(), read_model(&section));
            }
        }
    }
    s.finish();
    Some(e)
}

fn read_base_url(s: &Section<'_, '_>) -> Option<String> {
    for (key, meaning) in [("version", "its answers"), ("env", "the program")] {
        if let Some(item) = s.get(key) {
            s.reader.problem(
                item.span(),
                format!("`{key}` is about {meaning}, and this endpoint has no `command`"),
                None,
            );
        }
    }
    let item = s.require("base_url")?;
    let url = s.as_text("base_url", item)?;
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        s.reader.problem(
            item.span(),
            "`base_url` must begin with http:// or https://",
            None,
        );
    }
    Some(url)
}

/// Keys that only a server has a use for.
const SERVER_KEYS: [&str; 8] = [
    "base_url",
    "api",
    "api_key_env",
    "headers",
    "ca_file",
    "stream",
    "first_byte_timeout",
    "embeddings_per_request",
];

fn read_program(s: &Section<'_, '_>) -> ProgramSpec {
    for key in SERVER_KEYS {
        let Some(item) = s.get(key) else { continue };
        let help = match key {
            "api_key_env" => "hand variables to the program with env = [\"NAME\"]",
            _ => "remove it, or remove `command`",
        };
        s.reader.problem(
            item.span(),
            format!("`{key}` has no meaning for a program (`command`)"),
            Some(help.into()),
        );
    }
    ProgramSpec {
        command: ProgramCommand {
            words: read_words(s, "command").unwrap_or_default(),
            variables: read_variables(s),
            ..ProgramCommand::default()
        },
        version: s.text("version"),
        max_in_flight: s.whole("max_in_flight", 1).map(|n| n as usize),
    }
}

fn read_model(s: &Section<'_, '_>) -> ModelSpec {
    let spec = ModelSpec {
        price: s.inner("price").map(|p| read_price(&p)),
        base_model: s.text("base_model").and_then(|name| {
            let span = s.get("base_model")?.span();
            let place = s.reader.place(span);
            Some(BaseModel { name, place })
        }),
        context: s.whole("context", 1),
        tokenizer: s.text("tokenizer"),
        parameters_b: positive(s, "parameters_b"),
        tuned: s.flag("tuned").unwrap_or(false),
        chat: ChatTemplate {
            system_role: s.flag("system_role"),
            same_role_twice: s.flag("same_role_twice"),
            added_system: s.text("added_system"),
        },
    };
    s.finish();
    spec
}

fn read_experiment(
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Result<Project, String> {
        Project::parse(Path::new("/x/wording.toml"), source).map_err(|e| e.to_string())
    }

    const GOOD: &str = "[experiment.a]\ntemplates = [\"t/*.j2\"]\ndataset = \"d.jsonl\"\nmodels = [\"demo/icl\"]\n";

    #[test]
    fn the_smallest_project_has_defaults() {
        let project = parse(GOOD).unwrap();
        let e = project.experiment(None).unwrap();
        assert_eq!(
            (e.samples, e.seed, e.metrics[0].name.as_str()),
            (1, 7, "normalized")
        );
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_place() {
        let source =
            GOOD.replace("dataset", "datset") + "rows = 0\n[endpoint.o]\nbase_url = \"ftp://x\"\n";
        let error = parse(&source).unwrap_err();
        for part in [
            "/x/wording.toml:3:1",
            "did you mean `dataset`?",
            "needs `dataset`",
            "`rows` must be",
            "http://",
        ] {
            assert!(error.contains(part), "{part} is missing in\n{error}");
        }
    }

    #[test]
    fn a_key_in_the_file_is_refused() {
        let error = parse(
            &(GOOD.to_owned()
                + "[endpoint.o]\nbase_url = \"http://x\"\napi_key_env = \"sk-123\"\n"),
        )
        .unwrap_err();
        assert!(error.contains("looks like a key"), "{error}");
    }

    #[test]
    fn a_syntax_error_has_line_and_caret() {
        let error = parse("[experiment.a\n").unwrap_err();
        assert!(error.contains("/x/wording.toml:1:"), "{error}");
    }

    #[test]
    fn params_are_values_and_become_axes_where_they_say_so() {
        let project = parse(
            &(GOOD.to_owned() + "params = { temperature = { axis = [0, 1] }, stop = [\"a\"], tools = [{ type = \"x\" }], top_p = 0.5 }\n"),
        )
        .unwrap();
        let e = &project.experiments[0];
        assert_eq!(e.axes[0].name, "params.temperature");
        assert_eq!(
            e.params.keys().collect::<Vec<_>>(),
            ["stop", "tools", "top_p"]
        );
        let error = parse(&(GOOD.to_owned() + "params = { temperature = [0, 1] }\n")).unwrap_err();
        assert!(error.contains("temperature = { axis = [0, 1] }"), "{error}");
        let error = parse(&(GOOD.to_owned() + "params = { tools = { axis = 1 } }\n")).unwrap_err();
        assert!(error.contains("not a list of values"), "{error}");
    }

    #[test]
    fn shots_axes_take_their_values_as_names() {
        let project = parse(&(GOOD.to_owned() + "[experiment.a.axes]\nshots = { count = [0, 4], order = [\"shuffle:3\"] }\ntone = [{ name = \"bare\", text = \"\" }, \"Please. \"]\n")).unwrap();
        let axes = &project.experiments[0].axes;
        assert_eq!(axes[0].name, "tone");
        assert_eq!(axes[0].levels[1].name, "2");
        assert_eq!(axes[1].levels[1].name, "4");
        assert_eq!(axes[2].levels[0].name, "shuffle:3");
    }

    #[test]
    fn an_unknown_experiment_is_answered_with_the_nearest() {
        let error = parse(&GOOD.replace(".a]", ".sentiment]"))
            .unwrap()
            .experiment(Some("sentimant"))
            .unwrap_err();
        assert!(error.to_string().contains("did you mean `sentiment`?"));
    }
}
