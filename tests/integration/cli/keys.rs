//! `wording keys` and `keys.toml`: printed, read, checked.

use crate::support::Workspace;
use std::process::Command;

/// `wording keys` where `keys.toml` has this text.
fn keys(place: &Workspace, text: &str) -> Command {
    place.write("config/wording/keys.toml", text);
    let mut command = place.command(&["keys"]);
    command.env("XDG_CONFIG_HOME", place.file("config"));
    command
}

#[test]
fn what_is_printed_is_a_file_that_says_the_same() {
    let place = Workspace::empty();
    let changes = "[keys]\nrun = [\"f5\", \"r\"]\nsuspend = []\n\n[theme]\nbase = \"dark\"\ngood = \"#7ec88b\"\n";
    let first = place.output(&mut keys(&place, changes));
    assert_eq!(first.code, 0, "{}", first.err);
    for line in [
        "run = [\"f5\", \"r\"]",
        "suspend = []",
        "base = \"dark\"",
        "good = \"#7EC88B\"",
    ] {
        assert!(first.out.contains(line), "{line}: {}", first.out);
    }
    assert!(!first.out.contains("interrupt ="), "it cannot be changed");
    let second = place.output(&mut keys(&place, &first.out));
    assert_eq!(
        (second.code, &second.out),
        (0, &first.out),
        "{}",
        second.err
    );
}

#[test]
fn mistakes_have_their_place_and_what_to_do() {
    let place = Workspace::empty();
    for (name, text) in [
        ("action", "[keys]\nrety = \"f5\"\nfly = \"x\"\n"),
        (
            "key",
            "[keys]\nrun = [\"r\", \"hyper-r\"]\nmark = \"ctrl-i\"\nzoom = 3\n",
        ),
        (
            "taken",
            "[keys]\nrun = \"x\"\nlens = \"ctrl-z\"\npause = \"f4\"\nretry = \"f4\"\n",
        ),
        (
            "text",
            "[keys]\naccept = [\"enter\", \"x\"]\nsave = \"ctrl-w\"\n",
        ),
        (
            "no-way-out",
            "[keys]\nquit = []\nclose-editor = []\ninterrupt = \"f1\"\n",
        ),
        (
            "theme",
            "[theme]\nbase = \"drak\"\ngood = \"greenish\"\nfine = \"red\"\n[colors]\n",
        ),
        ("toml", "[keys\nrun = \"r\"\n"),
    ] {
        let said = place.output(&mut keys(&place, text));
        assert_eq!(
            (said.code, said.out.as_str()),
            (2, ""),
            "{name}: {}",
            said.err
        );
        said.check_err(&format!("cli/keys-{name}"));
    }
}

#[test]
fn two_actions_may_change_places() {
    let place = Workspace::empty();
    let said = place.output(&mut keys(&place, "[keys]\nstop = \"p\"\npause = \"x\"\n"));
    assert_eq!(said.code, 0, "{}", said.err);
}
