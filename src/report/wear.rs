//! The ledger of wear: for each set of rows, which wordings were compared on it in whatever run.

use crate::{
    analysis::{TriedWording, WearFinding},
    model::ModelRef,
    store::{RunInfo, Store, StoreError},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Wear of one set of rows by one model's scores.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct RowSetWear {
    pub experiment: String,
    pub model: ModelRef,
    /// The main metric.
    pub metric: String,
    /// Whether these are the sealed rows; then only their openings and wordings are counted.
    pub sealed: bool,
    /// Runs that showed scores on them.
    pub runs: usize,
    #[serde(flatten)]
    pub finding: WearFinding,
}

/// What a wording is known by: its prompts where a run keeps their hash, else its name and the text of its template.
fn wording_key(info: &RunInfo, variant: usize) -> String {
    let hashed =
        (info.keys.as_ref()).and_then(|keys| keys.variants.get(variant).copied().flatten());
    match hashed {
        Some(key) => format!("{key:x}"),
        None => {
            let variant = &info.variants[variant];
            let source = info.templates.get(variant.template);
            format!(
                "{} {}",
                variant.name,
                source.map_or("", |t| t.source.as_str())
            )
        }
    }
}

/// A run that is read for its scores.
struct Shown {
    info: RunInfo,
    /// The set of rows that it is of, and the place there of each of its rows.
    set: usize,
    places: Vec<usize>,
}

/// The wear of all sets of rows of an experiment, or of all experiments; the largest set first. Reads the newest runs, of at most
/// `most` trials together.
pub fn wear(
    store: &Store,
    experiment: Option<&str>,
    most: u64,
) -> Result<Vec<RowSetWear>, StoreError> {
    let mut experiments: BTreeMap<String, Vec<RunInfo>> = BTreeMap::new();
    let mut left = most;
    for info in store.runs()? {
        let is_wanted = experiment.is_none_or(|name| name == info.experiment);
        if is_wanted && let Some(rest) = left.checked_sub(info.planned()) {
            left = rest;
            let runs = experiments.entry(info.experiment.clone()).or_default();
            runs.push(store.run(&info.id.0)?);
        }
    }
    let mut all = Vec::new();
    for (_, mut runs) in experiments {
        runs.reverse();
        all.extend(wear_of_experiment(store, runs)?);
    }
    all.extend(sealed_wear(store, experiment)?);
    Ok(all)
}

fn wear_of_experiment(store: &Store, runs: Vec<RunInfo>) -> Result<Vec<RowSetWear>, StoreError> {
    let (sets, shown) = row_sets(runs);
    let mut all = Vec::new();
    for (number, set) in sets.iter().enumerate() {
        let of_set: Vec<&Shown> = shown.iter().filter(|run| run.set == number).collect();
        let mut groups: BTreeMap<(ModelRef, String), Vec<(&Shown, usize)>> = BTreeMap::new();
        for run in of_set {
            let metric = run.info.metrics.first().cloned().unwrap_or_default();
            for (m, model) in run.info.models.iter().enumerate() {
                let group = groups.entry((model.clone(), metric.clone())).or_default();
                group.push((run, m));
            }
        }
        for ((model, metric), runs) in groups {
            let tried = tried_wordings(store, &runs, set.len())?;
            let seed = runs.first().map_or(0, |(run, _)| run.info.seed);
            all.push(RowSetWear {
                experiment: runs[0].0.info.experiment.clone(),
                model,
                metric,
                sealed: false,
                runs: runs.len(),
                finding: WearFinding::new(&tried, set.len(), seed),
            });
        }
    }
    Ok(all)
}

/// The sets of rows of an experiment's runs, the largest first; a run over a part of a larger set belongs to that.
fn row_sets(runs: Vec<RunInfo>) -> (Vec<BTreeSet<String>>, Vec<Shown>) {
    let ids = |info: &RunInfo| -> Vec<String> {
        (0..info.rows)
            .map(|row| info.heads.id(row).into_owned())
            .collect()
    };
    let mut sets: Vec<BTreeSet<String>> = Vec::new();
    let mut whole: Vec<BTreeSet<String>> = runs
        .iter()
        .map(|info| ids(info).into_iter().collect())
        .collect();
    whole.sort_by_key(|set| std::cmp::Reverse(set.len()));
    for set in whole {
        if !sets.iter().any(|known| set.is_subset(known)) {
            sets.push(set);
        }
    }
    let places: Vec<HashMap<&String, usize>> = sets
        .iter()
        .map(|set| set.iter().enumerate().map(|(i, id)| (id, i)).collect())
        .collect();
    let shown = runs
        .into_iter()
        .filter_map(|info| {
            let own = ids(&info);
            let set = places
                .iter()
                .position(|set| own.iter().all(|id| set.contains_key(id)))?;
            let found = own.iter().filter_map(|id| places[set].get(id).copied());
            let places = found.collect();
            Some(Shown { info, set, places })
        })
        .collect();
    (sets, shown)
}

/// Every wording of these runs once, in the order of the first run that has it; a newer score takes the place of an older one.
fn tried_wordings(
    store: &Store,
    runs: &[(&Shown, usize)],
    rows: usize,
) -> Result<Vec<TriedWording>, StoreError> {
    let mut tried: Vec<TriedWording> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (run, model) in runs {
        let grid = store.grid(&run.info, *model)?;
        for (v, variant) in run.info.variants.iter().enumerate() {
            let at = *known.entry(wording_key(&run.info, v)).or_insert_with(|| {
                tried.push(TriedWording {
                    name: variant.name.clone(),
                    scores: vec![None; rows],
                });
                tried.len() - 1
            });
            for (row, place) in run.places.iter().enumerate() {
                let samples = 0..grid.samples();
                let scores: Vec<f64> = samples.filter_map(|s| grid.score(v, row, s)).collect();
                if !scores.is_empty() {
                    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                    tried[at].scores[*place] = Some(mean);
                }
            }
        }
    }
    tried.retain(|wording| wording.scores.iter().any(Option::is_some));
    Ok(tried)
}

/// The wear of sealed rows, and the wordings that it counts.
type WearAndWordings = (RowSetWear, BTreeSet<String>);

/// Sealed rows: how many wordings were compared on them, without a look at a score.
fn sealed_wear(store: &Store, experiment: Option<&str>) -> Result<Vec<RowSetWear>, StoreError> {
    let mut all: BTreeMap<(String, ModelRef), WearAndWordings> = BTreeMap::new();
    for info in store.all_runs()? {
        let is_wanted = experiment.is_none_or(|name| name == info.experiment);
        if !is_wanted || !info.is_of_sealed_rows() {
            continue;
        }
        for model in &info.models {
            let key = (info.experiment.clone(), model.clone());
            let (wear, wordings) = all.entry(key).or_insert_with(|| {
                let wear = RowSetWear {
                    experiment: info.experiment.clone(),
                    model: model.clone(),
                    metric: info.metrics.first().cloned().unwrap_or_default(),
                    sealed: true,
                    runs: 0,
                    finding: WearFinding::new(&[], info.rows, info.seed),
                };
                (wear, BTreeSet::new())
            });
            wordings.extend((0..info.variants.len()).map(|v| wording_key(&info, v)));
            wear.runs += 1;
            wear.finding.wordings = wordings.len();
        }
    }
    Ok(all.into_values().map(|(wear, _)| wear).collect())
}
