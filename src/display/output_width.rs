//! How wide a text on stdout is laid out.

/// Columns that a text may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputWidth {
    /// Of sentences and of pictures.
    pub text: usize,
    /// Of tables, which are not wrapped: without a limit in a file or a pipe.
    pub table: usize,
}

impl OutputWidth {
    /// A narrower screen is written beyond its edge.
    const LEAST: usize = 60;
    /// Of a terminal that does not say how wide it is.
    const UNKNOWN: usize = 100;
    /// Of sentences in a file or a pipe.
    const FILE: usize = 160;

    /// The same limit for all.
    pub fn of_columns(columns: usize) -> OutputWidth {
        let columns = columns.max(OutputWidth::LEAST);
        OutputWidth {
            text: columns,
            table: columns,
        }
    }

    /// On a terminal of so many columns, where it says.
    pub fn of_terminal(columns: Option<usize>) -> OutputWidth {
        OutputWidth::of_columns(columns.unwrap_or(OutputWidth::UNKNOWN))
    }

    /// In a file or a pipe: as many columns as the variable `COLUMNS` says; without it, tables are as wide as they are.
    pub fn of_file(columns: Option<&str>) -> OutputWidth {
        let columns = columns.and_then(|typed| typed.trim().parse().ok());
        match columns.filter(|columns| *columns > 0) {
            Some(columns) => OutputWidth::of_columns(columns),
            None => OutputWidth {
                text: OutputWidth::FILE,
                table: usize::MAX,
            },
        }
    }

    /// With a margin of so many columns.
    pub fn indented(self, by: usize) -> OutputWidth {
        OutputWidth {
            text: self.text.saturating_sub(by),
            table: self.table.saturating_sub(by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_no_limit_unless_columns_says_one() {
        let free = OutputWidth {
            text: 160,
            table: usize::MAX,
        };
        for (columns, expected) in [
            (None, free),
            (Some(""), free),
            (Some("0"), free),
            (Some("wide"), free),
            (Some("90"), OutputWidth::of_columns(90)),
            (Some("9"), OutputWidth::of_columns(60)),
        ] {
            assert_eq!(OutputWidth::of_file(columns), expected, "{columns:?}");
        }
        assert_eq!(OutputWidth::of_terminal(None).table, 100);
        assert_eq!(free.indented(2).text, 158);
    }
}
