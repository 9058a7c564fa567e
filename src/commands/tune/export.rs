//! `wording tune export`: labelled rows and corrected bad cases, checked, as training files.

use super::{
    config::read_export, sent_params::SentParams, spent_rows::spend, training_files::TrainingFiles,
};
use crate::{
    advise::{Labelled, TunedModels, labelled},
    catalog,
    cli::{Global, TuneExportArgs, YesNo},
    commands::{
        advise::latest,
        broken_templates::leave_out_broken,
        context::CommandContext,
        output::{Exit, print_as},
    },
    engine::Plan,
    model::{Message, Prompt, Role, VariantNameError, VariantNames},
    project::Api,
    report::RunReport,
    source::did_you_mean,
    tokens::Counter,
    tune::{
        CheckSpec, Checked, Example, ExportReport, Origin, Reason, TokenLengths, TrainingExample,
        TrainingFormat, check, differences, likeness, most_per_label, split, turn_warnings,
    },
};
use anyhow::{Context as _, bail};
use std::collections::{BTreeMap, HashSet};

/// Most answers whose number is reported: where every row has its own there is no balance.
const ANSWERS: usize = 50;

pub(super) fn export(global: &Global, args: &TuneExportArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    place.announce();
    let experiment = place
        .project
        .experiment(args.experiment.as_deref())?
        .clone();
    if experiment.dataset.as_os_str() == "-" && (experiment.sealed.is_some() || args.spend_rows) {
        bail!(
            "the dataset comes from standard input, where sealed rows cannot be told from training data and none can be spent: name a file"
        );
    }
    let store = place.store()?;
    let mut plan = place.plan(&experiment, &[])?;
    let has_broken_templates = leave_out_broken(&place, &mut plan, "choosing from")?;
    let tuned = TunedModels::find(&place.project, &store)?;
    let last = latest(&store, &experiment.name, &tuned)?;
    let variant = chosen(&plan, last.is_some(), args)?;
    let known = experiment.advise.rooted(&place.project.root).data;
    let data = args.data.as_deref().or(known.as_deref());
    let Labelled {
        mut examples,
        pairs,
        evaluated,
        ..
    } = labelled(&place.project, &plan, &store, data, args.spend_rows)?;
    let trained = &plan.variants[variant].name;
    let params = SentParams::of(&plan, variant);
    params.check_tools(trained)?;
    let other_wordings: HashSet<String> = (pairs.examples.iter().zip(&pairs.wordings))
        .filter(|(_, wordings)| wordings.iter().any(|name| name != trained))
        .map(|(pair, _)| pair.id.clone())
        .collect();
    examples.extend(pairs.examples);
    if args.most_informative {
        let report = last.map(|run| RunReport::read(&store, run)).transpose()?;
        weigh(&mut examples, &evaluated, report.as_ref(), &tuned);
    }
    let seed = args.seed.unwrap_or(experiment.seed);
    let mut found = check(
        examples,
        &CheckSpec {
            evaluated: &evaluated,
            labels: plan.scorer.labels(),
        },
    );
    found.dropped.extend(pairs.left_out);
    let mut training = Vec::new();
    let mut lengths = Vec::new();
    let model = args.model.clone().or_else(|| {
        experiment
            .models
            .iter()
            .find(|m| !tuned.contains(m))
            .cloned()
    });
    let spec = model.as_ref().and_then(|m| place.project.model(m));
    let name = model.as_ref().map_or("", |m| m.model.as_str());
    let counter = Counter::exact(&place.project.root, name, spec)?;
    let endpoint = model
        .as_ref()
        .and_then(|m| place.project.endpoints.get(&m.endpoint));
    let context = args
        .context
        .or_else(|| catalog::facts(name, endpoint).context);
    for example in &found.kept {
        let training_example = training_example(&plan, variant, example, args.shots == YesNo::Yes)?;
        lengths.push(tokens_of(&counter, &training_example));
        training.push(training_example);
    }
    let mut order: Vec<usize> = (0..training.len()).collect();
    let long = |i: usize| context.is_some_and(|c| lengths[i] > c);
    order.retain(|i| !long(*i));
    found.leave_out(|i, _| long(i).then_some(Reason::TooLong));
    if let Some(most) = args.max_per_label {
        let keep = most_per_label(&found.kept, most, args.most_informative, seed);
        order = order
            .iter()
            .zip(&keep)
            .filter_map(|(i, k)| k.then_some(*i))
            .collect();
        found.leave_out(|i, _| (!keep[i]).then_some(Reason::Surplus));
    }
    if found.kept.is_empty() {
        bail!(
            "there is nothing to train on: {}. Name labelled rows that are not evaluated with --data FILE, or correct bad cases (`wording badcases add`)",
            left_out(&found)
        );
    }
    let training: Vec<&TrainingExample> = order.iter().map(|i| &training[*i]).collect();
    let lengths: Vec<u64> = order.iter().map(|i| lengths[*i]).collect();
    // Rated pairs have no label: they are shared out as one.
    let label = |e: &Example| {
        if e.has_right_answer() {
            e.label.clone()
        } else {
            String::new()
        }
    };
    let labels: Vec<String> = found.kept.iter().map(label).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let validation = split(&found.groups, &labels, args.validation, seed);
    let examples_in = |part: bool| {
        let parts = training.iter().zip(&validation);
        parts
            .filter(|(t, v)| **v == part && !t.is_preference_only)
            .count()
    };
    let mut report = ExportReport {
        schema_version: 1,
        experiment: experiment.name.clone(),
        variant: plan.variants[variant].name.clone(),
        shots: args.shots == YesNo::Yes,
        seed,
        train: examples_in(false),
        validation: examples_in(true),
        pairs: training.iter().filter(|l| l.wrong.is_some()).count(),
        rated_pairs: training.iter().filter(|l| l.is_preference_only).count(),
        pairs_of_other_wordings: (found.kept.iter())
            .filter(|e| other_wordings.contains(&e.id))
            .count(),
        origins: origins(&found),
        balance: top(found.balance()),
        tokens: TokenLengths::from_counts(
            lengths,
            (training.iter().map(|example| example.token_bound()))
                .max()
                .unwrap_or(0),
            counter.estimates(),
        ),
        files: Vec::new(),
        left_out: found
            .reasons()
            .into_iter()
            .map(|(r, n)| (r.as_str().to_owned(), n))
            .collect(),
        near_duplicates: found.near.len(),
        differences: Vec::new(),
        warnings: Vec::new(),
        spent: Vec::new(),
    };
    let formats: Vec<TrainingFormat> = if args.formats.is_empty() {
        TrainingFormat::ALL.to_vec()
    } else {
        args.formats.clone()
    };
    report.warnings = ExportReport::warn(&found, report.train);
    let base = model.is_some().then_some(name);
    report
        .warnings
        .extend(turn_warnings(&training, base, &formats));
    report.differences = differences(&training, &formats);
    if args.shots == YesNo::Yes && plan.embedder.is_some() {
        report.differences.push(
            "shots are chosen by `similarity` where the wording is evaluated, and by their words (bm25) in training files, whose rows have no embeddings".into(),
        );
    }
    report.differences.extend(params.differences());
    if endpoint.is_some_and(|endpoint| endpoint.api == Api::Completions) {
        report.differences.push(format!(
            "`{name}` is evaluated as plain text (`api = \"completions\"`), but the base model's chat template will format the training turns differently"
        ));
    }
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("cannot create {}", args.output.display()))?;
    let out = TrainingFiles {
        dir: &args.output,
        training: &training,
        validation: &validation,
    };
    let before = read_export(&args.output).ok();
    for format in formats {
        let files = out.files(format, &mut report.differences)?;
        report.files.extend(files);
    }
    if args.spend_rows {
        spend(
            &place,
            &plan,
            &evaluated,
            &found.kept,
            &args.output,
            &mut report,
        )?;
    }
    if before.is_some_and(|before| before.experiment == report.experiment) {
        for name in out.remove_others(&report.files)? {
            place
                .messages
                .note(&format!("removed {name} of the previous export"));
        }
    }
    out.write(
        "export.json",
        &(serde_json::to_string_pretty(&report)? + "\n"),
    )?;
    out.write("export.md", &report.markdown(&found.dropped))?;
    print_as(args.format, &report, || report.summary(&args.output))?;
    if args.variant.is_none() && plan.variants.len() > 1 {
        place.messages.note(&format!(
            "the examples have one of {} wordings, {}: use it with the tuned model too, or export another with --variant",
            plan.variants.len(),
            report.variant
        ));
    }
    for warning in report.differences.iter().chain(&report.warnings) {
        place.messages.warn(warning);
    }
    Ok(Exit::of(
        !has_broken_templates && report.differences.is_empty(),
    ))
}

/// The wording to train with: a tuned model is to do with little, so by default the shortest.
fn chosen(plan: &Plan, has_run: bool, args: &TuneExportArgs) -> anyhow::Result<usize> {
    if let Some(name) = &args.variant {
        let names = VariantNames::new(&plan.variants).aliases(plan.baseline);
        return match names.find(name) {
            Err(VariantNameError::Unknown(name)) => {
                let near = did_you_mean(&name, names.all());
                bail!("no variant `{name}` in `{}`{near}", plan.experiment.name)
            }
            found => Ok(found?),
        };
    }
    let row = plan.dataset.row(0)?;
    let length = |v: usize| {
        plan.templates
            .render(&plan.variants[v], &row, &[])
            .map_or(usize::MAX, |p| p.content_len())
    };
    // Of the wordings that were measured, the one whose prompt without shots says most is not needed; the baseline is what
    // the user knows best where nothing was run.
    if !has_run {
        return Ok(plan.baseline);
    }
    Ok((0..plan.variants.len())
        .min_by_key(|v| length(*v))
        .unwrap_or(plan.baseline))
}

fn training_example(
    plan: &Plan,
    variant: usize,
    example: &Example,
    shots: bool,
) -> anyhow::Result<TrainingExample> {
    let shown = if shots {
        plan.shots(variant, &example.row)
    } else {
        Vec::new()
    };
    let prompt = plan
        .templates
        .render(&plan.variants[variant], &example.row, &shown)?;
    if prompt.calls() > 1 {
        bail!(
            "the wording `{}` is a conversation, and the dataset does not say what the model should say in between; choose another with --variant",
            plan.variants[variant].name
        );
    }
    let prompt = prompt.call(0);
    // Only the shots are left out: examples that the wording writes out by hand are a part of the prompt that is evaluated.
    if prompt.has_media() {
        bail!(
            "the wording `{}` shows images, audio or files, which training files cannot hold; choose another with --variant",
            plan.variants[variant].name
        );
    }
    if prompt.tools().is_some() {
        bail!(
            "the wording `{}` offers tools, which training files do not hold; choose another with --variant",
            plan.variants[variant].name
        );
    }
    if prompt.has_tool_messages() {
        bail!(
            "the wording `{}` holds calls of tools, which are not written to training files; choose another with --variant",
            plan.variants[variant].name
        );
    }
    let messages = prompt.messages;
    if messages.last().is_some_and(|m| m.role != Role::User) {
        bail!(
            "the wording `{}` does not end with a user message, which training files need; choose another with --variant",
            plan.variants[variant].name
        );
    }
    Ok(TrainingExample {
        messages,
        answer: example.label.clone(),
        wrong: example.wrong.clone().filter(|w| *w != example.label),
        is_preference_only: !example.has_right_answer(),
    })
}

/// Tokens of the prompt with the longer of its answers.
fn tokens_of(counter: &Counter, example: &TrainingExample) -> u64 {
    let answers = std::iter::once(&example.answer).chain(&example.wrong);
    let with = |answer: &String| {
        let mut whole = Prompt::new(example.messages.clone());
        let answer = Message::new(Role::Assistant, answer.clone());
        whole.messages.push(answer);
        counter.prompt(&whole).tokens
    };
    answers.map(with).max().unwrap_or(0)
}

/// Bad cases first, then rows like those that fail or depend on the wording in the latest run.
fn weigh(
    examples: &mut [Example],
    evaluated: &[(String, String)],
    report: Option<&RunReport>,
    tuned: &TunedModels,
) {
    let Some(report) = report else { return };
    let Some(part) = report.models.iter().find(|m| !tuned.contains(&m.model)) else {
        return;
    };
    let mut rows = part.analysis.rows.always_wrong();
    rows.extend(part.analysis.rows.by_fragility());
    let ids: HashSet<String> = rows
        .iter()
        .map(|r| report.info.heads.id(*r).into_owned())
        .collect();
    let hard: Vec<&str> = evaluated
        .iter()
        .filter(|(id, _)| ids.contains(id))
        .map(|(_, text)| text.as_str())
        .collect();
    let texts: Vec<String> = examples.iter().map(|e| e.text.clone()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for (example, like) in examples.iter_mut().zip(likeness(&texts, &hard)) {
        example.weight += like;
    }
}

fn origins(found: &Checked) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for example in &found.kept {
        let word = Origin::as_str(example.origin).to_owned();
        *all.entry(word).or_default() += 1;
    }
    all
}

fn top(balance: BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let mut all: Vec<(String, usize)> = balance.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(ANSWERS);
    all.into_iter().collect()
}

fn left_out(found: &Checked) -> String {
    let reasons: Vec<String> = found
        .reasons()
        .into_iter()
        .map(|(r, n)| format!("{n} left out because {}", r.as_str()))
        .collect();
    if reasons.is_empty() {
        "no labelled row apart from the evaluation".into()
    } else {
        reasons.join(", ")
    }
}
