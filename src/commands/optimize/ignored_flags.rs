//! Flags that would change nothing in what `wording optimize` is to do: each is refused, with the reason and what to write instead.

use crate::cli::OptimizeArgs;
use anyhow::bail;

/// An error where a flag was typed that would be ignored.
pub(super) fn refuse_ignored_flags(args: &OptimizeArgs) -> anyhow::Result<()> {
    let typed = &args.experiment.overrides;
    if args.resume.is_some() {
        let flags = [
            ("--writer", args.writer.is_some()),
            ("--shorter", args.shorter),
            ("--margin", args.margin.is_some()),
            ("--folds", args.folds.is_some()),
            ("--budget-calls", args.budget_calls.is_some()),
            ("--budget-usd", args.budget_usd.is_some()),
            ("--writer-calls", args.writer_calls.is_some()),
            ("--from", args.from.is_some()),
            ("--edit", !args.edit.is_empty()),
            ("--alpha", args.alpha.is_some()),
            ("--models", !typed.models.is_empty()),
            ("--rows", typed.rows.is_some()),
            ("--rows-where", typed.rows_where.is_some()),
            ("--samples", typed.samples.is_some()),
            ("--seed", typed.seed.is_some()),
            ("--variants", !typed.variants.is_empty()),
        ];
        let ignored: Vec<&str> = flags
            .iter()
            .filter(|(_, is)| *is)
            .map(|(f, _)| *f)
            .collect();
        if !ignored.is_empty() {
            bail!(
                "{} would be ignored: a search that is resumed takes the same steps with the settings that it began with. Remove it, or begin a new search without --resume; answers that are stored cost nothing again",
                ignored.join(", ")
            );
        }
        return Ok(());
    }
    if !typed.variants.is_empty() {
        bail!(
            "--variants would be ignored: a search begins with one variant and writes the others. Name that one with --from"
        );
    }
    if typed.models.len() > 1 {
        bail!(
            "--models names {}: a search improves the prompt of one model. Name one; `wording run` compares the wordings that it finds on the others",
            typed.models.len()
        );
    }
    if args.shorter && args.writer_calls.is_some() {
        bail!("--writer-calls would be ignored: --shorter uses no writer. Remove --writer-calls");
    }
    if args.writer.is_none() && !args.shorter && args.writer_calls.is_some() {
        bail!("--writer-calls would be ignored: there is no --writer. Remove --writer-calls");
    }
    if args.margin.is_some() && !args.shorter {
        bail!(
            "--margin would be ignored: it says by how much a shorter wording may be worse. Remove --margin, or look for one with --shorter in place of --writer"
        );
    }
    Ok(())
}
