//! The labelled rows of an experiment that are not evaluated: shots, rows outside of the sample, a file, bad cases.

use super::{AdviceError, RatedPairs};
use crate::{
    dataset::{Dataset, ReadOptions},
    engine::{Plan, RowSet, SealedRows},
    model::{Row, answer_text},
    project::{ExperimentSpec, Project},
    store::{BadCase, Store},
    tune::{Example, Origin, row_text},
};
use serde_json::{Map, Value};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

/// Labelled rows, and the rows that are evaluated.
#[derive(Debug)]
pub struct Labelled {
    /// Possible training examples, unchecked.
    pub examples: Vec<Example>,
    /// Preference pairs from ratings, unchecked.
    pub pairs: RatedPairs,
    /// Id and text of the evaluated rows.
    pub evaluated: Vec<(String, String)>,
    /// The evaluated rows themselves with their labels, for finding conflicts.
    pub evaluation: Vec<Example>,
    /// Whether any source of labelled rows is given.
    pub any_source: bool,
}

/// The columns that some template uses, without answer, id and cluster; all of them where none can be found.
fn inputs(plan: &Plan) -> Vec<&str> {
    let experiment = &plan.experiment;
    let named = [&experiment.answer, &experiment.id, &experiment.cluster];
    let other = |column: &&str| !named.iter().any(|n| n.as_deref() == Some(*column));
    let columns: Vec<&str> = plan
        .dataset
        .columns()
        .iter()
        .map(String::as_str)
        .filter(other)
        .collect();
    let shown: Vec<&str> = columns
        .iter()
        .copied()
        .filter(|c| (0..plan.templates.templates().len()).any(|t| plan.templates.uses_column(t, c)))
        .collect();
    if shown.is_empty() { columns } else { shown }
}

/// Read them. `data` is a further file. Bad cases and rated pairs that are evaluated rows stay out of the examples unless `spend`:
/// then they leave the evaluation.
pub fn labelled(
    project: &Project,
    plan: &Plan,
    store: &Store,
    data: Option<&Path>,
    spend: bool,
) -> Result<Labelled, AdviceError> {
    let experiment = &plan.experiment;
    let inputs = inputs(plan);
    let mut examples: Vec<Example> = plan
        .shots
        .shots()
        .iter()
        .enumerate()
        .map(|(i, shot)| {
            let mut row = (**shot).clone();
            row.id = own_id(&row, experiment).unwrap_or_else(|| format!("{}", i + 1));
            Example::new(Origin::Shots, Arc::new(row), &inputs)
        })
        .collect();
    let mut any_source = experiment.shots.is_some();
    let is_partial = experiment.rows.is_some() || experiment.sealed.is_some();
    let rows = match is_partial && experiment.dataset.as_os_str() != "-" {
        true => Some(RowSet::read(project, experiment)?),
        false => None,
    };
    let sealed = rows.as_ref().and_then(RowSet::sealed);
    let guard = sealed.map(SealedRows::guard).transpose()?;
    if let Some(rows) = rows.as_ref().filter(|_| experiment.rows.is_some()) {
        let sampled: HashSet<usize> = plan
            .dataset
            .rows()
            .map(|r| r.map(|r| r.index))
            .collect::<Result<_, _>>()?;
        for row in rows.open.rows() {
            let row = row?;
            if !sampled.contains(&row.index) {
                examples.push(Example::new(Origin::Unsampled, row, &inputs));
            }
        }
        any_source = true;
    }
    if let Some(path) = data {
        any_source = true;
        let columns = ReadOptions {
            answer: Some(experiment.answer_column().to_owned()),
            max_record: experiment.max_record,
            ..ReadOptions::default()
        };
        let file = Dataset::read(path, &columns).map_err(|cause| AdviceError::Labelled {
            path: path.to_path_buf(),
            cause: Box::new(cause),
        })?;
        for row in file.rows() {
            let mut row = (*row?).clone();
            row.id = own_id(&row, experiment).unwrap_or(row.id);
            row.cluster = own_cluster(&row.fields, experiment);
            examples.push(Example::new(Origin::Data, Arc::new(row), &inputs));
        }
    }
    let cases = store.bad_cases(&experiment.name)?;
    let open = rows.as_ref().map(|rows| &rows.open);
    let mut pairs = RatedPairs::read(project, plan, store, open, &inputs, spend)?;
    // The row that is evaluated under an id, if it is still the same one: another dataset may have another under it.
    let named = cases.iter().filter_map(|case| case.row_id.as_deref());
    let rated = pairs.examples.iter().map(|pair| pair.row.id.as_str());
    let wanted: HashSet<&str> = named.chain(rated).collect();
    let mut texts: HashMap<String, String> = HashMap::new();
    if !wanted.is_empty() {
        for row in plan.dataset.rows() {
            let row = row?;
            if wanted.contains(row.id.as_str()) {
                texts.insert(row.id.clone(), row_text(&row, &inputs));
            }
        }
    }
    let evaluated_row = |id: &str, example: &Example| {
        let is_same = texts.get(id).is_some_and(|text| *text == example.text);
        is_same.then(|| id.to_owned())
    };
    for case in cases.iter().filter(|c| !c.corrected.trim().is_empty()) {
        let mut example = of_case(case, experiment, &inputs);
        let id = case.row_id.as_deref();
        example.evaluated_row = id.and_then(|id| evaluated_row(id, &example));
        if example.evaluated_row.is_none() || spend {
            examples.push(example);
        }
    }
    for pair in &mut pairs.examples {
        pair.evaluated_row = evaluated_row(&pair.row.id, pair);
    }
    let spent: HashSet<String> = (examples.iter().chain(&pairs.examples))
        .filter_map(|example| example.evaluated_row.clone())
        .collect();
    examples
        .iter_mut()
        .for_each(|example| set_label(example, plan));
    if let Some(guard) = &guard {
        // What prompts show of a sealed row is sealed, whatever else stands beside it.
        let shown = guard.shown(&inputs)?;
        for example in examples.iter_mut().chain(&mut pairs.examples) {
            example.is_sealed =
                guard.is_sealed(&example.row)? || shown.holds(&example.row, &inputs);
        }
    }
    let mut evaluated = Vec::new();
    let mut evaluation = Vec::new();
    for row in plan.dataset.rows() {
        let row = row?;
        if !spent.contains(&row.id) {
            evaluated.push((row.id.clone(), row_text(&row, &inputs)));
            let mut example = Example::new(Origin::Data, row, &inputs);
            set_label(&mut example, plan);
            evaluation.push(example);
        }
    }
    Ok(Labelled {
        examples,
        pairs,
        evaluated,
        evaluation,
        any_source,
    })
}

/// Of several right answers the first is learned.
fn set_label(example: &mut Example, plan: &Plan) {
    if let Some(answer) = plan.scorer.first_right_answer(&example.row) {
        example.label = answer;
    }
}

/// A corrected bad case as an example.
fn of_case(case: &BadCase, experiment: &ExperimentSpec, inputs: &[&str]) -> Example {
    let mut fields = case.fields.clone();
    // Several right answers that were kept as they are.
    let answers = experiment
        .answer
        .as_ref()
        .and_then(|answer| fields.get(answer));
    let answers = answers.filter(|answers| answer_text(answers) == case.corrected);
    let corrected = answers
        .cloned()
        .unwrap_or_else(|| Value::String(case.corrected.clone()));
    if let Some(answer) = &experiment.answer {
        fields.insert(answer.clone(), corrected.clone());
    }
    let row = Row {
        index: 0,
        id: case.id.to_string(),
        cluster: own_cluster(&fields, experiment),
        fields,
        expected: Some(corrected),
    };
    let mut example = Example::new(Origin::BadCase, Arc::new(row), inputs);
    example.wrong = Some(case.output.clone()).filter(|o| !o.trim().is_empty());
    example.weight = 2.0;
    example
}

/// The value of the cluster column, where there is one.
fn own_cluster(fields: &Map<String, Value>, experiment: &ExperimentSpec) -> Option<String> {
    let value = fields.get(experiment.cluster.as_ref()?)?;
    Some(answer_text(value)).filter(|text| !value.is_null() && !text.trim().is_empty())
}

/// The value of the id column, where the row has one.
fn own_id(row: &Row, experiment: &ExperimentSpec) -> Option<String> {
    match row.fields.get(experiment.id.as_ref()?)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}
