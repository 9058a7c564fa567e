//! `wording diff`: wordings beside each other, what changed in the words, and what came of it.
//!
//! Variants and templates are run over the dataset as `wording run` would; answers already kept are taken, and where a
//! finished run of just these wordings is kept, nothing is run at all. Runs are read as they are.

use super::{
    context::{CommandContext, override_experiment},
    diff_operands::{Operand, RunPair, plan, run_pairs},
    gates::{
        check_gates, check_names, check_required, parse_gates, report_gate_failures, required,
    },
    origin::origin,
    output::{Exit, print, print_colored, print_json, stdout_color, stdout_width},
    run::{cap, compared_names, exit, send, total},
    texts::{row_texts, texts_of},
};
use crate::{
    cli::{DiffArgs, Global, OutputFormat, YesNo},
    diff::{WordingChange, prompt_change, wording_change},
    engine::{Plan, RunOptions, RunSummary, TrialOrder},
    model::{RunId, StopCause, VariantNames},
    project::ExperimentSpec,
    report::{
        ComparedPair, DiffReport, Gate, PairEffects, Provenance, RowTexts, WordingRef, WordingSide,
        WriteOptions, check_form, diff_facts, diff_json, diff_text, diff_verdicts, effects,
        write_diff,
    },
    store::{RunInfo, Store},
    template::Template,
    tokens::Counter,
};
use anyhow::bail;

pub async fn diff(global: &Global, args: &DiffArgs) -> anyhow::Result<Exit> {
    let gates = parse_gates(&args.gates)?;
    if let Some(path) = &args.write.output {
        check_form(path)?;
    }
    let bare = args.bare.dataset.is_some();
    let (place, experiment) = if bare {
        let mut bare = args.bare.clone();
        bare.templates = vec![args.before.clone()];
        let (place, mut experiment) = CommandContext::bare(global, &bare, &args.overrides.models)?;
        override_experiment(&mut experiment, &args.overrides);
        cap(&mut experiment, &args.send);
        experiment.templates = args.bare.templates.clone();
        (place, Some(experiment))
    } else {
        (CommandContext::open(global)?, None)
    };
    let (report, ended) = compare(&place, experiment, args, &gates).await?;
    let options = write_options(args, &report, &gates)?;
    show(global, args, &place, &report, &options)?;
    Ok(diff_exit(&place, &report, &options, ended.as_ref()))
}

/// Compare what the arguments name; where answers are missing they are sent for, and the end of that run is returned too.
pub async fn compare(
    place: &CommandContext,
    bare: Option<ExperimentSpec>,
    args: &DiffArgs,
    gates: &[Gate],
) -> anyhow::Result<(DiffReport, Option<RunSummary>)> {
    let operands: Vec<Operand> = std::iter::once(&args.before)
        .chain(&args.after)
        .map(|typed| Operand::parse(typed, &place.project.root))
        .collect::<Result<_, _>>()?;
    let store = place.store()?;
    if operands.iter().any(|o| matches!(o, Operand::Run(..))) {
        place.announce();
        let (infos, pairs) = run_pairs(&store, &operands)?;
        let texts = row_texts(place, &infos[infos.len() - 1], None);
        let changes = pairs
            .iter()
            .map(|pair| changed_between_runs(place, &infos, *pair))
            .collect::<anyhow::Result<_>>()?;
        let report = build_report(place, args, &store, &infos, &pairs, changes, &texts)?;
        return Ok((report, None));
    }
    let plan = plan(place, bare, args, &operands)?;
    place.announce();
    check_names(gates, &compared_names(&plan))?;
    let pairs: Vec<RunPair> = (1..plan.variants.len()).map(|v| ((0, 0), (0, v))).collect();
    let changes: Vec<WordingChange> = pairs
        .iter()
        .map(|(_, (_, v))| changed_in_plan(place, &plan, *v))
        .collect::<anyhow::Result<_>>()?;
    let dataset = plan.dataset.clone();
    let (id, ended) = answers(place, args, plan, &store).await?;
    let info = store.run(&id.0)?;
    let texts = texts_of(dataset, &info, Vec::new());
    let report = build_report(place, args, &store, &[info], &pairs, changes, &texts)?;
    Ok((report, ended))
}

/// Report what does not hold and why the run ended early; the exit code.
pub fn diff_exit(
    place: &CommandContext,
    report: &DiffReport,
    options: &WriteOptions,
    ended: Option<&RunSummary>,
) -> Exit {
    let wrong = options.required.not_right_in_diff(report);
    let holds = report_gate_failures(&place.messages, &options.held, &wrong);
    match ended {
        Some(ended) => exit(place, ended, holds),
        None => Exit::of(holds),
    }
}

/// The run that has the answers: one that is kept whole, else one that is made now.
async fn answers(
    place: &CommandContext,
    args: &DiffArgs,
    plan: Plan,
    store: &Store,
) -> anyhow::Result<(RunId, Option<RunSummary>)> {
    if args.send.reuse == YesNo::Yes
        && let Some(kept) = kept_run(&plan, store)?
    {
        place
            .messages
            .note(&format!("nothing to send: using the answers of {kept}"));
        return Ok((kept, None));
    }
    let options = RunOptions {
        reuse: args.send.reuse == YesNo::Yes,
        max_in_flight: args.send.max_in_flight,
        note: Some(format!("diff {} {}", args.before, args.after.join(" "))),
        origin: Some(origin(place)),
        order: TrialOrder::Prefix,
        total: total(&plan.experiment, &args.send),
        ..RunOptions::default()
    };
    let ended = send(place, plan, store, options, &args.send).await?;
    if args.send.budget_calls == Some(0) && ended.cause == Some(StopCause::Cap) {
        // Nothing was sent for it.
        if let Some(run) = &ended.run {
            store.delete_run(run)?;
        }
        bail!(
            "answers of these wordings are missing, and a cap of 0 calls sends nothing: raise it"
        );
    }
    match &ended.run {
        Some(id) => Ok((id.clone(), Some(ended))),
        None => bail!(
            "{}",
            ended
                .stopped
                .unwrap_or_else(|| "the run could not start".into())
        ),
    }
}

/// The latest run of just this plan that has every answer.
fn kept_run(plan: &Plan, store: &Store) -> anyhow::Result<Option<RunId>> {
    for info in store.runs()? {
        let alike = info.experiment == plan.experiment.name
            && info.variants == plan.variants
            && info.models == plan.models
            && info.samples == plan.experiment.samples
            && info.metrics == plan.scorer.names()
            && info.shard.is_none();
        if !alike {
            continue;
        }
        let info = store.run(&info.id.0)?;
        if plan.same_as(&info).is_ok() && store.counts(&info.id)?.completed == info.planned() {
            return Ok(Some(info.id));
        }
    }
    Ok(None)
}

/// What changed between the first wording of a plan and another.
fn changed_in_plan(place: &CommandContext, plan: &Plan, v: usize) -> anyhow::Result<WordingChange> {
    let template = |v: usize| plan.templates.templates()[plan.variants[v].template].body();
    let params = &plan.experiment.params;
    let mut change = wording_change(
        (&plan.variants[0], template(0)),
        (&plan.variants[v], template(v)),
        (params, params),
    );
    place.embed_from_store(plan)?;
    change.prompts = Some(prompt_change(plan, [0, v], &counter(place, plan)?)?);
    Ok(change)
}

/// What counts the tokens of the first model asked.
pub(super) fn counter(place: &CommandContext, plan: &Plan) -> anyhow::Result<Counter> {
    Ok(match plan.models.first() {
        Some(model) => Counter::exact(
            &place.project.root,
            &model.model,
            place.project.model(model),
        )?,
        None => Counter::approximate(),
    })
}

/// What changed in the words of a variant of one run to that of another, by the templates that are kept with them.
pub(super) fn change_between(a: (&RunInfo, usize), b: (&RunInfo, usize)) -> WordingChange {
    let body = |(info, v): (&RunInfo, usize)| {
        let kept = info.templates.get(info.variants[v].template);
        kept.map_or(String::new(), |t| {
            let start = Template::parse(t.path.clone(), &t.source).map_or(0, |p| p.body_start);
            t.source[start..].to_owned()
        })
    };
    wording_change(
        (&a.0.variants[a.1], &body(a)),
        (&b.0.variants[b.1], &body(b)),
        (&a.0.params, &b.0.params),
    )
}

/// The same with the prompts that changed, where the project is as it was.
fn changed_between_runs(
    place: &CommandContext,
    infos: &[RunInfo],
    (a, b): RunPair,
) -> anyhow::Result<WordingChange> {
    let mut change = change_between((&infos[a.0], a.1), (&infos[b.0], b.1));
    match replan_both(place, infos, a, b)? {
        Some((plan, of)) => {
            change.prompts = Some(prompt_change(&plan, of, &counter(place, &plan)?)?);
        }
        None => {
            change.not_rendered = Some("the project changed since these runs".to_owned());
        }
    }
    Ok(change)
}

/// The plan of both variants, where the project is still as it was for both runs.
fn replan_both(
    place: &CommandContext,
    infos: &[RunInfo],
    a: (usize, usize),
    b: (usize, usize),
) -> anyhow::Result<Option<(Plan, [usize; 2])>> {
    let (before, after) = (&infos[a.0], &infos[b.0]);
    let Ok(experiment) = place.project.experiment(Some(&after.experiment)) else {
        return Ok(None);
    };
    let mut experiment = experiment.clone();
    experiment.models.clone_from(&after.models);
    experiment.samples = after.samples;
    experiment.seed = after.seed;
    experiment.rows = Some(after.rows);
    let Ok(plan) = place.plan(&experiment, &[]) else {
        return Ok(None);
    };
    let place_of = |info: &RunInfo, v: usize| {
        let variant = &info.variants[v];
        let at = plan.variants.iter().position(|p| p.name == variant.name)?;
        let now = &plan.templates.templates()[plan.variants[at].template];
        let kept = info.templates.get(variant.template)?;
        let same = plan.variants[at].levels == variant.levels
            && *now.source == *kept.source
            && plan.dataset.hash() == info.dataset.1
            && plan.dataset.heads() == &info.heads;
        same.then_some(at)
    };
    Ok(match (place_of(before, a.1), place_of(after, b.1)) {
        (Some(a), Some(b)) => {
            place.embed_from_store(&plan)?;
            Some((plan, [a, b]))
        }
        _ => None,
    })
}

fn build_report(
    place: &CommandContext,
    args: &DiffArgs,
    store: &Store,
    infos: &[RunInfo],
    pairs: &[RunPair],
    changes: Vec<WordingChange>,
    texts: &RowTexts,
) -> anyhow::Result<DiffReport> {
    let of = |(run, variant): (usize, usize)| WordingRef {
        info: &infos[run],
        variant,
    };
    let wordings: Vec<_> = pairs.iter().map(|(a, b)| (of(*a), of(*b))).collect();
    let PairEffects { of_pairs, served } = effects(store, &wordings, texts)?;
    let shown: Vec<Vec<String>> = (infos.iter())
        .map(|info| VariantNames::new(&info.variants).names(info.baseline))
        .collect();
    let side = |(run, v): (usize, usize)| {
        let info = &infos[run];
        let names = [&info.variants[v].name, &shown[run][v]].map(|name| {
            if infos.len() > 1 {
                format!("{}/{name}", info.id)
            } else {
                name.clone()
            }
        });
        WordingSide::from_run(info, v, names.into())
    };
    let pairs: Vec<ComparedPair> = pairs
        .iter()
        .zip(changes)
        .zip(of_pairs)
        .map(|(((a, b), change), effects)| ComparedPair {
            before: side(*a),
            after: side(*b),
            change,
            effects,
        })
        .collect();
    let mut distinct: Vec<&RunInfo> = Vec::new();
    for info in infos {
        if !distinct.iter().any(|i| i.id == info.id) {
            distinct.push(info);
        }
    }
    let none = Vec::new();
    let runs: Vec<_> = distinct
        .into_iter()
        .map(|info| (info, served.get(&info.id.0).unwrap_or(&none)))
        .collect();
    let title = args
        .write
        .title
        .clone()
        .unwrap_or_else(|| match &pairs[..] {
            [only] => format!("{} → {}", only.before.name, only.after.name),
            all if all.len() <= 3 && infos.len() == 1 => {
                let names: Vec<&str> = all.iter().map(|p| p.after.name.as_str()).collect();
                format!("{} → {}", args.before, names.join(", "))
            }
            all => format!(
                "{} → {}: {} pairs",
                args.before,
                args.after.join(", "),
                all.len()
            ),
        });
    Ok(DiffReport {
        title,
        note: args.write.note.clone(),
        advisable: infos.last().is_some_and(|i| place.names(&i.experiment)),
        experiment: infos.last().map_or(String::new(), |i| i.experiment.clone()),
        provenance: Provenance::new(&runs, Some(place.command())),
        ..DiffReport::new(pairs)
    })
}

/// How a diff is written, and the gates and required rows that it is held against.
pub fn write_options(
    args: &DiffArgs,
    report: &DiffReport,
    gates: &[Gate],
) -> anyhow::Result<WriteOptions> {
    let required = required(&args.write.require);
    let there =
        |id: &str| {
            report.pairs.iter().flat_map(|p| &p.effects).any(|e| {
                e.rows.iter().any(|r| r.row_id == id) || e.same.iter().any(|r| r.row_id == id)
            })
        };
    check_required(&required, there)?;
    Ok(WriteOptions {
        no_outputs: args.write.no_outputs,
        held: check_gates(gates, || diff_facts(report))?,
        required,
        ..WriteOptions::default()
    })
}

/// Write or print it.
fn show(
    global: &Global,
    args: &DiffArgs,
    place: &CommandContext,
    report: &DiffReport,
    options: &WriteOptions,
) -> anyhow::Result<()> {
    match (&args.write.output, args.write.format) {
        (Some(path), _) => {
            write_diff(path, report, options)?;
            place.messages.note(&format!("wrote {}", path.display()));
            print(&diff_verdicts(report, stdout_width().text))?;
        }
        (None, OutputFormat::Json) => print_json(&diff_json(report, options))?,
        (None, OutputFormat::Human) => print_colored(&diff_text(
            report,
            stdout_width().text,
            stdout_color(global.color),
            options,
        ))?,
    }
    Ok(())
}
