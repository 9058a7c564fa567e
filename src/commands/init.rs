//! `wording init`: write the sample project into a folder.

use super::{
    context::shorten,
    output::{Exit, print},
};
use crate::{cli::InitArgs, project::Project};

/// Write it, never over files that are there.
pub fn init(args: &InitArgs) -> anyhow::Result<Exit> {
    let files = Project::write_sample(&args.dir)?;
    let mut text = format!("wrote {} files into {}\n", files.len(), shorten(&args.dir));
    for file in files {
        text += &format!("  {}\n", file.display());
    }
    let cd = if args.dir.as_os_str() == "." {
        String::new()
    } else {
        format!("cd {} && ", args.dir.display())
    };
    text += &format!("next: {cd}wording            (the terminal session)\n");
    text += &format!("      {cd}wording run sentiment");
    print(&text)?;
    Ok(Exit::Done)
}
