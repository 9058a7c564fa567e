//! The prompts of a configuration as templates, each with each of the texts that tests put before and behind it.

use super::{
    chat::{Converted, Sent, Template, convert},
    environment_files::{NOT_TAKEN_OVER, is_in_file},
    nunjucks::Vars,
    prompts::Prompt,
    tests::Case,
};
use crate::interop::{Node, NotePlace, Notes, shell::is_in_shell};
use std::collections::{BTreeSet, HashSet};

/// A prompt as a template.
pub(super) struct Written {
    pub(super) prompt: Prompt,
    /// Which of the prompts it is.
    number: usize,
    /// The file's name without its ending.
    pub(super) name: String,
    pub(super) text: String,
    /// Which of the texts before and behind prompts it has.
    affixes: [String; 2],
    /// What is sent of it.
    sent: Sent,
    /// For providers that read chats, for others, or for both.
    readers: Readers,
    /// It can be sent.
    pub(super) runs: bool,
    is_json: bool,
    names: HashSet<String>,
}

/// Which providers get a template: those that read a prompt in JSON as a chat, or those that send it as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Readers {
    pub(super) chats: bool,
    pub(super) texts: bool,
}

impl Written {
    /// Variables that it looks at.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }

    /// Whether a provider gets it for a test.
    pub(super) fn serves(&self, reads_chats: bool, case: &Case) -> bool {
        let is_sent = || case.sent.get(self.number) == Some(&self.sent);
        self.affixes == case.affixes
            && match reads_chats {
                true => self.readers.chats && is_sent(),
                false => self.readers.texts,
            }
    }
}

/// The templates: each prompt with each of the texts that tests put before and behind it. The cases learn what is sent of each
/// prompt.
pub(super) fn templates(
    prompts: &[Prompt],
    cases: &mut [Case],
    readers: Readers,
    env: Option<&Node>,
    notes: &mut Notes,
) -> Vec<Written> {
    let mut all: Vec<Written> = Vec::new();
    let mut pairs: Vec<[String; 2]> = Vec::new();
    for case in cases.iter_mut() {
        if !pairs.contains(&case.affixes) {
            pairs.push(case.affixes.clone());
        }
        case.sent = vec![Sent::Text; prompts.len()];
    }
    for (n, affixes) in pairs.into_iter().enumerate() {
        for (number, prompt) in prompts.iter().enumerate() {
            let is_for = |case: &&mut Case| {
                case.affixes == affixes && prompt.is_chosen(case.prompts.as_deref())
            };
            let mut tests: Vec<&mut Case> = cases.iter_mut().filter(is_for).collect();
            if tests.is_empty() {
                continue;
            }
            let raw = format!("{}{}{}", affixes[0], prompt.raw, affixes[1]);
            for (made, readers) in converted(prompt, &raw, &tests, readers, notes) {
                if readers.chats {
                    told(prompt, &tests, &made.sent, notes);
                    for (case, sent) in tests.iter_mut().zip(&made.sent) {
                        case.sent[number] = sent.clone();
                    }
                }
                for (sent, template) in made.templates {
                    let is_written = |name: &str| all.iter().any(|w| w.name == name);
                    let is_prompts = |name: &str| prompts.iter().any(|p| p.name == name);
                    let name = match n > 0 || is_written(&prompt.name) {
                        true => derived_name(&prompt.name, n, &sent, readers, |name| {
                            !is_written(name) && !is_prompts(name)
                        }),
                        false => prompt.name.clone(),
                    };
                    let runs = problems(prompt, &name, &template, env, notes);
                    all.push(Written {
                        prompt: prompt.clone(),
                        number,
                        name,
                        text: template.text,
                        affixes: affixes.clone(),
                        sent,
                        readers,
                        runs,
                        is_json: template.is_json,
                        names: template.names,
                    });
                }
            }
        }
    }
    all
}

/// What a prompt is for both kinds of providers, once where it is the same for both.
fn converted(
    prompt: &Prompt,
    raw: &str,
    tests: &[&mut Case],
    readers: Readers,
    notes: &mut Notes,
) -> Vec<(Converted, Readers)> {
    let vars: Vec<&Vars> = tests.iter().map(|case| &case.rendered).collect();
    let mut all: Vec<(Converted, Readers)> = Vec::new();
    for reads_chats in [true, false] {
        let is_wanted = if reads_chats {
            readers.chats
        } else {
            readers.texts
        };
        // Where all is text, both kinds send the same.
        let is_text = |(made, _): &(Converted, Readers)| {
            !made.templates.iter().any(|(_, t)| t.is_json)
                && made.sent.iter().all(|s| *s == Sent::Text)
        };
        if !is_wanted {
            continue;
        }
        if let Some((_, readers)) = all.first_mut().filter(|first| is_text(first)) {
            readers.texts = true;
            continue;
        }
        match convert(prompt, raw, &vars, reads_chats) {
            Ok(made) => all.push((
                made,
                Readers {
                    chats: reads_chats,
                    texts: !reads_chats,
                },
            )),
            Err(why) => notes.dropped(&prompt.at, format!("the prompt `{}`", prompt.name), why),
        }
    }
    all
}

/// Tell of tests for which a prompt cannot be sent.
fn told(prompt: &Prompt, tests: &[&mut Case], sent: &[Sent], notes: &mut Notes) {
    let mut reasons: Vec<(&str, usize, &NotePlace)> = Vec::new();
    for (case, sent) in tests.iter().zip(sent) {
        let Sent::Refused(why) = sent else { continue };
        match reasons.iter_mut().find(|(known, ..)| known == why) {
            Some((_, count, _)) => *count += 1,
            None => reasons.push((why, 1, &case.at)),
        }
    }
    for (why, count, first) in reasons {
        let tests = match count {
            1 => format!("the test at {first}"),
            n => format!("{n} tests, the first at {first}"),
        };
        let why = format!("for {tests}: {why}; these rows are left out for this prompt");
        notes.dropped(&prompt.at, format!("the prompt `{}`", prompt.name), why);
    }
}

/// A name for another template of a prompt.
fn derived_name(
    name: &str,
    n: usize,
    sent: &Sent,
    readers: Readers,
    is_free: impl Fn(&str) -> bool,
) -> String {
    let stem = match sent {
        Sent::Chat => format!("{name}-chat"),
        _ if !readers.chats => format!("{name}-text"),
        _ => name.to_owned(),
    };
    if is_free(&stem) {
        return stem;
    }
    let mut number = n.max(1) + 1;
    let numbered = |number: usize| format!("{stem}-{number}");
    while !is_free(&numbered(number)) {
        number += 1;
    }
    numbered(number)
}

/// Tell of what a template has no counterpart for; whether it can be sent.
fn problems(
    prompt: &Prompt,
    name: &str,
    made: &Template,
    env: Option<&Node>,
    notes: &mut Notes,
) -> bool {
    for unset in &made.unset {
        let what = format!("`env.{unset}` in the prompt `{}`", prompt.name);
        let is_secret = env.is_some_and(|env| env.get(unset).is_some());
        match is_in_shell(unset) {
            _ if env.is_some_and(|env| is_in_file(env, unset)) => {
                notes.dropped(&prompt.at, what, NOT_TAKEN_OVER);
            }
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
    runs
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
