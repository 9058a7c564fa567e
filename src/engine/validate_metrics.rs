//! What metrics need of files and rows before a run: the rubrics of judges, and assertions that can be read.

use super::EngineError;
use crate::{
    dataset::Dataset,
    display::one_line,
    model::Prompt,
    project::{MetricKind, Project},
    score::{Assertions, Check, ExpectedCall, ListError, Rubric, ScoreError, Scorer},
    source::nearest,
};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// The rubrics of judges; each is tried on the first row.
pub(super) fn rubrics(
    project: &Project,
    scorer: &Scorer,
    dataset: &Dataset,
) -> Result<BTreeMap<usize, Arc<Rubric>>, EngineError> {
    let mut all = BTreeMap::new();
    for (place, metric) in scorer.external_metrics() {
        let rubric = match &metric.kind {
            MetricKind::Judge {
                rubric,
                pairwise,
                scale,
                ..
            } => {
                let rubric = Rubric::load(&project.root, rubric, *pairwise)?;
                if !dataset.is_empty() {
                    let row = dataset.row(0)?;
                    if *pairwise {
                        rubric.compare(&row, "", "")?;
                    } else {
                        rubric.grade(&row, "", *scale)?;
                    }
                }
                rubric
            }
            MetricKind::Assertions {
                rubric: Some(rubric),
                ..
            } => {
                let rubric = Rubric::load(&project.root, rubric, false)?;
                if !dataset.is_empty() {
                    rubric.hold(&*dataset.row(0)?, "", "")?;
                }
                rubric
            }
            _ => continue,
        };
        all.insert(place, Arc::new(rubric));
    }
    Ok(all)
}

/// Check that the expected answers have a shape that the metrics understand: a scalar, a list of them, or SQuAD's form.
pub(super) fn answers(scorer: &Scorer, dataset: &Dataset) -> Result<(), EngineError> {
    let compares = |kind: &MetricKind| kind.compares_expected() && !kind.takes_any_shape();
    let Some(metric) = scorer.metrics().find(|metric| compares(&metric.kind)) else {
        return Ok(());
    };
    let heads = dataset.heads();
    for at in 0..heads.len() {
        // Only a list or an object needs another look, and its row is read for it.
        if !heads
            .expected(at)
            .is_some_and(|text| text.starts_with(['[', '{']))
        {
            continue;
        }
        let row = dataset.row(at)?;
        if row.right_answers().is_none_or(|right| right.is_empty()) {
            return Err(ScoreError::Answer {
                path: dataset.path().display().to_string(),
                line: row.index + 1,
                row: row.id.clone(),
                metric: metric.name.clone(),
                answer: one_line(heads.expected(at).unwrap_or_default()),
            }
            .into());
        }
    }
    Ok(())
}

/// Read the expected calls of all rows, so that what is wrong with one is known before anything is sent.
pub(super) fn calls(scorer: &Scorer, dataset: &Dataset) -> Result<(), EngineError> {
    let is_calls = |kind: &MetricKind| matches!(kind, MetricKind::ToolCalls(_));
    let Some(metric) = scorer.metrics().find(|metric| is_calls(&metric.kind)) else {
        return Ok(());
    };
    for row in dataset.rows() {
        let row = row?;
        if let Some(Err(message)) = row.expected.as_ref().map(ExpectedCall::read) {
            return Err(ScoreError::Calls {
                path: dataset.path().display().to_string(),
                line: row.index + 1,
                row: row.id.clone(),
                metric: metric.name.clone(),
                message: one_line(&message),
            }
            .into());
        }
    }
    Ok(())
}

/// Check that a template has the replies that metrics score; `prompts` are what it renders, read until all are found.
pub(super) fn replies(
    scorer: &Scorer,
    template: &Path,
    prompts: impl Iterator<Item = Prompt>,
) -> Result<(), EngineError> {
    let mut known: Vec<String> = Vec::new();
    let mut unknown = None;
    for prompt in prompts {
        let calls = match prompt.replies.is_empty() {
            true => 0,
            false => prompt.calls(),
        };
        for name in (0..calls).map(|call| prompt.reply_name(call)) {
            if !known.iter().any(|known| *known == name) {
                known.push(name.into_owned());
            }
        }
        let mut named = scorer
            .metrics()
            .filter_map(|m| Some((m, m.reply.as_ref()?)));
        unknown = named.find(|(_, reply)| !known.contains(reply));
        if unknown.is_none() {
            break;
        }
    }
    match unknown {
        None => Ok(()),
        Some((metric, reply)) => Err(EngineError::NoReply {
            metric: metric.name.clone(),
            reply: reply.clone(),
            template: template.display().to_string(),
            nearest: nearest(reply, known.iter().map(String::as_str)).map(str::to_owned),
            known,
        }),
    }
}

/// Read the assertions of all rows, so that what is wrong with one is known before anything is sent.
pub(super) fn assertions(scorer: &Scorer, dataset: &Dataset) -> Result<(), EngineError> {
    let mut seen = Vec::new();
    for metric in scorer.metrics() {
        let MetricKind::Assertions {
            column,
            judge,
            embeddings,
            ..
        } = &metric.kind
        else {
            continue;
        };
        let asked = (column, judge.is_some(), embeddings.is_some());
        if seen.contains(&asked) {
            continue;
        }
        for row in dataset.rows() {
            let row = row?;
            let wrong = |error: ListError| ScoreError::Row {
                path: dataset.path().display().to_string(),
                error,
            };
            let list = Assertions::from_row(&row, column).map_err(wrong)?;
            let nobody = list.each().find_map(|assertion| match assertion.check {
                Check::Rubric(_) if judge.is_none() => Some(("llm-rubric", "judge")),
                Check::Similar(_) if embeddings.is_none() => Some(("similar", "embeddings")),
                _ => None,
            });
            if let Some((kind, key)) = nobody {
                let message = format!(
                    "`{kind}` calls a model, but the metric `{}` has none: set `{key}`",
                    metric.name
                );
                return Err(wrong(ListError {
                    column: column.clone(),
                    row: row.id.clone(),
                    message,
                })
                .into());
            }
        }
        seen.push(asked);
    }
    Ok(())
}
