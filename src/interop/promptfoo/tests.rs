//! The tests of a configuration: in it or in files, with what `defaultTest` and scenarios add to each.

use super::{
    super::{
        ImportError, Kind, Node, NotePlace, Notes, javascript_numbers::javascript_numbers,
        secret_names::without_secrets, value_limit::ValueLimit,
    },
    assertions::{Converter, Grading},
    chat::Sent,
    environment::public,
    files::{Files, extension, is_program},
    ignored::note_ignored,
    nunjucks::Vars,
    providers::{PARAMS, param_value},
    requests::is_true,
    test_list::TestList,
    values::{combinations, resolve},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How often a test is run, where that is a whole number; others count as if nothing were said.
pub(super) fn repeat_count(node: &Node) -> Option<u64> {
    // A number in quotes is none.
    let count = node.json().as_f64()?;
    (count >= 1.0 && count.fract() == 0.0).then_some(count as u64)
}

/// A test: a row of the dataset.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Where it stands.
    pub(super) at: NotePlace,
    pub(super) in_scenario: bool,
    /// What is sent of each prompt, in their order, where a provider reads chats.
    pub(super) sent: Vec<Sent>,
    pub(super) vars: Vars,
    /// The same with the tags in them filled in.
    pub(super) rendered: Vars,
    /// Its assertions, as the metric reads them.
    pub(super) assert: Vec<Value>,
    /// From which score on it is right.
    pub(super) threshold: Option<f64>,
    /// What stands before and behind the prompt.
    pub(super) affixes: [String; 2],
    /// How often it is run, where it says so itself.
    pub(super) samples: Option<u64>,
    /// Request parameters of its own.
    pub(super) params: Map<String, Value>,
    /// What a person calls it.
    pub(super) description: Option<String>,
    /// What is known of it beside.
    pub(super) metadata: Map<String, Value>,
    /// The prompts that it is for; all where `None`.
    pub(super) prompts: Option<Vec<String>>,
    /// The providers that it is for; all where `None`.
    pub(super) providers: Option<Vec<String>>,
}

pub(super) struct Tests<'a> {
    pub(super) files: &'a Files,
    pub(super) root: &'a Node,
    /// The variables of the environment that are known.
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) grading: &'a mut Grading,
    pub(super) notes: &'a mut Notes,
}

impl Tests<'_> {
    /// All tests of the configuration.
    pub(super) fn all(&mut self) -> Result<Vec<Case>, ImportError> {
        let mut list = TestList {
            files: self.files,
            root: self.root,
            env: self.env,
            notes: self.notes,
            limit: ValueLimit::new(),
        };
        let default = list.default_test()?;
        let nodes = list.tests()?;
        let scenarios = list.scenarios()?;
        let scenarios = scenarios.iter().map(|scenario| list.scenario(scenario));
        let scenarios = scenarios.collect::<Result<Vec<_>, _>>()?;
        let mut cases = Vec::new();
        for node in &nodes {
            cases.extend(self.cases(default.as_ref(), &[node])?);
        }
        for (data, tests) in &scenarios {
            for data in data {
                for test in tests {
                    cases.extend(self.cases(default.as_ref(), &[data, test])?);
                }
            }
        }
        Ok(cases)
    }

    /// The cases of a test; layers come from the most general to the test itself.
    fn cases(&mut self, default: Option<&Node>, own: &[&Node]) -> Result<Vec<Case>, ImportError> {
        let has_default = default.is_some();
        let layers: Vec<&Node> = default.into_iter().chain(own.iter().copied()).collect();
        let Some(test) = layers.last().copied() else {
            return Ok(Vec::new());
        };
        let last = |key: &str| layers.iter().rev().find_map(|layer| layer.get(key));
        let mut vars = Vars::new();
        let mut metadata = Map::new();
        let mut options: Vec<(String, Node)> = Vec::new();
        for layer in &layers {
            if let Some(node) = layer.get("vars") {
                self.vars(node, &mut vars);
            }
            if let Some(Value::Object(map)) = layer.get("metadata").map(Node::json) {
                metadata.extend(map);
            }
            for (key, value) in layer.get("options").map_or(&[][..], Node::entries) {
                options.retain(|(known, _)| known != key);
                options.push((key.clone(), value.clone()));
            }
            self.unknown(layer);
        }
        self.misplaced(test, &vars);
        let options = Node {
            kind: Kind::Map(options),
            at: test.at.clone(),
        };
        let params = self.options(&options);
        let names = |key: &str| {
            last(key).map(|node| {
                let names = node.items().iter().filter_map(Node::text);
                names.map(str::to_owned).collect::<Vec<_>>()
            })
        };
        // What is empty in a test gives way to what the default says.
        let default_options = default.and_then(|node| node.get("options"));
        let affix = |key: &str| {
            let said = |node: &Node| {
                let value = node.get(key)?.json();
                is_true(&value).then(|| match javascript_numbers(value) {
                    Value::String(text) => text,
                    other => other.to_string(),
                })
            };
            let said = said(&options).or(default_options.and_then(said));
            said.unwrap_or_default()
        };
        // Of `options` of the test itself; in a scenario those of the default count too.
        let in_scenario = own.len() > 1;
        let deciding_options = match in_scenario {
            true => Some(&options),
            false => test.get("options"),
        };
        let disables_defaults = deciding_options
            .and_then(|options| options.get("disableDefaultAsserts"))
            .is_some_and(|n| n.json() == true);
        let samples = options.get("repeat").and_then(repeat_count);
        let keep = options
            .get("disableVarExpansion")
            .is_some_and(|n| n.json() == true);
        let all = if keep {
            vec![vars]
        } else {
            combinations(&vars, self.files, self.env, &test.at).unwrap_or_else(|why| {
                self.notes
                    .dropped(&test.at, "the tests that its variables stand for", why);
                Vec::new()
            })
        };
        let mut cases = Vec::new();
        for mut vars in all {
            if let Some(env) = self.root.get("env") {
                vars.insert("env".into(), public(env).into());
            }
            let rendered = resolve(&mut vars, self.files, self.env, &test.at, self.notes);
            let mut assert = Vec::new();
            let own = usize::from(disables_defaults && has_default);
            for layer in layers.iter().skip(own) {
                let nodes = match layer.get("assert") {
                    Some(node) if node.is_map() || node.text().is_some() => {
                        let why = "it is no list, and promptfoo refuses it: put a dash before it";
                        return Err(ImportError::refused(&node.at, "`assert` of a test", why));
                    }
                    Some(node) if !node.is_null() => node.items(),
                    _ => &[][..],
                };
                let mut converter = Converter {
                    files: self.files,
                    root: self.root,
                    grading: self.grading,
                    notes: self.notes,
                };
                for node in nodes {
                    assert.extend(converter.assertion(node, &vars)?);
                }
            }
            vars.shift_remove("env");
            cases.push(Case {
                at: test.at.clone(),
                sent: Vec::new(),
                assert,
                // Numbers alone count.
                threshold: last("threshold").and_then(|node| node.json().as_f64()),
                in_scenario,
                affixes: [affix("prefix"), affix("suffix")],
                samples,
                params: params.clone(),
                rendered,
                description: last("description").and_then(Node::text).map(str::to_owned),
                metadata: metadata.clone(),
                prompts: names("prompts"),
                providers: names("providers"),
                vars,
            });
        }
        Ok(cases)
    }

    /// Tell of variables that were meant to be something else.
    fn misplaced(&mut self, test: &Node, vars: &Vars) {
        const COLUMNS: [&str; 8] = [
            "_expected",
            "_prefix",
            "_suffix",
            "_description",
            "_providerOutput",
            "_metric",
            "_threshold",
            "_metadata",
        ];
        for name in vars.keys() {
            let why = if name == "assert" {
                "it stands under `vars`, so its assertions are never checked, as in promptfoo"
            } else if !name.starts_with("__") && COLUMNS.iter().any(|c| name.starts_with(c)) {
                "with one underscore it is a variable and nothing else, as in promptfoo; write two"
            } else {
                continue;
            };
            let at = test.get("vars").map_or(&test.at, |vars| &vars.at);
            self.notes
                .changed(at, format!("the variable `{name}`"), why);
        }
    }

    /// Variables, or the files that hold them.
    fn vars(&mut self, node: &Node, vars: &mut Vars) {
        match &node.kind {
            Kind::Map(entries) => {
                for (name, value) in entries {
                    if let Some(date) = value.unquoted() {
                        let why = "a date without quotes, of which promptfoo makes `[object Object]` in a text; here it is the text: write it in quotes";
                        self.notes
                            .dropped(&date.at, format!("the variable `{name}`"), why);
                    }
                    vars.insert(name.clone(), value.json());
                }
            }
            _ => {
                for written in node.items().iter().filter_map(Node::text) {
                    if written.starts_with("file://") {
                        let why = "promptfoo takes a path here and reads no `file://`, so it is not read: write the path alone";
                        self.notes
                            .changed(&node.at, format!("`vars: {written}`"), why);
                        continue;
                    }
                    // From the folder of the file that it stands in.
                    let from = self.files.beside_file(&node.at.file, written);
                    let found = self.files.matches(&from, &node.at).files;
                    let (mut own, several) = (Vars::new(), found.len() > 1);
                    for path in found {
                        match self.files.tree(&path, &node.at) {
                            Ok(tree) => {
                                for (name, value) in tree.entries() {
                                    let value = self.whole(value);
                                    let other = own.insert(name.clone(), value.clone());
                                    if several && other.is_some_and(|other| other != value) {
                                        let what = format!("the variable `{name}`");
                                        let why = "several of the files have it, and promptfoo takes that of the file which the file system names last; here it is the last by name";
                                        let at = tree.get(name).map_or(&node.at, |value| &value.at);
                                        self.notes.dropped(at, what, why);
                                    }
                                }
                            }
                            Err(error) => {
                                self.notes.dropped(&node.at, "`vars`", error.to_string());
                            }
                        }
                    }
                    vars.extend(own);
                }
            }
        }
    }

    /// A value of a file of variables: the text of a file that it names is taken with the white space around it.
    fn whole(&mut self, value: &Node) -> Value {
        let Some(written) = value.text().filter(|t| t.starts_with("file://")) else {
            return value.json();
        };
        let path = self.files.path(written);
        if is_program(&extension(&path)) {
            return value.json();
        }
        let found = match extension(&path).as_str() {
            "json" | "yaml" | "yml" => self.files.value(value),
            _ => self.files.text(&path, &value.at).map(Value::String),
        };
        found.unwrap_or_else(|_| value.json())
    }

    /// What the options of a test say; request parameters are returned.
    fn options(&mut self, options: &Node) -> Map<String, Value> {
        let mut params = Map::new();
        self.grading.read_options(options, None, self.notes);
        for (key, value) in options.entries() {
            let why = match key.as_str() {
                "provider"
                | "rubricPrompt"
                | "prefix"
                | "suffix"
                | "disableVarExpansion"
                | "disableDefaultAsserts"
                | "repeat" => continue,
                // They hide what the provider says, also where they say nothing.
                name if PARAMS.contains(&name) || name == "passthrough" => {
                    match param_value(name, value, self.files, self.notes) {
                        Ok(json) => {
                            let json = without_secrets(name, json, &value.at, self.notes);
                            params.extend(json.map(|json| (name.to_owned(), json)));
                        }
                        Err(error) => {
                            let what = format!("the option `{key}` of a test");
                            self.notes.dropped(&value.at, what, error.to_string());
                        }
                    }
                    continue;
                }
                _ if value.is_null() => continue,
                "transform" | "postprocess" => {
                    "answers are judged as they come: let a metric of the kind `command` change them"
                }
                "transformVars" => "write the changed variables into the tests",
                "storeOutputAs" => "each row is sent on its own",
                _ => {
                    let what = format!("the option `{key}` of a test");
                    self.notes.changed(&value.at, what, "it has no counterpart");
                    continue;
                }
            };
            self.notes
                .dropped(&value.at, format!("the option `{key}` of a test"), why);
        }
        params
    }

    fn unknown(&mut self, layer: &Node) {
        const KNOWN: [&str; 10] = [
            "vars",
            "assert",
            "options",
            "threshold",
            "description",
            "metadata",
            "prompts",
            "providers",
            "config",
            "tests",
        ];
        for (key, value) in layer.entries() {
            if KNOWN.contains(&key.as_str()) || value.is_null() {
                continue;
            }
            let why = match key.as_str() {
                // promptfoo does not look at them here either.
                "disableDefaultAsserts" | "repeat" => {
                    let what = format!("`{key}` of a test");
                    let why = "promptfoo reads it under `options` only, so it changes nothing";
                    self.notes.changed(&value.at, what, why);
                    continue;
                }
                "provider" => "every row is sent to all models of the experiment",
                "providerOutput" => "answers come from models here, not from tests",
                "assertScoringFunction" => {
                    "the score is the weighted mean of the assertions; another is a metric of the kind `command`"
                }
                _ => {
                    let what = format!("`{key}` of a test");
                    note_ignored(what, value, self.notes);
                    continue;
                }
            };
            self.notes
                .dropped(&value.at, format!("`{key}` of a test"), why);
        }
    }
}
