//! Bad input ends in one clear message with the place and what to do, and the right exit code.

use crate::support::Workspace;

const PROJECT: &str = "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n";
const ROWS: &str = "{\"text\": \"fine\", \"label\": \"yes\"}\n";

/// A small project that works, with one file replaced.
fn place(name: &str, text: &str) -> Workspace {
    let place = Workspace::empty();
    place.write("wording.toml", PROJECT);
    place.write("t.j2", "{{ row.text }}\n");
    place.write("d.jsonl", &ROWS.repeat(20));
    place.write(name, text);
    place
}

#[track_caller]
fn fails(place: &Workspace, args: &[&str], code: i32, parts: &[&str]) {
    let said = place.run(args);
    assert_eq!(said.code, code, "{}\n{}", said.out, said.err);
    for part in parts {
        assert!(
            said.err.contains(part),
            "{part:?} is missing in:\n{}",
            said.err
        );
    }
    assert!(!said.err.contains("panicked"), "{}", said.err);
}

#[test]
fn the_small_project_itself_works() {
    assert_eq!(place("t.j2", "{{ row.text }}").run(&["run"]).code, 0);
}

#[test]
fn broken_project_files() {
    fails(
        &place("wording.toml", "[experiment.a\n"),
        &["run"],
        2,
        &["wording.toml:1:"],
    );
    let typo = PROJECT.replace("dataset", "datset");
    fails(
        &place("wording.toml", &typo),
        &["run"],
        2,
        &["wording.toml:3:1", "did you mean `dataset`?"],
    );
    fails(
        &place("wording.toml", "\u{0}"),
        &["run"],
        2,
        &["wording.toml:1:"],
    );
    fails(
        &place("t.j2", "x"),
        &["run", "--project", "nowhere.toml"],
        2,
        &["nowhere.toml", "cannot be read"],
    );
}

#[test]
fn no_such_experiment() {
    fails(
        &place("t.j2", "x"),
        &["run", "b"],
        2,
        &["no experiment `b`", "there is a"],
    );
    fails(&place("t.j2", "x"), &["rnu"], 2, &["wording run"]);
}

#[test]
fn templates_that_do_not_work() {
    fails(
        &place("t.j2", "a\n{{ row.text }\n"),
        &["run"],
        2,
        &["t.j2:2:"],
    );
    fails(
        &place("t.j2", "a\nb {{ row.txt }}\n"),
        &["run"],
        2,
        &["t.j2:2:6", "did you mean `text`?"],
    );
    fails(
        &place("t.j2", "{{ role(\"bot\") }}x"),
        &["run"],
        2,
        &["no role `bot`", "system"],
    );
    let none = PROJECT.replace("t.j2", "u/*.j2");
    fails(
        &place("wording.toml", &none),
        &["run"],
        2,
        &["no template matches `u/*.j2`"],
    );
}

#[test]
fn datasets_that_do_not_work() {
    fails(
        &place("d.jsonl", &(ROWS.repeat(16) + "{\"text\": oops}\n")),
        &["run"],
        2,
        &["d.jsonl:17:", "oops"],
    );
    fails(&place("d.jsonl", ""), &["run"], 2, &["no rows"]);
    fails(
        &place("d.jsonl", "{\"text\": \"x\", \"lable\": \"y\"}\n"),
        &["run"],
        2,
        &["no column `label`", "did you mean `lable`?"],
    );
    let missing = PROJECT.replace("d.jsonl", "e.jsonl");
    fails(
        &place("wording.toml", &missing),
        &["run"],
        2,
        &["e.jsonl", "cannot be read"],
    );
    let no_answer = PROJECT.replace("answer = \"label\"\n", "");
    fails(
        &place("wording.toml", &no_answer),
        &["run"],
        2,
        &["expected answer", "text, label"],
    );
}

#[test]
fn endpoints_that_do_not_work() {
    let with =
        |extra: &str| PROJECT.replace("demo/icl", "x/m") + "[endpoint.x]\nretries = 0\n" + extra;
    let unset = with("base_url = \"http://127.0.0.1:9\"\napi_key_env = \"NO_SUCH_KEY\"\n");
    fails(
        &place("wording.toml", &unset),
        &["run"],
        2,
        &["NO_SUCH_KEY is not set", "export NO_SUCH_KEY"],
    );
    let refused = with("base_url = \"http://127.0.0.1:9\"\n");
    fails(
        &place("wording.toml", &refused),
        &["run"],
        1,
        &["127.0.0.1:9", "is the server running"],
    );
    let model = PROJECT.replace("demo/icl", "demo/gpt");
    fails(
        &place("wording.toml", &model),
        &["run"],
        1,
        &["does not exist", "wording models demo"],
    );
    let endpoint = PROJECT.replace("demo/icl", "nope/gpt");
    fails(
        &place("wording.toml", &endpoint),
        &["run"],
        2,
        &["wording.toml:5:", "no endpoint `nope`"],
    );
}

#[test]
fn a_refused_key_stops_the_run_at_once_and_is_never_shown() {
    let place = place("t.j2", "{{ row.text }}{{ row.label }}");
    place.write("s.toml", "loop = true\n[[step]]\nstatus = 401\nbody = '{\"error\": {\"message\": \"bad key sekrit-123\"}}'\n");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime
        .block_on(wording::demo::DemoServer::start(wording::demo::DemoSpec {
            script: Some(place.path().join("s.toml")),
            ..Default::default()
        }))
        .unwrap();
    let project = PROJECT.replace("demo/icl", "x/icl")
        + &format!(
            "[endpoint.x]\nbase_url = \"{}\"\napi_key_env = \"SOME_KEY\"\nmax_in_flight = 1\n",
            server.base_url()
        );
    place.write("wording.toml", &project);
    let out = place
        .command(&["run"])
        .env("SOME_KEY", "sekrit-123")
        .output()
        .unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(1), "{err}");
    assert!(
        err.contains("401") && err.contains("SOME_KEY") && !err.contains("sekrit-123"),
        "{err}"
    );
    assert_eq!(server.requests(), 1, "the first refusal must stop the run");
}

#[test]
fn usage_errors_are_code_2() {
    let place = place("t.j2", "x");
    fails(&place, &["run", "--rows", "0"], 2, &["at least 1"]);
    fails(&place, &["run", "-o", "x.doc"], 2, &[".html"]);
    fails(
        &place,
        &["run", "--variants", "zzz*"],
        2,
        &["no variant matches"],
    );
    fails(&place, &["diff", "t", "u"], 2, &["no experiment has both"]);
    fails(&place, &["report", "r-zz"], 2, &["no run `r-zz`"]);
    fails(&place, &["session", "x"], 2, &[]);
    fails(&place, &["a"], 2, &["needs a terminal"]);
}

#[test]
fn an_endpoint_that_refuses_everything_is_not_asked_for_ever() {
    let place = place(
        "d.jsonl",
        &(0..200)
            .map(|i| format!("{{\"text\": \"row {i}\", \"label\": \"yes\"}}\n"))
            .collect::<String>(),
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = wording::demo::Script::parse("loop = true\n[[step]]\nstatus = 422\n").unwrap();
    let server = runtime
        .block_on(wording::demo::DemoServer::start_with(
            Default::default(),
            Some(script),
        ))
        .unwrap();
    let project = PROJECT.replace("demo/icl", "x/icl")
        + &format!(
            "[endpoint.x]\nbase_url = \"{}\"\nmax_in_flight = 2\n",
            server.base_url()
        );
    place.write("wording.toml", &project);
    fails(
        &place,
        &["run"],
        1,
        &["the first 10 trials all failed", "422"],
    );
    assert!(server.requests() <= 12, "{} requests", server.requests());
}

#[test]
fn one_bad_template_does_not_stop_the_others() {
    let place = Workspace::empty();
    place.write("wording.toml", &PROJECT.replace("t.j2", "t/*.j2"));
    place.write("d.jsonl", &ROWS.repeat(20));
    place.write("t/good.j2", "{{ row.text }}");
    place.write("t/syntax.j2", "a\n{{ row.text }\n");
    place.write("t/name.j2", "{{ row.txt }}");
    let said = place.run(&["run", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    for part in ["syntax.j2:2:", "name.j2:1:4", "did you mean `text`?"] {
        assert!(
            said.err.contains(part),
            "{part:?} is missing in:\n{}",
            said.err
        );
    }
    let json = said.json();
    assert_eq!(json["trials"]["completed"], 20);
    assert_eq!(json["variants"][0]["name"], "good");
    let rendered = place.run(&["render", "--variant", "good"]);
    assert_eq!(rendered.code, 1, "{}", rendered.err);
    assert!(rendered.out.contains("fine"), "{}", rendered.out);
}
