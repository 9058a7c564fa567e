//! Figures of labels, slices and fields in the terminal.

use super::{
    ModelReport,
    breakdown_tables::{
        TableNames, by_label, calibration, fields, label_overview, matrices, slice_overview, slices,
    },
    figure_table::FigureTable,
    run_page::RunPage,
    text::table_lines,
};
use crate::display::visible;

impl RunPage<'_> {
    fn table_names(&self) -> TableNames<'_> {
        TableNames {
            variants: &self.names,
            baseline: self.report.info.baseline,
        }
    }

    pub(super) fn labels(&self, part: &ModelReport) -> Vec<String> {
        let names = self.table_names();
        let overview: Vec<FigureTable> = label_overview(part, &names).into_iter().collect();
        if !self.details.labels {
            return self.tables(overview, false);
        }
        let each = by_label(part, &names)
            .into_iter()
            .chain(matrices(part, &names));
        self.tables(overview.into_iter().chain(each).collect(), true)
    }

    pub(super) fn slices(&self, part: &ModelReport) -> Vec<String> {
        let names = self.table_names();
        if self.details.slices {
            self.tables(slices(part, &names), true)
        } else {
            self.tables(slice_overview(part, &names), false)
        }
    }

    pub(super) fn fields(&self, part: &ModelReport) -> Vec<String> {
        self.tables(
            fields(part, &self.table_names()).into_iter().collect(),
            false,
        )
    }

    pub(super) fn calibration(&self, part: &ModelReport) -> Vec<String> {
        self.tables(calibration(part, &self.table_names()), false)
    }

    /// Tables one below the other, with their titles where there are several.
    fn tables(&self, tables: Vec<FigureTable>, titled: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for (i, table) in tables.iter().enumerate() {
            if i > 0 {
                lines.push(String::new());
            }
            if titled {
                lines.push(format!("  {}", visible(&table.title)));
            }
            lines.extend(table_lines(table, self.table_width, &self.paint));
            for note in &table.notes {
                lines.extend(self.wrapped(note).iter().map(|line| self.dim(line)));
            }
        }
        lines
    }
}
