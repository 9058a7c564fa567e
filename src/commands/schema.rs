//! `wording schema`: the JSON Schemas of what is written and read.

use super::output::{Exit, print};
use crate::{
    cli::{SchemaArgs, SchemaOf},
    project, report,
};

pub fn schema(args: &SchemaArgs) -> anyhow::Result<Exit> {
    print(match args.of {
        SchemaOf::Check => super::check::SCHEMA,
        SchemaOf::Project => project::SCHEMA,
        SchemaOf::Run => report::RUN_SCHEMA,
        SchemaOf::Diff => report::DIFF_SCHEMA,
        SchemaOf::Report => report::REPORT_SCHEMA,
        SchemaOf::Search => report::SEARCH_SCHEMA,
        SchemaOf::List => super::list::SCHEMA,
        SchemaOf::Render => super::render::SCHEMA,
        SchemaOf::Advise => super::advise::SCHEMA,
        SchemaOf::Upgrade => report::UPGRADE_SCHEMA,
    })?;
    Ok(Exit::Done)
}
