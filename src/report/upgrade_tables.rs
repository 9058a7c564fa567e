//! The tables of a comparison of models, for every form of its report.

use super::figure_table::FigureTable;
use crate::{
    narrate::upgrade::{broken_and_fixed, cost, difference, part_word, verdict_word},
    upgrade::{UpgradeFindings, UpgradedWording},
};

/// Labels and slices of a wording in a table, at most.
const PARTS: usize = 24;

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn percent(score: Option<f64>) -> String {
    score.map_or("–".to_owned(), |score| format!("{:.1}", score * 100.0))
}

/// One line per wording; names are cut to `name` columns.
pub(super) fn wordings(found: &UpgradeFindings) -> FigureTable {
    let row = |wording: &UpgradedWording| {
        let scores = wording.scores.map_or([None; 2], |scores| scores.map(Some));
        let [broken, fixed] = broken_and_fixed(wording);
        vec![
            wording.shown_name.clone(),
            verdict_word(wording.outcome.verdict).to_owned(),
            wording.outcome.compared.to_string(),
            percent(scores[0]),
            percent(scores[1]),
            (wording.outcome.difference.as_ref()).map_or("–".to_owned(), difference),
            broken.to_string(),
            fixed.to_string(),
        ]
    };
    FigureTable {
        title: "Wordings".into(),
        head: head(&[
            "wording", "verdict", "rows", "from", "to", "points", "broken", "fixed",
        ]),
        rows: found.wordings.iter().map(row).collect(),
        texts: 2,
        notes: Vec::new(),
    }
}

/// What the answers of each model took, one line per wording and model.
pub(super) fn bills(found: &UpgradeFindings) -> FigureTable {
    let request = &found.request;
    let rows = found.wordings.iter().flat_map(|wording| {
        let sides = [
            (&request.from, &wording.effect.trials_before),
            (&request.to, &wording.effect.trials_after),
        ];
        sides.map(|(model, trials)| {
            let ms =
                |latency: Option<f64>| latency.map_or("–".to_owned(), |ms| format!("{ms:.0}"));
            let tokens = match trials.answered {
                0 => "–".to_owned(),
                _ => format!("{:.0} + {:.0}", trials.tokens[0], trials.tokens[1]),
            };
            vec![
                wording.shown_name.clone(),
                model.to_string(),
                cost(trials),
                tokens,
                ms(trials.latency_ms[0]),
                ms(trials.latency_ms[1]),
            ]
        })
    });
    FigureTable {
        title: "Cost and latency".into(),
        head: head(&[
            "wording",
            "model",
            "$ per 1,000",
            "tokens",
            "p50 ms",
            "p95 ms",
        ]),
        rows: rows.collect(),
        texts: 2,
        notes: Vec::new(),
    }
}

/// The labels and slices of a wording, the largest loss first; `None` where there are none.
pub(super) fn parts(wording: &UpgradedWording) -> Option<FigureTable> {
    let rows = wording.parts.iter().take(PARTS).map(|part| {
        let scores = &part.scores;
        vec![
            part.name(),
            part_word(part).to_owned(),
            scores.rows.to_string(),
            percent(Some(scores.from)),
            percent(Some(scores.to)),
            difference(&scores.difference),
            part.changes.broken.to_string(),
            part.changes.fixed.to_string(),
        ]
    });
    let left_out = wording.parts.len().saturating_sub(PARTS);
    (!wording.parts.is_empty()).then(|| FigureTable {
        title: format!("Labels and slices of {}", wording.shown_name),
        head: head(&[
            "rows", "verdict", "n", "from", "to", "points", "broken", "fixed",
        ]),
        rows: rows.collect(),
        texts: 2,
        notes: match left_out {
            0 => Vec::new(),
            n => vec![format!(
                "{n} more with smaller losses are in the JSON report."
            )],
        },
    })
}
