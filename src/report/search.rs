//! A search for a better wording as a report: its record, and what it did on the sealed rows. Plain data.

use super::{
    DiffReport, WriteOptions, diff_json,
    fold_table::fold_table,
    text::{Paint, table_lines, unified_text, wrap},
};
use crate::{
    display::{OutputWidth, visible},
    narrate::{folds, search as narrate},
    optimize::{CandidateId, CandidateRecord, Ending, SearchRecord},
};
use serde_json::{Value, json};

/// A search that has ended.
#[derive(Debug)]
pub struct SearchReport {
    pub record: SearchRecord,
    /// The change of the file that would be written, as a unified diff; `None` where there is no new wording.
    pub file_change: Option<String>,
    /// Start and new wording on the sealed rows; `None` where they stayed sealed.
    pub sealed: Option<DiffReport>,
    /// The command that shows the report again.
    pub command: String,
}

impl SearchReport {
    /// The candidates with their depth below the start: each under the wording that it was made from, older ones first.
    pub(super) fn tree(&self) -> Vec<(usize, CandidateId)> {
        tree(&self.record.candidates)
    }
}

fn tree(candidates: &[CandidateRecord]) -> Vec<(usize, CandidateId)> {
    let mut children: Vec<Vec<CandidateId>> = vec![Vec::new(); candidates.len()];
    for (candidate, of) in candidates.iter().enumerate() {
        // A parent is older than its children: nothing turns in circles.
        let parent = of.parents.first().filter(|parent| **parent < candidate);
        if let Some(siblings) = parent.and_then(|parent| children.get_mut(*parent)) {
            siblings.push(candidate);
        }
    }
    let mut open: Vec<(usize, CandidateId)> = Vec::new();
    open.extend((!candidates.is_empty()).then_some((0, 0)));
    let mut tree = Vec::new();
    while let Some((depth, candidate)) = open.pop() {
        tree.push((depth, candidate));
        let below = children[candidate].iter().rev();
        open.extend(below.map(|child| (depth + 1, *child)));
    }
    tree
}

/// A search as JSON: its record with the verdict, the change of the file, and what happened on the sealed rows.
pub fn search_json(report: &SearchReport) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(&report.record)?;
    let ending = report.record.ending.as_ref();
    value["verdict"] = json!(ending.map(Ending::verdict));
    value["diff"] = json!(report.file_change);
    let rows = report.sealed.as_ref();
    value["sealed_rows"] = json!(rows.map(|diff| diff_json(diff, &WriteOptions::default())));
    Ok(value)
}

/// Columns of the names of facts.
const NAME: usize = 10;

/// A fact with its name: its other lines stand below the first one's text.
fn fact(name: &str, value: &str, width: OutputWidth) -> String {
    if width.table == usize::MAX {
        // A file or a pipe keeps each fact in a line.
        return format!("{name:<NAME$} {value}\n");
    }
    let lines = wrap(value, width.text.saturating_sub(NAME + 1));
    let lines = lines.lines().enumerate();
    lines
        .map(|(at, line)| {
            let name = if at == 0 { name } else { "" };
            format!("{name:<NAME$} {line}\n")
        })
        .collect()
}

/// A search for a terminal of this width.
pub fn search_text(report: &SearchReport, width: OutputWidth, color: bool) -> String {
    let record = &report.record;
    let mut text = format!("{}, {}\n", record.id, visible(&record.experiment));
    for (name, value) in facts(record) {
        text += &fact(name, &value, width);
    }
    text.push('\n');
    if let Some(table) = fold_table(record) {
        for line in table_lines(&table, width.table, &Paint(color)) {
            text += &format!("{line}\n");
        }
        text.push('\n');
    }
    for (at, piece) in record.pieces.iter().enumerate() {
        text += &format!("piece {:<3} {}\n", at + 1, visible(&narrate::piece(piece)));
    }
    if !record.pieces.is_empty() {
        text.push('\n');
    }
    let tree = match record.has_search_on_all_rows() {
        true => report.tree(),
        false => Vec::new(),
    };
    for (depth, candidate) in &tree {
        let of = &record.candidates[*candidate];
        let why = of
            .why
            .as_ref()
            .map_or(String::new(), |why| format!("; {}", visible(why)));
        text += &format!("{}{}{why}\n", "  ".repeat(*depth), narrate::candidate(of));
    }
    if !tree.is_empty() {
        text.push('\n');
    }
    for (name, value) in conclusion(record) {
        text += &fact(name, &value, width);
    }
    if let Some(ending) = &record.ending {
        text += &fact("verdict", &narrate::verdict(record, ending), width);
    }
    if let Some(change) = report
        .file_change
        .as_ref()
        .filter(|change| !change.is_empty())
    {
        text.push('\n');
        text += &unified_text(change, color);
    }
    text
}

/// What the page is called.
pub(super) fn title(record: &SearchRecord) -> String {
    let what = match record.request.shorter {
        Some(_) => "shorter",
        None => "better",
    };
    format!("Search for a {what} wording: {}", record.experiment)
}

/// What was searched, and what it cost.
pub(super) fn facts(record: &SearchRecord) -> Vec<(&'static str, String)> {
    let (parts, candidates) = match record.request.folds {
        None => (narrate::parts(record.parts), Some(narrate::tally(record))),
        Some(_) => {
            let of_all_rows = || format!("of the search on all rows: {}", narrate::tally(record));
            let is_made = record.has_search_on_all_rows();
            (folds::parts(record), is_made.then(of_all_rows))
        }
    };
    let candidates = candidates.map(|candidates| ("candidates", candidates));
    let facts = [("parts", parts)].into_iter().chain(candidates);
    facts.chain([("cost", narrate::spent(record))]).collect()
}

/// What the verdict rests on: the nominee, what was promised and given, what is saved.
pub(super) fn conclusion(record: &SearchRecord) -> Vec<(&'static str, String)> {
    let Some(ending) = &record.ending else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if let Some(pooled) = &ending.pooled {
        lines.push(("gain", folds::gain(record, pooled)));
    }
    if ending.nominee > 0 {
        lines.push(("nominee", narrate::nominee(ending)));
        lines.push(("promised", narrate::promised(ending)));
    }
    if let Some(sealed) = &ending.sealed {
        lines.push(("given", narrate::sealed(sealed)));
        if ending.margin.is_some() {
            lines.push(("loss", narrate::loss(sealed)));
        }
    }
    if let Some(savings) = &ending.savings {
        lines.push(("saves", narrate::savings(savings)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::{CandidateRecord, CandidateState};

    #[test]
    fn the_tree_puts_candidates_below_what_they_were_made_from() {
        let of = |parents: &[CandidateId]| CandidateRecord {
            name: String::new(),
            round: 1,
            parents: parents.to_vec(),
            state: CandidateState::Dropped,
            texts: Vec::new(),
            why: None,
            rows: 0,
            score: None,
            gain: None,
            expected_gain: None,
        };
        let parents: [&[CandidateId]; 5] = [&[], &[0], &[0], &[1], &[1, 2]];
        let tree = tree(&parents.map(of));
        assert_eq!(tree, [(0, 0), (1, 1), (2, 3), (2, 4), (1, 2)]);
        // A record that was tampered with loses what has no parent, and nothing turns in circles.
        assert_eq!(super::tree(&[of(&[]), of(&[2]), of(&[7])]), [(0, 0)]);
        assert!(super::tree(&[]).is_empty());
    }
}
