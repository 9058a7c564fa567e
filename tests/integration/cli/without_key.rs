//! What is stored is used without a key, without runs, and by whoever looks on.

use crate::support::Workspace;
use wording::demo::{DemoServer, DemoSpec};

const KEY: &str = "WORDING_TEST_KEY_THAT_IS_NOT_SET";

fn place(url: &str, key: &str) -> Workspace {
    let place = Workspace::empty();
    place.write("a.j2", "Good or bad? {{ row.text }}");
    place.write("b.j2", "bad or good? {{ row.text }}");
    place.write(
        "d.jsonl",
        "{\"text\": \"fine\", \"label\": \"good\"}\n{\"text\": \"broken\", \"label\": \"bad\"}\n",
    );
    project(&place, url, key);
    place
}

fn project(place: &Workspace, url: &str, key: &str) {
    place.write(
        "wording.toml",
        &format!("[endpoint.x]\nbase_url = \"{url}\"\n{key}\n[experiment.e]\ntemplates = [\"*.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/icl\"]\n"),
    );
}

#[test]
fn a_key_is_needed_for_what_is_sent_only() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = DemoServer::start(DemoSpec::default());
    let server = runtime.block_on(server).unwrap();
    let url = server.base_url();
    let place = place(&url, "");
    assert_eq!(place.run(&["run"]).code, 0);
    let sent = server.requests();
    project(&place, &url, &format!("api_key_env = \"{KEY}\""));
    let again = place.run(&["run"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(
        again.out.contains("0 sent, 4 reused") || again.err.contains("4 reused"),
        "{}{}",
        again.out,
        again.err
    );
    let diff = place.run(&["diff", "a", "b"]);
    assert_eq!(diff.code, 0, "{}", diff.err);
    assert_eq!(server.requests(), sent);
    // One row more, and the key is missed before anything is sent.
    place.write("d.jsonl", "{\"text\": \"new\", \"label\": \"good\"}\n");
    for typed in [&["run"][..], &["run", "--reuse", "no"], &["diff", "a", "b"]] {
        let said = place.run(typed);
        assert_eq!(said.code, 2, "{typed:?}");
        assert!(said.err.contains(KEY), "{typed:?}: {}", said.err);
    }
    assert_eq!(server.requests(), sent);
}

#[test]
fn answers_without_a_run_are_reported() {
    let place = Workspace::sample();
    let none = place.run(&["report"]);
    assert!(none.err.contains("no runs yet"), "{}", none.err);
    assert_eq!(place.run(&["run", "sentiment"]).code, 0);
    let id = place.run(&["runs", "--format", "json"]).json()[0]["run"].clone();
    let deleted = place.run(&["runs", "delete", id.as_str().unwrap()]);
    assert_eq!(deleted.code, 0, "{}", deleted.err);
    let report = place.run(&["report"]);
    assert_eq!(report.code, 0, "{}", report.err);
    assert!(
        report.err.contains("of answers without a run"),
        "{}",
        report.err
    );
}
