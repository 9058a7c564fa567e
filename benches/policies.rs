//! The table of `docs/fewer-calls.md`: policies replayed on recorded grids, and what they cost beside the engine.
//!
//! `just bench-policies`, or `cargo bench --bench policies -- REPLAYS [published|race|estimate|spread|until|cost]...`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench tells what it measured, and fails loudly"
)]

#[path = "policies/cost.rs"]
mod cost;
#[path = "policies/published.rs"]
mod published;
#[path = "../tests/integration/policies/recorded.rs"]
mod recorded;

use recorded::{NAMES, Recorded};
use wording::{
    model::PolicySpec,
    outcome::Grid,
    policy::{PolicyConclusion, SequentialVerdict},
    stats::machine_threads,
};

/// Do a replay for each seed, on all threads.
fn each<T: Send>(replays: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = machine_threads() as u64;
    std::thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = (0..threads)
            .map(|t| {
                scope.spawn(move || {
                    (0..replays)
                        .filter(|s| s % threads == t)
                        .map(work)
                        .collect::<Vec<T>>()
                })
            })
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap())
            .collect()
    })
}

fn share(flags: impl Iterator<Item = bool>) -> f64 {
    let flags: Vec<bool> = flags.collect();
    flags.iter().filter(|f| **f).count() as f64 / flags.len() as f64
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// The grid of its best variants alone: what an oracle would leave to a policy.
fn best_of(grid: &Recorded, most: usize) -> Recorded {
    let mut kept: Vec<usize> = (0..grid.variants).collect();
    kept.sort_by(|a, b| grid.means[*b].total_cmp(&grid.means[*a]));
    kept.truncate(most);
    let mut cells = Grid::new(most, grid.rows, 1);
    for (at, v) in kept.iter().enumerate() {
        for row in 0..grid.rows {
            cells.set(at, row, 0, grid.grid.cell(*v, row, 0));
        }
    }
    let of = |levels: &Vec<u32>| kept.iter().map(|v| levels[*v]).collect();
    Recorded {
        variants: most,
        rows: grid.rows,
        grid: cells,
        means: kept.iter().map(|v| grid.means[*v]).collect(),
        factors: grid.factors.iter().map(of).collect(),
    }
}

const POINT: f64 = 0.01 + 1e-9;

fn main() {
    let replays = std::env::args()
        .filter_map(|a| a.parse().ok())
        .next()
        .unwrap_or(1_000);
    println!("{replays} replays each");
    let all: Vec<Recorded> = NAMES.iter().map(|name| Recorded::load(name)).collect();
    let named: Vec<String> = std::env::args().skip(1).collect();
    let parts: [(&str, &dyn Fn()); 6] = [
        ("published", &|| published::published(&all, replays)),
        ("race", &|| race(&all, replays)),
        ("estimate", &|| estimate(&all, replays)),
        ("spread", &|| spread(&all, replays)),
        ("until", &|| until(&all, replays)),
        ("cost", &|| cost::cost(&all)),
    ];
    let is_named = |part: &str| named.iter().any(|name| name == part);
    let some = parts.iter().any(|(part, _)| is_named(part));
    for (part, work) in parts {
        if !some || is_named(part) {
            work();
        }
    }
}

fn race(all: &[Recorded], replays: u64) {
    println!(
        "\n| race | best, worst % | within 1 point of the best, 15 % of the calls | calls used | uniform sampling | mean loss, race and uniform, points | 30 % | uniform | 15 %, told which eight are the best |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, grid) in NAMES.iter().zip(all) {
        let races = each(replays, |seed| grid.race(0.15, seed));
        let uniform = each(replays, |seed| grid.uniform(0.15, seed));
        let wide = each(replays, |seed| grid.race(0.3, seed));
        let wide_uniform = each(replays, |seed| grid.uniform(0.3, seed));
        let eight = best_of(grid, 8);
        let share_of_eight = 0.15 * grid.variants as f64 / eight.variants as f64;
        let told = each(replays, |seed| eight.race(share_of_eight, seed));
        let used = mean(races.iter().map(|r| r.1 as f64)) / (grid.variants * grid.rows) as f64;
        println!(
            "| {} | {:.1}, {:.1} | {:.1} % | {:.1} % | {:.1} % | {:.2}, {:.2} | {:.1} % | {:.1} % | {:.1} % |",
            name,
            grid.best() * 100.0,
            grid.worst() * 100.0,
            share(races.iter().map(|r| r.0 <= POINT)) * 100.0,
            used * 100.0,
            share(uniform.iter().map(|loss| *loss <= POINT)) * 100.0,
            mean(races.iter().map(|r| r.0)) * 100.0,
            mean(uniform.iter().copied()) * 100.0,
            share(wide.iter().map(|r| r.0 <= POINT)) * 100.0,
            share(wide_uniform.iter().map(|loss| *loss <= POINT)) * 100.0,
            share(told.iter().map(|r| r.0 <= POINT)) * 100.0,
        );
    }
}

fn estimate(all: &[Recorded], replays: u64) {
    println!(
        "\n| estimate, 5 % of the calls | mean error, points: mean | 5 % | 25 % | 50 % | 75 % | 95 % | worst | best | all within 2 points | bands that hold |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, grid) in NAMES.iter().zip(all) {
        let calls = grid.calls(0.05);
        let errors = each(replays, |seed| {
            let replay = grid.replay(&PolicySpec::Estimate { calls }, seed);
            let PolicyConclusion::Estimate(Some(band)) = replay.conclusion else {
                panic!()
            };
            let truth = grid.means.iter().sum::<f64>() / grid.variants as f64;
            let mut all = vec![(band.mean, truth)];
            all.extend(band.quantiles.iter().map(|(q, b)| (*b, grid.quantile(*q))));
            all.extend([(band.worst, grid.worst()), (band.best, grid.best())]);
            all.into_iter()
                .map(|(b, t)| ((b.value - t).abs(), b.low - 1e-9 <= t && t <= b.high + 1e-9))
                .collect::<Vec<_>>()
        });
        let of = |at: usize| mean(errors.iter().map(|e| e[at].0)) * 100.0;
        println!(
            "| {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.0} % | {:.0} % |",
            name,
            of(0),
            of(1),
            of(2),
            of(3),
            of(4),
            of(5),
            of(6),
            of(7),
            share(
                errors
                    .iter()
                    .flat_map(|e| e[1..6].iter().map(|x| x.0 <= 0.02))
            ) * 100.0,
            share(errors.iter().flat_map(|e| e.iter().map(|x| x.1))) * 100.0,
        );
    }
}

fn spread(all: &[Recorded], replays: u64) {
    println!(
        "\n| spread, 16 % of the calls | true spread, points | mean error of the spread told, points | within 2 points | spread of the two named: mean loss | within 2 points | bands that hold |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, grid) in NAMES.iter().zip(all) {
        let calls = grid.calls(0.16);
        let truth = grid.best() - grid.worst();
        let found = each(replays, |seed| {
            let replay = grid.replay(&PolicySpec::Spread { calls }, seed);
            let PolicyConclusion::Spread(Some(band)) = replay.conclusion else {
                panic!()
            };
            let named =
                grid.means[band.best_variant as usize] - grid.means[band.worst_variant as usize];
            (
                (band.spread.value - truth).abs(),
                truth - named,
                band.spread.low <= truth && truth <= band.spread.high,
            )
        });
        println!(
            "| {} | {:.1} | {:.1} | {:.0} % | {:.1} | {:.0} % | {:.0} % |",
            name,
            truth * 100.0,
            mean(found.iter().map(|f| f.0)) * 100.0,
            share(found.iter().map(|f| f.0 <= 0.02)) * 100.0,
            mean(found.iter().map(|f| f.1)) * 100.0,
            share(found.iter().map(|f| f.1 <= 0.02 + 1e-9)) * 100.0,
            share(found.iter().map(|f| f.2)) * 100.0,
        );
    }
}

/// Rows until a verdict on every variant against the first, and how often it is another than that of all rows.
fn until(all: &[Recorded], replays: u64) {
    println!(
        "\n| until verdict(v, first) | pairs that end before all rows | rows they take, mean of 300 | ended with the wrong sign |"
    );
    println!("| --- | --- | --- | --- |");
    for (name, grid) in NAMES.iter().zip(all) {
        let ended = each(replays.div_ceil(10), |seed| {
            (1..grid.variants)
                .map(|v| {
                    let condition = format!("verdict(v{v}, v0)");
                    let spec = PolicySpec::Until {
                        condition,
                        level: 0.95,
                    };
                    let PolicyConclusion::Until(result) = grid.replay(&spec, seed).conclusion
                    else {
                        panic!()
                    };
                    let truth = grid.means[v] - grid.means[0];
                    let wrong = match result.verdict {
                        Some(SequentialVerdict::Better) => truth <= 0.0,
                        Some(SequentialVerdict::Worse) => truth >= 0.0,
                        _ => false,
                    };
                    (result.holds && result.rows < grid.rows, result.rows, wrong)
                })
                .collect::<Vec<_>>()
        });
        let early: Vec<_> = ended.iter().flatten().filter(|e| e.0).collect();
        println!(
            "| {} | {:.0} % | {} | {:.1} % |",
            name,
            share(ended.iter().flatten().map(|e| e.0)) * 100.0,
            if early.is_empty() {
                "–".to_owned()
            } else {
                format!("{:.0}", mean(early.iter().map(|e| e.1 as f64)))
            },
            share(ended.iter().flatten().map(|e| e.2)) * 100.0,
        );
    }
}
