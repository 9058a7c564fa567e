//! `wording init`: write the sample project into a folder, and the endpoint of a local server where that is asked for.

use super::{
    context::shorten,
    init_local::{LocalEndpoint, find_local, quoted},
    new::{add_experiment, draft_of},
    output::{Exit, print_as},
};
use crate::{
    cli::{Global, InitArgs, NewArgs, OutputFormat},
    display::visible,
    project::Project,
    scaffold::{DatasetSource, first_rows_columns},
    source::replace_file,
};
use anyhow::{Context as _, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Write it, never over files that are there. A local server is added to a project that is there already.
pub async fn init(global: &Global, args: &InitArgs) -> anyhow::Result<Exit> {
    let file = args.dir.join("wording.toml");
    if args.empty {
        return scaffold(&args.dir, &file, args.format);
    }
    let Some(address) = &args.local else {
        let files = Project::write_sample(&args.dir)?;
        let mut text = format!("wrote {} files into {}\n", files.len(), shorten(&args.dir));
        for file in &files {
            text += &format!("  {}\n", file.display());
        }
        let written = InitializedProject::new(&args.dir, files, None);
        print_as(args.format, &written, || text + &next(args))?;
        return Ok(Exit::Done);
    };
    let before = match file.is_file() {
        true => Some(Project::load(&file)?),
        false => {
            // Before anything is asked of the server.
            Project::check_room_for_sample(&args.dir)?;
            None
        }
    };
    if (before.as_ref()).is_some_and(|p| p.endpoints.contains_key("local")) {
        bail!(
            "{} has an endpoint `local` already; remove it first, or try it with: wording models local --probe",
            shorten(&file)
        );
    }
    let found: LocalEndpoint = find_local(global, address, args.model.as_deref()).await?;
    let mut text = found.summary();
    let read = || std::fs::read_to_string(&file);
    let name = shorten(&file);
    let mut files = vec![PathBuf::from("wording.toml")];
    let mut toml = if before.is_some() {
        text += &format!("added [endpoint.local] to {name}\n");
        text += &format!(
            "next: add {} to the models of an experiment\n",
            quoted(&visible(&found.model()))
        );
        read()
    } else {
        files = Project::write_sample(&args.dir)?;
        let place = shorten(&args.dir);
        text += &format!(
            "wrote {} files into {place}, for {}\n",
            files.len(),
            visible(&found.model())
        );
        text += &next(args);
        // The sample's experiments call this model instead of the stand-in.
        let model = format!("models = [{}]", quoted(&found.model()));
        read().map(|toml| toml.replace("models = [\"demo/icl\"]", &model))
    }
    .with_context(|| format!("cannot read {name}"))?;
    toml.truncate(toml.trim_end().len());
    toml += &format!("\n\n{}", found.toml());
    replace_file(&file, &toml).with_context(|| format!("cannot write {name}"))?;
    let written = InitializedProject::new(&args.dir, files, Some(found.model()));
    print_as(args.format, &written, || text)?;
    Ok(Exit::Done)
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct InitializedProject {
    /// Always 1.
    schema_version: u32,
    #[serde(serialize_with = "crate::display::lossy_path")]
    folder: PathBuf,
    /// Files of the folder that were written.
    #[serde(serialize_with = "crate::display::lossy_paths")]
    files: Vec<PathBuf>,
    /// The model of a local server that was added, as endpoint/name.
    local_model: Option<String>,
}

impl InitializedProject {
    fn new(folder: &Path, files: Vec<PathBuf>, local_model: Option<String>) -> InitializedProject {
        InitializedProject {
            schema_version: 1,
            folder: folder.to_path_buf(),
            files,
            local_model,
        }
    }
}

/// A project file, a template and a dataset of a few rows.
fn scaffold(dir: &Path, file: &Path, format: OutputFormat) -> anyhow::Result<Exit> {
    let data = Path::new("datasets").join("first.jsonl");
    let shown = dir.join(&data);
    for there in [file, &shown] {
        if there.exists() {
            bail!(
                "{} exists already; `wording new --data FILE` adds an experiment to a project",
                shorten(there)
            );
        }
    }
    let columns = first_rows_columns();
    let source = DatasetSource::FirstRows(data);
    let draft = draft_of(&NewArgs::default(), file, source, &columns)?;
    let added = add_experiment(file, &draft, &columns)?;
    let in_folder = |path: &PathBuf| path.strip_prefix(dir).unwrap_or(path).to_path_buf();
    let files = added.files.iter().map(in_folder).collect();
    let written = InitializedProject::new(dir, files, None);
    print_as(format, &written, || {
        let added = added.summary();
        let shown = shorten(&shown);
        format!(
            "{added}\nput your own rows into {shown}, or add an experiment for a file of yours: wording new --data FILE"
        )
    })?;
    Ok(Exit::Done)
}

fn next(args: &InitArgs) -> String {
    let cd = match args.dir.as_os_str() == "." {
        true => String::new(),
        false => format!("cd {} && ", args.dir.display()),
    };
    format!("next: {cd}wording            (the terminal session)\n      {cd}wording run sentiment")
}
