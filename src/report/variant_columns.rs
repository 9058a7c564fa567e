//! How tables name the variants: by what differs from the baseline, or where several axes vary, by a column for each.

use super::RunReport;
use crate::model::VariantNames;

/// A level that a template lacks.
const NONE: &str = "–";

/// The columns of a table that name the variants.
#[derive(Debug)]
pub(super) struct VariantColumns {
    pub(super) head: Vec<String>,
    /// A cell for each column, by the variants of the run.
    pub(super) rows: Vec<Vec<String>>,
}

impl VariantColumns {
    /// One column with what differs from the baseline.
    pub(super) fn names(report: &RunReport) -> VariantColumns {
        let names = report.shown_names().iter();
        VariantColumns {
            head: vec!["variant".into()],
            rows: names.map(|name| vec![name.clone()]).collect(),
        }
    }

    /// A column for each axis, where at least two vary; else one with the names.
    pub(super) fn levels(report: &RunReport) -> VariantColumns {
        let variants = &report.info.variants;
        let names = VariantNames::new(variants);
        if names.axes().len() < 2 {
            return VariantColumns::names(report);
        }
        let several = variants.iter().any(|v| v.template != variants[0].template);
        let template = several.then(|| "template".to_owned());
        let row = |v: usize| {
            let stem = several.then(|| names.stem(v).to_owned());
            let levels = 0..names.axes().len();
            let levels = levels.map(|axis| names.level(v, axis).unwrap_or(NONE).to_owned());
            stem.into_iter().chain(levels).collect()
        };
        VariantColumns {
            head: template.into_iter().chain(names.axes().to_vec()).collect(),
            rows: (0..variants.len()).map(row).collect(),
        }
    }
}
