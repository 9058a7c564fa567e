//! Paraphrases of a level: requested, accepted or rejected one by one, written to the template.

use super::templates;
use crate::{
    template::wording,
    tui::model::{
        Action, Effect, Item, Job, Model, Overlay, ParaphraseOffer, ParaphraseReview,
        ParaphraseSpec,
    },
};

/// Paraphrases per request.
const N: usize = 4;

/// Show the levels of this variant that can be paraphrased.
pub(super) fn choose(model: &mut Model) {
    if templates::busy(model) {
        return;
    }
    let Some((table, path)) = templates::template(model) else {
        return model.refuse("stored runs are read-only; Esc goes back to the project");
    };
    let (Some(plan), Some(asked)) = (&model.workspace.plan, table.models.get(model.cursor.model))
    else {
        return;
    };
    let none = Vec::new();
    let levels = table.levels.get(model.cursor.variant).unwrap_or(&none);
    let template = table
        .template
        .get(model.cursor.variant)
        .and_then(|t| plan.templates.templates().get(*t));
    let axes = template.map_or(&[][..], |t| &t.axes);
    let items: Vec<Item> = axes
        .iter()
        .filter_map(|axis| {
            let (_, name) = levels.iter().find(|(a, _)| *a == axis.name)?;
            let level = axis.levels.iter().find(|l| l.name == *name)?;
            Some(Item {
                label: format!("{} = {name}", axis.name),
                hint: crate::display::one_line(wording(level)?),
                action: Action::Paraphrase(axis.name.clone(), name.clone()),
            })
        })
        .collect();
    if items.is_empty() {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        return model.refuse(format!(
            "{file} has no axis to paraphrase; add one in its front matter, between +++ lines: [axes] ask = [\"…\"], and use {{{{ ask }}}} in the text"
        ));
    }
    model.open(Overlay::Menu {
        title: format!("Paraphrase which level? {N} paraphrases by {asked}"),
        items,
        at: 0,
    });
}

/// Request paraphrases of a level.
pub(super) fn request(model: &mut Model, axis: String, level: String, out: &mut Vec<Effect>) {
    let Some((table, path)) = templates::template(model) else {
        return;
    };
    let (Some(plan), Some(asked)) = (&model.workspace.plan, table.models.get(model.cursor.model))
    else {
        return;
    };
    let spec = ParaphraseSpec {
        path,
        axis,
        level,
        labels: plan.scorer.labels().to_vec(),
        model: asked.clone(),
        n: N,
    };
    model.jobs.pending.number += 1;
    let number = model.jobs.pending.number;
    model.open(Overlay::Paraphrases(Box::new(ParaphraseReview {
        spec: spec.clone(),
        number,
        offer: None,
        at: 0,
    })));
    out.push(Effect::Paraphrase(Box::new(spec), number));
}

/// The model answered; dropped if the overlay was closed.
pub(super) fn offered(model: &mut Model, number: u64, answer: Result<ParaphraseOffer, String>) {
    let place = model
        .view
        .overlays
        .iter()
        .position(|o| matches!(o, Overlay::Paraphrases(r) if r.number == number));
    let Some(place) = place else { return };
    match answer {
        Ok(offer) => {
            if let Some(Overlay::Paraphrases(rewords)) = model.view.overlays.get_mut(place) {
                rewords.offer = Some(offer);
            }
        }
        Err(message) => {
            model.view.overlays.remove(place);
            model.open(Overlay::Message(message));
        }
    }
}

/// Accept or reject the paraphrase under the cursor.
pub(super) fn toggle(model: &mut Model) {
    if let Some(Overlay::Paraphrases(rewords)) = model.view.overlays.last_mut()
        && let Some(offer) = &mut rewords.offer
        && let Some((_, accepted)) = offer.wordings.get_mut(rewords.at)
    {
        *accepted = !*accepted;
    }
}

/// Write the accepted ones.
pub(super) fn accept(model: &mut Model, rewords: Box<ParaphraseReview>, out: &mut Vec<Effect>) {
    let accepted = rewords.accepted();
    let Some(offer) = rewords.offer.as_ref().filter(|_| !accepted.is_empty()) else {
        if !rewords.is_empty() {
            model.refuse("Space accepts a paraphrase; Esc rejects all");
        }
        return model.open(Overlay::Paraphrases(rewords));
    };
    let spec = &rewords.spec;
    out.push(
        Job::AddLevels(
            Box::new(offer.template.clone()),
            spec.path.clone(),
            spec.axis.clone(),
            accepted,
        )
        .into(),
    );
}
