//! `wording badcases`: inputs whose answer was wrong, kept with the right one.

use super::{
    context::CommandContext,
    output::{Exit, print_as, print_bytes},
};
use crate::{
    cli::{AddBadcasesArgs, BadcasesArgs, BadcasesCommand, Global},
    dataset::{Dataset, ReadOptions},
    display::{count, fit, one_line, write_json_line},
    engine::Plan,
    model::{Row, TrialId},
    outcome::is_correct,
    read::answer_text,
    report::RunReport,
    store::{BadCase, RunInfo, Store, unix_now},
};
use anyhow::{Context as _, bail};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

pub fn badcases(global: &Global, args: &BadcasesArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let store = place.store()?;
    match &args.command {
        None => list(&place, &store, args, None)?,
        Some(BadcasesCommand::List { experiment }) => {
            list(&place, &store, args, experiment.as_deref())?;
        }
        Some(BadcasesCommand::Add(add)) => {
            let cases = new_cases(&place, &store, add)?;
            let n = cases.len();
            let mut kept = Vec::new();
            for mut case in cases {
                case.id = store.keep_bad_case(&case)?;
                kept.push(case);
            }
            print_as(args.format, &kept, || {
                let open = kept.iter().filter(|c| c.corrected.is_empty()).count();
                let open = match open {
                    0 => String::new(),
                    n => format!(
                        "\n{n} without a correct answer yet: wording badcases edit NUMBER --answer TEXT"
                    ),
                };
                format!("added {}{open}", count(n, "bad case"))
            })?;
        }
        Some(BadcasesCommand::Edit {
            number,
            answer,
            note,
        }) => {
            let Some(mut case) = store.bad_case(*number)? else {
                bail!("no bad case {number}; `wording badcases` lists them");
            };
            case.corrected = answer.clone().unwrap_or(case.corrected);
            case.note = note.clone().unwrap_or(case.note);
            store.keep_bad_case(&case)?;
            print_as(args.format, &case, || show(&case, 100))?;
        }
        Some(BadcasesCommand::Delete { numbers }) => {
            // All are looked up first, so that a wrong number deletes nothing.
            for number in numbers {
                if store.bad_case(*number)?.is_none() {
                    bail!("no bad case {number}; nothing was deleted");
                }
            }
            for number in numbers {
                store.delete_bad_case(*number)?;
            }
            let deleted = DeletedBadCases {
                schema_version: 1,
                deleted: numbers,
            };
            print_as(args.format, &deleted, || {
                let lines = numbers.iter().map(|number| format!("deleted {number}\n"));
                lines.collect()
            })?;
        }
        Some(BadcasesCommand::Export { experiment, output }) => {
            let experiment = place.project.experiment(experiment.as_deref())?;
            let cases = store.bad_cases(&experiment.name)?;
            export(
                &place,
                &cases,
                experiment.answer_column(),
                output.as_deref(),
            )?;
        }
    }
    Ok(Exit::Done)
}

/// What `delete` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DeletedBadCases<'a> {
    /// Always 1.
    schema_version: u32,
    /// Their numbers.
    deleted: &'a [i64],
}

fn list(
    place: &CommandContext,
    store: &Store,
    args: &BadcasesArgs,
    experiment: Option<&str>,
) -> anyhow::Result<()> {
    let names: Vec<String> = match experiment {
        Some(name) => vec![place.project.experiment(Some(name))?.name.clone()],
        None => place
            .project
            .experiments
            .iter()
            .map(|e| e.name.clone())
            .collect(),
    };
    let mut cases = Vec::new();
    for name in names {
        cases.extend(store.bad_cases(&name)?);
    }
    print_as(args.format, &cases, || {
        if cases.is_empty() {
            return "no bad cases yet; `wording badcases add EXPERIMENT --failing` adds the rows that are wrong under the best wording".into();
        }
        let width = super::output::stdout_width().text;
        cases
            .iter()
            .map(|c| show(c, width))
            .collect::<Vec<_>>()
            .join("\n")
    })
}

fn show(case: &BadCase, width: usize) -> String {
    let from = case.row_id.as_deref().unwrap_or("elsewhere");
    let right = if case.corrected.is_empty() {
        "?".to_owned()
    } else {
        one_line(&case.corrected)
    };
    let text: Vec<String> = case
        .fields
        .values()
        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
        .collect();
    let note = if case.note.is_empty() {
        String::new()
    } else {
        format!("  ({})", one_line(&case.note))
    };
    let line = format!(
        "{:>4}  {}  {}  {} → {}{note}  {}",
        case.id,
        case.experiment,
        one_line(from),
        fit(&one_line(&case.output), 24),
        fit(&right, 24),
        one_line(&text.join(" "))
    );
    fit(&line, width)
}

/// The row with the right answer in its column; what is known of the wrong one beside it.
fn export(
    place: &CommandContext,
    cases: &[BadCase],
    answer: &str,
    output: Option<&Path>,
) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for case in cases.iter().filter(|c| !c.corrected.is_empty()) {
        let mut fields = case.fields.clone();
        fields.insert(answer.to_owned(), Value::String(case.corrected.clone()));
        if !case.output.is_empty() {
            fields.insert("output".into(), Value::String(case.output.clone()));
        }
        write_json_line(&mut lines, &fields)?;
    }
    let open = cases.iter().filter(|c| c.corrected.is_empty()).count();
    if open > 0 {
        place.messages.note(&format!(
            "left out {}: no correct answer yet",
            count(open, "bad case")
        ));
    }
    match output {
        Some(path) => {
            std::fs::write(path, lines)
                .with_context(|| format!("cannot write {}", path.display()))?;
            place.messages.note(&format!("wrote {}", path.display()));
        }
        None => print_bytes(&lines)?,
    }
    Ok(())
}

fn new_cases(
    place: &CommandContext,
    store: &Store,
    args: &AddBadcasesArgs,
) -> anyhow::Result<Vec<BadCase>> {
    let experiment = place
        .project
        .experiment(args.experiment.as_deref())?
        .clone();
    let base = BadCase {
        experiment: experiment.name.clone(),
        note: args.note.clone(),
        made_at: unix_now().as_secs() as i64,
        ..BadCase::default()
    };
    if let Some(path) = &args.from {
        let file = Dataset::read(path, &ReadOptions::default())?;
        return file
            .rows()
            .map(|row| {
                Ok(bad_case_from_file(
                    &*row?,
                    experiment.answer.as_deref(),
                    &base,
                ))
            })
            .collect();
    }
    let plan = place.plan(&experiment, &[])?;
    let wrong = match &args.run {
        Some(id) => Some(store.run(id)?),
        None => store.latest_of(&experiment.name)?,
    }
    .map(|run| WrongAnswers::load(store, run, args))
    .transpose()?;
    if args.failing {
        let Some(wrong) = &wrong else {
            bail!(
                "no runs of `{0}` yet; start one with `wording run {0}`",
                experiment.name
            );
        };
        let mut cases = Vec::new();
        for row in plan.dataset.rows() {
            let row = row?;
            if let Some(case) = wrong.case(store, &row, &base)? {
                cases.push(case);
            }
        }
        return Ok(cases);
    }
    args.row
        .iter()
        .map(|id| {
            let row = find(&plan, id)?;
            let known = match &wrong {
                Some(wrong) => wrong.case(store, &row, &base)?,
                None => None,
            };
            let mut case = known.unwrap_or_else(|| bad_case_from_row(&row, &base));
            if let Some(answer) = &args.answer {
                case.corrected.clone_from(answer);
            }
            Ok(case)
        })
        .collect()
}

fn find(plan: &Plan, id: &str) -> anyhow::Result<std::sync::Arc<Row>> {
    let heads = plan.dataset.heads();
    match (0..heads.len()).find(|r| heads.id(*r) == id) {
        Some(at) => Ok(plan.dataset.row(at)?),
        None => bail!(
            "no row `{id}` in {}; the first is {}",
            plan.dataset.path().display(),
            heads.id(0)
        ),
    }
}

fn bad_case_from_row(row: &Row, base: &BadCase) -> BadCase {
    BadCase {
        row_id: Some(row.id.clone()),
        fields: row.fields.clone(),
        corrected: row.expected_text().unwrap_or_default(),
        ..base.clone()
    }
}

/// A row of a file that somebody collected: the column `output` is the wrong answer.
fn bad_case_from_file(row: &Row, answer: Option<&str>, base: &BadCase) -> BadCase {
    let mut fields = row.fields.clone();
    let mut take = |name: &str| match fields.shift_remove(name) {
        Some(Value::String(text)) => text,
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let output = take("output");
    let corrected = answer.map(&mut take).unwrap_or_default();
    BadCase {
        fields,
        output,
        corrected,
        ..base.clone()
    }
}

/// The answers of one wording of a run.
struct WrongAnswers {
    run: RunInfo,
    model: usize,
    variant: usize,
}

impl WrongAnswers {
    fn load(store: &Store, run: RunInfo, args: &AddBadcasesArgs) -> anyhow::Result<WrongAnswers> {
        let model = match &args.model {
            None => 0,
            Some(model) => match run.models.iter().position(|m| m == model) {
                Some(at) => at,
                None => bail!("{} does not include the model {model}", run.id),
            },
        };
        let variant = match &args.variant {
            Some(name) => run.variant_index(name)?,
            None => {
                let report = RunReport::read(store, run.clone())?;
                report.models[model].ranked().first().copied().unwrap_or(0)
            }
        };
        Ok(WrongAnswers {
            run,
            model,
            variant,
        })
    }

    /// The bad case of a row, where its answer is wrong.
    fn case(&self, store: &Store, row: &Row, base: &BadCase) -> anyhow::Result<Option<BadCase>> {
        let heads = &self.run.heads;
        let Some(at) = (0..heads.len()).find(|r| heads.id(*r) == row.id) else {
            return Ok(None);
        };
        for sample in 0..self.run.samples {
            let id = TrialId {
                variant: self.variant as u32,
                model: self.model as u32,
                row: at as u32,
                sample: sample as u32,
            };
            let Some(record) = store.trial(&self.run.id, id)? else {
                continue;
            };
            let (Some(completion), Some(score)) =
                (record.outcome.completion(), record.scores.main())
            else {
                continue;
            };
            if !is_correct(score.value, self.run.correct_from()) {
                return Ok(Some(BadCase {
                    output: answer_text(&completion.text).into_owned(),
                    variant: Some(self.run.variants[self.variant].name.clone()),
                    model: Some(self.run.models[self.model].to_string()),
                    run: Some(self.run.id.0.clone()),
                    ..bad_case_from_row(row, base)
                }));
            }
        }
        Ok(None)
    }
}
