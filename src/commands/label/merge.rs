//! `wording label --merge`: label files of several people as one.

use super::warn_of_torn_line;
use crate::{
    annotation::{LabelRecord, merge_journals, read_journal},
    cli::{Global, LabelArgs},
    commands::output::{Exit, Messages, print_as},
    display::{count, write_json_line},
    source::replace_file,
};
use anyhow::{Context as _, bail};

pub(super) fn merge(global: &Global, args: &LabelArgs) -> anyhow::Result<Exit> {
    let messages = Messages::new(global);
    let Some(output) = &args.output else {
        bail!("--merge needs -o FILE");
    };
    let mut journals = Vec::new();
    for file in &args.merge {
        if !file.is_file() {
            bail!("no file {}", file.display());
        }
        let contents = read_journal::<LabelRecord>(file)?;
        warn_of_torn_line(&messages, file, &contents);
        journals.push(contents);
    }
    // A file among those that are merged may be replaced: nothing of it is lost.
    if output.exists() && !args.merge.contains(output) {
        bail!(
            "{} exists; merge it too, or choose another name",
            output.display()
        );
    }
    let (entries, counts) = merge_journals(journals);
    let mut bytes = Vec::new();
    for entry in &entries {
        write_json_line(&mut bytes, entry)?;
    }
    let written = match output.exists() {
        true => replace_file(output, &bytes),
        false => std::fs::write(output, &bytes),
    };
    written.with_context(|| format!("cannot write {}", output.display()))?;
    print_as(args.format, &counts, || {
        format!(
            "merged {} into {}: {} of {} by {}, {} labelled by several",
            count(args.merge.len(), "file"),
            output.display(),
            count(counts.labels, "label"),
            count(counts.rows, "row"),
            match counts.people {
                1 => "1 person".into(),
                people => format!("{people} people"),
            },
            count(counts.shared_rows, "row"),
        )
    })?;
    Ok(Exit::Done)
}
