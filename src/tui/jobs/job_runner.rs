//! Does the jobs: reads files and the store, computes what takes its time. Runs beside the session; the same code does
//! the jobs of tests, one after the other.

use super::{
    advice::advice,
    estimate::estimate,
    export::{conclude, export, export_current, export_rows},
    project_files::{
        apply_change, create_files, display_path, emit_written, preview_models, read, remove_file,
        write_error,
    },
};
use crate::{
    analysis::analyse,
    dataset::{Dataset, ReadOptions},
    engine::{EngineError, Plan},
    optimize::WordingFile,
    project::Project,
    report::Breakdown,
    scaffold::{DatasetColumns, ScaffoldError, ScaffoldFiles, find_datasets},
    source::replace_file,
    store::{Store, StoreError},
    template::Template,
    tui::model::{Diagnostic, Job, JobResult, arrange, difference, find_row, row_changes},
};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
};

#[derive(Debug, Clone)]
pub struct JobRunner {
    /// Where runs are kept.
    pub store: Store,
    /// The folder beside the runs: what is kept there can be thrown away.
    pub dir: PathBuf,
    /// The number of the latest request for current answers; earlier ones are given up.
    pub(super) newest_request: Arc<AtomicU64>,
}

impl JobRunner {
    pub fn new(store: Store, dir: PathBuf) -> JobRunner {
        JobRunner {
            store,
            dir,
            newest_request: Arc::default(),
        }
    }

    /// Do a job; what comes of it goes to `emit`.
    pub fn work(&self, project: &Project, job: Job, emit: &mut dyn FnMut(JobResult)) {
        match self.job(project, job, emit) {
            Ok(()) => {}
            Err(message) => emit(JobResult::Failed(message)),
        }
    }

    fn job(
        &self,
        project: &Project,
        job: Job,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        let store = &self.store;
        match job {
            Job::Project(file) => {
                let read = Project::load(&file).map_err(|e| e.to_string());
                emit(JobResult::ProjectRead(Box::new(read)));
            }
            Job::Plan(number, spec, off) => match Plan::load(project, &spec) {
                Ok(plan) => {
                    let names = plan.variants.iter().map(|v| v.name.clone()).collect();
                    emit(JobResult::PlanRead(
                        number,
                        Ok(Arc::new(without(plan, &off))),
                        names,
                    ));
                    self.emit_bad_cases(&spec.name, emit)?;
                }
                Err(error) => emit(JobResult::PlanRead(
                    number,
                    Err(error.to_string()),
                    Vec::new(),
                )),
            },
            Job::CurrentAnswers(number, plan) => {
                store.learn_others().map_err(message)?;
                self.current_answers(number, &plan, emit)?;
            }
            Job::Open(id) => {
                let (info, boards) = self.open(&id).map_err(message)?;
                let experiment = info.experiment.clone();
                emit(JobResult::RunRead(Box::new(info), boards));
                self.emit_bad_cases(&experiment, emit)?;
            }
            Job::Other(id, plan, table) => self.other(&id, plan, &table, emit).map_err(message)?,
            Job::Before(asked, plan, table) => {
                let runs = store.runs().map_err(message)?;
                match asked.find(runs) {
                    Some(info) => self
                        .other(&info.id.0, plan, &table, emit)
                        .map_err(message)?,
                    None => emit(JobResult::Done("this experiment has no earlier run".into())),
                }
            }
            Job::Trials(run, ids, plan) => self.trials(run, &ids, plan.as_deref(), emit)?,
            Job::Excerpts(ids, plan) => self.excerpts(&ids, plan.as_deref(), emit)?,
            Job::Opinions(cell, ids) => self.opinions(cell, &ids, emit)?,
            Job::Find(grids, table, spec, rows, from, by) => {
                let found = find_row(&grids, &table, &spec, &rows, from, by);
                emit(JobResult::RowFound(found.map_err(|e| e.to_string())?));
            }
            Job::Arrange(grids, table, spec) => {
                emit(JobResult::RowsArranged(arrange(&grids, &table, &spec)));
            }
            Job::Compare(before, after, link, number, spec) => {
                emit(JobResult::RowsCompared(row_changes(
                    &before, &after, &link, number,
                )));
                if let Some(spec) = spec {
                    let finding = difference(&before, &after, &link, *spec);
                    emit(JobResult::DifferenceFound(number, Box::new(finding)));
                }
            }
            Job::Analyse(change, model, cells, spec) => {
                let analysis = analyse(&cells, &spec);
                emit(JobResult::GridAnalyzed(change, model, Box::new(analysis)));
            }
            Job::BreakDown(of, cells, table, spec) => {
                let found =
                    Breakdown::of_grid(&cells, &table.labels, &table.heads, &table.slices, &spec);
                emit(JobResult::GridBrokenDown(of, Arc::new(found)));
            }
            Job::Advise(spec) => {
                let drawn = advice(project, store, &spec);
                emit(JobResult::AdviceReady(spec.number, Box::new(drawn)));
            }
            Job::KeepBadCase(case) => self.keep_bad_case(&case, emit)?,
            Job::ForgetBadCase(case) => self.forget_bad_case(&case, emit)?,
            Job::PlanEstimate(number, plan) => {
                // Jobs have no order: this one may come before the one that looks for answers.
                store.learn_others().map_err(message)?;
                let estimate = Box::new(estimate(&plan, project, store));
                emit(JobResult::PlanEstimated(number, estimate));
            }
            Job::Preview(spec) => {
                let rendered = spec
                    .plan
                    .preview(&spec.file, &spec.text, &spec.variant, spec.row)
                    .map_err(|error| Diagnostic {
                        serious: true,
                        text: error.to_string(),
                        place: error.place().cloned(),
                    });
                emit(JobResult::PromptPreviewed(spec.number, Box::new(rendered)));
            }
            Job::ReadTemplate(path, line) => {
                let text = read(&path)?;
                emit(JobResult::TemplateRead(path, text, line));
            }
            Job::Runs => self.runs(emit).map_err(message)?,
            Job::DeleteRun(id) => {
                store.delete_run(&id).map_err(message)?;
                emit(JobResult::RunDeleted(id.clone()));
                emit(JobResult::Done(format!(
                    "run {id} deleted; its answers are still in the store"
                )));
                self.runs(emit).map_err(message)?;
            }
            Job::Note(id, note) => {
                store.note(&id, &note).map_err(message)?;
                self.runs(emit).map_err(message)?;
            }
            Job::Create(files) => create_files(files, emit)?,
            Job::Save(path, text) => {
                replace_file(&path, &text).map_err(|e| write_error(&path, &e))?;
                emit(JobResult::FilesChanged(vec![path]));
            }
            Job::PreviewModels(number, file, experiment, models) => {
                let change = preview_models(&file, &experiment, &models);
                emit(JobResult::ModelsPreviewed(number, change));
            }
            Job::Replace(change) => apply_change(change, emit)?,
            Job::FindDatasets(number, root, others) => {
                emit(JobResult::DatasetsFound(
                    number,
                    find_datasets(&root, &others),
                ));
            }
            Job::ReadColumns(number, path) => {
                let read = Dataset::read(&path, &ReadOptions::default())
                    .and_then(|dataset| DatasetColumns::read(&dataset));
                let read = read.map(Arc::new).map_err(|e| e.to_string());
                emit(JobResult::ColumnsRead(number, path, read));
            }
            Job::PreviewExperiment(number, file, draft, columns) => {
                let files = ScaffoldFiles::compose(&file, &draft, &columns)
                    .map(Box::new)
                    .map_err(|error| without_endpoint(&error));
                emit(JobResult::ExperimentPreviewed(number, files));
            }
            Job::WriteExperiment(files) => {
                files.write().map_err(|e| e.to_string())?;
                emit(JobResult::ExperimentWritten(files.name.clone()));
                emit_written(files.paths(), emit);
            }
            Job::AddLevels(template, path, axis, texts) => {
                let after = template
                    .with_levels(&axis, &texts)
                    .map_err(|e| e.to_string())?;
                // What is written must still be a template with these levels.
                Template::parse(template.path.clone(), &after)
                    .map_err(|e| EngineError::Templates(e).to_string())?;
                template.replace(&path, &after).map_err(|e| e.to_string())?;
                emit(JobResult::FilesChanged(vec![path]));
            }
            Job::LastSearch(experiment) => {
                let last = store
                    .searches(&experiment)
                    .map_err(message)?
                    .into_iter()
                    .next();
                // One that a newer version wrote is none that can be shown.
                let record = last.and_then(|json| serde_json::from_str(&json).ok());
                emit(JobResult::SearchRead(experiment, record.map(Arc::new)));
            }
            Job::PreviewWording(spec, record) => {
                let nominee = record.ending.as_ref().map_or(0, |ending| ending.nominee);
                let file = WordingFile::of(project, &spec, &record, nominee);
                let file = file.map(Box::new).map_err(|e| e.to_string());
                emit(JobResult::WordingPreviewed(file));
            }
            Job::WriteWording(file) => {
                file.write().map_err(|e| e.to_string())?;
                let place = file.place_in_experiment().map_err(|e| e.to_string())?;
                emit(JobResult::Done(format!(
                    "wrote {}{}",
                    display_path(&file.path),
                    place.map_or(String::new(), |place| format!("; {place}"))
                )));
                emit(JobResult::FilesChanged(vec![file.path]));
            }
            Job::Remove(path) => remove_file(path, &self.dir.join("removed"), emit)?,
            Job::Conclude(id) => conclude(store, &id, emit)?,
            Job::Export(id, what, path) => {
                let info = store.run(&id.0).map_err(message)?;
                export(project, (store, info), what, &path, emit)?;
            }
            Job::ExportCurrent(plan, what, path) => {
                export_current(project, store, &plan, (what, &path), emit)?
            }
            Job::ExportRows((cells, of), table, rows, path) => {
                export_rows(&cells, of, (&table, &rows), &path, emit)?
            }
        }
        Ok(())
    }
}

fn message(error: StoreError) -> String {
    error.to_string()
}

/// The error of a new experiment, with what to do about an endpoint that is not there.
fn without_endpoint(error: &ScaffoldError) -> String {
    match error {
        ScaffoldError::UnknownEndpoint { name } => {
            let name = crate::display::visible(name);
            format!("{error}; add [endpoint.{name}] with its base_url to wording.toml first")
        }
        other => other.to_string(),
    }
}

/// The plan without the variants switched off; one always stays.
fn without(mut plan: Plan, off: &BTreeSet<String>) -> Plan {
    let keep: Vec<bool> = plan
        .variants
        .iter()
        .map(|v| !off.contains(&v.name))
        .collect();
    if keep.contains(&true) && keep.contains(&false) {
        plan.keep_variants(&keep);
    }
    plan
}
