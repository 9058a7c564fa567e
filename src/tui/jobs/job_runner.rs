//! Does the jobs: reads files and the store, computes what takes its time. Runs beside the session; the same code does
//! the jobs of tests, one after the other.

use super::{
    advice::{advice, advice_of_run},
    estimate::estimate,
};
use crate::{
    analysis::{WearFinding, analyse},
    dataset::{Dataset, ReadOptions},
    engine::{
        AnswerPlace, CurrentAnswers, CurrentRun, EngineError, Plan, run_grids, stored_prompt,
        stored_trial, write_bundle,
    },
    model::{ModelRef, Opinion, RunId},
    optimize::WordingFile,
    outcome::{Grid, align_rows},
    project::{Project, with_models},
    report::{Breakdown, RunReport, WriteOptions, wear, write_run},
    scaffold::{DatasetColumns, ScaffoldError, ScaffoldFiles, find_datasets},
    source::replace_file,
    store::{RunInfo, Store, StoreError},
    template::Template,
    tui::model::{
        Diagnostic, ExportKind, FileChange, Job, JobResult, NewestRun, RunLine, Table, arrange,
        difference, excerpt, find_row, listing, row_changes,
    },
};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Largest run whose score is worked out for the list of runs, in trials; larger ones are opened to see it.
const MOST_TRIALS: u64 = 200_000;
/// Runs of the list, newest first, whose score is worked out.
const MOST_SCORED: usize = 40;

#[derive(Debug, Clone)]
pub struct JobRunner {
    /// Where runs are kept.
    pub store: Store,
    /// The folder beside the runs: what is kept there can be thrown away.
    pub dir: PathBuf,
    /// The number of the latest request for current answers; earlier ones are given up.
    newest_request: Arc<AtomicU64>,
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
            Job::Trials(run, ids, plan) => {
                let mut records = Vec::new();
                for (here, there) in &ids {
                    let record = stored_trial(store, plan.as_deref(), *here, there);
                    records.extend(record.map_err(|e| e.to_string())?);
                }
                let mut prompts = Vec::new();
                for (here, there) in &ids {
                    // What can be rendered need not be read.
                    let is_read = plan.as_ref().is_none_or(|plan| {
                        let variant = plan.variants.get(here.variant as usize);
                        variant.is_none_or(|v| plan.is_conversation(v))
                    });
                    if is_read {
                        let prompt = stored_prompt(store, there).map_err(message)?;
                        prompts.push((*here, prompt));
                    }
                }
                if !prompts.is_empty() {
                    emit(JobResult::PromptsRead(run.clone(), prompts));
                }
                let ids = ids.into_iter().map(|(here, _)| here).collect();
                emit(JobResult::TrialsRead(run, ids, records));
            }
            Job::Excerpts(ids, plan) => {
                let mut found = Vec::new();
                for (here, there) in &ids {
                    let record = stored_trial(store, plan.as_deref(), *here, there);
                    let record = record.map_err(|e| e.to_string())?;
                    found.extend(record.and_then(|r| Some((*here, excerpt(&r)?))));
                }
                let ids = ids.into_iter().map(|(here, _)| here).collect();
                emit(JobResult::ExcerptsRead(ids, found));
            }
            Job::Opinions(cell, ids) => {
                let mut opinions = Vec::new();
                for (here, there) in &ids {
                    let AnswerPlace::Trial(run, there) = there else {
                        continue;
                    };
                    let found = store.opinions(run, *there).map_err(message)?;
                    opinions.extend(found.into_iter().map(|o| Opinion { id: *here, ..o }));
                }
                emit(JobResult::OpinionsRead(cell, opinions));
            }
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
                let text = fs::read_to_string(&path)
                    .map_err(|e| format!("cannot read {}: {e}", display_path(&path)))?;
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
            Job::Create(files) => {
                let names: Vec<String> = files.iter().map(|(path, _)| display_path(path)).collect();
                for (path, text) in &files {
                    create(path, text)
                        .map_err(|e| format!("cannot write {}: {e}", display_path(path)))?;
                }
                emit(JobResult::Done(format!("wrote {}", names.join(", "))));
                emit(JobResult::FilesChanged(
                    files.into_iter().map(|(p, _)| p).collect(),
                ));
            }
            Job::Save(path, text) => {
                replace_file(&path, &text)
                    .map_err(|e| format!("cannot write {}: {e}", display_path(&path)))?;
                emit(JobResult::FilesChanged(vec![path]));
            }
            Job::PreviewModels(number, file, experiment, models) => {
                let change = preview_models(&file, &experiment, &models);
                emit(JobResult::ModelsPreviewed(number, change));
            }
            Job::Replace(change) => {
                let name = display_path(&change.path);
                if read(&change.path)? != change.before {
                    return Err(format!(
                        "{name} has changed since the preview; nothing was written"
                    ));
                }
                replace_file(&change.path, &change.after)
                    .map_err(|e| format!("cannot write {name}: {e}"))?;
                emit(JobResult::Done(format!("wrote {name}")));
                emit(JobResult::FilesChanged(vec![change.path]));
            }
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
                let paths = files.paths();
                let names: Vec<String> = paths.iter().map(|path| display_path(path)).collect();
                emit(JobResult::ExperimentWritten(files.name.clone()));
                emit(JobResult::Done(format!("wrote {}", names.join(", "))));
                emit(JobResult::FilesChanged(paths));
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
            Job::Remove(path) => {
                let kept = self
                    .move_to_removed(&path)
                    .map_err(|e| format!("cannot remove {}: {e}", display_path(&path)))?;
                emit(JobResult::Done(format!(
                    "{} removed; a copy is in {}",
                    display_path(&path),
                    display_path(&kept)
                )));
                emit(JobResult::FilesChanged(vec![path]));
            }
            // A run that is not kept came to nothing.
            Job::Conclude(id) => {
                if let Ok(info) = store.run(&id.0) {
                    let report = RunReport::read(store, info).map_err(|e| e.to_string())?;
                    let said: Vec<String> = report
                        .conclusions()
                        .iter()
                        .map(|said| crate::display::visible(said))
                        .collect();
                    if !said.is_empty() {
                        emit(JobResult::RunConcluded(said.join("\n\n")));
                    }
                }
            }
            Job::Export(id, what, path) => {
                let info = store.run(&id.0).map_err(message)?;
                export(project, (store, info), what, &path, emit)?;
            }
            Job::ExportCurrent(plan, what, path) => {
                match CurrentRun::find(&plan, store).map_err(|e| e.to_string())? {
                    Some(CurrentRun::Stored(info)) => {
                        export(project, (store, info), what, &path, emit)?;
                    }
                    Some(CurrentRun::Gathered(store, info)) => {
                        export(project, (&store, info), what, &path, emit)?;
                    }
                    None => return Err("nothing to report: no answer is stored".into()),
                }
            }
            Job::ExportRows((cells, of), table, rows, path) => {
                let form = path
                    .extension()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .to_lowercase();
                let listed = match form.as_str() {
                    "md" | "markdown" => listing::markdown(&cells, &table, of, &rows),
                    "csv" => listing::csv(&cells, &table, of, &rows),
                    _ => {
                        return Err(format!(
                            "{}: unknown format; use .csv or .md",
                            display_path(&path)
                        ));
                    }
                };
                fs::write(&path, listed)
                    .map_err(|e| format!("cannot write {}: {e}", display_path(&path)))?;
                emit(JobResult::Done(format!("wrote {}", display_path(&path))));
            }
        }
        Ok(())
    }

    /// Find what the store knows of a plan, until another plan is asked about.
    fn current_answers(
        &self,
        number: u64,
        plan: &Plan,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), String> {
        let latest = &self.newest_request;
        latest.fetch_max(number, Ordering::Relaxed);
        let mut named: Option<NewestRun> = None;
        CurrentAnswers::find(plan, &self.store, &mut |found| {
            let run = found.sources.runs().into_iter().find_map(|(run, _)| run);
            if named.as_ref().is_none_or(|named| named.run != run) {
                named = Some(self.newest_run(plan, run));
            }
            let newest = Box::new(named.clone().unwrap_or_default());
            emit(JobResult::AnswersFound(number, found.clone(), newest));
            latest.load(Ordering::Relaxed) <= number
        })
        .map_err(|e| e.to_string())
    }

    /// The run that a grid is called by: the newest one shown; where none is, the latest of just this plan.
    fn newest_run(&self, plan: &Plan, shown: Option<RunId>) -> NewestRun {
        let info = match &shown {
            Some(run) => self.store.run(&run.0).ok(),
            None => self.store.latest_of(&plan.experiment.name).ok().flatten(),
        };
        let is_same = info.as_ref().is_some_and(|info| plan.same_as(info).is_ok());
        NewestRun {
            wear: self.wear(plan),
            is_resumable: is_same,
            ended: (info
                .as_ref()
                .filter(|info| is_same && info.state != "finished"))
            .map(|info| info.state.clone()),
            run: shown.or(info.filter(|_| is_same).map(|info| info.id)),
        }
    }

    /// How worn the rows of a plan are, by recent runs.
    fn wear(&self, plan: &Plan) -> Option<WearFinding> {
        let model = plan.models.first()?;
        let sets = wear(&self.store, Some(&plan.experiment.name), MOST_TRIALS).ok()?;
        let own = sets
            .into_iter()
            .filter(|set| !set.sealed && set.model == *model);
        let holds = |rows: usize| rows >= plan.dataset.len();
        own.map(|set| set.finding).find(|found| holds(found.rows))
    }

    fn open(&self, id: &str) -> Result<(RunInfo, Vec<Grid>), StoreError> {
        let info = self.store.run(id)?;
        let boards = run_grids(&self.store, &info)?;
        Ok((info, boards))
    }

    fn other(
        &self,
        id: &str,
        plan: Option<Arc<Plan>>,
        table: &Table,
        emit: &mut dyn FnMut(JobResult),
    ) -> Result<(), StoreError> {
        let (info, boards) = self.open(id)?;
        let other = Table::of_run(info, plan);
        let link = align_rows(&other.heads, &table.heads);
        emit(JobResult::OtherRunRead(Arc::new(other), boards, link));
        Ok(())
    }

    /// The list at once, then with scores.
    fn runs(&self, emit: &mut dyn FnMut(JobResult)) -> Result<(), StoreError> {
        let mut lines = Vec::new();
        for info in self.store.runs()? {
            lines.push(RunLine {
                counts: self.store.counts(&info.id)?,
                info: Arc::new(info),
                scores: None,
            });
        }
        emit(JobResult::RunsListed(lines.clone()));
        for line in lines.iter_mut().take(MOST_SCORED) {
            if line.info.planned() <= MOST_TRIALS {
                line.scores = self.scores(&line.info)?;
            }
        }
        emit(JobResult::RunsListed(lines));
        Ok(())
    }

    fn scores(&self, info: &RunInfo) -> Result<Option<(f64, String, f64)>, StoreError> {
        let board = self.store.grid(info, 0)?;
        let mean = |v: usize| board.totals(v).mean();
        let best = (0..info.variants.len())
            .filter_map(|v| Some((v, mean(v)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        Ok(best.map(|(v, score)| {
            (
                mean(info.baseline).unwrap_or(f64::NAN),
                info.variants[v].name.clone(),
                score,
            )
        }))
    }

    fn move_to_removed(&self, path: &Path) -> io::Result<PathBuf> {
        let dir = self.dir.join("removed");
        fs::create_dir_all(&dir)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let free = (1..)
            .map(|n| dir.join(format!("{n}-{name}")))
            .find(|p| !p.exists())
            .unwrap_or_else(|| dir.join(&*name));
        fs::copy(path, &free)?;
        fs::remove_file(path)?;
        Ok(free)
    }
}

/// Write a run as a report or a bundle.
fn export(
    project: &Project,
    (store, info): (&Store, RunInfo),
    what: ExportKind,
    path: &Path,
    emit: &mut dyn FnMut(JobResult),
) -> Result<(), String> {
    let name = display_path(path);
    if what == ExportKind::Bundle {
        let has_rows = write_bundle(project, store, &info, path).map_err(|e| e.to_string())?;
        emit(JobResult::Done(match has_rows {
            true => format!("wrote {name}; a colleague opens it with: wording open FILE"),
            false => format!(
                "wrote {name} without its rows: the dataset is missing or has changed, or they are sealed"
            ),
        }));
        return Ok(());
    }
    let mut report = RunReport::read(store, info).map_err(|e| e.to_string())?;
    report.advice = advice_of_run(project, store, &report);
    write_run(path, &report, &WriteOptions::default()).map_err(|e| e.to_string())?;
    emit(JobResult::Done(format!("wrote {name}")));
    Ok(())
}

fn message(error: StoreError) -> String {
    error.to_string()
}

fn display_path(path: &Path) -> String {
    crate::source::as_typed(path).display().to_string()
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", display_path(path)))
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

/// What changes in the project file where an experiment has these models. What is written must still be a project.
fn preview_models(
    file: &Path,
    experiment: &str,
    models: &[ModelRef],
) -> Result<FileChange, String> {
    let before = read(file)?;
    let wanted = |_: &[&str]| models.iter().map(ToString::to_string).collect();
    let after = with_models(&before, experiment, wanted)
        .map_err(|e| e.to_string())?
        .ok_or("wording.toml has these models already")?;
    Project::parse(file, after.trim_start_matches('\u{feff}')).map_err(|e| e.to_string())?;
    Ok(FileChange {
        path: file.to_owned(),
        before,
        after,
    })
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .open(path)?;
    file.write_all(text.as_bytes())
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
