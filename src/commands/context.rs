//! The project that a command works on, the experiment in it, and what was typed over it.
//!
//! Every command but `init`, `serve`, `schema`, `completions` and `man` begins here.

use super::{
    interrupts::Interrupts, output::Messages, remote_call::RemoteCall,
    typed_command::typed_command, user_folder::data_dir,
};
use crate::{
    catalog::unknown_base_model,
    cli::{BareArgs, ExperimentArgs, Global, Overrides},
    engine::Plan,
    model::{MaxTruncated, ModelRef, RecordLimit, VariantNames},
    narrate::quality,
    project::{
        AdviseSpec, Budget, DesignSpec, EndpointSpec, ExperimentSpec, MetricKind, MetricSpec,
        Project, ShotsSpec,
    },
    store::{Store, create_store_folder},
};
use anyhow::{Context as _, anyhow, bail};
use globset::{GlobBuilder, GlobSetBuilder};
use std::path::{Path, PathBuf};

/// The project at hand, and how to speak to the user.
#[derive(Debug)]
pub struct CommandContext {
    pub project: Project,
    pub messages: Messages,
    /// The flags that every command takes.
    pub global: Global,
    /// What to know about where the project came from; one line.
    pub notice: Option<String>,
    /// The call, where a program has called the command.
    pub call: Option<RemoteCall>,
    store: PathBuf,
}

impl CommandContext {
    /// The project named by `--project`, else the nearest one, else the sample project.
    pub fn open(global: &Global) -> anyhow::Result<CommandContext> {
        let place = CommandContext::find(global)?;
        match unknown_base_model(&place.project) {
            Some(problem) => bail!("{problem}"),
            None => Ok(place),
        }
    }

    /// The same for looking at what is stored: what is wrong with prices is only said.
    pub fn open_to_read(global: &Global) -> anyhow::Result<CommandContext> {
        let place = CommandContext::find(global)?;
        if let Some(problem) = unknown_base_model(&place.project) {
            place.messages.warn(&problem.to_string());
        }
        Ok(place)
    }

    fn find(global: &Global) -> anyhow::Result<CommandContext> {
        let messages = Messages::new(global);
        super::prices::install()?;
        let here = std::env::current_dir().context("cannot read the current folder")?;
        let (project, notice) = match project_file(global, &here) {
            Some(file) => (Project::load(&file)?, None),
            None => {
                let dir = data_dir()?.join("sample");
                let project = Project::sample(&dir)?;
                let notice = format!(
                    "no wording.toml in this folder or its parents, using the sample project ({}); \
                     `wording init DIR` creates your own copy",
                    shorten(&dir)
                );
                (project, Some(notice))
            }
        };
        let store = global
            .store
            .clone()
            .unwrap_or_else(|| project.root.join(".wording").join("wording.db"));
        Ok(CommandContext {
            project,
            messages,
            global: global.clone(),
            notice,
            call: None,
            store,
        })
    }

    /// The same for a program that calls the command. Without a project there is nothing to work on: a program has not asked for
    /// the sample.
    pub fn open_for(global: &Global, call: RemoteCall) -> anyhow::Result<CommandContext> {
        let place = CommandContext::open(global)?;
        if place.notice.is_some() {
            bail!(
                "no wording.toml in this folder or its parents; start a project with `wording new`, or name one with `wording mcp --project DIR`"
            );
        }
        let is_stdin = |e: &&ExperimentSpec| e.dataset.as_os_str() == "-";
        if let Some(experiment) = place.project.experiments.iter().find(is_stdin) {
            bail!(
                "[experiment.{}] reads its rows from standard input, where this server is spoken to: save them as a file and name it with `dataset`",
                experiment.name
            );
        }
        Ok(CommandContext {
            messages: Messages::collected(&call.messages),
            call: Some(call),
            ..place
        })
    }

    /// The experiment of this name, or the only one, with what was typed over it.
    pub fn named_experiment(
        &self,
        name: Option<&str>,
        over: &Overrides,
    ) -> anyhow::Result<ExperimentSpec> {
        let mut experiment = self.project.experiment(name)?.clone();
        override_experiment(&mut experiment, over);
        Ok(experiment)
    }

    /// The command line, as typed or as a program could have typed it.
    pub fn command(&self) -> String {
        match &self.call {
            Some(call) => call.command.clone(),
            None => typed_command(),
        }
    }

    /// What ends a run before its end.
    pub(super) fn interrupts(&self) -> std::io::Result<Interrupts> {
        match &self.call {
            Some(call) => Ok(Interrupts::of_call(call.interrupts.clone())),
            None => Interrupts::listen(),
        }
    }

    /// The experiment that was asked for, by name or by flags, with what was typed over it.
    pub fn experiment(
        global: &Global,
        args: &ExperimentArgs,
    ) -> anyhow::Result<(CommandContext, ExperimentSpec)> {
        if args.bare.templates.is_empty() {
            if args.bare.dataset.is_some() {
                bail!("--dataset requires --template, for example --template 'prompts/*.j2'");
            }
            let place = CommandContext::open(global)?;
            let experiment = place.named_experiment(args.experiment.as_deref(), &args.overrides)?;
            return Ok((place, experiment));
        }
        let (place, mut experiment) =
            CommandContext::bare(global, &args.bare, &args.overrides.models)?;
        override_experiment(&mut experiment, &args.overrides);
        Ok((place, experiment))
    }

    /// A project of flags alone; endpoints of a `wording.toml` nearby are known too.
    pub fn bare(
        global: &Global,
        args: &BareArgs,
        models: &[ModelRef],
    ) -> anyhow::Result<(CommandContext, ExperimentSpec)> {
        let here = std::env::current_dir().context("cannot read the current folder")?;
        let near = match &global.project {
            Some(_) => Some(CommandContext::open(global)?.project),
            None => Project::find(&here)
                .map(|file| Project::load(&file))
                .transpose()?,
        };
        let mut endpoints = near
            .as_ref()
            .map(|p| p.endpoints.clone())
            .unwrap_or_default();
        endpoints
            .entry("demo".into())
            .or_insert_with(EndpointSpec::demo);
        let experiment = bare_experiment(args, models)?;
        if let Some(url) = &args.base_url {
            let Some(model) = models.first() else {
                bail!(
                    "--base-url requires --model NAME/MODEL; choose any NAME, MODEL is the server's name for the model"
                );
            };
            if model.is_stand_in() {
                bail!(
                    "`demo` is the built-in endpoint; choose another name for the server at --base-url, for example --model mine/{}",
                    model.model
                );
            }
            let mut endpoint = EndpointSpec::new(model.endpoint.clone(), url.clone());
            endpoint.api_key_env = args.api_key_env.clone();
            endpoints.insert(endpoint.name.clone(), endpoint);
        }
        let store = match (&global.store, &near) {
            (Some(store), _) => store.clone(),
            (None, Some(project)) => project.root.join(".wording").join("wording.db"),
            (None, None) => data_dir()?.join("wording.db"),
        };
        let project = Project {
            root: here,
            file: None,
            endpoints,
            experiments: vec![experiment.clone()],
            stores_prompts: near.as_ref().is_none_or(|project| project.stores_prompts),
        };
        let messages = Messages::new(global);
        Ok((
            CommandContext {
                project,
                messages,
                global: global.clone(),
                notice: None,
                call: None,
                store,
            },
            experiment,
        ))
    }

    /// Whether a `wording.toml` has the experiment, so that commands can name it.
    pub fn names(&self, experiment: &str) -> bool {
        self.project.file.is_some() && self.project.experiment(Some(experiment)).is_ok()
    }

    /// The store of the project.
    pub fn store(&self) -> anyhow::Result<Store> {
        if let Some(dir) = self.store.parent() {
            create_store_folder(dir)
                .with_context(|| format!("cannot create {}, the folder for runs", shorten(dir)))?;
            let ignore = dir.join(".gitignore");
            if dir.file_name().is_some_and(|name| name == ".wording") && !ignore.exists() {
                // Only a courtesy: without it the user sees one more folder in `git status`.
                let _ = std::fs::write(ignore, "*\n");
            }
        }
        Ok(Store::open(&self.store)?)
    }

    /// An error that lists the endpoints where the model's is not one of them.
    pub fn require_endpoint(&self, model: &ModelRef) -> anyhow::Result<()> {
        self.project.require_endpoint(model)?;
        Ok(())
    }

    /// Read everything that the experiment names; `variants` are globs over variant names.
    pub fn plan(&self, experiment: &ExperimentSpec, variants: &[String]) -> anyhow::Result<Plan> {
        for model in &experiment.models {
            self.require_endpoint(model)?;
        }
        let mut plan = Plan::load(&self.project, experiment)?;
        if !variants.is_empty() {
            keep_variants(&mut plan, variants)?;
        }
        Ok(plan)
    }

    /// Give a plan that chooses shots by `similarity` the embeddings that are kept; nobody is asked. Says so where some are
    /// missing.
    pub fn embed_from_store(&self, plan: &Plan) -> anyhow::Result<()> {
        if plan.embedder.is_none() {
            return Ok(());
        }
        let missing = plan.embed_from(&self.store()?)?;
        if missing > 0 {
            self.messages.note(&format!(
                "{missing} embeddings are missing: until a run has fetched them, shots by `similarity` are selected by bm25 here"
            ));
        }
        Ok(())
    }

    /// Say where the project came from, where that is worth a line.
    pub fn announce(&self) {
        if let Some(notice) = &self.notice {
            self.messages.note(notice);
        }
    }
}

/// Rows that have no expected answer, where the main metric needs one, and how to get some.
pub fn without_expected(plan: &Plan) -> Option<String> {
    let rows = plan.dataset.len();
    let note = quality::without_expected(plan.rows_without_expected(), rows)?;
    Some(match plan.experiment.answer {
        None => format!(
            "{note} Name their column with `answer` (--answer); {} has {}",
            plan.dataset.path().display(),
            plan.dataset.columns().join(", ")
        ),
        Some(_) => note,
    })
}

/// Put what was typed over an experiment.
pub fn override_experiment(experiment: &mut ExperimentSpec, over: &Overrides) {
    if !over.models.is_empty() {
        experiment.models.clone_from(&over.models);
    }
    experiment.rows = over.rows.or(experiment.rows);
    experiment.rows_where.clone_from(&over.rows_where);
    experiment.samples = over.samples.unwrap_or(experiment.samples);
    experiment.seed = over.seed.unwrap_or(experiment.seed);
}

/// Restrict a plan to the variants whose names match one of the globs; an exact name always matches itself.
pub fn keep_variants(plan: &mut Plan, globs: &[String]) -> anyhow::Result<()> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        // A variant's name holds brackets, which a glob would read as a class of characters.
        let escaped = glob.replace('[', "[[]");
        set.add(
            GlobBuilder::new(&escaped)
                .literal_separator(false)
                .build()
                .map_err(|e| anyhow!("--variants {glob:?} is not a glob: {e}"))?,
        );
    }
    let set = set.build()?;
    // The names that readers see are accepted too.
    let names = VariantNames::new(&plan.variants).names(plan.baseline);
    let keep: Vec<bool> = plan
        .variants
        .iter()
        .enumerate()
        .map(|(i, v)| set.is_match(&v.name) || set.is_match(&names[i]))
        .collect();
    if !keep.contains(&true) {
        let names: Vec<&str> = plan
            .variants
            .iter()
            .map(|v| v.name.as_str())
            .take(12)
            .collect();
        bail!(
            "no variant matches {}; available: {}",
            globs.join(", "),
            names.join(", ")
        );
    }
    plan.keep_variants(&keep);
    Ok(())
}

fn bare_experiment(args: &BareArgs, models: &[ModelRef]) -> anyhow::Result<ExperimentSpec> {
    let Some(dataset) = &args.dataset else {
        bail!("--template requires --dataset, for example --dataset rows.jsonl");
    };
    if models.is_empty() {
        bail!("--template requires --model, for example --model demo/icl");
    }
    let name = dataset.file_stem().map_or_else(
        || "run".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let metric = if args.labels.is_empty() {
        ("normalized", MetricKind::Normalized)
    } else {
        (
            "label",
            MetricKind::Label {
                labels: args.labels.iter().map(|l| l.as_str().into()).collect(),
            },
        )
    };
    Ok(ExperimentSpec {
        name: if name == "-" { "stdin".into() } else { name },
        templates: args.templates.clone(),
        dataset: dataset.clone(),
        answer: args.answer.clone(),
        id: args.id.clone(),
        cluster: None,
        delimiter: None,
        max_record: RecordLimit::default(),
        slices: Vec::new(),
        sealed: None,
        optimize: Default::default(),
        shots: args.shots.clone(),
        labels: None,
        embeddings: None,
        models: models.to_vec(),
        outputs: Vec::new(),
        baseline: None,
        rows: None,
        rows_where: None,
        samples: 1,
        seed: 7,
        max_truncated: MaxTruncated::default(),
        budget: Budget::default(),
        params: Default::default(),
        tools: Vec::new(),
        tool_command: None,
        axes: Vec::new(),
        axis_places: Default::default(),
        data_places: Default::default(),
        shots_default: ShotsSpec::default(),
        format_sample: None,
        metrics: vec![MetricSpec {
            name: metric.0.into(),
            kind: metric.1,
            weight: 1.0,
            threshold: None,
            reply: None,
        }],
        metric_places: Vec::new(),
        design: DesignSpec::Full,
        advise: AdviseSpec::default(),
    })
}

/// The file named by `--project`, also by its folder, else the nearest one.
pub fn project_file(global: &Global, here: &Path) -> Option<PathBuf> {
    match &global.project {
        Some(path) if path.is_dir() => Some(path.join("wording.toml")),
        Some(path) => Some(path.clone()),
        None => Project::find(here),
    }
}

/// A path as the user would type it: `~` for the home folder.
pub fn shorten(path: &Path) -> String {
    if let Ok(home) = etcetera::home_dir()
        && let Ok(rest) = path.strip_prefix(home)
    {
        return Path::new("~").join(rest).display().to_string();
    }
    path.display().to_string()
}
