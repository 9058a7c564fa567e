//! What `wording diff` compares: variants, files, files of a git revision, runs; and what decides its exit code.

use crate::support::{Workspace, snapshot::check_filtered};
use serde_json::Value;
use std::process::Command;

fn git(place: &Workspace, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(args)
        .current_dir(place.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn template(diff: &Value, change: &str) -> String {
    let pieces = diff["pairs"][0]["change"]["template"].as_array().unwrap();
    let of = pieces.iter().filter(|p| p["change"] == change);
    of.map(|p| p["text"].as_str().unwrap()).collect()
}

#[test]
fn a_template_is_compared_with_itself_as_it_was_at_a_commit() {
    let place = Workspace::sample();
    place.write("templates/parts/ask.j2", "Answer with one word.");
    place.write(
        "templates/sentiment/plain.j2",
        "{% include \"templates/parts/ask.j2\" %} Positive or negative? {{ row.text }}",
    );
    git(&place, &["init", "-q"]);
    git(&place, &["add", "-A"]);
    git(&place, &["commit", "-qm", "one"]);
    place.write("templates/parts/ask.j2", "Answer with a long essay.");
    place.write(
        "templates/sentiment/plain.j2",
        "{% include \"templates/parts/ask.j2\" %} Good or bad? {{ row.text }}",
    );
    let args = [
        "diff",
        "HEAD:templates/sentiment/plain.j2",
        "templates/sentiment/plain.j2",
        "--rows",
        "6",
    ];
    let said = place.run(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let diff = said.json();
    assert_eq!(diff["pairs"][0]["before"]["name"], "plain@HEAD");
    assert_eq!(template(&diff, "removed"), "Positivenegative");
    // The prompt before includes the part as it was then; nothing was checked out.
    let words = &diff["pairs"][0]["change"]["prompts"]["example"]["words"];
    let without = |change: &str| -> String {
        let all = words.as_array().unwrap().iter();
        let kept = all.filter(|p| p["change"] != change);
        kept.map(|p| p["text"].as_str().unwrap()).collect()
    };
    assert!(without("added").contains("Answer with one word. Positive"));
    assert!(without("removed").contains("Answer with a long essay. Good"));
    assert!(place.read("templates/parts/ask.j2").contains("essay"));
    let run = &diff["provenance"]["runs"][0];
    assert_eq!(run["commit"].as_str().unwrap().len(), 40);
    assert_eq!(run["dirty"], true);
    // From a folder inside, paths are those of that folder.
    let said = place
        .command(&[
            "diff",
            "HEAD:plain.j2",
            "plain.j2",
            "--rows",
            "6",
            "--format",
            "json",
        ])
        .current_dir(place.path().join("templates/sentiment"))
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );

    let mut errors = Vec::new();
    for (operand, part) in [
        ("nowhere:templates/sentiment/plain.j2", "nowhere"),
        ("HEAD:templates/sentiment/gone.j2", "gone.j2"),
        ("--upload-pack=x:y", "--upload-pack"),
    ] {
        let said = place.run(&["diff", operand, "templates/sentiment/plain.j2"]);
        assert_eq!(said.code, 2, "{operand}");
        assert!(said.err.contains(part), "{}", said.err);
        errors.push(said.errors());
    }
    check_filtered("report/diff-operands-of-git", &errors.join("\n"));
}

#[test]
fn runs_are_compared_as_they_are_and_nothing_is_sent() {
    let place = Workspace::sample();
    let run = |args: &[&str]| {
        let said = place.run(&[&["run", "sentiment", "--format", "json"], args].concat());
        said.json()["run"].as_str().unwrap().to_owned()
    };
    let first = run(&["--variants", "plain", "--variants", "opinion"]);
    place.write(
        "templates/sentiment/plain.j2",
        &place
            .read("templates/sentiment/plain.j2")
            .replace("Classify", "Judge"),
    );
    let second = run(&["--variants", "plain", "--rows", "40"]);
    let count = || {
        place
            .run(&["runs", "--format", "json"])
            .json()
            .as_array()
            .unwrap()
            .len()
    };
    let before = count();
    let said = place.run(&["diff", &first, &second, "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let diff = said.json();
    assert_eq!(
        diff["pairs"].as_array().unwrap().len(),
        1,
        "the variant that both have"
    );
    assert_eq!(template(&diff, "added"), "Judge");
    assert_eq!(
        diff["pairs"][0]["effects"][0]["rows_compared"], 40,
        "the rows that both have"
    );
    assert!(diff["pairs"][0]["change"]["not_rendered"].is_string());
    assert_eq!(diff["provenance"]["runs"].as_array().unwrap().len(), 2);
    let one = format!("{first}/plain");
    let other = format!("{first}/opinion");
    let diff = place
        .run(&["diff", &one, &other, "--format", "json"])
        .json();
    assert_eq!(template(&diff, "removed"), "sentiment");
    assert_eq!(count(), before, "no run was made");
    let mut errors = Vec::new();
    for (args, part) in [
        (["diff", &*first, &*first], &*first),
        (["diff", &*first, "plain"], "RUN/VARIANT"),
        (["diff", &*format!("{first}/plin"), &*second], "`plain`"),
    ] {
        let said = place.run(&args);
        assert_eq!(said.code, 2);
        assert!(said.err.contains(part), "{}", said.err);
        errors.push(said.errors());
    }
    check_filtered("report/diff-operands", &errors.join("\n"));
}

#[test]
fn several_wordings_are_compared_with_one_and_p_is_adjusted() {
    let place = Workspace::sample();
    let args = [
        "diff",
        "plain",
        "question",
        "zero-shot",
        "reversed",
        "--format",
        "json",
    ];
    let diff = place.run(&args).json();
    let pairs = diff["pairs"].as_array().unwrap();
    let after: Vec<&str> = pairs
        .iter()
        .map(|p| p["after"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(after, ["question", "zero-shot", "reversed"]);
    assert!(pairs.iter().all(|p| p["before"]["name"] == "plain"));
    let p = |pair: &Value, key: &str| pair["effects"][0][key].as_f64().unwrap();
    let least = pairs.iter().map(|x| p(x, "p")).fold(1.0, f64::min);
    let adjusted = pairs.iter().map(|x| p(x, "p_adjusted")).fold(1.0, f64::min);
    assert!((adjusted - (3.0 * least).min(1.0)).abs() < 1e-9, "Holm");
    let runs = || place.run(&["runs", "--format", "json"]).json();
    assert_eq!(runs().as_array().unwrap().len(), 1);
    let again = place.run(&args);
    again.check_err("report/diff-again");
    assert_eq!(
        runs().as_array().unwrap().len(),
        1,
        "the same question makes no new run"
    );
    assert_eq!(again.json(), diff);
}

#[test]
fn repeats_stand_beside_the_effect() {
    let place = Workspace::sample();
    let said = place.run(&[
        "diff",
        "plain",
        "opinion",
        "--samples",
        "2",
        "--format",
        "json",
    ]);
    let noise = &said.json()["pairs"][0]["effects"][0]["noise"];
    // The stand-in answers the same when it is asked again.
    assert_eq!(
        (&noise["before_itself"], &noise["repeats_95"]),
        (&Value::from(0.0), &Value::from(0.0))
    );
    let one = place
        .run(&["diff", "plain", "opinion", "--format", "json"])
        .json();
    let noise = &one["pairs"][0]["effects"][0]["noise"];
    assert!(noise["repeats_95"].is_null() && noise["between"].is_number());
}

#[test]
fn gates_and_required_rows_decide_the_exit_code() {
    let place = Workspace::sample();
    let code = |args: &[&str]| {
        place
            .run(&[&["diff", "plain", "opinion", "-q"], args].concat())
            .code
    };
    assert_eq!(code(&["--gate", "diff.low > -0.5 and failed == 0"]), 0);
    assert_eq!(code(&["--gate", "diff(opinion, plain).low > 0.5"]), 1);
    assert_eq!(
        code(&["--gate", "spread <= 1"]),
        1,
        "what is not known does not hold"
    );
    let said = place.run(&["diff", "plain", "opinion", "--gate", "score(opinon)>0"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("`opinion`"), "{}", said.err);
    let mut errors = vec![said.errors()];
    // s12 is right with both, s02 is broken by the change.
    assert_eq!(code(&["--require", "s12"]), 0);
    assert_eq!(code(&["--require", "s12,s02"]), 1);
    assert_eq!(code(&["--require", "s99"]), 2);
    let said = place.run(&[
        "report",
        "latest",
        "-o",
        "r.xml",
        "--require",
        "s12,s02",
        "--gate",
        "score>=0.1",
    ]);
    assert_eq!(said.code, 1, "{}", said.err);
    let text = place.read("r.xml");
    let xml = roxmltree::Document::parse(&text).unwrap();
    let cases = xml.descendants().filter(|n| n.has_tag_name("testcase"));
    assert_eq!(
        cases.count(),
        1 + 2 * 2,
        "a case for the gate, one for each row and wording"
    );
    let said = place.run(&["report", "-o", "e.png", "--plot", "scores"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("rsvg-convert"), "{}", said.err);
    errors.push(said.errors());
    let said = place.run(&["report", "-o", "e.svg", "--plot", "scors"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("`scores`"), "{}", said.err);
    errors.push(said.errors());
    check_filtered("report/gates-and-plots-refused", &errors.join("\n"));
}
