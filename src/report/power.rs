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
use schemars::JsonSchema;
use serde::Serialize;

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

/// The projection as `--format json` prints it. What was not computed is absent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PowerJson<'a> {
    /// Always 1.
    schema_version: u32,
    run: &'a str,
    models: Vec<ModelPower<'a>>,
    /// Rows of the dataset, where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_rows: Option<usize>,
}

/// The projection of a model, or what it needs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum ModelPower<'a> {
    Projected {
        model: &'a str,
        variants: usize,
        rows: usize,
        /// Answers per variant and row.
        samples: usize,
        outlook: Vec<Outlook>,
        /// What twice the calls show, spent on rows, on variants or on samples.
        double: Vec<DoubledCalls>,
        /// Calls after which a difference of 2 points is found.
        calls_for_2_points: u64,
    },
    Unknown {
        model: &'a str,
        needs: &'a str,
    },
}

/// What some number of calls would show, spent on rows. Widths are those of 95 % intervals.
#[derive(Debug, Serialize, JsonSchema)]
struct Outlook {
    calls: u64,
    /// Rows that so many calls pay for, a mean.
    rows: f64,
    /// Width of the interval of a variant's score, in points of the score from 0 to 1, as all widths and differences here.
    score_width: f64,
    /// Of the difference between two variants.
    difference_width: f64,
    /// The smallest true difference that is found with 80 % power.
    detectable: f64,
    /// Of the mean over all possible wordings.
    mean_width: f64,
}

/// What twice the calls would show, spent on one of rows, variants and samples. Differences and widths are of scores from 0 to 1.
#[derive(Debug, Serialize, JsonSchema)]
struct DoubledCalls {
    /// What there are twice as many of.
    buy: DoubledSize,
    variants: usize,
    rows: usize,
    /// Answers per variant and row.
    samples: usize,
    /// The smallest true difference that is found with 80 % power.
    detectable: f64,
    /// Width of the 95 % interval of the mean over all possible wordings.
    mean_width: f64,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum DoubledSize {
    Rows,
    Variants,
    Samples,
}

impl PowerJson<'_> {
    pub fn new(report: &PowerReport) -> PowerJson<'_> {
        let models = report.models.iter().map(|(model, pilot)| match pilot {
            Ok(pilot) => ModelPower::Projected {
                model,
                variants: pilot.variants,
                rows: pilot.rows,
                samples: pilot.samples,
                outlook: report.outlooks(pilot).iter().map(Outlook::new).collect(),
                double: doubled(pilot),
                calls_for_2_points: pilot.calls_for(0.02),
            },
            Err(needs) => ModelPower::Unknown { model, needs },
        });
        PowerJson {
            schema_version: 1,
            run: &report.run,
            models: models.collect(),
            dataset_rows: report.dataset_rows,
        }
    }
}

impl Outlook {
    fn new(projected: &PowerProjection) -> Outlook {
        Outlook {
            calls: projected.calls,
            rows: projected.rows.floor(),
            score_width: projected.score_width,
            difference_width: projected.difference_width,
            detectable: projected.detectable,
            mean_width: projected.mean_width,
        }
    }
}

fn doubled(pilot: &Pilot) -> Vec<DoubledCalls> {
    let sizes = [
        DoubledSize::Rows,
        DoubledSize::Variants,
        DoubledSize::Samples,
    ];
    let doubled = sizes.into_iter().zip(pilot.doubles());
    doubled
        .map(|(buy, d)| DoubledCalls {
            buy,
            variants: d.shape.0,
            rows: d.shape.1,
            samples: d.shape.2,
            detectable: d.detectable,
            mean_width: d.mean_width,
        })
        .collect()
}
