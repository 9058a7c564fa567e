//! The file of a store: who may read it, what becomes of it where nothing can be written, and what is said about damage.

#![cfg(unix)]

use super::store::rows;
use crate::support::{
    CommandOutput, Workspace, demo_server, snapshot::check_filtered, until_requests,
};
use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown, symlink},
        process::CommandExt,
    },
    path::PathBuf,
    process::Stdio,
};
use tokio::runtime::Runtime;
use wording::demo::DemoServer;

const ROWS: usize = 40;

/// A project that needs no server.
const PROJECT: &str = "[experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n";

/// A user who is not root, to whom permissions mean something.
const NOBODY: u32 = 65_534;

fn project(server: &DemoServer) -> Workspace {
    let place = rows(ROWS);
    let toml = format!(
        "[endpoint.mine]\nbase_url = \"{}\"\nmax_in_flight = 4\n[experiment.x]\ntemplates = [\"t.j2\"]\n\
         dataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"mine/icl\"]\n[[experiment.x.metric]]\nkind = \"label\"\n\
         labels = [\"good\", \"bad\"]\n",
        server.base_url()
    );
    place.write("wording.toml", &toml);
    place
}

/// A project after a run.
fn after_a_run() -> Workspace {
    let runtime = Runtime::new().unwrap();
    let server = demo_server(&runtime, 0);
    let place = project(&server);
    let ran = place.run(&["run", "-q"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    place
}

fn store(place: &Workspace) -> PathBuf {
    place.file(".wording/wording.db")
}

fn set_mode(path: PathBuf, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: PathBuf) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Run the binary as somebody who is not root.
fn run_as_user(place: &Workspace, args: &[&str]) -> CommandOutput {
    let mut command = place.command(args);
    if fs::metadata(place.path()).unwrap().uid() != NOBODY && is_root() {
        for entry in walkdir::WalkDir::new(place.path()) {
            chown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    place.output(&mut command)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_store_is_for_its_owner_alone() {
    let runtime = Runtime::new().unwrap();
    let server = demo_server(&runtime, 20);
    let place = project(&server);
    let child = place
        .command(&["run", "-q"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until_requests(&runtime, &server, 12);
    for name in ["wording.db", "wording.db-wal", "wording.db-shm"] {
        assert_eq!(mode(place.file(".wording").join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(place.file(".wording")), 0o700);
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn an_upgrade_closes_a_store_that_others_could_read() {
    let from = "tests/fixtures/stores/layout-2/wording.db";
    let place = rows(1);
    fs::create_dir(place.file(".wording")).unwrap();
    fs::copy(from, store(&place)).unwrap();
    set_mode(store(&place), 0o644);
    set_mode(place.file(".wording"), 0o755);
    place.write("wording.toml", PROJECT);
    let listed = place.run(&["runs"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    assert_eq!(mode(store(&place)), 0o600);
    assert_eq!(mode(place.file(".wording")), 0o700);
}

#[test]
fn a_read_only_store_is_read_and_reported() {
    let place = after_a_run();
    let here = place.run(&["report", "latest", "--format", "json"]).json();
    for (file, folder) in [(0o400, 0o500), (0o400, 0o700), (0o600, 0o500)] {
        set_mode(place.file(".wording"), 0o700);
        set_mode(store(&place), file);
        set_mode(place.file(".wording"), folder);
        for args in [
            &["runs"][..],
            &["runs", "--check"],
            &["export", "latest"],
            &["report", "latest", "-o", "report.html"],
        ] {
            let read = run_as_user(&place, args);
            assert_eq!(read.code, 0, "{file:o} {folder:o} {args:?}: {}", read.err);
        }
        let report = run_as_user(&place, &["report", "latest", "--format", "json"]);
        assert_eq!(report.json()["variants"], here["variants"]);
        let refused = run_as_user(&place, &["run", "-q", "--reuse", "no"]);
        let is_refused = refused.code == 2 && refused.err.contains("readonly");
        assert_eq!(
            is_refused,
            file == 0o400 || folder == 0o500,
            "{}",
            refused.err
        );
        assert!(refused.err.contains("--store"), "{}", refused.err);
    }
    set_mode(place.file(".wording"), 0o700);
    check_filtered(
        "cli/store-read-only",
        &run_as_user(&place, &["runs", "delete", "latest"]).err,
    );
}

#[test]
fn answers_beside_a_read_only_store_are_not_left_out_silently() {
    let runtime = Runtime::new().unwrap();
    let server = demo_server(&runtime, 5);
    let place = project(&server);
    let mut child = place.command(&["run", "-q"]).spawn().unwrap();
    until_requests(&runtime, &server, 20);
    child.kill().unwrap();
    child.wait().unwrap();
    fs::remove_file(place.file(".wording/wording.db-shm")).unwrap();
    set_mode(store(&place), 0o400);
    set_mode(place.file(".wording"), 0o500);
    let read = run_as_user(&place, &["runs"]);
    set_mode(place.file(".wording"), 0o700);
    assert_eq!(read.code, 2, "{}", read.err);
    read.check_err("cli/store-read-only-log");
}

#[test]
fn damage_is_named_with_what_to_do() {
    let place = after_a_run();
    let sound = place.run(&["runs", "--check", "--format", "json"]);
    assert_eq!(sound.code, 0, "{}", sound.err);
    let sound = sound.json();
    assert_eq!(
        (&sound["runs"], &sound["answers"]),
        (&1.into(), &ROWS.into())
    );
    let bytes = fs::read(store(&place)).unwrap();
    // A page in the middle of the file is overwritten.
    let mut torn = bytes.clone();
    let middle = bytes.len() / 2 / 4096 * 4096;
    torn[middle..middle + 4096].fill(0x5a);
    fs::write(store(&place), &torn).unwrap();
    let checked = place.run(&["runs", "--check"]);
    assert_eq!(checked.code, 1, "{}{}", checked.out, checked.err);
    assert!(
        checked.out.contains("problem: the file is damaged: "),
        "{}",
        checked.out
    );
    assert!(checked.out.contains(".recover"), "{}", checked.out);
    // The end of the file is missing.
    fs::write(store(&place), &bytes[..middle]).unwrap();
    let checked = place.run(&["runs", "--check"]);
    assert_ne!(checked.code, 0, "{}{}", checked.out, checked.err);
    let all = checked.out + &checked.err;
    assert!(all.contains(".recover"), "{all}");
}

#[test]
fn references_that_lead_nowhere_are_counted() {
    let place = after_a_run();
    let connection = rusqlite::Connection::open(store(&place)).unwrap();
    connection
        .execute_batch(
            "DELETE FROM completions WHERE number IN (3, 4);
             DELETE FROM addresses WHERE completion = 5;
             INSERT INTO trials (cell, state, attempts, reused) VALUES (99999, 1, 1, 0);
             UPDATE runs SET state = 'running'",
        )
        .unwrap();
    drop(connection);
    let mut checked = place.run(&["runs", "--check"]);
    assert_eq!(checked.code, 1, "{}", checked.err);
    let bytes = fs::metadata(store(&place)).unwrap().len().div_ceil(1024);
    checked.out = checked.out.replace(&format!("{bytes} KiB"), "[size]");
    checked.check("cli/store-check");
}

#[test]
fn a_pipe_or_a_device_is_not_a_store() {
    let place = rows(1);
    place.write("wording.toml", PROJECT);
    let pipe = place.file("pipe.db");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    symlink("/dev/zero", place.file("zero.db")).unwrap();
    for name in ["pipe.db", "zero.db", "."] {
        let refused = place.run(&["runs", "--store", name]);
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(refused.err.contains("is not a file"), "{}", refused.err);
    }
}
