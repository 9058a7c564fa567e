//! Prompts that a server cuts without saying so: one warning per run and model, kept for the report.

use crate::support::Workspace;
use wording::demo::{DemoServer, DemoSpec, Script};

#[test]
fn a_server_that_cuts_prompts_is_warned_of_once_and_in_the_report() {
    let script = "loop = true\n[[step]]\nbody = '{\"choices\":[{\"message\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":2048,\"completion_tokens\":1}}'\n";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = Script::parse(script).unwrap();
    let server = runtime
        .block_on(DemoServer::start_with(DemoSpec::default(), Some(script)))
        .unwrap();
    let place = Workspace::empty();
    place.write("t.j2", "{{ row.text }}");
    let row = |label: &str| {
        let text = label.to_owned() + &" words".repeat(9_000);
        format!("{{\"text\": \"{text}\", \"label\": \"{label}\"}}\n")
    };
    place.write(
        "d.jsonl",
        &(row("yes") + &row("no") + "{\"text\": \"short\", \"label\": \"yes\"}\n"),
    );
    place.write("wording.toml", &format!(
        "[endpoint.x]\nbase_url = \"{}\"\n[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/m\"]\nsamples = 2\n",
        server.base_url()
    ));
    let ran = place.run(&["run", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let warning = "x/m reports 2048 prompt tokens where about 9008 were sent: the server most likely cut the prompt.";
    assert_eq!(ran.err.matches(warning).count(), 1, "{}", ran.err);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        json["cut_prompts"],
        serde_json::json!([{"model": "x/m", "answers": 4, "reported": 2048, "counted": 9008}])
    );
    let report = place.run(&["report"]);
    assert!(
        report.out.contains("(4 answers affected)"),
        "{}",
        report.out
    );
    assert!(report.out.contains("num_ctx"), "{}", report.out);
}
