//! Bad cases: a row is saved with its correct answer, corrected, or removed.

use crate::{
    engine::AnswerPlace,
    model::Outcome,
    outcome::CellOutcome,
    read::answer_text,
    store::BadCase,
    tui::model::{Effect, Job, LinePurpose, Model, Overlay, TextArea},
};
use std::{collections::BTreeMap, sync::Arc};

/// Ask for the right answer of the current row: the one kept before, else the expected one.
pub(super) fn ask_answer(model: &mut Model) {
    if !matches!(model.view.overlays.last(), None | Some(Overlay::Row { .. })) {
        return model.refuse("b saves a row as a bad case, but no row is shown here");
    }
    let Ok(table) = &model.answers.table else {
        return;
    };
    if table.data(model.cursor.row).is_none() {
        return model.refuse("the text of this row is unavailable, so it cannot be saved");
    }
    let row = table.row(model.cursor.row);
    let known = model
        .answers
        .bad_cases
        .get(&row.id)
        .map(|case| &case.corrected);
    let right = known.filter(|right| !right.is_empty()).cloned();
    model.open(Overlay::Line {
        what: LinePurpose::BadCase,
        input: TextArea::line(right.or(row.expected).unwrap_or_default()),
    });
}

/// Keep the current row with its right answer; an empty one lets a row that was kept go.
pub(super) fn save(model: &Model, right: &str, out: &mut Vec<Effect>) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    let Some(data) = table.data(model.cursor.row) else {
        return;
    };
    let known = model.answers.bad_cases.get(&data.id);
    let right = right.trim();
    if let Some(known) = known
        && right.is_empty()
    {
        let job = Job::ForgetBadCase(Box::new(known.clone()));
        return out.push(job.into());
    }
    let mut case = known.cloned().unwrap_or_else(|| BadCase {
        experiment: model.spec().name.clone(),
        row_id: Some(data.id.clone()),
        made_at: model.clock.unix_s,
        ..BadCase::default()
    });
    case.fields = data.fields.clone();
    right.clone_into(&mut case.corrected);
    if case.output.is_empty()
        && let Some(output) = unwanted_output(model, right, data.expected_text().as_deref())
    {
        case.output = output;
        case.variant = table.names.get(model.cursor.variant).cloned();
        case.model = model.model_name().map(ToString::to_string);
        let cell = model.trial(model.cursor.variant, model.cursor.sample);
        let place = (model.answers.source.as_ref()).and_then(|source| source.place(cell));
        case.run = match place {
            Some(AnswerPlace::Trial(run, _)) => Some(run.0),
            _ => None,
        };
    }
    out.push(Job::KeepBadCase(Box::new(case)).into());
}

/// The output of the current sample, unless it is what is wanted.
fn unwanted_output(model: &Model, right: &str, expected: Option<&str>) -> Option<String> {
    let record = model
        .answers
        .outputs
        .get(model.trial(model.cursor.variant, model.cursor.sample))?;
    let Outcome::Completed(completion) = &record.outcome else {
        return None;
    };
    let grid = model.cells()?;
    let cell = grid.cell(model.cursor.variant, model.cursor.row, model.cursor.sample);
    let outcome = CellOutcome::of_sample(cell.state, cell.score, grid.threshold());
    let scored_right = outcome == CellOutcome::Correct;
    let as_wanted = scored_right && expected == Some(right);
    let answer = answer_text(&completion.text);
    (!as_wanted && answer.trim() != right).then(|| answer.into_owned())
}

/// Take the bad cases as the store has them.
pub(super) fn read(model: &mut Model, experiment: &str, cases: Vec<BadCase>) {
    if model.spec().name != experiment {
        return;
    }
    let by_row: BTreeMap<String, BadCase> = cases
        .into_iter()
        .filter_map(|case| Some((case.row_id.clone()?, case)))
        .collect();
    if *model.answers.bad_cases != by_row {
        model.jobs.requested.advised = None;
        model.answers.bad_cases = Arc::new(by_row);
    }
}
