//! Tool files: the functions that a model may call, in JSON, read and checked.

use super::{
    Api, EndpointSpec, ToolDescription, ToolFunction, ToolSetSpec,
    json_place::json_place,
    reader::{Reader, Section, json},
};
use crate::{
    model::{ModelRef, Params},
    source::{SourcePlace, as_typed, files_matching, read_text},
};
use serde_json::{Map, Value, json as object};
use std::{collections::BTreeMap, ops::Range, path::Path};
use toml::{Spanned, de::DeValue};

/// Other names of `parameters`: MCP and Anthropic.
const PARAMETERS: [&str; 3] = ["parameters", "inputSchema", "input_schema"];

/// The set of tools that files or globs name, from the project's folder; problems are added to the reader.
pub(super) fn read_tool_set(
    reader: &Reader<'_>,
    item: &Spanned<DeValue<'_>>,
    level: Option<String>,
) -> ToolSetSpec {
    let mut set = ToolSetSpec {
        level,
        ..ToolSetSpec::default()
    };
    let globs = match json(item.get_ref()) {
        Value::String(glob) if glob.is_empty() => Vec::new(),
        Value::String(glob) => vec![glob],
        Value::Array(globs) if globs.iter().all(Value::is_string) => globs
            .iter()
            .filter_map(|glob| Some(glob.as_str()?.to_owned()))
            .collect(),
        _ => {
            let help = "for example tools = \"tools/*.json\"";
            let message = "`tools` must be a path, a glob or a list of them";
            reader.problem(item.span(), message, Some(help.into()));
            return set;
        }
    };
    for glob in globs {
        match files_matching(&reader.beside(&glob)) {
            Ok(files) if files.is_empty() => {
                let help = "paths are relative to the folder of the project file";
                let message = format!("no tool file matches `{glob}`");
                reader.problem(item.span(), message, Some(help.into()));
            }
            Ok(files) => {
                set.files.push(glob.clone().into());
                for file in files {
                    let reading = FileReading {
                        reader,
                        span: item.span(),
                        file: &file,
                        source: "",
                    };
                    reading.read(&mut set.functions);
                }
            }
            Err(error) => {
                reader.problem(
                    item.span(),
                    format!("`{glob}` is not a glob: {error}"),
                    None,
                );
            }
        }
    }
    set
}

/// The sets of the axis `tools`: a set of files per level.
pub(super) fn read_tools_axis(section: &Section<'_, '_>) -> Vec<ToolSetSpec> {
    let Some(levels) = section.inner("tools") else {
        return Vec::new();
    };
    let sets = levels
        .entries()
        .into_iter()
        .map(|(level, _, item)| read_tool_set(section.reader, item, Some(level.to_owned())));
    sets.collect()
}

/// A file that is being read.
struct FileReading<'a> {
    reader: &'a Reader<'a>,
    /// Where the project names it.
    span: Range<usize>,
    file: &'a Path,
    source: &'a str,
}

impl FileReading<'_> {
    fn place(&self, pointer: &str) -> SourcePlace {
        let span = json_place(self.source, pointer).unwrap_or(0..0);
        SourcePlace::of_span(as_typed(self.file), self.source, span)
    }

    fn problem(&self, pointer: &str, message: impl Into<String>, help: &str) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        let place = self.place(pointer);
        self.reader
            .problem_in(self.span.start, place, message, help);
    }

    fn read(&self, functions: &mut Vec<ToolFunction>) {
        let text = match read_text(self.file) {
            Ok(text) => text,
            Err(error) => {
                let message = format!(
                    "cannot read the tools in `{}`: {error}",
                    as_typed(self.file).display()
                );
                return self.reader.problem(self.span.clone(), message, None);
            }
        };
        let file = FileReading {
            source: text.trim_start_matches('\u{feff}'),
            span: self.span.clone(),
            ..*self
        };
        let value: Value = match serde_json::from_str(file.source) {
            Ok(value) => value,
            Err(error) => {
                let line = file
                    .source
                    .lines()
                    .nth(error.line().saturating_sub(1))
                    .unwrap_or("");
                let at = error.column().saturating_sub(1);
                let at = line.floor_char_boundary(at.min(line.len()));
                let place =
                    SourcePlace::in_line(as_typed(file.file), error.line().max(1), line, at..at);
                let what = error.to_string();
                let what = what.split(" at line ").next().unwrap_or_default();
                let message = format!("the tool file is not JSON: {what}");
                return file
                    .reader
                    .problem_in(file.span.start, place, message, None);
            }
        };
        let (items, base) = match &value {
            Value::Array(items) => (items.as_slice(), ""),
            Value::Object(map) => match map.get("tools") {
                Some(Value::Array(items)) => (items.as_slice(), "/tools"),
                _ => (std::slice::from_ref(&value), "-"),
            },
            _ => (std::slice::from_ref(&value), "-"),
        };
        for (at, item) in items.iter().enumerate() {
            let pointer = match base {
                "-" => String::new(),
                base => format!("{base}/{at}"),
            };
            let Some(function) = file.function(item, &pointer) else {
                continue;
            };
            if functions.iter().any(|known| known.name == function.name) {
                let message = format!("two tools are called `{}`", function.name);
                file.problem(&pointer, message, "the model calls a tool by its name");
                continue;
            }
            functions.push(function);
        }
    }

    /// One function; problems are reported.
    fn function(&self, item: &Value, pointer: &str) -> Option<ToolFunction> {
        const SHAPE: &str = "write {\"name\": \"search\", \"description\": \"…\", \"parameters\": {\"type\": \"object\", \"properties\": {…}}}, or a list of these";
        let (function, base) = match (item.get("function"), item.get("type")) {
            (Some(function), _) => (function, format!("{pointer}/function")),
            (None, Some(Value::String(kind))) if kind != "function" => {
                let message = format!("a tool of type `{kind}` is not a function");
                self.problem(&format!("{pointer}/type"), message, SHAPE);
                return None;
            }
            _ => (item, pointer.to_owned()),
        };
        let Some(fields) = function.as_object() else {
            self.problem(&base, "a tool is not a JSON object", SHAPE);
            return None;
        };
        let name = match fields.get("name") {
            Some(Value::String(name)) => name,
            _ => {
                self.problem(&base, "a tool has no `name`", SHAPE);
                return None;
            }
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
            let help = "endpoints take letters, digits, `_` and `-`, 64 at most";
            self.problem(
                &format!("{base}/name"),
                format!("`{name}` cannot be the name of a tool"),
                help,
            );
        }
        let mut sent = Map::new();
        let mut descriptions = Vec::new();
        for (key, value) in fields {
            let is_schema = PARAMETERS.contains(&key.as_str());
            let key_sent = if is_schema {
                "parameters"
            } else {
                key.as_str()
            };
            match (key.as_str(), value) {
                // The type of an item that is the function itself.
                ("type", Value::String(_)) if base == pointer => continue,
                ("description", value) if !value.is_string() => {
                    self.problem(
                        &format!("{base}/description"),
                        "a description must be a text",
                        "",
                    );
                }
                ("strict", value) if !value.is_boolean() => {
                    self.problem(
                        &format!("{base}/strict"),
                        "`strict` must be true or false",
                        "",
                    );
                }
                _ if is_schema => self.check_schema(value, &format!("{base}/{key}")),
                _ => {}
            }
            self.describe(
                value,
                key,
                &format!("{base}/{key}"),
                &format!("/function/{key_sent}"),
                &mut descriptions,
            );
            sent.insert(key_sent.to_owned(), value.clone());
        }
        Some(ToolFunction {
            name: name.clone(),
            json: object!({"type": "function", "function": sent}),
            descriptions,
        })
    }

    fn check_schema(&self, schema: &Value, pointer: &str) {
        const OBJECT: &str = "the arguments of a function are an object: {\"type\": \"object\", \"properties\": {…}}";
        if schema.get("type").is_none_or(|kind| kind != "object") {
            self.problem(
                pointer,
                "the parameters of a tool must be a JSON Schema of type `object`",
                OBJECT,
            );
        } else if let Err(error) = jsonschema::meta::validate(schema) {
            let at = format!("{pointer}{}", error.instance_path.as_str());
            self.problem(&at, format!("not a JSON Schema: {error}"), "");
        } else if let Err(message) = crate::read::json_validator(schema) {
            self.problem(pointer, format!("not a JSON Schema: {message}"), "");
        }
    }

    /// The descriptions in a value, itself included.
    fn describe(
        &self,
        value: &Value,
        key: &str,
        file: &str,
        sent: &str,
        all: &mut Vec<ToolDescription>,
    ) {
        match value {
            Value::String(text) if key == "description" => all.push(ToolDescription {
                pointer: sent.to_owned(),
                text: text.clone(),
                place: self.place(file),
            }),
            Value::Object(map) => {
                for (key, value) in map {
                    let step = key.replace('~', "~0").replace('/', "~1");
                    self.describe(
                        value,
                        key,
                        &format!("{file}/{step}"),
                        &format!("{sent}/{step}"),
                        all,
                    );
                }
            }
            Value::Array(items) => {
                for (at, value) in items.iter().enumerate() {
                    self.describe(
                        value,
                        "",
                        &format!("{file}/{at}"),
                        &format!("{sent}/{at}"),
                        all,
                    );
                }
            }
            _ => {}
        }
    }
}

/// The tools of an experiment: those of `tools`, or of the levels of the axis of that name.
pub(super) fn read_tools(
    s: &Section<'_, '_>,
    levels: Vec<ToolSetSpec>,
    models: &[ModelRef],
    endpoints: &BTreeMap<String, EndpointSpec>,
) -> Vec<ToolSetSpec> {
    let item = s.get("tools");
    if let (Some(item), false) = (item, levels.is_empty()) {
        let help = "write all sets as levels of the axis, or none";
        let message = "`tools` is set twice: here and as an axis";
        s.reader.problem(item.span(), message, Some(help.into()));
    }
    let sets = match item {
        Some(item) if levels.is_empty() => vec![read_tool_set(s.reader, item, None)],
        _ => levels,
    };
    let plain = |model: &&ModelRef| {
        let spec = endpoints.get(&model.endpoint);
        spec.is_some_and(|spec| spec.api == Api::Completions)
    };
    if let (false, Some(model)) = (sets.is_empty(), models.iter().find(plain)) {
        let span = item.map_or(s.span.clone(), Spanned::span);
        let message = format!("`{model}` takes no tools: its endpoint has api = \"completions\"");
        let help = "tools are called through chat completions: api = \"chat\"";
        s.reader.problem(span, message, Some(help.into()));
    }
    sets
}

/// Check the parameters that are about tools.
pub(super) fn check_tool_params(section: &Section<'_, '_>, sets: &[ToolSetSpec], params: &Params) {
    const CHOICES: [&str; 5] = ["none", "auto", "required", "any", "validated"];
    let problem = |key: &'static str, message: String, help: String| {
        if let Some(item) = section.get(key) {
            section.reader.problem(item.span(), message, Some(help));
        }
    };
    if sets.is_empty() {
        if params.contains_key("strict") {
            let message = "`strict` is a parameter of tools, and the experiment has none";
            problem(
                "strict",
                message.into(),
                "add tools = \"tools/*.json\"".into(),
            );
        }
        return;
    }
    if params.contains_key("tools") {
        let message = "`tools` is set twice: of the experiment and among its parameters";
        problem(
            "tools",
            message.into(),
            "keep tools = \"tools/*.json\" of the experiment".into(),
        );
    }
    if params
        .get("strict")
        .is_some_and(|strict| !strict.is_boolean())
    {
        problem(
            "strict",
            "`strict` must be true or false".into(),
            "or { axis = [true, false] }".into(),
        );
    }
    let names = || {
        sets.iter()
            .flat_map(|set| &set.functions)
            .map(|f| f.name.as_str())
    };
    if let Some(Value::String(choice)) = params.get("tool_choice")
        && !CHOICES.contains(&choice.as_str())
        && !names().any(|name| name == choice)
    {
        let known: Vec<&str> = CHOICES[..3].iter().copied().chain(names()).collect();
        let help = format!("available: {}", known.join(", "));
        problem("tool_choice", format!("no tool is called `{choice}`"), help);
    }
}
