//! What more calls would show, from the variance components of a pilot (a decision study, Brennan 2001, ch. 4).

use crate::stats::{Components, Z95, detectable, mean_variance};

/// A run that the outlook starts from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pilot {
    pub variants: usize,
    /// Rows that every variant has.
    pub rows: usize,
    pub samples: usize,
    /// Variance components of a score: columns are variants, units are rows.
    pub components: Components,
}

/// What some number of calls would show if they were spent on rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerProjection {
    /// Calls in all, those of the pilot among them.
    pub calls: u64,
    /// Rows of every variant.
    pub rows: f64,
    /// Width of the 95 % interval of one variant's score.
    pub score_width: f64,
    /// Width of the 95 % interval of the difference of two variants on the same rows.
    pub difference_width: f64,
    /// The smallest true difference of two variants that is found with 80 % power at a two-sided 5 %.
    pub detectable: f64,
    /// Width of the 95 % interval of the mean over all possible wordings.
    pub mean_width: f64,
}

/// What twice the calls can be spent on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Double {
    /// Variants, rows and samples then.
    pub shape: (usize, usize, usize),
    /// The smallest difference then.
    pub detectable: f64,
    /// Width of the interval of the mean over all possible wordings then.
    pub mean_width: f64,
}

impl Pilot {
    /// Calls that the pilot took.
    pub fn calls(&self) -> u64 {
        (self.variants * self.rows * self.samples) as u64
    }

    /// Variance of a row's difference of two variants.
    fn difference(&self, samples: f64) -> f64 {
        let c = &self.components;
        2.0 * (c.interaction + c.error.unwrap_or(0.0) / samples)
    }

    /// What so many calls would show, spent on rows.
    pub fn outlook(&self, calls: u64) -> PowerProjection {
        let (variants, samples) = (self.variants as f64, self.samples as f64);
        let rows = calls as f64 / (variants * samples);
        let c = &self.components;
        let score = c.unit + c.interaction + c.error.unwrap_or(0.0) / samples;
        let width = |variance: f64| 2.0 * Z95 * variance.sqrt();
        let difference = self.difference(samples);
        PowerProjection {
            calls,
            rows,
            score_width: width(score / rows),
            difference_width: width(difference / rows),
            detectable: detectable(difference, rows),
            mean_width: width(mean_variance(c, variants, rows, samples)),
        }
    }

    /// What twice the calls would show, spent on rows, on wordings, or on samples.
    pub fn doubles(&self) -> [Double; 3] {
        let (v, i, r) = (self.variants, self.rows, self.samples);
        [(v, 2 * i, r), (2 * v, i, r), (v, i, 2 * r)].map(|shape| {
            let (v, i, r) = (shape.0 as f64, shape.1 as f64, shape.2 as f64);
            Double {
                shape,
                // With one sample, what asking again would even out is not known: as if nothing.
                detectable: detectable(self.difference(r), i),
                mean_width: 2.0 * Z95 * mean_variance(&self.components, v, i, r).sqrt(),
            }
        })
    }

    /// Calls that show a difference of this size with 80 % power, spent on rows.
    pub fn calls_for(&self, difference: f64) -> u64 {
        let now = self.outlook(self.calls());
        (self.calls() as f64 * (now.detectable / difference).powi(2)).ceil() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pilot(samples: usize, error: Option<f64>) -> Pilot {
        Pilot {
            variants: 4,
            rows: 100,
            samples,
            components: Components {
                column: 0.001,
                unit: 0.12,
                interaction: 0.05,
                error,
                truncated: false,
            },
        }
    }

    #[test]
    fn widths_by_hand() {
        let now = pilot(1, None).outlook(400);
        assert_eq!(now.rows, 100.0);
        // 2 · 1.96 · √(0.17 / 100) and √(0.1 / 100).
        assert!((now.score_width - 0.161_624).abs() < 1e-4);
        assert!((now.difference_width - 0.123_959).abs() < 1e-4);
        // (1.96 + 0.8416) · √(0.1 / 100)
        assert!((now.detectable - 0.088_594).abs() < 1e-4);
        let more = pilot(1, None).outlook(1_600);
        assert!((more.detectable - now.detectable / 2.0).abs() < 1e-12);
        let calls = pilot(1, None).calls_for(now.detectable / 2.0);
        assert!(calls.abs_diff(1_600) <= 1, "{calls}");
    }

    #[test]
    fn what_to_buy_hangs_on_where_the_variance_is() {
        let [rows, variants, samples] = pilot(2, Some(0.4)).doubles();
        // Rows even out everything but how good the wordings are; samples only the noise of asking.
        assert!(rows.detectable < samples.detectable && samples.detectable < variants.detectable);
        assert_eq!(rows.shape, (4, 200, 2));
        assert!(rows.mean_width < variants.mean_width);
        let noisy = Pilot {
            components: Components {
                column: 0.05,
                ..pilot(2, Some(0.4)).components
            },
            ..pilot(2, Some(0.4))
        };
        let [rows, variants, _] = noisy.doubles();
        assert!(variants.mean_width < rows.mean_width);
    }
}
