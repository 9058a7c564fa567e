//! What a search prints while it runs and at its end, and the file that it writes on yes.

use super::sealed::moved_rows;
use crate::{
    cli::{OptimizeArgs, OutputFormat},
    commands::{
        confirm::confirmed,
        context::CommandContext,
        output::{Exit, Messages, print_colored, print_json, stdout_color, stdout_width},
    },
    display::count,
    narrate::{folds, labels::points},
    optimize::{
        CandidateState, OptimizeError, SearchEvent, SearchRecord, WordingFile, candidate_name,
    },
    project::ExperimentSpec,
    report::{SearchReport, search_json, search_text, write_search},
    store::Store,
};
use anyhow::Context as _;

pub(super) fn tell(messages: &Messages, record: &SearchRecord, event: SearchEvent) {
    let search = folds::search(record).map_or(String::new(), |name| name + ", ");
    match event {
        SearchEvent::Proposed { round, candidates, left_out } => {
            let names: Vec<String> = candidates.map(candidate_name).collect();
            let mut text = match names.is_empty() {
                true => format!("{search}round {round}: no new candidate"),
                false => format!("{search}round {round}: {} proposed", names.join(", ")),
            };
            let mut whys: Vec<String> = left_out.iter().map(ToString::to_string).collect();
            whys.sort();
            for same in whys.chunk_by(|a, b| a == b) {
                let which = if same.len() == 1 { "which" } else { "each of which" };
                text += &format!("; left out: {}, {which} {}", same.len(), same[0]);
            }
            messages.note(&text);
        }
        SearchEvent::Tried { candidates, rows } => {
            let is_screened = |c: &usize| record.candidates[*c].state == CandidateState::Screened;
            let screened = candidates.iter().filter(|c| is_screened(c)).count();
            if screened > 0 {
                messages.note(&format!(
                    "screening: {}, each without half of the pieces, on {}",
                    count(screened, "wording"),
                    count(rows, "row")
                ));
                return;
            }
            let racing = candidates.iter().filter(|c| **c > 0);
            let gains: Vec<String> = racing
                .filter_map(|c| Some((c, record.candidates[*c].gain?)))
                .map(|(c, gain)| format!("{} {}", candidate_name(*c), points(gain)))
                .collect();
            if !gains.is_empty() {
                messages.note(&format!("{search}after {}: {} points to the start", count(rows, "row"), gains.join(", ")));
            }
        }
        SearchEvent::Adopted { candidate, gain } => messages.note(&format!(
            "{search}{} is adopted: better than what was there, by a test over the whole search; expected gain {} points",
            candidate_name(candidate),
            points(gain)
        )),
        SearchEvent::FoldEnded => {
            if let Some(fold) = record.folds.last() {
                messages.note(&folds::fold(record, fold));
            }
        }
        SearchEvent::Shortened { candidate, gain } => messages.note(&format!(
            "{} is as good as the start within the margin: {} points on the rows that were tried",
            candidate_name(candidate),
            points(gain)
        )),
    }
}

/// Print the page, and write the wording where that is wanted.
pub(super) fn finish(
    place: &CommandContext,
    args: &OptimizeArgs,
    experiment: &ExperimentSpec,
    store: &Store,
    record: &SearchRecord,
) -> anyhow::Result<Exit> {
    let ending = record.ending.as_ref().context("the search has not ended")?;
    let change = match ending.nominee {
        0 => None,
        nominee => match WordingFile::of(&place.project, experiment, record, nominee) {
            // The page can still be shown.
            Err(error @ OptimizeError::OtherRegions { .. }) if !args.yes => {
                place.messages.note(&error.to_string());
                None
            }
            file => Some(file?),
        },
    };
    let report = SearchReport {
        record: record.clone(),
        file_change: change.as_ref().map(WordingFile::unified_diff),
        sealed: moved_rows(place, store, record)?,
        command: place.command(),
    };
    if let Some(path) = &args.output {
        write_search(path, &report)?;
        place.messages.note(&format!("wrote {}", path.display()));
    }
    match args.format {
        OutputFormat::Json => print_json(&search_json(&report)?)?,
        OutputFormat::Human => print_colored(&search_text(
            &report,
            stdout_width(),
            stdout_color(place.global.color),
        ))?,
    }
    let Some(change) = change else {
        return Ok(Exit::Done);
    };
    let keeps = ending.verdict().offers_wording();
    let wants = keeps
        && (args.yes
            || (args.format == OutputFormat::Human
                && confirmed(&format!(
                    "write {}?{}",
                    change.path.display(),
                    match ending.pooled {
                        Some(_) => " Its own gain was not measured",
                        None => "",
                    }
                ))?));
    if !wants {
        place.messages.note("nothing written");
        return Ok(Exit::Done);
    }
    change.write()?;
    place
        .messages
        .note(&format!("wrote {}", change.path.display()));
    if let Some(note) = change.place_in_experiment()? {
        place.messages.note(&note);
    }
    Ok(Exit::Done)
}
