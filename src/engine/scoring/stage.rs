//! The stage of a run that calls models and programs for scores.

use super::{
    super::{
        Clients, EngineError, Plan, aux_endpoint::AuxEndpoints, budget::BudgetTracker,
        control::RunSignal, endpoint_state::EndpointStates, run::Run,
    },
    assertion_scorer::{AssertionScorer, Grader},
    aux_model::{AuxModelClient, NoAnswer},
    content_free::ContentFree,
    embedding_similarity::EmbeddingSimilarity,
    judge::Judge,
    verdict_format::VerdictKind,
};
use crate::{
    child_process::{AllowedCommands, ProgramCommand},
    model::{
        Completion, MetricSummary, Opinion, Outcome, Params, Row, RunEvent, RunId, Score, Scores,
        TrialRecord,
    },
    project::{AssertionPart, Budget, MetricKind, MetricSpec},
    read::answer_text,
    score::{AssertionOutcome, NoReply, Program, named_reply},
    store::ScoreWrite,
};
use parking_lot::Mutex;
use serde_json::json;
use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
};
use tokio::task::JoinSet;

/// Answers that are read from the store at once.
const PAGE: usize = 256;

/// Answers scored at once, at most; the limits of the endpoints decide how many requests are in flight.
const MOST_OPEN: usize = 256;

/// The metrics that need a call.
pub(in crate::engine) struct Scoring {
    askers: Vec<Asker>,
    summaries: Mutex<Vec<MetricSummary>>,
}

/// One of these metrics.
struct Asker {
    /// Place of the metric.
    metric: usize,
    name: String,
    /// The reply of a conversation that it reads; else the last one.
    reply: Option<String>,
    who: Who,
}

impl Asker {
    /// A trial as it is to be scored: with the reply that is read as its answer.
    fn view<'r>(&self, record: &'r TrialRecord) -> Result<Cow<'r, TrialRecord>, NoReply> {
        let Some(name) = &self.reply else {
            return Ok(Cow::Borrowed(record));
        };
        let completion = record.outcome.completion().ok_or(NoReply::Unknown)?;
        let reply = named_reply(completion, name)?;
        Ok(Cow::Owned(TrialRecord {
            outcome: Outcome::Completed(Completion::of_reply(reply)),
            ..record.clone()
        }))
    }
}

enum Who {
    EmbeddingSimilarity(EmbeddingSimilarity),
    Judge(Box<Judge>),
    Program(Box<Program>),
    ContentFree(ContentFree),
    /// One figure of the assertions of rows; the first of those that share an asker owns it.
    Assertions {
        asserted: Arc<AssertionScorer>,
        part: AssertionPart,
        owns: bool,
    },
}

impl Who {
    /// Fetch what these answers need, many in a request.
    async fn prepare(&self, run: &Run, answers: &[(&TrialRecord, &Row)]) {
        match self {
            Who::EmbeddingSimilarity(similarity) => similarity.prepare(run, answers).await,
            Who::Assertions { asserted, .. } => asserted.prepare(run, answers).await,
            Who::Judge(_) | Who::Program(_) | Who::ContentFree(_) => {}
        }
    }
}

/// The new scores of one answer.
struct Scored {
    scores: Scores,
    opinions: Vec<Opinion>,
    /// By the place in [`Scoring::askers`].
    missing: Vec<(usize, String)>,
}

impl Scoring {
    /// Connect to the models and programs; `None` where all metrics are pure functions.
    pub(in crate::engine) async fn open(
        plan: &Plan,
        clients: &Clients,
        endpoints: &EndpointStates,
        total: Option<&Arc<BudgetTracker>>,
    ) -> Result<Option<Arc<Scoring>>, EngineError> {
        let mut askers = Vec::new();
        let mut opened = AuxEndpoints::new(plan, clients);
        for (metric, spec) in plan.scorer.external_metrics() {
            let who = match &spec.kind {
                MetricKind::Similarity { model } => {
                    let helper = opened.open(model).await?;
                    Who::EmbeddingSimilarity(EmbeddingSimilarity::new(model.clone(), helper))
                }
                MetricKind::Judge {
                    model,
                    scale,
                    pairwise,
                    repeats,
                    budget,
                    params,
                    evals,
                    ..
                } => {
                    let Some(rubric) = plan.rubrics.get(&metric) else {
                        continue;
                    };
                    let helper = opened.open(model).await?;
                    let verdict = match (pairwise, evals) {
                        // The package asks for no form.
                        (_, Some(_)) => None,
                        (true, None) => Some(VerdictKind::Preference),
                        (false, None) => Some(VerdictKind::Grade { scale: *scale }),
                    };
                    Who::Judge(Box::new(Judge {
                        metric: metric as u32,
                        questions: AuxModelClient::new(
                            model,
                            helper,
                            verdict,
                            params,
                            BudgetTracker::within(*budget, total),
                            endpoints,
                        )?,
                        rubric: Arc::clone(rubric),
                        scale: *scale,
                        pairwise: *pairwise,
                        repeats: *repeats,
                        params: params.clone(),
                        evals: evals.clone(),
                        baseline: plan.baseline as u32,
                    }))
                }
                MetricKind::Command {
                    command,
                    env,
                    timeout,
                } => Who::Program(Box::new(Program::new(
                    ProgramCommand {
                        words: command.clone(),
                        folder: plan.root.clone(),
                        variables: env.clone(),
                    },
                    AllowedCommands::of_user(),
                    *timeout,
                ))),
                MetricKind::Probability { content_free, .. } => {
                    let mut models = Vec::with_capacity(plan.models.len());
                    for model in &plan.models {
                        let helper = opened.open(model).await?;
                        let budget = BudgetTracker::within(Budget::default(), total);
                        let params = Params::new();
                        let client =
                            AuxModelClient::new(model, helper, None, &params, budget, endpoints)?;
                        models.push(client);
                    }
                    Who::ContentFree(ContentFree::new(metric, content_free, models))
                }
                MetricKind::Assertions { part, .. } => {
                    let shared = shared_scorer(&askers, plan, spec);
                    Who::Assertions {
                        part: part.clone(),
                        owns: shared.is_none(),
                        asserted: match shared {
                            Some(asserted) => asserted,
                            None => {
                                assertion_scorer(plan, &mut opened, endpoints, total, metric, spec)
                                    .await?
                            }
                        },
                    }
                }
                _ => continue,
            };
            askers.push(Asker {
                metric,
                name: spec.name.clone(),
                reply: spec.reply.clone(),
                who,
            });
        }
        let summaries = askers
            .iter()
            .map(|asker| MetricSummary {
                metric: asker.name.clone(),
                ..MetricSummary::default()
            })
            .collect();
        Ok((!askers.is_empty()).then(|| {
            Arc::new(Scoring {
                askers,
                summaries: Mutex::new(summaries),
            })
        }))
    }

    /// The result of each metric.
    pub(in crate::engine) fn summary(&self) -> Vec<MetricSummary> {
        let mut all = self.summaries.lock().clone();
        for (summary, asker) in all.iter_mut().zip(&self.askers) {
            if let Who::ContentFree(content_free) = &asker.who {
                for usage in content_free.models.iter().map(AuxModelClient::usage) {
                    summary.sent += usage.sent;
                    summary.reused += usage.reused;
                    if let Some(cost) = usage.cost_usd {
                        *summary.cost_usd.get_or_insert(0.0) += cost;
                    }
                }
                continue;
            }
            let (judge, similarity) = match &asker.who {
                Who::EmbeddingSimilarity(similarity) => (None, Some(similarity)),
                Who::Judge(judge) => (Some(&judge.questions), None),
                Who::Assertions {
                    asserted,
                    owns: true,
                    ..
                } => {
                    let judge = asserted.judge.as_ref().map(|judge| &judge.questions);
                    (judge, asserted.likeness.as_ref())
                }
                Who::Assertions { .. } | Who::Program(_) | Who::ContentFree(_) => (None, None),
            };
            let usage = judge.map(AuxModelClient::usage).unwrap_or_default();
            summary.sent = usage.sent + similarity.map_or(0, |s| s.sent.load(Ordering::Relaxed));
            (summary.reused, summary.cost_usd) = (usage.reused, usage.cost_usd);
        }
        all
    }

    fn is_missing(&self, scores: &Scores) -> bool {
        let missing = |asker: &Asker| scores.0.get(asker.metric).is_none_or(Score::is_missing);
        self.askers.iter().any(missing)
    }

    /// Count what came of an answer.
    fn count(&self, scored: &Scored, before: &Scores) {
        let mut summaries = self.summaries.lock();
        for (summary, asker) in summaries.iter_mut().zip(&self.askers) {
            let was = before.0.get(asker.metric).is_none_or(Score::is_missing);
            let is = scored.scores.0.get(asker.metric);
            summary.scored += u64::from(was && is.is_some_and(|score| !score.is_missing()));
            let of_it = |o: &&Opinion| o.metric as usize == asker.metric && o.value.is_none();
            summary.unreadable += scored.opinions.iter().filter(of_it).count() as u64;
        }
        for (asker, reason) in &scored.missing {
            if let Some(summary) = summaries.get_mut(*asker) {
                summary.missing += 1;
                summary.reason.get_or_insert_with(|| reason.clone());
            }
        }
    }
}

/// The scorer of a metric over assertions.
async fn assertion_scorer(
    plan: &Plan,
    opened: &mut AuxEndpoints<'_>,
    endpoints: &EndpointStates,
    total: Option<&Arc<BudgetTracker>>,
    metric: usize,
    spec: &MetricSpec,
) -> Result<Arc<AssertionScorer>, EngineError> {
    let MetricKind::Assertions {
        column,
        judge,
        params,
        budget,
        embeddings,
        promptfoo,
        thoughts,
        ..
    } = &spec.kind
    else {
        return Err(EngineError::NoGrader(spec.name.clone()));
    };
    let judge = match (judge, plan.rubrics.get(&metric)) {
        (Some(model), Some(rubric)) => {
            let helper = opened.open(model).await?;
            Some(Grader {
                questions: AuxModelClient::new(
                    model,
                    helper,
                    // promptfoo asks for no form.
                    promptfoo.is_none().then_some(VerdictKind::Rubric),
                    params,
                    BudgetTracker::within(*budget, total),
                    endpoints,
                )?,
                rubric: Arc::clone(rubric),
                params: params.clone(),
            })
        }
        _ => None,
    };
    let likeness = match embeddings {
        Some(model) => {
            let helper = opened.open(model).await?;
            Some(EmbeddingSimilarity::new(model.clone(), helper))
        }
        None => None,
    };
    Ok(Arc::new(AssertionScorer {
        column: column.clone(),
        judge,
        likeness,
        promptfoo: *promptfoo,
        thoughts: *thoughts,
    }))
}

/// The scorer of a metric that differs only in its part.
fn shared_scorer(askers: &[Asker], plan: &Plan, spec: &MetricSpec) -> Option<Arc<AssertionScorer>> {
    let alike = |other: &MetricSpec| {
        let mut kind = other.kind.clone();
        if let (MetricKind::Assertions { part, .. }, MetricKind::Assertions { part: wanted, .. }) =
            (&mut kind, &spec.kind)
        {
            part.clone_from(wanted);
        }
        kind == spec.kind && other.reply == spec.reply
    };
    let metrics: Vec<&MetricSpec> = plan.scorer.metrics().collect();
    askers.iter().find_map(|asker| match &asker.who {
        Who::Assertions { asserted, .. } if metrics.get(asker.metric).is_some_and(|m| alike(m)) => {
            Some(Arc::clone(asserted))
        }
        _ => None,
    })
}

/// Score the answers that have a score missing, until the run is to end.
pub(in crate::engine) async fn score_answers(
    run: &Arc<Run>,
    scoring: &Arc<Scoring>,
    until: RunSignal,
) {
    let channel = &run.channel;
    let (id, answers) = {
        let stats = channel.stats();
        (stats.summary.run.clone(), stats.summary.completed)
    };
    let Some(id) = id else { return };
    let metrics = scoring.askers.iter().map(|a| a.name.clone()).collect();
    let event = RunEvent::ScoringStarted { metrics, answers };
    channel.send(event).await;
    let stage = Stage {
        run: Arc::clone(run),
        scoring: Arc::clone(scoring),
        id,
        until,
    };
    tokio::select! {
        // Answers that are being scored when the run is given up are scored again when it is resumed.
        () = channel.reached(RunSignal::Abort) => {}
        () = Arc::new(stage).score_all() => {}
    }
    for asker in &scoring.askers {
        if let Who::Program(program) = &asker.who {
            program.end().await;
            let text = program.stderr_tail(20);
            if !text.is_empty() {
                let metric = asker.name.clone();
                let event = RunEvent::ProgramStderr { metric, text };
                channel.send(event).await;
            }
        }
    }
}

/// The scoring of one run.
struct Stage {
    run: Arc<Run>,
    scoring: Arc<Scoring>,
    id: RunId,
    /// The signal that ends it.
    until: RunSignal,
}

impl Stage {
    async fn score_all(self: Arc<Stage>) {
        let Stage {
            run,
            scoring,
            id,
            until,
        } = &*self;
        let (channel, until) = (&run.channel, *until);
        let mut open = JoinSet::new();
        let mut last_read = None;
        loop {
            let page = match run.store.answered_after(id, last_read, PAGE) {
                Ok(page) => page,
                Err(error) => return channel.fail(error.to_string()),
            };
            let Some(last) = page.last() else { break };
            last_read = Some(last.id);
            let mut answers: Vec<(TrialRecord, Arc<Row>)> = Vec::new();
            for mut record in page {
                let has_scores = record.scores.0.len() == run.plan.scorer.names().len();
                if has_scores && !scoring.is_missing(&record.scores) {
                    continue;
                }
                let row = match run.plan.dataset.row(record.id.row as usize) {
                    Ok(row) => row,
                    Err(error) => return channel.fail(error.to_string()),
                };
                let trial = record.id;
                if let Outcome::Completed(completion) = &mut record.outcome {
                    let prompt = || run.store.prompt(id, trial);
                    let added = run.plan.add_conversation(trial, &row, completion, prompt);
                    if let Err(error) = added {
                        return channel.fail(error.to_string());
                    }
                }
                if !has_scores && let Some(completion) = record.outcome.completion() {
                    record.scores = run.plan.scorer.score(completion, &row, record.cost_usd);
                }
                if scoring.is_missing(&record.scores) {
                    answers.push((record, row));
                }
            }
            for asker in &scoring.askers {
                let missing = answers
                    .iter()
                    .filter(|(r, _)| r.scores.0[asker.metric].is_missing());
                let views: Vec<(Cow<'_, TrialRecord>, &Row)> = missing
                    .filter_map(|(record, row)| Some((asker.view(record).ok()?, &**row)))
                    .collect();
                let missing: Vec<(&TrialRecord, &Row)> = views
                    .iter()
                    .map(|(record, row)| (&**record, *row))
                    .collect();
                tokio::select! {
                    () = asker.who.prepare(run, &missing) => {}
                    () = channel.reached(until) => {}
                }
            }
            for (record, row) in answers {
                while open.len() >= MOST_OPEN {
                    open.join_next().await;
                }
                channel.unpaused().await;
                if channel.signal() >= until {
                    break;
                }
                let stage = Arc::clone(&self);
                open.spawn(async move {
                    if let Some(scored) = stage.score_answer(&record, &row).await {
                        stage.rescore(record, scored);
                    }
                });
            }
            if channel.signal() >= until {
                break;
            }
        }
        while let Some(ended) = open.join_next().await {
            if let Err(error) = ended {
                channel.fail(format!("a part of the engine failed: {error}"));
            }
        }
    }

    /// Compute the scores that an answer lacks; `None` where the run is being ended.
    async fn score_answer(&self, record: &TrialRecord, row: &Row) -> Option<Scored> {
        let (run, until) = (&*self.run, self.until);
        let mut scored = Scored {
            scores: record.scores.clone(),
            opinions: Vec::new(),
            missing: Vec::new(),
        };
        // The outcome of the assertions of the row, by scorer.
        let mut known: Vec<(&Arc<AssertionScorer>, AssertionOutcome)> = Vec::new();
        for (at, asker) in self.scoring.askers.iter().enumerate() {
            if !record.scores.0.get(asker.metric)?.is_missing() {
                continue;
            }
            let view = match asker.view(record) {
                Ok(view) => view,
                Err(NoReply::Lacking) => {
                    let scorer = &run.plan.scorer;
                    let score = NoReply::LACKING_SCORE;
                    scorer.complete(&mut scored.scores, asker.metric, score);
                    continue;
                }
                Err(NoReply::Unknown) => {
                    let reason = "what was said in its conversation is not stored";
                    scored.missing.push((at, reason.to_owned()));
                    continue;
                }
            };
            let record = &*view;
            if let Who::ContentFree(content_free) = &asker.who {
                match content_free.scores(run, until, record, row).await {
                    Ok(scores) => {
                        let scorer = &run.plan.scorer;
                        scorer.complete_parts(&mut scored.scores, asker.metric, scores);
                    }
                    Err(NoAnswer::Because(reason)) => scored.missing.push((at, reason)),
                    Err(NoAnswer::Interrupted) => return None,
                }
                continue;
            }
            let given = match &asker.who {
                Who::EmbeddingSimilarity(similarity) => similarity.score(run, record, row),
                Who::Judge(judge) => {
                    let opinions = &mut scored.opinions;
                    judge
                        .score(run, &self.id, until, record, row, opinions)
                        .await
                }
                Who::Assertions {
                    asserted,
                    part: AssertionPart::Named(name),
                    ..
                } if !asserted.names(row, name) => continue,
                Who::Assertions { asserted, part, .. } => {
                    let same = known.iter().find(|(by, _)| Arc::ptr_eq(by, asserted));
                    match same {
                        Some((_, outcome)) => Ok(outcome.part(part)),
                        None => {
                            let opinions = &mut scored.opinions;
                            let outcome = asserted
                                .outcome(run, until, record, row, asker.metric as u32, opinions)
                                .await;
                            outcome.map(|outcome| {
                                let score = outcome.part(part);
                                known.push((asserted, outcome));
                                score
                            })
                        }
                    }
                }
                Who::ContentFree(_) => continue,
                Who::Program(program) => {
                    let score = program.score(&self.question(record, row)).await;
                    score.map_err(|error| NoAnswer::Because(error.to_string()))
                }
            };
            match given {
                Ok(score) => run
                    .plan
                    .scorer
                    .complete(&mut scored.scores, asker.metric, score),
                Err(NoAnswer::Because(reason)) => scored.missing.push((at, reason)),
                Err(NoAnswer::Interrupted) => return None,
            }
        }
        Some(scored)
    }

    /// The input of a scoring program.
    fn question(&self, record: &TrialRecord, row: &Row) -> serde_json::Value {
        let id = record.id;
        let variant = self.run.plan.variants.get(id.variant as usize);
        json!({
            "output": record.outcome.completion().map(|c| answer_text(&c.text)),
            "expected": row.expected, "row": row.fields, "row_id": row.id,
            "variant": variant.map(|v| v.name.as_str()), "model": self.run.plan.models.get(id.model as usize),
            "sample": id.sample,
        })
    }

    /// Write the new scores of an answer; counted and announced when they are durable.
    fn rescore(self: &Arc<Stage>, record: TrialRecord, scored: Scored) {
        let before = record.scores.clone();
        let record = Arc::new(TrialRecord {
            scores: scored.scores.clone(),
            ..record
        });
        let askers = &self.scoring.askers;
        let missing: Vec<(u32, String)> = scored
            .missing
            .iter()
            .map(|(at, reason)| (askers[*at].metric as u32, reason.clone()))
            .collect();
        let opinions = scored.opinions.clone();
        let (stage, rescored) = (Arc::clone(self), Arc::clone(&record));
        let told = Box::new(move |written: Result<(), &str>| {
            let (scoring, channel) = (&stage.scoring, &stage.run.channel);
            match written {
                Ok(()) => scoring.count(&scored, &before),
                Err(error) => channel.fail(format!("cannot write to the store: {error}")),
            }
            let named = |(at, reason): (usize, String)| (scoring.askers[at].name.clone(), reason);
            let event = RunEvent::TrialScored {
                record: rescored,
                missing: scored.missing.into_iter().map(named).collect(),
            };
            channel.send_blocking(event, written.is_ok());
        });
        let write = ScoreWrite {
            run: self.run.slot,
            record,
            opinions,
            missing,
            told,
        };
        if let Err(error) = self.run.store.rescore(write) {
            self.run.channel.fail(error.to_string());
        }
    }
}
