//! `wording import`: a project made of the files of another tool.

use super::{
    access_text::access_lines,
    context::shorten,
    output::{Exit, print_as},
};
use crate::{
    cli::{ImportArgs, ImportCommand, ImportTargetArgs},
    display::{count, one_line, visible},
    engine::{Access, Plan},
    interop::{self, ImportError, ImportedProject, Weight},
    project::Project,
    source::as_typed,
};
use anyhow::Context;
use schemars::JsonSchema;
use serde::Serialize;

/// Read the files, write the project, and tell what is not as it was.
pub fn import(args: &ImportArgs) -> anyhow::Result<Exit> {
    let command = &args.command;
    let args = command.target();
    let file = &args.file;
    if let Err(source) = std::fs::metadata(file) {
        let path = as_typed(file);
        return Err(ImportError::Read { path, source }.into());
    }
    let made = match command {
        ImportCommand::Promptfoo(from) => interop::promptfoo(file, from.allow_outside)?,
        ImportCommand::Dotprompt(from) => interop::dotprompt(file, from.allow_outside)?,
        ImportCommand::Evals(from) => interop::evals(file, from.allow_outside)?,
        ImportCommand::Traces(from) => interop::traces(file, &from.redact, from.allow_outside)?,
    };
    made.write(&args.output, args.force)?;
    let project =
        Project::load(&args.output.join("wording.toml")).context("cannot read the new project")?;
    let problem = problem(&project)?;
    let mut access = Access::default();
    for experiment in &project.experiments {
        access.extend(Access::new(&project, experiment));
    }
    let summary = ImportSummary {
        schema_version: 1,
        project: args.output.display().to_string(),
        made: &made,
        access: &access,
        problem: problem.as_deref(),
    };
    print_as(args.format, &summary, || {
        human(args, &made, &access, problem.as_deref())
    })?;
    let dropped = made.notes.iter().any(|note| note.weight == Weight::Dropped);
    Ok(if dropped || problem.is_some() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ImportSummary<'a> {
    /// Always 1.
    schema_version: u32,
    /// The folder of the new project.
    project: String,
    #[serde(flatten)]
    made: &'a ImportedProject,
    /// What its experiments will reach outside of the project.
    access: &'a Access,
    /// What keeps it from running.
    problem: Option<&'a str>,
}

/// Most prompts that are rendered, and bytes of them: there may be as many as rows times templates, of a small file.
const MOST_RENDERED: (usize, usize) = (100_000, 64 << 20);

/// What keeps the new project from running: it is read again as any other, and its prompts are rendered, row by row, up to a number.
fn problem(project: &Project) -> anyhow::Result<Option<String>> {
    let (mut prompts, mut bytes) = MOST_RENDERED;
    let prompting = project.experiments.iter().filter(|e| e.outputs.is_empty());
    for experiment in prompting {
        let plan = match Plan::load(project, experiment) {
            Ok(plan) => plan,
            Err(error) => return Ok(Some(error.to_string())),
        };
        if let Some(error) = plan.templates.problems().first() {
            return Ok(Some(error.to_string()));
        }
        for row in plan.dataset.rows() {
            let row = row?;
            for variant in &plan.variants {
                // Those of the first row in any case.
                if row.index > 0 && (prompts == 0 || bytes == 0) {
                    return Ok(None);
                }
                match plan.prompt_of(variant, &row) {
                    Ok(prompt) => {
                        let texts = prompt.messages.iter().map(|message| message.content.len());
                        prompts = prompts.saturating_sub(1);
                        bytes = bytes.saturating_sub(texts.sum());
                    }
                    Err(error) => return Ok(Some(error.to_string())),
                }
            }
        }
    }
    Ok(None)
}

fn human(
    args: &ImportTargetArgs,
    made: &ImportedProject,
    access: &Access,
    problem: Option<&str>,
) -> String {
    let mut text = format!(
        "wrote {} into {}: {}, {}, {}\n",
        count(made.files.len(), "file"),
        shorten(&args.output),
        count(made.templates, "template"),
        count(made.rows, "row"),
        count(made.experiments.len(), "experiment"),
    );
    if !made.models.is_empty() {
        text += &format!("models: {}\n", visible(&made.models.join(", ")));
    }
    for line in access_lines(access) {
        text += &format!("{line}\n");
    }
    if !made.assertions.is_empty() {
        let kinds = made
            .assertions
            .iter()
            .map(|(kind, n)| format!("{kind} {n}"));
        let kinds: Vec<String> = kinds.collect();
        text += &format!("assertions: {}\n", kinds.join(", "));
    }
    for (weight, title) in [(Weight::Dropped, "left out"), (Weight::Changed, "changed")] {
        let some: Vec<String> = made
            .notes
            .iter()
            .filter(|note| note.weight == weight)
            .map(|note| format!("  {}\n", one_line(&note.to_string())))
            .collect();
        if !some.is_empty() {
            text += &format!("{title}:\n{}", some.concat());
        }
    }
    if let Some(problem) = problem {
        text += &format!("the project does not run yet:\n{}\n", visible(problem));
    }
    let folder = args.output.display();
    text += &format!("next: cd {folder} && wording check");
    if let [_, _, ..] = made.experiments.as_slice() {
        text += &format!(" {}", made.experiments[0]);
    }
    text
}
