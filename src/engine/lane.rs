//! The lanes of a run: as many as may be in flight, each takes the next trial, sees it to its end, and takes the next.
//!
//! A trial that has to wait for a retry gives its lane to a new one, so that waiting holds nobody up.

use super::{
    control::RunSignal,
    order::Schedule,
    policy_queue::{Next, PolicyQueue},
    run::Run,
    target::ModelTarget,
    trial_runner::{NextStep, TrialRunner},
};
use crate::{
    model::{EliminationCause, RunEvent, TrialId},
    policy::Elimination,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{sync::mpsc, task::JoinSet};

/// Where the trials of a model come from.
enum Source {
    /// All of them, in a fixed order; the number of the next one.
    All(Schedule, AtomicU64),
    Policy(Arc<PolicyQueue>),
}

/// The trials of one model that no lane has taken yet.
struct Queue {
    run: Arc<Run>,
    model: u32,
    source: Source,
    target: Arc<ModelTarget>,
    /// Asks for one more lane.
    more_lanes: mpsc::UnboundedSender<()>,
}

impl Queue {
    async fn next(&self) -> Option<TrialId> {
        let (schedule, next) = match &self.source {
            Source::All(schedule, next) => (schedule, next),
            Source::Policy(queue) => {
                let (id, eliminated) = match queue.next().await {
                    Next::Send(id, eliminated) => (Some(id), eliminated),
                    Next::End(eliminated) => (None, eliminated),
                };
                self.announce_eliminations(&eliminated).await;
                return id;
            }
        };
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= schedule.len() {
                return None;
            }
            let (variant, row, sample) = schedule.cell(number);
            let id = TrialId {
                variant,
                model: self.model,
                row,
                sample,
            };
            if self.run.selection.contains(id) {
                return Some(id);
            }
        }
    }

    /// Announce eliminated variants, those that left together in one event.
    async fn announce_eliminations(&self, eliminated: &[(u32, Elimination)]) {
        let mut eliminated = eliminated.to_vec();
        eliminated.sort_by_key(|(_, e)| {
            let by_score = e.cause == EliminationCause::Score;
            (
                e.round,
                e.rows,
                e.cause != EliminationCause::CutAnswers,
                by_score,
            )
        });
        for together in eliminated.chunk_by(|a, b| a.1 == b.1) {
            let (_, Elimination { round, rows, cause }) = together[0];
            let event = RunEvent::VariantsEliminated {
                model: self.model,
                variants: together.iter().map(|(v, _)| *v).collect(),
                round,
                rows,
                cause,
            };
            self.run.channel.send(event).await;
        }
    }

    async fn run_lane(self: Arc<Queue>) {
        let channel = &self.run.channel;
        let runner = TrialRunner {
            run: &self.run,
            target: &self.target,
            replace_lane: &self.more_lanes,
        };
        loop {
            let id = tokio::select! {
                id = self.next() => id,
                () = channel.reached(RunSignal::Stop) => return,
            };
            let Some(id) = id else { return };
            channel.unpaused().await;
            if channel.signal() >= RunSignal::Stop
                || runner.run_trial(id).await == NextStep::EndLane
            {
                return;
            }
        }
    }
}

/// Send all trials of one model.
pub(super) async fn run_model(run: Arc<Run>, model: u32) {
    let Some(target) = run.targets.get(model as usize).cloned() else {
        return;
    };
    let (source, trials) = match run.selection.queues.get(model as usize) {
        Some(queue) => (Source::Policy(Arc::clone(queue)), queue.max_trials()),
        None => {
            let schedule = Schedule::new(&run.plan, run.options.order);
            let trials = schedule.len();
            (Source::All(schedule, AtomicU64::new(0)), trials)
        }
    };
    let lanes_at_first = trials.min(target.limits.max_in_flight() as u64);
    let (more_lanes, mut requested) = mpsc::unbounded_channel();
    let channel = &run.channel;
    let queue = Arc::new(Queue {
        run: Arc::clone(&run),
        model,
        source,
        target,
        more_lanes,
    });
    let mut lanes = JoinSet::new();
    for _ in 0..lanes_at_first {
        lanes.spawn(Arc::clone(&queue).run_lane());
    }
    let mut signal = channel.subscribe();
    loop {
        tokio::select! {
            biased;
            () = channel.reached(RunSignal::Abort) => break,
            Some(()) = requested.recv() => {
                lanes.spawn(Arc::clone(&queue).run_lane());
            }
            Ok(()) = signal.changed() => channel.announce_pause().await,
            ended = lanes.join_next() => match ended {
                Some(Ok(())) => {}
                Some(Err(error)) => channel.fail(format!("a part of the engine failed: {error}")),
                None if requested.is_empty() => return,
                None => {}
            },
        }
    }
    lanes.shutdown().await;
    run.cancel_given_up().await;
}
