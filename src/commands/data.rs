//! `wording data FILE`: what a dataset is like.

use super::output::{Exit, print_as, stdout_width};
use crate::{
    cli::DataArgs,
    dataset::{ColumnProfile, Dataset, DatasetName, Profile, ReadOptions},
    display::{count, fit, one_line, pad, thousands, visible},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;
use unicode_width::UnicodeWidthStr;

/// Read the whole dataset and print its profile.
pub fn data(args: &DataArgs) -> anyhow::Result<Exit> {
    let columns = ReadOptions {
        answer: args.answer.clone(),
        delimiter: args.delimiter,
        max_record: args.max_record,
        ..ReadOptions::default()
    };
    let dataset = match &args.split {
        Some(part) => Dataset::read(&DatasetName::with_part(&args.file, part), &columns)?,
        None => Dataset::read(&args.file, &columns)?,
    };
    let profile = Profile::new(&dataset, args.answer.as_deref())?;
    let described = DatasetDescription {
        schema_version: 1,
        path: dataset.path(),
        hash: dataset.hash(),
        profile: &profile,
    };
    print_as(args.format, &described, || {
        human(&profile, &dataset, stdout_width().table)
    })?;
    Ok(Exit::Done)
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DatasetDescription<'a> {
    /// Always 1.
    schema_version: u32,
    #[serde(serialize_with = "crate::display::lossy_path")]
    path: &'a Path,
    /// Of its bytes.
    hash: &'a str,
    profile: &'a Profile,
}

fn human(profile: &Profile, dataset: &Dataset, width: usize) -> String {
    let path = visible(&dataset.path().display().to_string());
    let mut text = format!(
        "{path}: {}, {}\n\n",
        count(profile.rows, "row"),
        count(profile.columns.len(), "column")
    );
    let mut lines =
        vec![["column", "values", "different", "characters", "commonest"].map(str::to_owned)];
    lines.extend(
        profile
            .columns
            .iter()
            .map(|column| line(column, profile.rows)),
    );
    let widest = |at: usize| {
        let widths = lines.iter().map(|l| l[at].width());
        widths.max().unwrap_or(0).min(32)
    };
    let widths: [usize; 4] = std::array::from_fn(widest);
    for line in &lines {
        let mut row = String::from(" ");
        for (cell, width) in line.iter().zip(widths) {
            row += &format!(" {} ", pad(cell, width));
        }
        row += &format!(" {}", line[4]);
        text += &fit(row.trim_end(), width);
        text.push('\n');
    }
    let pair = |first: Option<(usize, usize)>| {
        first.map_or(String::new(), |(row, before)| {
            format!(" (row {} equals row {})", row + 1, before + 1)
        })
    };
    if profile.duplicates > 0 {
        text += &format!(
            "\n{} of an earlier row{}\n",
            count(profile.duplicates, "duplicate"),
            pair(profile.first_duplicate)
        );
    }
    match profile.conflicts {
        Some(0) => text += "\nNo contradictions: equal rows have equal expected answers.\n",
        Some(n) => {
            text += &format!(
                "\n{}: same text as an earlier row but another answer{}; no model can be correct on both\n",
                count(n, "conflicting row"),
                profile
                    .first_conflict
                    .map_or(String::new(), |(row, before)| {
                        format!(" (rows {} and {})", before + 1, row + 1)
                    })
            );
        }
        None => text += "\nUse --answer COLUMN to count contradicting rows.\n",
    }
    text
}

fn line(column: &ColumnProfile, rows: usize) -> [String; 5] {
    let kinds: Vec<String> = column
        .kinds
        .iter()
        .map(|(kind, n)| {
            if *n == rows {
                (*kind).to_owned()
            } else {
                format!("{kind} {}", thousands(*n as u64))
            }
        })
        .collect();
    let characters = column.characters.map_or(String::new(), |l| {
        format!(
            "{} to {}, median {}",
            thousands(l.shortest as u64),
            thousands(l.longest as u64),
            thousands(l.median as u64)
        )
    });
    let values: Vec<String> = column
        .values
        .iter()
        .map(|(value, n)| format!("{} ×{}", one_line(value), thousands(*n as u64)))
        .collect();
    [
        one_line(&column.name),
        kinds.join(", "),
        format!(
            "{}{}",
            if column.distinct_at_least { "> " } else { "" },
            thousands(column.distinct as u64)
        ),
        characters,
        values.join(", "),
    ]
}
