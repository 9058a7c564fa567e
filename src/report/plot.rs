//! Drawings in text: intervals on a common scale, and bars. Knows numbers and widths, no findings.

/// A scale from `low` to `high` over so many columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    columns: usize,
}

impl Scale {
    /// A scale that holds all of these, with ends on full tens of percent.
    pub(crate) fn around(values: impl Iterator<Item = f64>, columns: usize) -> Scale {
        let (low, high) = values.fold((1.0f64, 0.0f64), |(l, h), x| (l.min(x), h.max(x)));
        let low = (low * 10.0).floor().clamp(0.0, 9.0) / 10.0;
        let high = ((high * 10.0).ceil() / 10.0).clamp(low + 0.1, 1.0);
        Scale {
            low,
            high,
            columns: columns.max(2),
        }
    }

    fn column(&self, x: f64) -> usize {
        let share = (x - self.low) / (self.high - self.low);
        (share.clamp(0.0, 1.0) * (self.columns - 1) as f64).round() as usize
    }

    /// The numbers at both ends, and the middle where there is room.
    pub(crate) fn legend(&self) -> String {
        let mut line = vec![' '; self.columns];
        let mut write = |at: usize, text: &str| {
            for (cell, c) in line.iter_mut().skip(at).zip(text.chars()) {
                *cell = c;
            }
        };
        let percent = |x: f64| format!("{:.0}", x * 100.0);
        let high = format!("{} %", percent(self.high));
        write(0, &percent(self.low));
        if self.columns >= 24 {
            let middle = 0.5 * (self.low + self.high);
            write(self.column(middle).saturating_sub(1), &percent(middle));
        }
        write(self.columns.saturating_sub(high.len()), &high);
        line.into_iter().collect()
    }

    /// A dot with whiskers; `line` is marked where nothing else stands.
    pub(crate) fn dot(&self, low: f64, value: f64, high: f64, line: Option<f64>) -> String {
        let mut cells = vec![' '; self.columns];
        if let Some(line) = line {
            cells[self.column(line)] = '┊';
        }
        let (a, b) = (self.column(low), self.column(high));
        for cell in &mut cells[a..=b] {
            *cell = '─';
        }
        if b > a {
            (cells[a], cells[b]) = ('├', '┤');
        }
        cells[self.column(value)] = '●';
        cells.into_iter().collect()
    }
}

/// A bar of a share of `columns`, in eighths of a column; what is more than nothing shows at least the thinnest.
pub(super) fn bar(share: f64, columns: usize) -> String {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (share.clamp(0.0, 1.0) * columns as f64 * 8.0).round() as usize;
    let eighths = if share > 0.0 { eighths.max(1) } else { eighths };
    let mut text = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        text.push(PARTS[eighths % 8]);
    }
    let left = columns.saturating_sub(text.chars().count());
    text + &" ".repeat(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_stand_on_a_common_scale() {
        let scale = Scale::around([0.42, 0.81].into_iter(), 26);
        assert_eq!(scale.legend(), "40          65        90 %");
        assert_eq!(
            scale.dot(0.5, 0.6, 0.7, Some(0.42)),
            " ┊   ├────●────┤          "
        );
        assert_eq!(scale.dot(0.6, 0.6, 0.6, None).trim(), "●");
        assert_eq!(Scale::around(std::iter::empty(), 9).legend().len(), 9);
    }

    #[test]
    fn bars_show_what_is_more_than_nothing() {
        assert_eq!(bar(0.5, 4), "██  ");
        assert_eq!(bar(0.001, 4), "▏   ");
        assert_eq!(
            (bar(0.0, 4), bar(2.0, 4)),
            ("    ".to_owned(), "████".to_owned())
        );
    }
}
