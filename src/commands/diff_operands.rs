//! What the operands of `wording diff` name: variants, template files, files of a revision, or runs.

use super::{
    context::{CommandContext, override_experiment},
    run::cap,
};
use crate::{
    cli::DiffArgs,
    engine::{EngineError, Plan},
    model::{VariantNameError, VariantNames},
    project::{DesignSpec, ExperimentSpec},
    source::{as_typed, did_you_mean, nearest},
    store::{RunInfo, Store},
    template::TemplateSet,
};
use anyhow::{Context as _, bail};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A run, or one variant of it: `RUN/VARIANT`.
    Run(String, Option<String>),
    /// A template: its name among the templates of an experiment, and the file that it is or was.
    Template(String, PathBuf),
    /// A variant by its name.
    Variant(String),
}

impl Operand {
    /// A run by its form, else an existing file, else a file of a revision, else a variant.
    pub fn parse(typed: &str, root: &Path) -> anyhow::Result<Operand> {
        let here = std::env::current_dir().context("cannot read the current folder")?;
        if typed == "latest" || typed.starts_with("latest/") || is_run(typed) {
            let (run, variant) = match typed.split_once('/') {
                Some((run, variant)) => (run, Some(variant.to_owned())),
                None => (typed, None),
            };
            return Ok(Operand::Run(run.to_owned(), variant));
        }
        let file = here.join(typed);
        if file.is_file() {
            return Ok(Operand::Template(file.display().to_string(), file));
        }
        if let Some((revision, path)) = typed.split_once(':')
            && revision.chars().count() > 1
            && !revision.contains('[')
            && !path.is_empty()
        {
            // git is asked from the project's folder.
            let real = here.canonicalize().unwrap_or(here).join(path);
            let inside = real
                .strip_prefix(root)
                .map_or_else(|_| PathBuf::from(path), Path::to_path_buf);
            return Ok(Operand::Template(
                format!("{revision}:{}", inside.display()),
                root.join(inside),
            ));
        }
        Ok(Operand::Variant(typed.to_owned()))
    }
}

/// `r-` and characters of a run's id.
fn is_run(typed: &str) -> bool {
    let id = typed.split('/').next().unwrap_or("");
    id.strip_prefix("r-").is_some_and(|rest| {
        (2..=10).contains(&rest.len())
            && rest
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    })
}

/// Plan the operands in the order given; the first is the baseline.
pub fn plan(
    place: &CommandContext,
    bare: Option<ExperimentSpec>,
    args: &DiffArgs,
    operands: &[Operand],
) -> anyhow::Result<Plan> {
    let prepare = |experiment: &ExperimentSpec| {
        let mut experiment = experiment.clone();
        override_experiment(&mut experiment, &args.overrides);
        cap(&mut experiment, &args.send);
        let named: Vec<String> = operands
            .iter()
            .filter_map(|o| match o {
                Operand::Template(name, _) => Some(name.clone()),
                _ => None,
            })
            .collect();
        if named.len() == operands.len() {
            experiment.templates = named;
            keep_used_axes(place, &mut experiment);
        } else {
            experiment.templates.extend(named);
        }
        experiment.baseline = None;
        place.plan(&experiment, &[])
    };
    if let Some(experiment) = bare {
        return arrange(prepare(&experiment)?, None, args, operands);
    }
    let project = &place.project;
    project.check_experiments()?;
    let experiment = match &args.experiment {
        Some(name) => Some(project.experiment(Some(name))?),
        None => match project.experiments.as_slice() {
            [only] if operands.iter().any(|o| matches!(o, Operand::Template(..))) => Some(only),
            all => all.iter().find(|e| has_template(place, e, operands)),
        },
    };
    if let Some(experiment) = experiment {
        let baseline = experiment.baseline.as_deref();
        return arrange(prepare(experiment)?, baseline, args, operands);
    }
    let wanted = |o: &Operand| match o {
        Operand::Variant(name) => Some(name.clone()),
        _ => None,
    };
    let wanted: Vec<String> = operands.iter().filter_map(wanted).collect();
    if wanted.is_empty() {
        let known: Vec<&str> = project
            .experiments
            .iter()
            .map(|e| e.name.as_str())
            .collect();
        bail!(
            "which experiment? Choose one with --experiment: {}",
            known.join(", ")
        );
    }
    let mut names = Vec::new();
    for experiment in &project.experiments {
        let plan = match prepare(experiment) {
            Ok(plan) => plan,
            // Skip experiments that cannot be read; `check` reports them.
            Err(_) if project.experiments.len() > 1 => continue,
            Err(error) => return Err(error),
        };
        let baseline = experiment.baseline.as_deref();
        let shown = VariantNames::new(&plan.variants);
        let shown = shown.aliases(shown.baseline(baseline));
        // A name that may mean several is reported where it is looked up.
        let has = |name: &String| !matches!(shown.find(name), Err(VariantNameError::Unknown(_)));
        if wanted.iter().all(has) {
            return arrange(plan, baseline, args, operands);
        }
        names.extend(plan.variants.into_iter().map(|v| v.name));
    }
    let near = wanted.iter().filter(|n| !names.contains(n)).find_map(|n| {
        nearest(n, names.iter().map(String::as_str))
            .map(|near| format!(" (did you mean `{near}` for `{n}`?)"))
    });
    let some: Vec<&str> = names.iter().map(String::as_str).take(16).collect();
    bail!(
        "no experiment has both {}{}; available: {}",
        wanted
            .iter()
            .map(|n| format!("`{n}`"))
            .collect::<Vec<_>>()
            .join(" and "),
        near.unwrap_or_default(),
        some.join(", ")
    )
}

/// Keep only the axes that the named templates use; the experiment's other templates may use more.
fn keep_used_axes(place: &CommandContext, experiment: &mut ExperimentSpec) {
    // Planning reports templates that cannot be read.
    if let Ok(set) = TemplateSet::load(&place.project.root, &experiment.templates) {
        experiment.axes.retain(|axis| {
            let axis = std::slice::from_ref(axis);
            set.variants(axis, &BTreeMap::new(), &DesignSpec::Full, None)
                .is_ok()
        });
    }
}

/// Whether a template that was named is one of the experiment's.
fn has_template(place: &CommandContext, experiment: &ExperimentSpec, operands: &[Operand]) -> bool {
    let Ok(set) = TemplateSet::load(&place.project.root, &experiment.templates) else {
        return false;
    };
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    operands.iter().any(|o| match o {
        Operand::Template(_, file) => {
            let file = real(file);
            set.templates().iter().any(|t| real(&t.path) == file)
        }
        _ => false,
    })
}

/// Leave the wordings that were named, in their order.
fn arrange(
    mut plan: Plan,
    baseline: Option<&str>,
    args: &DiffArgs,
    operands: &[Operand],
) -> anyhow::Result<Plan> {
    if !plan.templates.problems().is_empty() {
        return Err(EngineError::Templates(plan.templates.problems().to_vec()).into());
    }
    let mut order = Vec::new();
    let typed = std::iter::once(&args.before).chain(&args.after);
    let shown = VariantNames::new(&plan.variants);
    let shown = shown.aliases(shown.baseline(baseline));
    for (operand, typed) in operands.iter().zip(typed) {
        let found = match operand {
            Operand::Variant(name) => match shown.find(name) {
                Err(VariantNameError::Unknown(_)) => None,
                found => Some(found?),
            },
            Operand::Template(name, file) => plan.variants.iter().position(|v| {
                let path = &plan.templates.templates()[v.template].path;
                path == Path::new(name) || *path == as_typed(file)
            }),
            Operand::Run(..) => None,
        };
        let Some(found) = found else {
            let names = shown.own();
            let near = did_you_mean(typed, shown.all());
            bail!(
                "`{typed}` is not a variant of [experiment.{}]{near}; available: {}",
                plan.experiment.name,
                names[..names.len().min(16)].join(", ")
            );
        };
        if order.contains(&found) {
            bail!("`{typed}` is given twice; compare two different variants");
        }
        order.push(found);
    }
    plan.arrange_variants(&order);
    plan.baseline = 0;
    Ok(plan)
}

/// Two runs, and which variant of each.
pub type RunPair = ((usize, usize), (usize, usize));

/// The runs that were named, and the pairs of their variants: `((run, variant), (run, variant))`.
pub fn run_pairs(
    store: &Store,
    operands: &[Operand],
) -> anyhow::Result<(Vec<RunInfo>, Vec<RunPair>)> {
    let mut infos = Vec::new();
    let mut wanted = Vec::new();
    for operand in operands {
        let Operand::Run(id, variant) = operand else {
            bail!("a run can only be compared with a run: use RUN or RUN/VARIANT on both sides");
        };
        let info = store.run(id)?;
        let variant = variant.as_ref().map(|name| info.variant_index(name));
        wanted.push(variant.transpose()?);
        infos.push(info);
    }
    let mut pairs = Vec::new();
    for b in 1..infos.len() {
        let name = |run: usize, v: usize| infos[run].variants[v].name.as_str();
        let same = |run: usize, name: &str| infos[run].variants.iter().position(|v| v.name == name);
        let before = pairs.len();
        match (wanted[0], wanted[b]) {
            (Some(x), Some(y)) => pairs.push(((0, x), (b, y))),
            (Some(x), None) => pairs.extend(same(b, name(0, x)).map(|y| ((0, x), (b, y)))),
            (None, Some(y)) => pairs.extend(same(0, name(b, y)).map(|x| ((0, x), (b, y)))),
            (None, None) => {
                if infos[0].id == infos[b].id {
                    bail!(
                        "{} is given twice; compare two of its variants as {}/VARIANT",
                        infos[0].id,
                        infos[0].id
                    );
                }
                for x in 0..infos[0].variants.len() {
                    pairs.extend(same(b, name(0, x)).map(|y| ((0, x), (b, y))));
                }
                if pairs.len() == before
                    && infos[0].variants.len() == 1
                    && infos[b].variants.len() == 1
                {
                    pairs.push(((0, 0), (b, 0)));
                }
            }
        }
        if pairs.len() == before {
            bail!(
                "{} and {} have no variant with the same name; use RUN/VARIANT for both",
                infos[0].id,
                infos[b].id
            );
        }
    }
    Ok((infos, pairs))
}
