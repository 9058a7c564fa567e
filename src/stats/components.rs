//! Variance components of columns × units × repeats, all crossed and balanced, and what more of each would buy.

/// What the components are computed from: sums over units, so that a resample gives them as well.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentSums {
    /// Sum over units of each column's mean over repeats.
    pub columns: Vec<f64>,
    /// Sum over units and columns of the squared mean.
    pub squares: f64,
    /// Sum over units of the squared mean over columns.
    pub unit_squares: f64,
    /// Sum over units, columns and repeats of the squared deviation from the cell's mean.
    pub within: f64,
    pub units: f64,
}

/// Variance components: a random-effects model with negative estimates set to 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Components {
    pub column: f64,
    pub unit: f64,
    /// Interaction of columns and units; with one repeat it holds the error too.
    pub interaction: f64,
    /// Between repeats of the same cell; `None` with one repeat.
    pub error: Option<f64>,
    /// Some estimate was negative and is shown as 0.
    pub truncated: bool,
}

/// Estimates by equating mean squares to their expectations (Brennan 2001, ch. 3). `None` below two columns or two units.
pub fn components(sums: &ComponentSums, repeats: usize) -> Option<Components> {
    let (v, i, r) = (sums.columns.len() as f64, sums.units, repeats as f64);
    if v < 2.0 || i < 2.0 || repeats == 0 {
        return None;
    }
    let grand = sums.columns.iter().sum::<f64>() / (v * i);
    let between: f64 = sums.columns.iter().map(|s| (s / i - grand).powi(2)).sum();
    let ss_columns = r * i * between;
    let ss_units = v * r * (sums.unit_squares - i * grand * grand);
    let ss_cells = r * (sums.squares - v * i * grand * grand);
    let ms_columns = ss_columns / (v - 1.0);
    let ms_units = ss_units / (i - 1.0);
    let ms_interaction = (ss_cells - ss_columns - ss_units) / ((v - 1.0) * (i - 1.0));
    let error = (repeats > 1).then(|| sums.within / (v * i * (r - 1.0)));
    let raw = [
        (ms_columns - ms_interaction) / (i * r),
        (ms_units - ms_interaction) / (v * r),
        (ms_interaction - error.unwrap_or(0.0)) / r,
    ];
    let [column, unit, interaction] = raw.map(|x| x.max(0.0));
    Some(Components {
        column,
        unit,
        interaction,
        error,
        // Rounding alone makes no negative variance.
        truncated: raw.iter().any(|x| *x < -1e-12),
    })
}

/// Error variance of the grand mean over `columns`, `units` and `repeats` (Brennan 2001, ch. 4), each of which may be a fraction.
pub fn mean_variance(c: &Components, columns: f64, units: f64, repeats: f64) -> f64 {
    c.column / columns
        + c.unit / units
        + c.interaction / (columns * units)
        + c.error.unwrap_or(0.0) / (columns * units * repeats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_by_hand() {
        // Two columns, three units, two repeats; cell means 0 1 2 and 1 3 2, each repeat ½ off its mean.
        let means = [[0.0, 1.0, 2.0], [1.0, 3.0, 2.0]];
        let sums = ComponentSums {
            columns: means.iter().map(|m| m.iter().sum()).collect(),
            squares: means.iter().flatten().map(|x| x * x).sum(),
            unit_squares: (0..3)
                .map(|u| ((means[0][u] + means[1][u]) / 2.0f64).powi(2))
                .sum(),
            within: 6.0 * 0.5,
            units: 3.0,
        };
        // By hand MS_V = 3, MS_I = 3, MS_VI = 1, MS_E = 0.5.
        let found = components(&sums, 2).unwrap();
        assert!((found.error.unwrap() - 0.5).abs() < 1e-12);
        assert!((found.interaction - 0.25).abs() < 1e-12);
        assert!((found.column - 2.0 / 6.0).abs() < 1e-12);
        assert!((found.unit - 0.5).abs() < 1e-12);
        let one = components(
            &ComponentSums {
                within: 0.0,
                ..sums.clone()
            },
            1,
        )
        .unwrap();
        assert_eq!(one.error, None);
        assert_eq!(components(&ComponentSums { units: 1.0, ..sums }, 2), None);
        let all = mean_variance(&found, 2.0, 3.0, 2.0);
        assert!((all - (1.0 / 6.0 + 0.5 / 3.0 + 0.25 / 6.0 + 0.5 / 12.0)).abs() < 1e-12);
    }
}
