//! The prompts of a configuration as templates, each with each of the texts that tests put before and behind it.

use super::{chat::template, nunjucks::Vars, prompts::Prompt, tests::Case};
use crate::interop::{Node, NotePlace, Notes, shell::is_in_shell};
use std::collections::{BTreeSet, HashSet};

/// A prompt as a template.
pub(super) struct Written {
    pub(super) prompt: Prompt,
    /// The file's name without its ending.
    pub(super) name: String,
    pub(super) text: String,
    /// Which of the texts before and behind prompts it has.
    pub(super) affixes: [String; 2],
    /// It can be sent.
    pub(super) runs: bool,
    is_json: bool,
    names: HashSet<String>,
}

impl Written {
    /// Variables that it looks at.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }
}

/// The templates: each prompt with each of the texts that tests put before and behind it.
pub(super) fn templates(
    prompts: &[Prompt],
    cases: &[Case],
    env: Option<&Node>,
    notes: &mut Notes,
) -> Vec<Written> {
    let mut all: Vec<Written> = Vec::new();
    let mut pairs: Vec<&[String; 2]> = Vec::new();
    for case in cases {
        if !pairs.contains(&&case.affixes) {
            pairs.push(&case.affixes);
        }
    }
    for (n, affixes) in pairs.into_iter().enumerate() {
        let tests: Vec<&Case> = cases.iter().filter(|c| c.affixes == *affixes).collect();
        for prompt in prompts {
            let vars: Vec<&Vars> = tests
                .iter()
                .filter(|case| prompt.is_chosen(case.prompts.as_deref()))
                .map(|case| &case.rendered)
                .collect();
            if vars.is_empty() {
                continue;
            }
            let raw = format!("{}{}{}", affixes[0], prompt.raw, affixes[1]);
            let made = match template(prompt, &raw, &vars) {
                Ok(made) => made,
                Err(why) => {
                    notes.dropped(&prompt.at, format!("the prompt `{}`", prompt.name), why);
                    continue;
                }
            };
            let mut name = prompt.name.clone();
            let mut number = n + 1;
            let taken = |name: &str| {
                all.iter().any(|w| w.name == name)
                    || n > 0 && prompts.iter().any(|p| p.name == name)
            };
            while taken(&name) {
                name = format!("{}-{number}", prompt.name);
                number += 1;
            }
            for name in &made.unset {
                let what = format!(
                    "`env.{name}` in the prompt `{name_of}`",
                    name_of = prompt.name
                );
                let is_secret = env.is_some_and(|env| env.get(name).is_some());
                match is_in_shell(name) {
                    _ if is_secret => notes.dropped(&prompt.at, what, "a secret is not taken over, so it is empty here: write what the prompt needs of it into the rows"),
                    true => notes.dropped(&prompt.at, what, "your shell sets it, but the configuration does not, so it is empty here: write its value into the configuration under `env`"),
                    false => notes.changed(&prompt.at, what, "neither your shell nor the configuration sets it, so it is empty, as in promptfoo"),
                }
            }
            for (line, what, why) in &made.problems {
                notes.dropped(&prompt.at.after(line - 1), what.clone(), why.clone());
            }
            let runs = made.problems.is_empty();
            if !runs {
                let why = format!(
                    "it is in templates/not-converted/{name}.j2: finish it and add it to `templates`"
                );
                notes.dropped(&prompt.at, format!("the prompt `{}`", prompt.name), why);
            }
            all.push(Written {
                prompt: prompt.clone(),
                name,
                text: made.text,
                affixes: affixes.clone(),
                runs,
                is_json: made.is_json,
                names: made.names,
            });
        }
    }
    all
}

/// Which values the columns hold: those with the tags in them filled in, unless all prompts are chats in JSON, which see them as
/// they are. Where both kinds of prompts look at one that differs, it is told.
pub(super) fn fill_columns(
    written: &[Written],
    cases: &mut [Case],
    at: &NotePlace,
    notes: &mut Notes,
) {
    for case in cases.iter_mut() {
        case.rendered.shift_remove("env");
    }
    let runs = || written.iter().filter(|w| w.runs);
    let as_text = runs().any(|w| !w.is_json);
    if !as_text {
        return;
    }
    let mut told: BTreeSet<String> = BTreeSet::new();
    for case in cases {
        for (name, value) in &case.rendered {
            let differs = case.vars.get(name) != Some(value);
            let looked_at = |w: &Written| {
                let root = |n: &String| n.split('.').next() == Some(name.as_str());
                let sees = w.affixes == case.affixes && w.prompt.is_chosen(case.prompts.as_deref());
                w.is_json && sees && w.names.iter().any(root)
            };
            if differs && runs().any(looked_at) && told.insert(name.clone()) {
                notes.dropped(
                    at,
                    format!("the variable `{name}` in chats in JSON"),
                    "promptfoo leaves the tags in it as they are there, and fills them in for other prompts: a column has one value",
                );
            }
        }
        case.vars = std::mem::take(&mut case.rendered);
    }
}
