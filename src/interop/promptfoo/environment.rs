//! The environment that a configuration sets: what providers read of it, what is no secret, and names that only a shell may set.
//!
//! Values of the shell are never read, only whether it sets a name: promptfoo leaves one that is not set empty.

use super::nunjucks::filled;
use super::requests::Body;
use crate::interop::{
    Node, Notes,
    javascript_numbers::javascript_numbers,
    secret_names::{is_secret_name, without_password},
    shell::is_in_shell,
};
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// Variables that the configuration sets and that are no secrets, as they are written: numbers are numbers in templates.
pub(super) fn public(env: &Node) -> Map<String, Value> {
    let entries = env.entries().iter();
    entries
        .filter(|(name, value)| !is_secret_name(name) && !value.is_null())
        .map(|(name, value)| {
            let value = match value.text() {
                Some(text) => without_password(text)
                    .unwrap_or_else(|| text.to_owned())
                    .into(),
                None => javascript_numbers(value.json()),
            };
            (name.clone(), value)
        })
        .collect()
}

/// Those of them that prompts look at: rows hold no others.
pub(super) fn looked_at(env: Option<&Node>, names: &EnvironmentNames) -> Map<String, Value> {
    let mut all = env.map(public).unwrap_or_default();
    if let EnvironmentNames::These(names) = names {
        all.retain(|name, _| names.contains(name));
    }
    all
}

/// Which variables of the environment templates look at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EnvironmentNames {
    /// The map as a whole: any of them.
    All,
    These(BTreeSet<String>),
}

impl EnvironmentNames {
    /// Those among the names that templates look at; `None` where there are none.
    pub(super) fn among<'a>(names: impl Iterator<Item = &'a String>) -> Option<EnvironmentNames> {
        let mut these = BTreeSet::new();
        let mut all = false;
        for name in names {
            if name == "env" {
                all = true;
            } else if let Some(name) = name.strip_prefix("env.") {
                these.extend(name.split('.').next().map(str::to_owned));
            }
        }
        match all {
            true => Some(EnvironmentNames::All),
            false if these.is_empty() => None,
            false => Some(EnvironmentNames::These(these)),
        }
    }
}

/// A value as a process sees it in its environment.
fn text(value: &Node) -> String {
    match value.text() {
        Some(text) => text.to_owned(),
        None => javascript_numbers(value.json()).to_string(),
    }
}

/// What a map `env` sets; secrets are told and left out.
pub(super) fn environment(env: Option<&Node>, notes: &mut Notes) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, value) in env.map_or(&[][..], Node::entries) {
        if is_secret_name(name) {
            notes.changed(
                &value.at,
                format!("`env.{name}`"),
                "a secret is not taken over: set the variable in your shell",
            );
        } else if !value.is_null() {
            if value.text().is_some_and(|text| text.contains("{{")) {
                let why = "tags in it are not filled in: write the value itself";
                notes.dropped(&value.at, format!("`env.{name}`"), why);
            }
            let text = text(value);
            let without = without_password(&text);
            if without.is_some() {
                let why = "the user and the password in it are secrets and are not taken over: write the address as you need it into wording.toml";
                notes.dropped(&value.at, format!("`env.{name}`"), why);
            }
            all.insert(name.clone(), without.unwrap_or(text));
        }
    }
    all
}

/// How texts name variables of the environment.
struct Tags {
    tag: Regex,
    /// `env.NAME` and `env['NAME']`, in a tag.
    name: Regex,
    /// `${NAME}`
    dollar: Regex,
}

static TAGS: LazyLock<Option<Tags>> = LazyLock::new(|| {
    Some(Tags {
        tag: Regex::new(r"\{\{(?:[^}]|\}[^}])*\}\}").ok()?,
        name: Regex::new(r#"env\.(\w+)|env\[['"]([^'"]+)['"]\]"#).ok()?,
        dollar: Regex::new(r"\$\{(\w+)\}").ok()?,
    })
});

/// The variables that a text names.
pub(super) fn names_in(text: &str) -> Vec<String> {
    let Some(Tags { name, dollar, .. }) = TAGS.as_ref() else {
        return Vec::new();
    };
    let all = name.captures_iter(text).chain(dollar.captures_iter(text));
    let named = all.filter_map(|found| found.iter().skip(1).flatten().next());
    named.map(|name| name.as_str().to_owned()).collect()
}

/// A text with the variables filled in that are known, and the names of those that are not. Tags with a filter are filled in
/// whatever is known, unless the shell sets the name.
pub(super) fn fill_known(written: &str, env: &BTreeMap<String, String>) -> (String, Vec<String>) {
    let Some(Tags { tag, name, dollar }) = TAGS.as_ref() else {
        return (written.to_owned(), Vec::new());
    };
    let mut unknown = Vec::new();
    let vars = Map::from_iter([("env".to_owned(), json!(env))]);
    let made = tag.replace_all(written, |found: &Captures<'_>| {
        let whole = &found[0];
        let named = name.captures(whole);
        let named = named.as_ref().and_then(|n| n.get(1).or(n.get(2)));
        let Some(named) = named.map(|n| n.as_str()) else {
            return whole.to_owned();
        };
        let is_known = env.contains_key(named) || whole.contains('|') && !is_in_shell(named);
        match filled(whole, &vars) {
            Ok(text) if is_known => text,
            _ => {
                unknown.push(named.to_owned());
                whole.to_owned()
            }
        }
    });
    let made = dollar.replace_all(&made, |found: &Captures<'_>| match env.get(&found[1]) {
        Some(value) => value.clone(),
        None => found[0].to_owned(),
    });
    (made.into_owned(), unknown)
}

/// The service whose requests promptfoo sends in another way where the environment has this variable, though nothing names it.
pub(super) fn read_by_default(name: &str) -> Option<&'static str> {
    const SERVICES: [&str; 6] = [
        "openai",
        "anthropic",
        "mistral",
        "localai",
        "ollama",
        "azure",
    ];
    const SETTINGS: [&str; 10] = [
        "TEMPERATURE",
        "TOKENS",
        "TOP_P",
        "PENALTY",
        "BEST_OF",
        "STOP",
        "HOST",
        "BASE_URL",
        "ORGANIZATION",
        "DEPLOYMENT_NAME",
    ];
    let (service, setting) = name.split_once('_')?;
    let service = SERVICES
        .into_iter()
        .find(|known| service == known.to_uppercase())?;
    SETTINGS
        .iter()
        .any(|end| setting.ends_with(end))
        .then_some(service)
}

/// Parameters that promptfoo takes from the environment where the settings of a provider have none.
pub(super) fn usual_params(body: Body, env: &BTreeMap<String, String>) -> Map<String, Value> {
    const OPENAI: [(&str, &str); 7] = [
        ("temperature", "OPENAI_TEMPERATURE"),
        ("max_tokens", "OPENAI_MAX_TOKENS"),
        ("max_completion_tokens", "OPENAI_MAX_COMPLETION_TOKENS"),
        ("top_p", "OPENAI_TOP_P"),
        ("presence_penalty", "OPENAI_PRESENCE_PENALTY"),
        ("frequency_penalty", "OPENAI_FREQUENCY_PENALTY"),
        ("best_of", "OPENAI_BEST_OF"),
    ];
    let names = match body {
        Body::OpenAi | Body::Azure | Body::Completion => &OPENAI[..],
        Body::Responses => &[
            ("temperature", "OPENAI_TEMPERATURE"),
            ("max_output_tokens", "OPENAI_MAX_TOKENS"),
            ("top_p", "OPENAI_TOP_P"),
        ][..],
        Body::Mistral => &[
            ("temperature", "MISTRAL_TEMPERATURE"),
            ("max_tokens", "MISTRAL_MAX_TOKENS"),
            ("top_p", "MISTRAL_TOP_P"),
        ][..],
        Body::Anthropic => &[
            ("temperature", "ANTHROPIC_TEMPERATURE"),
            ("max_tokens", "ANTHROPIC_MAX_TOKENS"),
        ][..],
        Body::LocalAi => &[("temperature", "LOCALAI_TEMPERATURE")][..],
        Body::Over | Body::Plain => &[][..],
    };
    let numbers = names.iter().filter_map(|(param, name)| {
        let text = env.get(*name)?;
        let number = match param.ends_with("_tokens") || *param == "best_of" {
            true => leading_number(text)?.trunc(),
            false => leading_number(text)?,
        };
        Some(((*param).to_owned(), javascript_numbers(json!(number))))
    });
    numbers.collect()
}

/// The number that a text begins with, as `parseFloat` of JavaScript reads it; `None` where none is sent.
fn leading_number(text: &str) -> Option<f64> {
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?").ok());
    let found = NUMBER.as_ref()?.find(text.trim_start())?;
    let number: f64 = found.as_str().parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded with promptfoo 0.123.1: what is not set stays as it is, unless a filter gives it a value.
    #[test]
    fn known_names_are_filled_in_and_others_stay() {
        let env = BTreeMap::from([("N".to_owned(), "3".to_owned())]);
        for (written, made, unknown) in [
            ("u-{{ env.N }}${N}", "u-33", vec![]),
            ("{{ env['N'] | default(1) }}", "3", vec![]),
            ("{{ env.NOT_SET_ANYWHERE_1 | default(0.3) }}", "0.3", vec![]),
            (
                "{{ env.NOT_SET_ANYWHERE_1 }}",
                "{{ env.NOT_SET_ANYWHERE_1 }}",
                vec!["NOT_SET_ANYWHERE_1"],
            ),
            (
                "{{ env.PATH | upper }}",
                "{{ env.PATH | upper }}",
                vec!["PATH"],
            ),
            ("{{ w }}", "{{ w }}", vec![]),
        ] {
            let unknown: Vec<String> = unknown.into_iter().map(str::to_owned).collect();
            assert_eq!(fill_known(written, &env), (made.to_owned(), unknown));
        }
    }

    #[test]
    fn defaults_of_the_environment_are_parameters_and_counts_are_no_secrets() {
        let yaml = "env: {OPENAI_TEMPERATURE: 0.7, OPENAI_MAX_TOKENS: '33', OPENAI_API_KEY: sk, N: 1.0, F: true, E: null}";
        let root = Node::parse(std::path::Path::new("c.yaml"), yaml).unwrap();
        let mut notes = Notes::default();
        let env = environment(root.get("env"), &mut notes);
        let params = usual_params(Body::OpenAi, &env);
        assert_eq!(
            Value::Object(params),
            json!({"temperature": 0.7, "max_tokens": 33})
        );
        assert_eq!((env["N"].as_str(), env["F"].as_str()), ("1", "true"));
        assert_eq!(notes.finish().len(), 1);
        let public = public(root.get("env").unwrap());
        assert_eq!(public.get("N"), Some(&json!(1)));
        assert!(!public.contains_key("OPENAI_API_KEY") && !public.contains_key("E"));
    }

    #[test]
    fn numbers_of_the_environment_are_read_as_javascript_reads_them() {
        for (text, params) in [
            ("33.7", json!({"temperature": 33.7, "max_tokens": 33})),
            ("0.7abc", json!({"temperature": 0.7, "max_tokens": 0})),
            (" 2", json!({"temperature": 2, "max_tokens": 2})),
            ("inf", json!({})),
            ("abc", json!({})),
        ] {
            let env = ["OPENAI_TEMPERATURE", "OPENAI_MAX_TOKENS"];
            let env = env.map(|name| (name.to_owned(), text.to_owned()));
            let made = usual_params(Body::OpenAi, &BTreeMap::from(env));
            assert_eq!(Value::Object(made), params, "{text}");
        }
    }

    #[test]
    fn rows_hold_what_prompts_look_at_and_no_secrets() {
        let yaml = "env: {N: 1, M: 2, GITHUB_PAT: x, U: 'db://me:pw@host/d'}";
        let root = Node::parse(std::path::Path::new("c.yaml"), yaml).unwrap();
        let made = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let names = EnvironmentNames::among(names.iter())?;
            Some(Value::Object(looked_at(root.get("env"), &names)))
        };
        assert_eq!(made(&["w"]), None);
        assert_eq!(
            made(&["w", "env.N", "env.GITHUB_PAT"]),
            Some(json!({"N": 1}))
        );
        let all = json!({"N": 1, "M": 2, "U": "db://host/d"});
        assert_eq!(made(&["env"]), Some(all));
    }
}
