//! What can be written to a file: the menu of it, its name, and the job that writes it.

use crate::{
    display::count,
    model::RunId,
    tui::model::{
        Action, Effect, ExportKind, GridSource, Item, Job, LinePurpose, Model, Overlay, TextArea,
    },
};
use std::{path::PathBuf, sync::Arc};

pub(super) fn menu(model: &Model) -> Option<Overlay> {
    let run = match (&model.answers.source, &model.answers.table) {
        (Some(source), _) => match &source.run {
            Some(run) => run.clone(),
            None => RunId(model.spec().name.clone()),
        },
        (None, Ok(table)) => table.run()?.id.clone(),
        (None, Err(_)) => return None,
    };
    let report = |ext: &str, hint: &str| {
        let name = format!("wording-{run}.{ext}");
        Item::new(
            format!("report .{ext}"),
            hint,
            Action::Export(ExportKind::Report, name),
        )
    };
    let rows = |ext: &str| {
        let name = format!("rows-{run}.{ext}");
        let n = model.answers.arrangement.rows.len();
        let answers = model.named_model();
        let answers = answers.map_or(String::new(), |name| format!(", answers of {name}"));
        Item::new(
            format!("rows shown .{ext}"),
            format!("{}, as filtered and sorted{answers}", count(n, "row")),
            Action::Export(ExportKind::Rows, name),
        )
    };
    let mut items = vec![
        report("html", "for people: one self-contained file"),
        report("md", "for pull requests and chats"),
        report("json", "for programs"),
        report("csv", "for spreadsheets"),
        report("xml", "for CI (JUnit)"),
        rows("csv"),
        rows("md"),
    ];
    // A bundle that is open is a file already.
    if !model.workspace.is_bundle {
        let name = format!("{run}.wording");
        let hint = "for a colleague, who browses it with wording open";
        items.push(Item::new(
            "bundle .wording",
            hint,
            Action::Export(ExportKind::Bundle, name),
        ));
    }
    Some(Overlay::Menu {
        title: "Export".into(),
        items,
        at: 0,
    })
}

/// Ask for the name of a file.
pub(super) fn ask_name(model: &mut Model, what: ExportKind, name: String) {
    model.open(Overlay::Line {
        what: LinePurpose::Export(what),
        input: TextArea::line(name),
    });
}

pub(super) fn export(model: &mut Model, what: ExportKind, path: PathBuf, out: &mut Vec<Effect>) {
    let (Ok(table), Some(cells)) = (&model.answers.table, model.cells()) else {
        return;
    };
    let job = match (what, &model.answers.source, table.run()) {
        (ExportKind::Rows, ..) => Job::ExportRows(
            (cells.clone(), model.cursor.model),
            Arc::clone(table),
            Arc::clone(&model.answers.arrangement.rows),
            path,
        ),
        (
            _,
            Some(GridSource {
                answers: Some(_), ..
            }),
            None,
        ) if let Some(plan) = &model.workspace.plan => {
            Job::ExportCurrent(Arc::clone(plan), what, path)
        }
        (_, Some(GridSource { run: Some(run), .. }), _) => Job::Export(run.clone(), what, path),
        (_, _, Some(info)) => Job::Export(info.id.clone(), what, path),
        (_, _, None) => return,
    };
    out.push(job.into());
}
