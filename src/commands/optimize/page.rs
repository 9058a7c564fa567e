//! What a search prints while it runs and at its end, and the file that it writes on yes.

use super::sealed::moved_rows;
use crate::{
    cli::{OptimizeArgs, OutputFormat},
    commands::{
        confirm::confirmed,
        context::CommandContext,
        origin::typed_command,
        output::{Exit, Messages, print_colored, print_json, stdout_color},
        reword::difference,
    },
    display::{count, visible},
    engine::EngineError,
    narrate::labels::points,
    optimize::{Board, CandidateState, Regions, SearchEvent, SearchRecord, candidate_name},
    project::ExperimentSpec,
    report::{SearchReport, search_json, search_text, write_search},
    store::Store,
    template::{Template, TemplateSet},
};
use anyhow::{Context as _, anyhow};
use std::path::PathBuf;

pub(super) fn tell(messages: &Messages, board: &Board, event: SearchEvent) {
    match event {
        SearchEvent::Proposed { round, candidates, left_out } => {
            let names: Vec<String> = candidates.map(candidate_name).collect();
            let mut text = match names.is_empty() {
                true => format!("round {round}: no new candidate"),
                false => format!("round {round}: {} proposed", names.join(", ")),
            };
            let mut whys: Vec<String> = left_out.iter().map(ToString::to_string).collect();
            whys.sort();
            for same in whys.chunk_by(|a, b| a == b) {
                text += &format!("; left out: {} that {}", same.len(), same[0]);
            }
            messages.note(&text);
        }
        SearchEvent::Tried { candidates, rows } => {
            let is_screened = |c: &usize| board.candidates()[*c].state == CandidateState::Screened;
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
                .map(|c| format!("{} {}", candidate_name(*c), points(board.gain(*c, 0).mean)))
                .collect();
            if !gains.is_empty() {
                messages.note(&format!("after {}: {} points to the start", count(rows, "row"), gains.join(", ")));
            }
        }
        SearchEvent::Adopted { candidate, gain } => messages.note(&format!(
            "{} is adopted: better than what was there, by a test over the whole search; expected gain {} points",
            candidate_name(candidate),
            points(gain)
        )),
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
    let change = match record.nominee() {
        Some(nominee) => Some(changed_file(place, experiment, record, &nominee.texts)?),
        None => None,
    };
    let report = SearchReport {
        record: record.clone(),
        file_change: change
            .as_ref()
            .map(|(template, _, after)| difference(template, after)),
        sealed: moved_rows(place, store, experiment, record)?,
        command: typed_command(),
    };
    if let Some(path) = &args.output {
        write_search(path, &report)?;
        place.messages.note(&format!("wrote {}", path.display()));
    }
    match args.format {
        OutputFormat::Json => print_json(&search_json(&report)?)?,
        OutputFormat::Human => {
            print_colored(&search_text(&report, stdout_color(place.global.color)))?
        }
    }
    let Some((template, path, after)) = change else {
        return Ok(Exit::Done);
    };
    let keeps = ending.verdict().keeps();
    let wants = keeps
        && (args.yes
            || (args.format == OutputFormat::Human
                && confirmed(&format!("write {}?", path.display()))?));
    if !wants {
        place.messages.note("nothing written");
        return Ok(Exit::Done);
    }
    match path == template.path {
        true => template.replace(&path, &after)?,
        false => std::fs::write(&path, &after)
            .with_context(|| format!("cannot write {}", path.display()))?,
    }
    place.messages.note(&format!("wrote {}", path.display()));
    Ok(Exit::Done)
}

/// The file with the new wording: texts of axes are added as levels; other text makes a template of its own beside the old one.
fn changed_file(
    place: &CommandContext,
    experiment: &ExperimentSpec,
    record: &SearchRecord,
    texts: &[String],
) -> anyhow::Result<(Template, PathBuf, String)> {
    let templates = TemplateSet::load(&place.project.root, &experiment.templates)?;
    let variants = templates.variants(
        &experiment.axes,
        &experiment.axis_places,
        &experiment.design,
        experiment.baseline.as_deref(),
    )?;
    let variant = variants.iter().find(|v| v.name == record.start);
    let variant =
        variant.ok_or_else(|| anyhow!("`{}` is no variant any more", visible(&record.start)))?;
    let template = &templates.templates()[variant.template];
    let regions = Regions::of(template, &variant, &record.request.edit)?;
    let source = regions.source(texts);
    let mut path = template.path.clone();
    if *source != *template.source {
        let name = |n: usize| match n {
            1 => format!("{}-optimized.j2", template.name),
            n => format!("{}-optimized-{n}.j2", template.name),
        };
        let free = (1..)
            .map(|n| template.path.with_file_name(name(n)))
            .find(|path| !path.exists());
        path = free.context("no free name for the new template")?;
    }
    let mut after = source;
    for (axis, text) in regions.changed_levels(texts) {
        let parsed = Template::parse(path.clone(), &after).map_err(EngineError::Templates)?;
        after = parsed.with_levels(axis, &[text])?;
    }
    Ok((template.clone(), path, after))
}
