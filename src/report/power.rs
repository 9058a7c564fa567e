//! What more calls would detect, as a table, a plot and JSON.

use super::{
    RunReport,
    text::{BOLD, DIM, Paint, wrap},
};
use crate::{
    display::visible,
    narrate::{labels::count, policy::power_advice},
    policy::{Pilot, PowerProjection},
    stats::Components,
};
use serde_json::{Value, json};

/// Lines of the plot.
const HEIGHT: usize = 9;

/// The projection for each model of a run.
#[derive(Debug)]
pub struct PowerReport {
    run: String,
    /// Where the dataset could be read.
    dataset_rows: Option<usize>,
    models: Vec<(String, Result<Pilot, String>)>,
    calls: Vec<u64>,
}

impl PowerReport {
    /// From a run; `calls` are the given budgets, or none.
    pub fn new(report: &RunReport, calls: &[u64], dataset_rows: Option<usize>) -> PowerReport {
        let models = report.models.iter().map(|part| {
            let pilot = part.analysis.components.as_ref().map(|c| Pilot {
                variants: part.analysis.variants.iter().filter(|v| v.n > 0).count(),
                rows: c.rows,
                samples: report.info.samples,
                components: Components {
                    column: c.variant.value,
                    unit: c.row.value,
                    interaction: c.variant_row.value,
                    error: c.sample.map(|s| s.value),
                    truncated: c.truncated,
                },
            });
            // Rows that all variants answered alike say nothing of the noise.
            let pilot = pilot.filter(|p| p.outlook(p.calls()).detectable > 0.0);
            let need = part
                .analysis
                .needs
                .iter()
                .find(|n| n.figure == "components");
            let needs = need.map_or(
                "two variants and more shared rows: on the rows so far they scored the same",
                |n| &n.needs,
            );
            (
                part.model.to_string(),
                pilot.ok_or_else(|| needs.to_owned()),
            )
        });
        PowerReport {
            run: report.info.id.0.clone(),
            dataset_rows,
            models: models.collect(),
            calls: calls.to_vec(),
        }
    }

    /// Budgets: those given, else the pilot's and its doubles.
    fn outlooks(&self, pilot: &Pilot) -> Vec<PowerProjection> {
        let now = pilot.calls();
        let mut calls: Vec<u64> = if self.calls.is_empty() {
            (0..6).map(|k| now << k).collect()
        } else {
            let floor = (pilot.variants * pilot.samples) as u64;
            self.calls.iter().map(|n| (*n).max(floor)).collect()
        };
        calls.sort_unstable();
        calls.dedup();
        calls.into_iter().map(|n| pilot.outlook(n)).collect()
    }
}

/// The projection for the terminal.
pub fn power_text(report: &PowerReport, width: usize, color: bool) -> String {
    let paint = Paint(color);
    let mut text = String::new();
    for (model, pilot) in &report.models {
        let pilot = match pilot {
            Ok(pilot) => pilot,
            Err(needs) => {
                text += &format!("{}: a projection needs {needs}.\n", visible(model));
                continue;
            }
        };
        let head = format!(
            "{} · from {}: {} × {} × {}",
            model,
            report.run,
            count(pilot.variants, "variant"),
            count(pilot.rows, "row"),
            count(pilot.samples, "sample")
        );
        text += &format!("{}\n\n", paint.with(BOLD, &visible(&head)));
        let all = report.outlooks(pilot);
        text += &table(report, pilot, &all, &paint);
        text += &format!("\n{}", plot(&all, width));
        text += &format!("\n{}\n", wrap(&power_advice(pilot), width));
    }
    text
}

fn points(x: f64) -> String {
    format!("{:.1}", x * 100.0)
}

fn table(report: &PowerReport, pilot: &Pilot, all: &[PowerProjection], paint: &Paint) -> String {
    let head = format!(
        "{:>9}  {:>7}  {:>12}  {:>17}  {:>19}",
        "calls", "rows", "score ±", "difference ±", "smallest difference"
    );
    let mut text = format!("{}\n", paint.with(DIM, &head));
    for o in all {
        let beyond = report.dataset_rows.is_some_and(|rows| o.rows > rows as f64);
        let note = match (o.calls == pilot.calls(), beyond) {
            (true, _) => "  now",
            (_, true) => "  more rows than the dataset has",
            _ => "",
        };
        let line = format!(
            "{:>9}  {:>7.0}  {:>12}  {:>17}  {:>19}{note}",
            o.calls,
            o.rows.floor(),
            points(o.score_width / 2.0),
            points(o.difference_width / 2.0),
            points(o.detectable)
        );
        text += &format!("{}\n", if beyond { paint.with(DIM, &line) } else { line });
    }
    text
}

/// The smallest difference and the interval of a score over the calls, which double from left to right.
fn plot(all: &[PowerProjection], width: usize) -> String {
    let most = all
        .iter()
        .map(|o| o.detectable.max(o.score_width / 2.0))
        .fold(0.0, f64::max);
    if all.len() < 2 || most <= 0.0 {
        return String::new();
    }
    let columns = width.saturating_sub(12).clamp(20, 72);
    let (first, last) = (all[0].calls as f64, all[all.len() - 1].calls as f64);
    let mut cells = vec![vec![' '; columns]; HEIGHT];
    let line = |cells: &mut Vec<Vec<char>>, mark: char, of: &dyn Fn(f64) -> f64| {
        for x in 0..columns {
            let calls = first * (last / first).powf(x as f64 / (columns - 1) as f64);
            let y = (of(calls) / most * (HEIGHT - 1) as f64).round() as usize;
            let row = cells.get_mut((HEIGHT - 1).saturating_sub(y));
            if let Some(cell) = row.and_then(|row| row.get_mut(x)) {
                *cell = mark;
            }
        }
    };
    // Both fall with the square root of the calls.
    let from = all[0];
    line(&mut cells, '·', &|calls| {
        from.score_width / 2.0 * (first / calls).sqrt()
    });
    line(&mut cells, '●', &|calls| {
        from.detectable * (first / calls).sqrt()
    });
    let mut text = String::new();
    for (at, row) in cells.iter().enumerate() {
        let share = (HEIGHT - 1 - at) as f64 / (HEIGHT - 1) as f64;
        let label = if at % 4 == 0 {
            points(share * most)
        } else {
            String::new()
        };
        let row: String = row.iter().collect();
        text += &format!("{label:>6} │{}\n", row.trim_end());
    }
    text += &format!("{:>6} └{}\n", "", "─".repeat(columns));
    let (a, b) = (
        all[0].calls.to_string(),
        format!("{} calls", all[all.len() - 1].calls),
    );
    let gap = columns.saturating_sub(a.len() + b.len());
    text += &format!("{:>6}  {a}{}{b}\n", "", " ".repeat(gap));
    text + &format!("{:>6}  ● smallest difference   · score ±   (points)\n", "")
}

/// The projection as JSON. What was not computed is absent.
pub fn power_json(report: &PowerReport) -> Value {
    let outlook = |o: &PowerProjection| {
        json!({
            "calls": o.calls, "rows": o.rows.floor(), "score_width": o.score_width, "difference_width": o.difference_width,
            "detectable": o.detectable, "mean_width": o.mean_width,
        })
    };
    let models: Vec<Value> = report
        .models
        .iter()
        .map(|(model, pilot)| match pilot {
            Ok(pilot) => {
                let doubles = ["rows", "variants", "samples"].iter().zip(pilot.doubles());
                let doubles: Vec<Value> = doubles
                    .map(|(what, d)| json!({
                        "buy": what, "variants": d.shape.0, "rows": d.shape.1, "samples": d.shape.2,
                        "detectable": d.detectable, "mean_width": d.mean_width,
                    }))
                    .collect();
                json!({
                    "model": model, "variants": pilot.variants, "rows": pilot.rows, "samples": pilot.samples,
                    "outlook": report.outlooks(pilot).iter().map(outlook).collect::<Vec<_>>(),
                    "double": doubles, "calls_for_2_points": pilot.calls_for(0.02),
                })
            }
            Err(needs) => json!({"model": model, "needs": needs}),
        })
        .collect();
    let mut object = json!({"schema_version": 1, "run": report.run, "models": models});
    if let Some(rows) = report.dataset_rows {
        object["dataset_rows"] = json!(rows);
    }
    object
}
