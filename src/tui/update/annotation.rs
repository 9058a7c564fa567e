//! Labelling and rating from the grid: the same screens as `wording label` and `wording rate` have.

use crate::tui::model::{AnnotationRequest, AnnotationResult, Effect, Model, Overlay};

/// Label rows of the experiment.
pub(super) fn label(model: &mut Model, out: &mut Vec<Effect>) {
    if !may_annotate(model) {
        return;
    }
    let experiment = model.spec().name.clone();
    out.push(Effect::Annotate(AnnotationRequest::Label { experiment }));
}

/// Rate answers of the variant under the cursor and of the baseline.
pub(super) fn rate(model: &mut Model, out: &mut Vec<Effect>) {
    if !may_annotate(model) {
        return;
    }
    let Ok(table) = &model.answers.table else {
        return model.refuse("there are no answers to rate");
    };
    let Some(second) = rated_variant(model) else {
        return model.refuse("rating compares two wordings, but there is only one");
    };
    let first = model.answers.baseline;
    let (Some(a), Some(b), Some(served)) = (
        table.names.get(first),
        table.names.get(second),
        table.models.get(model.cursor.model),
    ) else {
        return model.refuse("there are no answers to rate");
    };
    let request = AnnotationRequest::Rate {
        experiment: match table.run() {
            Some(info) => info.experiment.clone(),
            None => model.spec().name.clone(),
        },
        run: table.run().map(|info| info.id.to_string()),
        model: served.to_string(),
        wordings: [a.clone(), b.clone()],
    };
    out.push(Effect::Annotate(request));
}

/// The variant under the cursor; there the baseline is not rated against itself but against the first other one.
fn rated_variant(model: &Model) -> Option<usize> {
    let (here, baseline) = (model.cursor.column(), model.answers.baseline);
    if here.variant != baseline {
        return Some(here.variant);
    }
    let mut others = (model.answers.columns.all.iter())
        .filter(|column| column.variant != baseline && column.model == here.model);
    others.next().map(|column| column.variant)
}

fn may_annotate(model: &mut Model) -> bool {
    let refused = match model.is_running() {
        true => "wait until the run ends, or stop it with x",
        _ if model.workspace.project.file.is_none() => {
            "labels and ratings need a project; `wording init DIR` creates one"
        }
        _ => return true,
    };
    model.refuse(refused);
    false
}

/// The screen was left.
pub(super) fn done(
    model: &mut Model,
    result: Result<AnnotationResult, String>,
    out: &mut Vec<Effect>,
) {
    out.push(Effect::Clear);
    match result {
        Err(message) => model.open(Overlay::Message(message)),
        Ok(result) if result.findings.is_empty() => model.notify(result.saved),
        Ok(result) => model.open(Overlay::Text {
            title: "Ratings".into(),
            text: format!("{}\n\n{}", result.saved, result.findings.join("\n\n")),
            scroll: 0,
        }),
    }
}
