//! Other wordings of a level: chosen which, asked for, accepted or left one by one, written.

use super::templates;
use crate::{
    template::wording,
    tui::model::{
        Action, Effect, Item, Job, Model, Overlay, ParaphraseOffer, ParaphraseReview,
        ParaphraseSpec,
    },
};

/// How many are asked for at once.
const N: usize = 4;

/// Show the levels of the variant at hand that could be reworded.
pub fn choose(model: &mut Model) {
    if templates::busy(model) {
        return;
    }
    let Some((table, path)) = templates::template(model) else {
        return model.refuse("the template of an old run cannot be reworded; Esc goes back");
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
            "{file} has no axis with a text; write one between lines +++ at its top: [axes] ask = [\"…\"], and {{{{ ask }}}}"
        ));
    }
    model.view.overlays.push(Overlay::Menu {
        title: format!("Reword which? {asked} is asked for {N} others"),
        items,
        at: 0,
    });
}

/// Ask for other wordings of a level.
pub fn ask(model: &mut Model, axis: String, level: String, out: &mut Vec<Effect>) {
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
    model
        .view
        .overlays
        .push(Overlay::Paraphrases(Box::new(ParaphraseReview {
            spec: spec.clone(),
            number,
            offer: None,
            at: 0,
        })));
    out.push(Effect::Paraphrase(Box::new(spec), number));
}

/// The model answered. Who closed what waits for it does not want it any more.
pub fn offered(model: &mut Model, number: u64, answer: Result<ParaphraseOffer, String>) {
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
            model.view.overlays.push(Overlay::Message(message));
        }
    }
}

/// Accept the wording under the cursor, or leave it.
pub fn toggle(model: &mut Model) {
    if let Some(Overlay::Paraphrases(rewords)) = model.view.overlays.last_mut()
        && let Some(offer) = &mut rewords.offer
        && let Some((_, accepted)) = offer.wordings.get_mut(rewords.at)
    {
        *accepted = !*accepted;
    }
}

/// Write those that are accepted.
pub fn take(model: &mut Model, rewords: Box<ParaphraseReview>, out: &mut Vec<Effect>) {
    let accepted = rewords.accepted();
    let Some(offer) = rewords.offer.as_ref().filter(|_| !accepted.is_empty()) else {
        if !rewords.is_empty() {
            model.refuse("Space accepts a wording; Esc leaves them all");
        }
        return model.view.overlays.push(Overlay::Paraphrases(rewords));
    };
    let spec = &rewords.spec;
    out.push(Effect::Do(Box::new(Job::AddLevels(
        Box::new(offer.template.clone()),
        spec.path.clone(),
        spec.axis.clone(),
        accepted,
    ))));
}
