//! What the result of a job does: each goes to the file that asked for it.

use super::{
    advice, annotation, bad_cases, breakdown, found_answers, model_choice, new_experiment,
    output_reads, paraphrase, plan, plan_estimate, preview, refresh, run, runs, templates,
    wording_search,
};
use crate::tui::model::{Effect, JobResult, Model, Overlay};

/// Take the result of a job.
pub(super) fn finish_job(model: &mut Model, result: JobResult, out: &mut Vec<Effect>) {
    match result {
        JobResult::RunStarted(control) => run::started(model, control, out),
        JobResult::FilesChanged(paths) => plan::touched(model, &paths, out),
        JobResult::StoreChanged => {
            plan::store_changed(model, out);
            wording_search::refresh(model, out);
        }
        JobResult::ProjectRead(read) => plan::project(model, *read, out),
        JobResult::PlanRead(number, read, names) => {
            // An older state of the files, or another experiment, may have taken longer to read.
            if model.jobs.pending.plan != Some(number) {
                return;
            }
            if let Some(run) = plan::planned(model, read, names, out) {
                run::start(model, Some(run), out);
            }
        }
        JobResult::AnswersFound(number, found, newest) => {
            found_answers::loaded(model, number, found, *newest)
        }
        JobResult::RunRead(info, boards) => runs::opened(model, *info, boards, out),
        JobResult::ParaphrasesReady(number, answer) => paraphrase::offered(model, number, *answer),
        JobResult::OtherRunRead(table, boards, link) => {
            runs::compare_with(model, table, boards, link)
        }
        JobResult::RowFound(row) => match row {
            Some(row) => model.cursor.row = row,
            None => model.refuse(format!("no row has {:?}", model.view.search)),
        },
        JobResult::OpinionsRead(cell, opinions) => {
            if model.answers.opinions.0 == Some(cell) {
                model.answers.opinions.1 = opinions;
            }
        }
        JobResult::PromptsRead(run, found) => output_reads::prompts(model, run.as_ref(), found),
        JobResult::TrialsRead(run, asked, records) => {
            output_reads::trials(model, run, &asked, records)
        }
        JobResult::ExcerptsRead(asked, found) => output_reads::excerpts(model, &asked, found),
        JobResult::RowsArranged(arrangement) => refresh::arranged(model, arrangement),
        JobResult::RowsCompared(effects) => refresh::compared(model, effects),
        JobResult::DifferenceFound(number, finding) => refresh::judged(model, number, finding),
        JobResult::GridAnalyzed(change, of, analysis) => {
            refresh::analysed(model, change, of, *analysis)
        }
        JobResult::GridBrokenDown(of, found) => breakdown::take(model, of, found),
        JobResult::AdviceReady(number, drawn) => advice::advised(model, number, *drawn),
        JobResult::BadCasesRead(experiment, cases) => bad_cases::read(model, &experiment, cases),
        JobResult::PlanEstimated(number, estimate) => {
            plan_estimate::estimated(model, number, *estimate)
        }
        JobResult::ModelsListed(number, endpoint, found) => {
            model_choice::listed(model, number, endpoint.clone(), found.clone());
            new_experiment::models_listed(model, number, endpoint, found);
        }
        JobResult::ModelsPreviewed(number, change) => {
            model_choice::previewed(model, number, change);
        }
        JobResult::DatasetsFound(number, found) => {
            new_experiment::datasets_found(model, number, found);
        }
        JobResult::ColumnsRead(number, path, read) => {
            new_experiment::columns_read(model, number, &path, read);
        }
        JobResult::ExperimentPreviewed(number, files) => {
            new_experiment::previewed(model, number, files);
        }
        JobResult::ExperimentWritten(name) => new_experiment::written(model, name),
        JobResult::PromptPreviewed(number, rendered) => preview::take(model, number, *rendered),
        JobResult::TemplateRead(path, text, line) => {
            templates::open_editor(model, path, &text, line)
        }
        JobResult::SearchRead(experiment, record) => {
            wording_search::read(model, &experiment, record)
        }
        JobResult::SearchMoved(number, record) => wording_search::moved(model, number, record),
        JobResult::SearchOpensSealed(number) => wording_search::opens_sealed(model, number),
        JobResult::SearchEnded(number, result) => wording_search::ended(model, number, result, out),
        JobResult::WordingPreviewed(file) => wording_search::previewed(model, file),
        JobResult::RunsListed(lines) => runs::listed(model, lines),
        JobResult::RunDeleted(run) => runs::deleted(model, &run, out),
        JobResult::Annotated(result) => annotation::done(model, result, out),
        JobResult::ProgramClosed(result) => {
            out.push(Effect::Clear);
            if let Err(message) = result {
                model.open(Overlay::Message(message));
            }
        }
        JobResult::Done(text) => model.notify(text),
        JobResult::RunConcluded(text) | JobResult::Failed(text) => {
            model.open(Overlay::Message(text))
        }
    }
}
