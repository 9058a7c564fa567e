//! What a run reaches outside of its project, in lines for people.

use crate::{display::visible, engine::Access};

/// One line for each kind of access; none where there is none. That `git` is asked for the revision needs no line.
pub(super) fn access_lines(access: &Access) -> Vec<String> {
    let hosts = access
        .hosts
        .iter()
        .map(|h| format!("{} (`{}`)", h.host, h.endpoint));
    let variables = access.variables.iter().map(|v| {
        let unset = if v.set { "" } else { "; not set" };
        format!("{} ({}{unset})", v.name, v.used_for)
    });
    let files =
        (access.files_outside.iter()).map(|f| format!("{} ({})", f.path.display(), f.used_for));
    let programs = (access.programs.iter())
        .filter(|p| p.command != ["git"])
        .map(|p| format!("`{}` ({})", p.command.join(" "), p.used_for));
    [
        line("requests to", hosts),
        line("environment variables", variables),
        line("files outside the project", files),
        line("programs", programs),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn line(what: &str, all: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = all.map(|one| visible(&one)).collect();
    (!all.is_empty()).then(|| format!("{what}: {}", all.join(", ")))
}
