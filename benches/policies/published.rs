//! The race beside published methods, each with the same calls: TRIPLE (Shi et al. 2024) by sequential halving (Karnin et al. 2013)
//! and by continuous rejects (Wang et al. 2023), and PromptEval's estimate (Maia Polo et al. 2024). All see rows in the same
//! random order, which is to their advantage: rows drawn for each variant by itself compare worse.

use super::{
    each, mean,
    recorded::{NAMES, REAL, Recorded},
    share,
};
use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};
use rand_distr::{Distribution, StandardNormal};
use wording::{
    model::{PolicySpec, VariantAliases},
    policy::{PolicyConclusion, TrialSpace, replay},
};

const SHARE: f64 = 0.15;

impl Recorded {
    fn score(&self, variant: usize, row: u32) -> f64 {
        self.grid.score(variant, row as usize, 0).unwrap()
    }

    fn loss(&self, variant: usize) -> f64 {
        self.best() - self.means[variant]
    }

    /// Best first by these values, equals in random order.
    fn order(&self, variants: &[usize], value: impl Fn(usize) -> f64, seed: u64) -> Vec<usize> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut keyed: Vec<(f64, u64, usize)> = (variants.iter())
            .map(|v| (value(*v), rng.next_u64(), *v))
            .collect();
        keyed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        keyed.into_iter().map(|(_, _, v)| v).collect()
    }
}

/// ⌈log₂ V⌉ phases with equal calls; the better half by the mean of the phase stays.
fn sequential_halving(grid: &Recorded, seed: u64) -> f64 {
    let space = grid.field(seed);
    let phases = grid.variants.next_power_of_two().trailing_zeros() as usize;
    let calls = grid.calls(SHARE) as usize;
    let mut alive: Vec<usize> = (0..grid.variants).collect();
    let mut from = 0;
    for _ in 0..phases {
        let rows = (calls / (alive.len() * phases)).min(grid.rows - from);
        let phase = &space.order()[from..from + rows];
        let value = |v: usize| phase.iter().map(|row| grid.score(v, *row)).sum();
        let order = grid.order(&alive, value, seed);
        alive = order[..alive.len().div_ceil(2)].to_vec();
        from += rows;
    }
    grid.loss(alive[0])
}

/// All that remain are tried alike; the worst leaves once it is so far below the mean of the others that waiting does not pay.
fn continuous_rejects(grid: &Recorded, seed: u64) -> f64 {
    let space = grid.field(seed);
    let calls = grid.calls(SHARE) as usize;
    let mut alive: Vec<usize> = (0..grid.variants).collect();
    let mut sums = vec![0.0; grid.variants];
    // Calls of those that left, and the rows of the last of them.
    let (mut spent, mut last) = (0, 0);
    for (at, row) in space.order().iter().enumerate() {
        let rows = at + 1;
        if alive.len() == 1 || spent + alive.len() * rows > calls {
            break;
        }
        alive.iter().for_each(|v| sums[*v] += grid.score(*v, *row));
        while alive.len() > 1 && rows > last {
            let n = alive.len();
            let order = grid.order(&alive, |v| sums[v], seed ^ at as u64);
            let worst = order[n - 1];
            let others = order[..n - 1].iter().map(|v| sums[*v]).sum::<f64>() / (n - 1) as f64;
            let gap = (others - sums[worst]) / rows as f64;
            let log: f64 = 0.5 + (2..=n).map(|k| 1.0 / k as f64).sum::<f64>();
            let beta = (n * rows) as f64 * log / (calls - spent) as f64;
            if gap < 1.0 / beta.sqrt() - 1.0 {
                break;
            }
            alive.retain(|v| *v != worst);
            spent += rows;
            last = rows;
        }
    }
    grid.loss(grid.order(&alive, |v| sums[v], seed)[0])
}

/// The highest estimate of the Rasch model from a balanced sample, with or without the axes as covariates.
fn prompt_eval(grid: &Recorded, covariates: bool, seed: u64) -> f64 {
    let factors = match covariates {
        true => grid.factors.clone(),
        false => Vec::new(),
    };
    let space = TrialSpace::from_clusters(grid.variants, grid.rows, 1, factors, &[], seed);
    let names: Vec<String> = (0..grid.variants).map(|v| format!("v{v}")).collect();
    let names = VariantAliases::new(names.clone(), names);
    let calls = grid.calls(SHARE);
    let found = replay(
        &PolicySpec::Estimate { calls },
        &space,
        &names,
        1,
        &grid.grid,
    );
    let PolicyConclusion::Estimate(Some(band)) = found.unwrap().conclusion else {
        panic!()
    };
    grid.loss(band.best_variant as usize)
}

/// A grid that no method was fitted to: a probit model with axes of four, four and two levels that also act on single rows.
fn simulated(seed: u64) -> Recorded {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut normal = |scale: f64| -> f64 {
        let x: f64 = StandardNormal.sample(&mut rng);
        scale * x
    };
    let (effects, difficulty, interaction) = (0.15, 1.2, 0.4);
    let axes = |v: usize| [v % 4, 4 + v / 4 % 4, 8 + v / 16];
    let levels: Vec<f64> = (0..10).map(|_| normal(effects)).collect();
    let own: Vec<f64> = (0..32).map(|_| 0.6 + normal(0.5 * effects)).collect();
    let mut scores = vec![Vec::new(); 32];
    for _ in 0..300 {
        let row = normal(difficulty);
        let here: Vec<f64> = (0..10).map(|_| normal(interaction)).collect();
        for (v, scores) in scores.iter_mut().enumerate() {
            let shared: f64 = axes(v).iter().map(|l| levels[*l] + here[*l]).sum();
            let right = own[v] + row + shared + normal(interaction) > 0.0;
            scores.push(f64::from(u8::from(right)));
        }
    }
    let axes = |v: usize| {
        let named = ["a", "b", "c"].into_iter().zip(axes(v));
        named
            .map(|(axis, level)| (axis.to_owned(), level.to_string()))
            .collect()
    };
    let all = scores.into_iter().enumerate();
    Recorded::new(all.map(|(v, scores)| (axes(v), scores)).collect())
}

type Method<'a> = (&'a str, u64, &'a (dyn Fn(&Recorded, u64) -> f64 + Sync));

/// The tables of losses.
pub(crate) fn published(recorded: &[Recorded], replays: u64) {
    // A fit takes a hundred times as long as a race.
    let few = replays.div_ceil(25);
    let methods: [Method; 6] = [
        ("race", replays, &|grid, seed| grid.race(SHARE, seed).0),
        ("TRIPLE-SH", replays, &sequential_halving),
        ("TRIPLE-CR", replays, &continuous_rejects),
        ("PromptEval", few, &|grid, seed| {
            prompt_eval(grid, false, seed)
        }),
        ("PromptEval, axes", few, &|grid, seed| {
            prompt_eval(grid, true, seed)
        }),
        ("uniform", replays, &|grid, seed| grid.uniform(SHARE, seed)),
    ];
    let real: Vec<Recorded> = REAL.iter().map(|name| Recorded::load_real(name)).collect();
    let simulated: Vec<Recorded> = (101..=103).map(simulated).collect();
    let names = NAMES.iter().chain(&REAL).map(|name| (*name).to_owned());
    let names = names.chain((1..=3).map(|n| format!("simulated {n}")));
    let head: Vec<&str> = methods.iter().map(|(name, ..)| *name).collect();
    println!(
        "\n| mean loss in points ± its standard error; within a point | variants × rows | {} |",
        head.join(" | ")
    );
    println!("| --- | --- |{}", " --- |".repeat(head.len()));
    for (name, grid) in names.zip(recorded.iter().chain(&real).chain(&simulated)) {
        let cells = methods.iter().map(|(_, replays, method)| {
            let losses = each(*replays, |seed| method(grid, seed));
            let average = mean(losses.iter().copied());
            let spread = mean(losses.iter().map(|loss| (loss - average).powi(2)));
            let error = (spread / *replays as f64).sqrt();
            format!(
                "{:.2} ± {:.2}; {:.0} %",
                average * 100.0,
                error * 100.0,
                share(losses.iter().map(|loss| *loss <= super::POINT)) * 100.0
            )
        });
        let cells: Vec<String> = cells.collect();
        println!(
            "| {name} | {} × {} | {} |",
            grid.variants,
            grid.rows,
            cells.join(" | ")
        );
    }
}
