//! What people's ratings say, as paragraphs and tables for every form of a report to lay out.

use super::{RunReport, figure_table::FigureTable};
use crate::{
    analysis::PreferenceRanking,
    narrate::ratings::{
        grade_difference_sentences, ranking_sentences, rating_sentences, strength_cells,
    },
};

impl RunReport {
    /// What people's ratings say, a paragraph for each two wordings, or one.
    pub(super) fn rating_paragraphs(&self) -> Vec<String> {
        let contests = self.ratings.contests.iter().map(rating_sentences);
        let differences = self.ratings.grade_differences.iter();
        let differences = differences.map(grade_difference_sentences);
        contests
            .chain(differences)
            .map(|said| said.join(" "))
            .collect()
    }

    /// The strengths of several wordings, a table for each model.
    pub(super) fn strength_tables(&self) -> Vec<FigureTable> {
        self.ratings.rankings.iter().map(strength_table).collect()
    }
}

/// The strengths of the wordings that one model's answers were rated of.
pub(super) fn strength_table(found: &PreferenceRanking) -> FigureTable {
    let mut head = ["wording", "preferred", "95 %", "won", "lost", "ties"]
        .map(str::to_owned)
        .to_vec();
    let is_split = found.groups.len() > 1;
    if is_split {
        head.insert(1, "group".into());
    }
    let groups = found.groups.iter().enumerate();
    let rows = groups.flat_map(|(group, members)| {
        members.iter().map(move |ranked| {
            let [share, range] = strength_cells(ranked.strength);
            let counts = [ranked.won, ranked.lost, ranked.ties].map(|n| n.to_string());
            let group = is_split.then(|| (group + 1).to_string());
            std::iter::once(ranked.wording.clone())
                .chain(group)
                .chain([share, range])
                .chain(counts)
                .collect()
        })
    });
    FigureTable {
        title: match &found.model {
            Some(model) => format!("Strengths of wordings: {model}"),
            None => "Strengths of wordings".into(),
        },
        head,
        rows: rows.collect(),
        texts: 1,
        notes: ranking_sentences(found),
    }
}
