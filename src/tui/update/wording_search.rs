//! A search for a better wording: begun, watched, stopped, continued, and its wording written on yes.

use crate::{
    model::ModelRef,
    optimize::{SearchRecord, SearchRequest, WordingFile},
    tui::model::{
        Action, CandidateSource, Confirmation, Effect, Item, Job, LinePurpose, Model, Overlay,
        SearchPhase, TextArea, WordingSearchSpec,
    },
};
use std::sync::Arc;

/// Whether keys are for the search.
pub(super) fn is_on_top(model: &Model) -> bool {
    matches!(
        model.view.overlays.last(),
        Some(Overlay::WordingSearch { .. })
    )
}

/// Show the search of this session, or the last one that is stored.
pub(super) fn open(model: &mut Model, out: &mut Vec<Effect>) {
    if is_on_top(model) {
        model.view.overlays.pop();
        return;
    }
    if model.answers.table.is_err() {
        return model.refuse("no search: the experiment cannot be read");
    }
    if !model.wording_search.is_on() {
        read_last(model, out);
    }
    model.open(Overlay::WordingSearch { at: 0 });
}

/// Another process may have continued the search that is shown.
pub(super) fn refresh(model: &Model, out: &mut Vec<Effect>) {
    let is_shown = |overlay: &Overlay| matches!(overlay, Overlay::WordingSearch { .. });
    if !model.wording_search.is_on() && model.view.overlays.iter().any(is_shown) {
        read_last(model, out);
    }
}

fn read_last(model: &Model, out: &mut Vec<Effect>) {
    out.push(Job::LastSearch(model.spec().name.clone()).into());
}

pub(super) fn read(model: &mut Model, experiment: &str, record: Option<Arc<SearchRecord>>) {
    if model.spec().name == experiment && !model.wording_search.is_on() {
        model.wording_search.record = record;
    }
}

/// Ask who is to propose.
pub(super) fn choose_writer(model: &mut Model) {
    if model.wording_search.is_on() {
        return model.refuse("a search is in progress; x stops it");
    }
    if model.is_running() {
        return model.refuse("a run is in progress; search when it ends");
    }
    let project = &model.workspace.project;
    let mut writers: Vec<ModelRef> = Vec::new();
    let last = (model.wording_search.record.iter()).filter_map(|r| r.request.writer.clone());
    let known = project.experiments.iter().flat_map(|e| e.models.clone());
    let demo = project.endpoints.values().filter(|e| e.demo);
    let demo = demo.map(|e| ModelRef {
        endpoint: e.name.clone(),
        model: "writer".into(),
    });
    for writer in last.chain(known).chain(demo) {
        // A stand-in for a labeller writes nothing.
        let is_demo = project.endpoint(&writer).is_some_and(|e| e.demo);
        if !writers.contains(&writer) && (!is_demo || writer.model == "writer") {
            writers.push(writer);
        }
    }
    let item = |writer: ModelRef| Item {
        label: writer.to_string(),
        hint: match project.endpoint(&writer).is_some_and(|e| e.demo) {
            true => "a stand-in: rewordings by rules".into(),
            false => "proposes rewordings from failures".into(),
        },
        action: Action::SearchWith(CandidateSource::Writer(writer)),
    };
    let mut items: Vec<Item> = writers.into_iter().map(item).collect();
    items.push(Item {
        label: "settings".into(),
        hint: "no writer: other shots, format, levels".into(),
        action: Action::SearchWith(CandidateSource::Settings),
    });
    items.push(Item {
        label: "shorter".into(),
        hint: "no writer: leave out what does nothing".into(),
        action: Action::SearchWith(CandidateSource::Shorter),
    });
    model.open(Overlay::Menu {
        title: "Search for a better wording: who proposes?".into(),
        items,
        at: 0,
    });
}

/// Ask how many calls it may take.
pub(super) fn ask_calls(model: &mut Model, source: CandidateSource) {
    model.wording_search.source = Some(source);
    model.open(Overlay::Line {
        what: LinePurpose::SearchCalls,
        input: TextArea::line(SearchRequest::BUDGET_CALLS.to_string()),
    });
}

/// Begin a search with so many calls.
pub(super) fn begin(model: &mut Model, typed: &str, out: &mut Vec<Effect>) {
    let digits: String = typed
        .chars()
        .filter(|c| !matches!(c, ',' | '_' | ' '))
        .collect();
    let Ok(calls) = digits.parse::<u64>() else {
        return model.refuse("calls are a number, for example 600");
    };
    let Ok(table) = &model.answers.table else {
        return;
    };
    let (Some(asked), variant) = (
        table.models.get(model.cursor.model).cloned(),
        table.names.get(model.cursor.variant).cloned(),
    ) else {
        return model.refuse("the experiment has no model");
    };
    let Some(source) = model.wording_search.source.take() else {
        return;
    };
    let spec = model.spec().clone();
    let request = SearchRequest {
        shorter: (source == CandidateSource::Shorter).then_some(SearchRequest::MARGIN),
        model: asked,
        writer: match &source {
            CandidateSource::Writer(writer) => Some(writer.clone()),
            CandidateSource::Settings | CandidateSource::Shorter => None,
        },
        variant,
        edit: spec.optimize.edit.clone(),
        seed: spec.seed,
        rows: spec.rows,
        rows_where: spec.rows_where.clone(),
        samples: spec.samples,
        budget_calls: calls,
        budget_usd: None,
        writer_calls: SearchRequest::WRITER_CALLS,
        alpha: SearchRequest::ALPHA,
        sealed_share: None,
        seal: None,
        folds: None,
        fold: None,
    }
    .within(&spec.budget);
    let is_of_settings = source == CandidateSource::Settings;
    start(model, request, is_of_settings, None, out);
}

/// Continue the search that is shown.
pub(super) fn resume(model: &mut Model, out: &mut Vec<Effect>) {
    let search = &model.wording_search;
    let is_open = |record: &SearchRecord| record.ending.is_none();
    let by_folds = search
        .record
        .as_ref()
        .filter(|_| search.is_by_folds() && !search.is_on());
    if let Some(record) = by_folds.filter(|record| is_open(record)) {
        let why = format!(
            "this search is judged by folds: `wording optimize {} --resume` continues it",
            record.experiment
        );
        return model.refuse(why);
    }
    let Some(record) = search.record.clone().filter(|_| search.is_resumable()) else {
        return match search.is_on() {
            true => model.refuse("the search is in progress; x stops it"),
            false => choose_writer(model),
        };
    };
    if model.is_running() {
        return model.refuse("a run is in progress; search when it ends");
    }
    let before = Some((record.id.clone(), record.started_at));
    start(model, record.request.clone(), false, before, out);
}

fn start(
    model: &mut Model,
    request: SearchRequest,
    is_of_settings: bool,
    before: Option<(String, i64)>,
    out: &mut Vec<Effect>,
) {
    let experiment = Box::new(model.spec().clone());
    let search = &mut model.wording_search;
    search.number += 1;
    search.phase = SearchPhase::Opening;
    search.trouble = None;
    if before.is_none() {
        search.record = None;
    }
    out.push(Effect::SearchWording(Box::new(WordingSearchSpec {
        number: search.number,
        experiment,
        request,
        is_of_settings,
        before,
    })));
    if !is_on_top(model) {
        model.open(Overlay::WordingSearch { at: 0 });
    }
}

/// Let the calls in flight end, and stop.
pub(super) fn stop(model: &mut Model, out: &mut Vec<Effect>) {
    match model.wording_search.phase {
        SearchPhase::Rest => model.refuse("no search is in progress"),
        SearchPhase::Stopping => {}
        SearchPhase::Opening | SearchPhase::Going | SearchPhase::OnSealedRows => {
            model.wording_search.phase = SearchPhase::Stopping;
            out.push(Effect::StopSearch);
        }
    }
}

/// A step was taken.
pub(super) fn moved(model: &mut Model, number: u64, record: Arc<SearchRecord>) {
    let search = &mut model.wording_search;
    if search.number != number {
        return;
    }
    search.record = Some(record);
    if search.phase == SearchPhase::Opening {
        search.phase = SearchPhase::Going;
    }
}

/// The last comparison begins.
pub(super) fn opens_sealed(model: &mut Model, number: u64) {
    let search = &mut model.wording_search;
    if search.number == number && search.phase == SearchPhase::Going {
        search.phase = SearchPhase::OnSealedRows;
    }
}

/// It ended, or stopped.
pub(super) fn ended(
    model: &mut Model,
    number: u64,
    result: Result<(), String>,
    out: &mut Vec<Effect>,
) {
    if model.wording_search.number != number {
        return;
    }
    let was_told = model.wording_search.phase == SearchPhase::Stopping;
    model.wording_search.phase = SearchPhase::Rest;
    match result {
        Ok(()) => model.notify("the search has ended (W shows it)"),
        Err(_) if was_told => model.notify("the search has stopped; its answers are kept"),
        Err(message) => model.wording_search.trouble = Some(message),
    }
    // The run over the sealed rows, and what trials bought.
    super::plan::store_changed(model, out);
}

/// Show what would be written.
pub(super) fn preview(model: &mut Model, out: &mut Vec<Effect>) {
    if !model.wording_search.keeps_new() {
        return model.refuse("nothing to write: no gain was shown");
    }
    if let Some(record) = model.wording_search.record.clone() {
        out.push(Job::PreviewWording(Box::new(model.spec().clone()), record).into());
    }
}

/// The file is known: ask whether to write it.
pub(super) fn previewed(model: &mut Model, file: Result<Box<WordingFile>, String>) {
    model.open(match file {
        Ok(file) => Overlay::Ask(Confirmation::WriteWording(file, 0)),
        Err(message) => Overlay::Message(message),
    });
}
