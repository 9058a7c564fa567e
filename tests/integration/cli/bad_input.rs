//! Bad input ends in one clear message with the place and what to do, and the right exit code.

use crate::support::{Workspace, snapshot::check_filtered};
use wording::demo::{DemoServer, DemoSpec, Script};

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

/// A file of the small project, what it holds instead, what is typed, the exit code, and what the message must name.
type Failure<'a> = (&'a str, &'a str, &'a [&'a str], i32, &'a [&'a str]);

#[track_caller]
fn fail(snapshot: &str, cases: &[Failure]) {
    let mut texts = Vec::new();
    for (name, text, args, code, parts) in cases {
        let said = place(name, text).run(args);
        assert_eq!(said.code, *code, "{}\n{}", said.out, said.err);
        for part in *parts {
            assert!(said.err.contains(part), "no {part:?} in:\n{}", said.err);
        }
        assert!(!said.err.contains("panicked"), "{}", said.err);
        texts.push(said.errors());
    }
    check_filtered(&format!("cli/bad-{snapshot}"), &texts.join("\n"));
}

#[test]
fn the_small_project_itself_works() {
    assert_eq!(place("t.j2", "{{ row.text }}").run(&["run"]).code, 0);
}

#[test]
fn broken_project_files() {
    let typo = PROJECT.replace("dataset", "datset");
    fail(
        "project",
        &[
            (
                "wording.toml",
                "[experiment.a\n",
                &["run"],
                2,
                &["wording.toml:1:"],
            ),
            (
                "wording.toml",
                &typo,
                &["run"],
                2,
                &["wording.toml:3:1", "`dataset`"],
            ),
            ("wording.toml", "\u{0}", &["run"], 2, &["wording.toml:1:"]),
            (
                "t.j2",
                "x",
                &["run", "--project", "nowhere.toml"],
                2,
                &["nowhere.toml"],
            ),
            ("t.j2", "x", &["run", "b"], 2, &["`b`"]),
            ("t.j2", "x", &["rnu"], 2, &["wording run"]),
        ],
    );
}

#[test]
fn templates_that_do_not_work() {
    let none = PROJECT.replace("t.j2", "u/*.j2");
    fail(
        "templates",
        &[
            ("t.j2", "a\n{{ row.text }\n", &["run"], 2, &["t.j2:2:"]),
            (
                "t.j2",
                "a\nb {{ row.txt }}\n",
                &["run"],
                2,
                &["t.j2:2:6", "`text`"],
            ),
            (
                "t.j2",
                "{{ role(\"bot\") }}x",
                &["run"],
                2,
                &["`bot`", "system"],
            ),
            ("wording.toml", &none, &["run"], 2, &["`u/*.j2`"]),
        ],
    );
}

#[test]
fn datasets_that_do_not_work() {
    let cut = ROWS.repeat(16) + "{\"text\": oops}\n";
    let missing = PROJECT.replace("d.jsonl", "e.jsonl");
    let other = "{\"text\": \"x\", \"lable\": \"y\"}\n";
    fail(
        "datasets",
        &[
            ("d.jsonl", &cut, &["run"], 2, &["d.jsonl:17:", "oops"]),
            ("d.jsonl", "", &["run"], 2, &["d.jsonl"]),
            ("d.jsonl", other, &["run"], 2, &["`label`", "`lable`"]),
            ("wording.toml", &missing, &["run"], 2, &["e.jsonl"]),
        ],
    );
}

#[test]
fn endpoints_that_do_not_work() {
    let with =
        |extra: &str| PROJECT.replace("demo/icl", "x/m") + "[endpoint.x]\nretries = 0\n" + extra;
    let unset = with("base_url = \"http://127.0.0.1:9\"\napi_key_env = \"NO_SUCH_KEY\"\n");
    let refused = with("base_url = \"http://127.0.0.1:9\"\n");
    let model = PROJECT.replace("demo/icl", "demo/gpt");
    let endpoint = PROJECT.replace("demo/icl", "nope/gpt");
    fail(
        "endpoints",
        &[
            ("wording.toml", &unset, &["run"], 2, &["export NO_SUCH_KEY"]),
            ("wording.toml", &refused, &["run"], 1, &["127.0.0.1:9"]),
            (
                "wording.toml",
                &model,
                &["run"],
                1,
                &["wording models demo"],
            ),
            (
                "wording.toml",
                &endpoint,
                &["run"],
                2,
                &["wording.toml:5:", "`nope`"],
            ),
        ],
    );
}

#[test]
fn usage_errors_are_code_2() {
    let typed: [(&[&str], &[&str]); 7] = [
        (&["run", "--rows", "0"], &["--rows", "1"]),
        (&["run", "-o", "x.doc"], &[".html"]),
        (&["run", "--variants", "zzz*"], &["zzz*"]),
        (&["diff", "t", "u"], &["`u`"]),
        (&["report", "r-zz"], &["`r-zz`"]),
        (&["session", "x"], &[]),
        (&["a"], &["terminal"]),
    ];
    fail(
        "usage",
        &typed.map(|(args, parts)| ("t.j2", "x", args, 2, parts)),
    );
}

/// A server that plays a script, and the small project with its model.
fn scripted(script: &str, more: &str) -> (tokio::runtime::Runtime, DemoServer, Workspace) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = Some(Script::parse(script).unwrap());
    let server = runtime
        .block_on(DemoServer::start_with(DemoSpec::default(), script))
        .unwrap();
    let url = server.base_url();
    let place = place(
        "wording.toml",
        &format!(
            "{}[endpoint.x]\nbase_url = \"{url}\"\n{more}",
            PROJECT.replace("demo/icl", "x/icl")
        ),
    );
    let rows = (0..200).map(|i| format!("{{\"text\": \"row {i}\", \"label\": \"yes\"}}\n"));
    place.write("d.jsonl", &rows.collect::<String>());
    (runtime, server, place)
}

#[test]
fn a_refused_key_stops_the_run_at_once_and_is_never_shown() {
    let (_runtime, server, place) = scripted(
        "loop = true\n[[step]]\nstatus = 401\nbody = '{\"error\": {\"message\": \"bad key sekrit-123\"}}'\n",
        "api_key_env = \"SOME_KEY\"\nmax_in_flight = 1\n",
    );
    let said = place.output(place.command(&["run"]).env("SOME_KEY", "sekrit-123"));
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.err.contains("401") && said.err.contains("SOME_KEY"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("sekrit-123"), "{}", said.err);
    assert_eq!(server.requests(), 1, "the first refusal must stop the run");
    said.check_err("cli/bad-key");
}

#[test]
fn a_run_stops_when_an_endpoint_refuses_everything() {
    let (_runtime, server, place) = scripted(
        "loop = true\n[[step]]\nstatus = 422\n",
        "max_in_flight = 2\n",
    );
    let said = place.run(&["run"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.err.contains("first 5 trials") && said.err.contains("422"),
        "{}",
        said.err
    );
    assert!(server.requests() <= 12, "{} requests", server.requests());
}

#[test]
fn one_bad_template_does_not_stop_the_others() {
    let place = place("wording.toml", &PROJECT.replace("t.j2", "t/*.j2"));
    place.write("t/good.j2", "{{ row.text }}");
    place.write("t/syntax.j2", "a\n{{ row.text }\n");
    place.write("t/name.j2", "{{ row.txt }}");
    let said = place.run(&["run", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    for part in ["syntax.j2:2:", "name.j2:1:4", "`text`"] {
        assert!(said.err.contains(part), "no {part:?} in:\n{}", said.err);
    }
    said.check_err("cli/bad-template-among-others");
    let json = said.json();
    assert_eq!(json["trials"]["completed"], 20);
    assert_eq!(json["variants"][0]["name"], "good");
    let rendered = place.run(&["render", "--variant", "good"]);
    assert_eq!(rendered.code, 1, "{}", rendered.err);
    assert!(rendered.out.contains("fine"), "{}", rendered.out);
}
