//! Carries out a search for a better wording beside the session: its steps, the sealed rows, and its end.

use crate::{
    demo::DemoSpec,
    engine::{Clients, NamedProgram},
    optimize::{OptimizeError, SealedRun, SealedShare, SearchMeans, SearchPlan, SearchRecord},
    project::{ExperimentSpec, Project},
    report::sealed_comparison,
    store::{Store, search_id, unix_now},
    tui::model::{JobResult, WordingSearchSpec},
};
use std::sync::Arc;
use tokio::sync::watch;

/// Search, and open the sealed rows at the end. Every step goes to `emit`.
pub(crate) async fn search_wording(
    project: Project,
    store: Store,
    spec: WordingSearchSpec,
    demo: DemoSpec,
    mut stop: watch::Receiver<bool>,
    emit: &mut (dyn FnMut(JobResult) + Send),
) -> Result<(), OptimizeError> {
    let number = spec.number;
    let before = spec.before.clone();
    let searches = store.clone();
    let reading = tokio::task::spawn_blocking(move || read(project, spec, &searches));
    let (project, experiment, search) = reading
        .await
        .map_err(|e| OptimizeError::Stopped(e.to_string()))??;
    let request = search.request();
    let clients = Clients::open(&project, &request.models(), demo.clone()).await?;
    let (id, started_at) = before.unwrap_or_else(|| (search_id(), unix_now().as_secs() as i64));
    let mut optimizer = search.begin(SearchMeans {
        clients: Arc::new(clients),
        store: store.clone(),
        max_in_flight: None,
        stop: stop.clone(),
        id,
        started_at,
    });
    let moved = |record: &SearchRecord| JobResult::SearchMoved(number, Arc::new(record.clone()));
    emit(moved(&optimizer.record));
    let searched = optimizer.run(&mut |record, _| emit(moved(record))).await;
    emit(moved(&optimizer.record));
    searched?;
    let sealed = match optimizer.nominee() {
        0 => None,
        nominee => {
            emit(JobResult::SearchOpensSealed(number));
            let run = SealedRun::open(&project, &experiment, &optimizer, nominee)?;
            let calls = run.plan.len();
            let clients = Clients::open(&project, &experiment.models, demo).await?;
            let info = run.carry_out(clients, &store, &mut stop).await?;
            let compared = sealed_comparison(&store, info, calls)
                .map_err(|e| OptimizeError::Stopped(e.to_string()))?;
            let none = "no sealed row was answered by both wordings";
            Some(compared.ok_or_else(|| OptimizeError::Stopped(none.into()))?)
        }
    };
    optimizer.end(sealed)?;
    emit(moved(&optimizer.record));
    Ok(())
}

/// Read what a search needs, and refuse programs that nobody has allowed.
fn read(
    project: Project,
    spec: WordingSearchSpec,
    store: &Store,
) -> Result<(Project, ExperimentSpec, SearchPlan), OptimizeError> {
    let (mut request, mut share) = (spec.request, None);
    let is_first = spec.before.is_none();
    if is_first {
        if spec.is_of_settings {
            request = request.with_settings_alone(&project, &spec.experiment)?;
        }
        share = SealedShare::read(&project, &spec.experiment, &request, store)?;
        request = request.with_seal(&spec.experiment, share.as_ref());
    }
    request.require_same_seal(&spec.experiment)?;
    let experiment = request.experiment(&spec.experiment);
    let programs = request.programs(&project, &experiment);
    if let Some(program) = programs.iter().find(|program| !program.is_allowed()) {
        return Err(OptimizeError::Stopped(refused(program)));
    }
    let search = SearchPlan::read(&project, &experiment, &request, share.as_ref())?;
    if is_first {
        search.require_use_of_writer()?;
    }
    Ok((project, experiment, search))
}

fn refused(program: &NamedProgram) -> String {
    format!(
        "{} names a program that was never allowed on this machine; `wording optimize` in a terminal asks for it once",
        program.used_for
    )
}
