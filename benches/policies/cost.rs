//! What a policy costs beside the engine: the time of its thinking on a recorded grid, and a run of as many trials against the
//! demo endpoint's fast mode, in one process.

use super::recorded::Recorded;
use std::{sync::Arc, time::Instant};
use wording::{
    demo::DemoSpec,
    engine::{Clients, Plan, RunEvent, RunOptions, start},
    model::{MaxTruncated, PolicySpec, VariantAliases},
    policy::{Observations, TrialAnswer, policy},
    project::Project,
    store::Store,
};

/// Seconds that a policy thinks, the least of several replays.
fn thinking(grid: &Recorded, spec: &PolicySpec) -> f64 {
    let field = grid.field(7);
    let names: Vec<String> = (0..grid.variants).map(|v| format!("v{v}")).collect();
    let names = VariantAliases::new(names.clone(), names);
    (0..5)
        .map(|_| {
            let mut policy = policy(spec, &field, &names, 1).unwrap();
            let mut seen = Observations::new(grid.variants, grid.rows, MaxTruncated::default());
            let mut spent = 0.0;
            loop {
                let begun = Instant::now();
                let batch = policy.next(&seen);
                spent += begun.elapsed().as_secs_f64();
                if batch.is_empty() {
                    return spent;
                }
                for pair in batch {
                    let cell = grid.grid.cell(pair.variant as usize, pair.row as usize, 0);
                    seen.record(pair, TrialAnswer::of_cell(&cell).unwrap());
                }
            }
        })
        .fold(f64::INFINITY, f64::min)
}

/// Seconds and trials of a run.
fn engine(variants: usize, rows: usize, spec: Option<PolicySpec>) -> (f64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let data: String = (0..rows)
        .map(|r| format!("{{\"text\": \"number {r} was fine\", \"label\": \"good\"}}\n"))
        .collect();
    write("d.jsonl", &data);
    let levels: Vec<String> = (0..variants)
        .map(|v| format!("\"Way {v}: good or bad?\""))
        .collect();
    let template = format!(
        "+++\n[axes]\nway = [{}]\n+++\n{{{{ way }}}}\n{{{{ row.text }}}}",
        levels.join(", ")
    );
    write("t.j2", &template);
    write(
        "wording.toml",
        "[experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n[[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let project = Project::load(&dir.path().join("wording.toml")).unwrap();
        let plan = Arc::new(Plan::load(&project, &project.experiments[0]).unwrap());
        let demo = DemoSpec {
            fast: true,
            ..DemoSpec::default()
        };
        let clients = Clients::open(&project, &plan.models, demo).await.unwrap();
        let store = Store::open(&dir.path().join("w.db")).unwrap();
        let options = RunOptions {
            policy: spec,
            max_in_flight: Some(64),
            ..RunOptions::default()
        };
        let mut run = start(plan, Arc::new(clients), store, options);
        loop {
            if let Some(RunEvent::RunFinished(summary)) = run.events.recv().await {
                assert_eq!(summary.stopped, None);
                return (summary.elapsed_s, summary.completed);
            }
        }
    })
}

/// The table of costs.
pub(crate) fn cost(all: &[Recorded]) {
    println!(
        "\n| cost of a policy | trials | thinking, ms | share of a whole run of as many trials, without batches | the run with the policy, beside it |"
    );
    println!("| --- | --- | --- | --- | --- |");
    let grid = &all[0];
    for (name, spec) in [
        (
            "race, 15 %",
            PolicySpec::Race {
                calls: grid.calls(0.15),
                level: 0.95,
            },
        ),
        (
            "estimate, 5 %",
            PolicySpec::Estimate {
                calls: grid.calls(0.05),
            },
        ),
        (
            "spread, 16 %",
            PolicySpec::Spread {
                calls: grid.calls(0.16),
            },
        ),
        (
            "until verdict(v1, v0)",
            PolicySpec::Until {
                condition: "verdict(v1, v0)".into(),
                level: 0.95,
            },
        ),
    ] {
        let thinks = thinking(grid, &spec);
        let typed = match &spec {
            PolicySpec::Until { level, .. } => PolicySpec::Until {
                condition: "verdict(t[way=2], t[way=1])".into(),
                level: *level,
            },
            other => other.clone(),
        };
        let least = |spec: Option<PolicySpec>, rows: usize| {
            (0..5)
                .map(|_| engine(grid.variants, rows, spec.clone()))
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .unwrap()
        };
        let (with, trials) = least(Some(typed), grid.rows);
        let (plain, sent) = least(None, (trials as usize).div_ceil(grid.variants));
        let plain = plain * trials as f64 / sent as f64;
        println!(
            "| {name} | {trials} | {:.1} | {:.1} % | {:.2} × |",
            thinks * 1e3,
            thinks / plain * 100.0,
            with / plain
        );
    }
}
