//! `wording upgrade`: whether another model can take the place of one.

use super::{
    broken_templates::leave_out_broken,
    context::{CommandContext, without_expected},
    gates::{check_gates, check_names, parse_gates, report_gate_failures},
    output::{Exit, print_colored, print_json, stdout_color, stdout_width},
    programs::require_programs,
    run::compared_names,
    stop_switch::StopSwitch,
    texts::texts_of,
};
use crate::{
    catalog::{facts, shutdown_words},
    cli::{Global, OutputFormat, UpgradeArgs},
    demo::DemoSpec,
    display::{count, thousands, visible},
    engine::{Clients, NamedProgram, Plan, require_prices, sample_rows},
    lint::{ModelChat, look_over},
    model::{Date, ModelRef},
    narrate::{labels::first_of, upgrade::verdict_word},
    project::ExperimentSpec,
    report::{
        GateNames, UpgradeReport, VERDICT_COUNTS, WriteOptions, check_page_form, upgrade_facts,
        upgrade_json, upgrade_text, write_upgrade,
    },
    store::Store,
    upgrade::{
        FromAccess, Upgrade, UpgradeEnding, UpgradeError, UpgradeEvent, UpgradeInputs,
        UpgradeRequest, stored_samples,
    },
};
use anyhow::bail;
use std::sync::Arc;

/// Rows that are looked over for what the new model does not take.
const LINTED_ROWS: usize = 5;
/// What the lint knows of models that matters when one takes the place of another.
const MODEL_RULES: [&str; 6] = [
    "shutdown",
    "no-sampling",
    "refused-prefill",
    "system-role",
    "role-order",
    "added-system",
];

/// Compare the models row by row, print the page, hold it against the gates.
pub async fn upgrade(global: &Global, args: &UpgradeArgs) -> anyhow::Result<Exit> {
    let gates = parse_gates(&args.gates)?;
    if let Some(path) = &args.output {
        check_page_form(path)?;
    }
    let (place, mut experiment) = CommandContext::experiment(global, &args.experiment)?;
    place.announce();
    let request = request(args)?;
    let models = [request.from.clone(), request.to.clone()];
    for model in &models {
        place.require_endpoint(model)?;
    }
    experiment.models = models.to_vec();
    experiment.budget.calls = args.budget_calls.or(experiment.budget.calls);
    experiment.budget.usd = args.budget_usd.or(experiment.budget.usd);
    if experiment.budget.usd.is_some() {
        let called = &models[usize::from(args.stored_only)..];
        require_prices(&place.project, called)?;
    }
    let mut plan = place.plan(&experiment, &args.experiment.overrides.variants)?;
    let has_broken_templates = leave_out_broken(&place, &mut plan, "comparing")?;
    if plan.is_empty() {
        bail!(
            "nothing to compare: {}, {}",
            count(plan.variants.len(), "wording"),
            count(plan.dataset.len(), "row")
        );
    }
    if let Some(note) = without_expected(&plan) {
        place.messages.note(&note);
    }
    let names = GateNames {
        counts: VERDICT_COUNTS,
        ..compared_names(&plan)
    };
    check_names(&gates, &names)?;
    place.embed_from_store(&plan)?;
    let store = place.store()?;
    let known = known(&place, &plan, &models)?;
    let (access, clients) = open(&place, args, &experiment, &models).await?;
    let switch = StopSwitch::new()?;
    let mut upgrade = Upgrade::new(UpgradeInputs {
        from_samples: stored_samples(&store, &plan.experiment.name, &request.from)?,
        plan,
        clients,
        store: store.clone(),
        request,
        access,
        max_in_flight: args.max_in_flight,
        stop: switch.receiver(),
    })?;
    announce(&place, &upgrade);
    let names: Vec<String> = upgrade.shown_names();
    let messages = place.messages.clone();
    let compared = upgrade
        .run(&mut |event| messages.note(&told(event, &names)))
        .await;
    match compared {
        Ok(()) => {}
        Err(UpgradeError::Interrupted) => {
            place.messages.error(
                "interrupted; every answer was saved, and the same command continues from there",
            );
            return Ok(Exit::Interrupted);
        }
        Err(error) => return Err(error.into()),
    }
    let report = report(&place, &upgrade, &store, known)?;
    let held = check_gates(&gates, || upgrade_facts(&report))?;
    let options = WriteOptions {
        no_outputs: args.no_outputs,
        held,
        ..WriteOptions::default()
    };
    match args.format {
        OutputFormat::Json => print_json(&upgrade_json(&report, &options))?,
        OutputFormat::Human => print_colored(&upgrade_text(
            &report,
            stdout_width(),
            stdout_color(global.color),
            &options,
        ))?,
    }
    if let Some(path) = &args.output {
        write_upgrade(path, &report, &options)?;
        place.messages.note(&format!("wrote {}", path.display()));
    }
    let held = report_gate_failures(&place.messages, &options.held, &[]);
    Ok(match (upgrade.ending(), held) {
        (Some(UpgradeEnding::Failed(reason)), _) => {
            place.messages.error(reason);
            Exit::Failed
        }
        (_, holds) => Exit::of(holds && !has_broken_templates),
    })
}

/// What was typed.
fn request(args: &UpgradeArgs) -> anyhow::Result<UpgradeRequest> {
    if args.from == args.to {
        bail!("--from and --to are the same model, {}", args.from);
    }
    if !args.experiment.overrides.models.is_empty() {
        bail!("--models has no effect here: the models are those of --from and --to");
    }
    Ok(UpgradeRequest {
        from: args.from.clone(),
        to: args.to.clone(),
        margin: args.margin,
        alpha: args.alpha,
    })
}

/// Whether the old model may be asked, and the clients of those that may. One that cannot be asked counts with its stored answers.
async fn open(
    place: &CommandContext,
    args: &UpgradeArgs,
    experiment: &ExperimentSpec,
    models: &[ModelRef; 2],
) -> anyhow::Result<(FromAccess, Arc<Clients>)> {
    let [from, to] = models;
    let shutdown = facts(&from.model, place.project.endpoint(from)).shutdown;
    let today = Date::today();
    let stored_only = match shutdown.filter(|day| day.days_since(today) < 0) {
        _ if args.stored_only => Some("--stored-only".to_owned()),
        Some(day) => Some(format!("it is {}", shutdown_words(day, today))),
        None => None,
    };
    let asked = match stored_only {
        Some(_) => std::slice::from_ref(to),
        None => &models[..],
    };
    let called = ExperimentSpec {
        models: asked.to_vec(),
        ..experiment.clone()
    };
    require_programs(place, &NamedProgram::of_experiment(&place.project, &called))?;
    let open = |models| Clients::open(&place.project, models, DemoSpec::default());
    if let Some(reason) = stored_only {
        return Ok((FromAccess::StoredOnly(reason), Arc::new(open(asked).await?)));
    }
    Ok(match open(asked).await {
        Ok(clients) => (FromAccess::Callable, Arc::new(clients)),
        Err(error) => {
            // Where it is the new one that cannot be opened, this says so.
            let clients = open(std::slice::from_ref(to)).await?;
            (FromAccess::StoredOnly(error.to_string()), Arc::new(clients))
        }
    })
}

/// What is known of the models: a shutdown, and what the new one does not take.
fn known(
    place: &CommandContext,
    plan: &Plan,
    [from, to]: &[ModelRef; 2],
) -> anyhow::Result<Vec<String>> {
    let variants = plan.space(&plan.experiment.design)?;
    let rows = sample_rows(plan, LINTED_ROWS)?;
    let look = |model: &ModelRef, rules: &[&str]| {
        let chats = ModelChat::of_models(&place.project, std::slice::from_ref(model));
        let warnings = look_over(plan, &variants, &rows, &[], &chats).into_iter();
        let told = warnings.filter(|warning| rules.contains(&warning.rule));
        told.map(|warning| format!("{}.", warning.message))
            .collect::<Vec<String>>()
    };
    Ok([look(from, &["shutdown"]), look(to, &MODEL_RULES)].concat())
}

/// Say what may be sent, before it is.
fn announce(place: &CommandContext, upgrade: &Upgrade) {
    let plan = upgrade.plan();
    let request = upgrade.request();
    let most = plan.variants.len() * plan.dataset.len() * plan.experiment.samples.max(1);
    let stored = match upgrade.access() {
        FromAccess::Callable => String::new(),
        FromAccess::StoredOnly(reason) => {
            format!(
                "; {} counts with its stored answers only: {}",
                request.from,
                visible(reason)
            )
        }
    };
    place.messages.note(&format!(
        "{} × {} with {}: at most {} answers, as few as show a verdict{stored}",
        count(plan.variants.len(), "wording"),
        count(plan.dataset.len(), "row"),
        request.to,
        thousands(most as u64)
    ));
    let (least, rows) = (upgrade.comparison().least_rows(), plan.dataset.len());
    if rows < least {
        place.messages.note(&format!(
            "{} cannot show that {} is equivalent within {} points, even if no score changes: {} can, or a wider --margin",
            count(rows, "row"),
            request.to,
            request.margin * 100.0,
            thousands(least as u64)
        ));
    }
}

fn told(event: UpgradeEvent, names: &[String]) -> String {
    match event {
        UpgradeEvent::FromGone(reason) => format!(
            "the model to be replaced gives no answers, its stored ones count: {}",
            visible(&reason)
        ),
        UpgradeEvent::Tried {
            rows,
            open,
            decided,
        } => {
            let decided: Vec<String> = (decided.iter())
                .map(|(wording, verdict)| {
                    format!("{} {}", visible(&names[*wording]), verdict_word(*verdict))
                })
                .collect();
            let new = match decided.is_empty() {
                true => String::new(),
                false => format!("; {}", first_of(&decided, 4)),
            };
            format!("after {}: {open} open{new}", count(rows, "row"))
        }
    }
}

fn report(
    place: &CommandContext,
    upgrade: &Upgrade,
    store: &Store,
    known: Vec<String>,
) -> anyhow::Result<UpgradeReport> {
    let plan = upgrade.plan();
    let texts = texts_of(plan.dataset.clone(), &plan.run_info(None), Vec::new());
    Ok(UpgradeReport::new(
        upgrade,
        store,
        &texts,
        known,
        place.command(),
    )?)
}
