//! Nunjucks where a configuration is read: templates filled in with variables, and promptfoo's own rules around it.

use crate::{
    dialect::{Dialect, Host, Meter, Script, Survey, Value},
    interop::{line_starts::LineStarts, shell::is_in_shell},
    template::run_bounded,
};
use regex::Regex;
use serde_json::{Map, Value as Json};
use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

/// The variables of a test.
pub(super) type Vars = Map<String, Json>;

/// Work that one template may do.
const FUEL: u64 = 1 << 19;

/// What is not possible with a template: the line, from 1, what stands there, why.
pub(super) type Problem = (usize, String, String);

/// A parsed template, and what is known of it.
#[derive(Debug)]
pub(super) struct Parsed {
    script: Arc<Script>,
    pub(super) survey: Survey,
    pub(super) problems: Vec<Problem>,
}

/// Parse a template; an error where it is none.
pub(super) fn parse(source: &str) -> Result<Parsed, Problem> {
    let lines = LineStarts::of(source);
    let line = |at: usize| lines.before(at) + 1;
    let script = match Script::parse(Dialect::Nunjucks, source) {
        Some(Ok(script)) => script,
        Some(Err(error)) => {
            // What is told as not supported works there.
            let why = match error.message.contains("not supported") {
                true => error.message,
                false => format!(
                    "{}: promptfoo refuses it too, or it is not supported here",
                    error.message
                ),
            };
            return Err((line(error.at), "a template".into(), why));
        }
        None => return Err((1, "a template".into(), "it has no dialect".into())),
    };
    let survey = script.survey();
    let mut problems: Vec<Problem> = survey
        .missing
        .iter()
        .map(|m| (line(m.at), m.what.clone(), m.why.clone()))
        .collect();
    if let Some(at) = survey.draws {
        let why =
            "it draws by the seed of the experiment and the row, and promptfoo anew each time";
        problems.push((line(at), "| random".into(), why.into()));
    }
    let script = Arc::new(script);
    Ok(Parsed {
        script,
        survey,
        problems,
    })
}

impl Parsed {
    /// The text that it makes with variables.
    pub(super) fn render(&self, vars: &Vars) -> Result<String, String> {
        let script = Arc::clone(&self.script);
        let host = Names(vars.clone());
        run_bounded(move || match script.render(&host, Meter::new(FUEL)) {
            Ok(out) => Ok(out.text),
            Err(failure) => Err(failure.message),
        })?
    }

    /// Variables of the environment that it looks at and that are not among these.
    pub(super) fn unset(&self, vars: &Vars) -> Vec<&str> {
        let env = vars.get("env").and_then(Json::as_object);
        let names = self
            .survey
            .names
            .iter()
            .filter_map(|name| match name.as_str() {
                "env" => Some("env"),
                name => name.strip_prefix("env."),
            });
        let mut unset: Vec<&str> = names
            .filter(|name| !env.is_some_and(|env| env.contains_key(*name)))
            .collect();
        unset.sort_unstable();
        unset
    }
}

struct Names(Vars);

impl Host for Names {
    fn json(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    fn has_function(&self, _: &str) -> bool {
        false
    }

    fn call(
        &self,
        name: &str,
        _: &[Value],
        _: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<String, String> {
        Err(format!("`{name}` is no function"))
    }

    fn draw(&self, _: usize) -> usize {
        0
    }
}

/// A text with its tags filled in; undefined names are empty, as in promptfoo, and so are variables that the shell does not set.
pub(super) fn filled(text: &str, vars: &Vars) -> Result<String, String> {
    if !text.contains("{{") && !text.contains("{%") && !text.contains("{#") {
        return Ok(text.to_owned());
    }
    let parsed = parse(text).map_err(|(_, what, why)| format!("{what}: {why}"))?;
    if let Some((_, what, why)) = parsed.problems.first() {
        return Err(format!("{what}: {why}"));
    }
    let unset_here = parsed.unset(vars);
    if let Some(name) = unset_here
        .iter()
        .find(|name| **name == "env" || is_in_shell(name))
    {
        return Err(unset(name));
    }
    parsed.render(vars)
}

/// Why a variable of the environment keeps something from being taken over.
pub(super) fn unset(name: &str) -> String {
    format!(
        "the variable of the environment `{name}` is not set in the configuration: write its value there"
    )
}

/// What promptfoo renders of a text: one with a tag that is open at the end of a line is taken as it is.
pub(super) fn wrapped(text: &str) -> String {
    let is_open = text.split('\n').any(|line| {
        let open = |open: &str, mark: char| {
            // Any opening mark of the line may be the one that is open.
            let all = line.match_indices(open);
            all.into_iter()
                .any(|(at, _)| !line[at + open.len()..].contains(mark))
        };
        open("{%", '%') || open("{{", '}') || open("{#", '#')
    });
    let raw = |word: &str| {
        static TAGS: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
            let tag = |word: &str| Regex::new(&format!(r"\{{%\s*{word}\s*%\}}")).ok();
            Some([tag("raw")?, tag("endraw")?])
        });
        let tags = TAGS.as_ref();
        tags.is_some_and(|[raw, end]| if word == "raw" { raw } else { end }.is_match(text))
    };
    if is_open && !(raw("raw") && raw("endraw")) {
        format!("{{% raw %}}{text}{{% endraw %}}")
    } else {
        text.to_owned()
    }
}

/// Whether promptfoo leaves the text of a variable as it is, because a name in it has no value.
pub(super) fn names_unknown(text: &str, vars: &Vars) -> bool {
    static REGEXES: LazyLock<Option<[Regex; 4]>> = LazyLock::new(|| {
        Some([
            Regex::new(r"(?s)\{#.*?#\}").ok()?,
            Regex::new(
                r"\{\{\s*([^{}\s|]+)\s*(?:\|[^}]+)?\}\}|\{%\s*(?:if|for)\s+([^{}\s]+)\s*.*?%\}",
            )
            .ok()?,
            Regex::new(r"\{%\s*for\s+([A-Za-z0-9_]+)\s+in\s+([A-Za-z0-9_]+)\s*%\}").ok()?,
            Regex::new(r"^[A-Za-z_][A-Za-z0-9_]*").ok()?,
        ])
    });
    let Some([comment, name, repeat, root]) = REGEXES.as_ref() else {
        return false;
    };
    let text = comment.replace_all(text, "");
    let mut names: HashSet<&str> = HashSet::new();
    for found in name.captures_iter(&text) {
        names.extend(found.get(1).or(found.get(2)).map(|m| m.as_str()));
    }
    for found in repeat.captures_iter(&text) {
        if let (Some(item), Some(list)) = (found.get(1), found.get(2)) {
            names.remove(item.as_str());
            names.insert(list.as_str());
        }
    }
    names.iter().any(|name| {
        let root = root.find(name).map_or("", |m| m.as_str());
        !root.is_empty() && root != "env" && !vars.contains_key(root)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_filled_in_and_what_cannot_be_is_told() {
        let vars = json!({"a": 1.0, "l": ["x'"], "env": {"HOST": "h"}});
        let vars = vars.as_object().unwrap();
        let fill = |text: &str| filled(text, vars);
        assert_eq!(
            fill("{{ nobody }}{{ a }}{{ l | dump }}{{ env.HOST }}").unwrap(),
            "1[\"x'\"]h"
        );
        assert!(
            fill("{{ env.PATH }}")
                .unwrap_err()
                .contains("`PATH` is not set")
        );
        assert_eq!(fill("[{{ env.NOT_SET_ANYWHERE_1 }}]").unwrap(), "[]");
        assert!(fill("{{ a | urlize }}").unwrap_err().contains("urlize"));
        assert!(fill("{% if %}").is_err());
    }

    #[test]
    fn open_tags_and_unknown_names_are_left_alone() {
        assert_eq!(wrapped("a {{ b\n}} c"), "{% raw %}a {{ b\n}} c{% endraw %}");
        assert_eq!(wrapped("{{ a }} {% if b %}"), "{{ a }} {% if b %}");
        let vars = json!({"a": null, "list": []});
        let vars = vars.as_object().unwrap();
        assert!(!names_unknown(
            "{{ a }} {% for x in list %}{{ x }}{% endfor %}{# {{ z }} #}",
            vars
        ));
        assert!(names_unknown("{{ a }} {{ b.c | upper }}", vars));
        assert!(names_unknown("{% if b %}{% endif %}", vars));
    }
}
