//! The command line that a tool call stands for: what is run, and what runs and reports name as their command.

use crate::cli::{Cli, Command, Global};
use anyhow::anyhow;
use clap::Parser as _;
use std::fmt::Display;

/// A command with its flags and arguments. A value is never taken for a flag.
#[derive(Debug)]
pub(super) struct CommandLine {
    /// Which project and store, where the server was told.
    place: Vec<(String, Option<String>)>,
    command: &'static str,
    /// Each with its value, where it has one.
    flags: Vec<(String, Option<String>)>,
    arguments: Vec<String>,
}

impl CommandLine {
    pub(super) fn new(command: &'static str) -> CommandLine {
        CommandLine {
            place: Vec::new(),
            command,
            flags: Vec::new(),
            arguments: Vec::new(),
        }
    }

    pub(super) fn argument(&mut self, argument: impl Into<String>) -> &mut CommandLine {
        self.arguments.push(argument.into());
        self
    }

    pub(super) fn arguments(
        &mut self,
        all: impl IntoIterator<Item = impl Into<String>>,
    ) -> &mut CommandLine {
        self.arguments.extend(all.into_iter().map(Into::into));
        self
    }

    /// In the project and with the store that the server was told, if it was.
    pub(super) fn at(mut self, global: &Global) -> CommandLine {
        let told = [("--project", &global.project), ("--store", &global.store)];
        self.place = told
            .into_iter()
            .filter_map(|(name, path)| {
                let path = path.as_ref()?.display().to_string();
                Some((name.to_owned(), Some(path)))
            })
            .collect();
        self
    }

    /// Add `--NAME`.
    pub(super) fn flag(&mut self, name: &str) -> &mut CommandLine {
        self.flags.push((format!("--{name}"), None));
        self
    }

    /// Add `--NAME VALUE` for each value.
    pub(super) fn values(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = impl Display>,
    ) -> &mut CommandLine {
        let flags = values.into_iter();
        let flags = flags.map(|value| (format!("--{name}"), Some(value.to_string())));
        self.flags.extend(flags);
        self
    }

    fn words(&self) -> Vec<String> {
        let mut words = vec!["wording".to_owned()];
        add_flags(&mut words, &self.place);
        words.push(self.command.to_owned());
        add_flags(&mut words, &self.flags);
        if self.arguments.iter().any(|word| word.starts_with('-')) {
            words.push("--".to_owned());
        }
        words.extend(self.arguments.iter().cloned());
        words
    }

    /// As it is typed in a shell.
    pub(super) fn text(&self) -> String {
        shell_words::join(self.words())
    }

    /// What the command line of this program makes of it.
    pub(super) fn parse(&self) -> anyhow::Result<Command> {
        let cli = Cli::try_parse_from(self.words()).map_err(|error| {
            let text = error.to_string();
            let end = text.find("\n\n").unwrap_or(text.len());
            anyhow!("{}", text[..end].trim_start_matches("error: ").trim())
        })?;
        cli.command.ok_or_else(|| anyhow!("no command"))
    }
}

fn add_flags(words: &mut Vec<String>, flags: &[(String, Option<String>)]) {
    for (name, value) in flags {
        match value {
            Some(value) if value.starts_with('-') || value.is_empty() => {
                words.push(format!("{name}={value}"));
            }
            value => words.extend([name].into_iter().chain(value).cloned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_never_flags() {
        let mut line = CommandLine::new("run");
        line.values("note", ["--budget-calls=9"])
            .values("models", ["a/b", "c/d"])
            .argument("--quiet");
        assert_eq!(
            line.text(),
            "wording run '--note=--budget-calls=9' --models a/b --models c/d -- --quiet"
        );
        let Ok(Command::Run(args)) = line.parse() else {
            panic!("{line:?}");
        };
        assert_eq!(args.note.as_deref(), Some("--budget-calls=9"));
        assert_eq!(args.send.budget_calls, None);
        assert_eq!(args.experiment.experiment.as_deref(), Some("--quiet"));
        assert_eq!(args.experiment.overrides.models.len(), 2);
    }

    #[test]
    fn errors_are_one_sentence() {
        let mut line = CommandLine::new("check");
        line.values("models", ["nothing"]);
        let said = line.parse().unwrap_err().to_string();
        assert!(
            said.contains("--models") && !said.contains("Usage"),
            "{said}"
        );
    }
}
