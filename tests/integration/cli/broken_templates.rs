//! A template with an error keeps no command from working with the others, but is reported, and the exit code is 1.

use crate::support::Workspace;
use serde_json::Value;

const PROJECT: &str = "[experiment.a]\ntemplates = [\"*.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n[[experiment.a.metric]]\nkind = \"exact\"\n";

fn place(broken: &str) -> Workspace {
    let place = Workspace::empty();
    place.write("wording.toml", PROJECT);
    place.write("good.j2", "{{ row.text }}\n");
    place.write("wrong.j2", broken);
    let row = |n: usize, of: &str| format!("{{\"text\": \"{of} {n}\", \"label\": \"yes\"}}\n");
    place.write(
        "d.jsonl",
        &(0..20).map(|n| row(n, "evaluated")).collect::<String>(),
    );
    place.write(
        "more.jsonl",
        &(0..20)
            .map(|n| row(n, "quite another text"))
            .collect::<String>(),
    );
    place
}

#[test]
fn one_is_left_out_with_its_error_and_exit_code_1() {
    // It does not compile, or has a name without a value.
    for broken in ["{{ row.text", "{{ row.nothing }}"] {
        let place = place(broken);
        let commands: [&[&str]; 6] = [
            &["render", "a"],
            &["batch", "export", "a", "-o", "requests"],
            &[
                "tune",
                "export",
                "a",
                "--data",
                "more.jsonl",
                "-o",
                "tuning",
            ],
            &["run", "a"],
            &["upgrade", "a", "--from", "demo/icl", "--to", "demo/echo"],
            &["export", "a", "--to", "inspect", "-o", "task"],
        ];
        for command in commands {
            let said = place.run(command);
            assert_eq!(said.code, 1, "{command:?}: {}{}", said.out, said.err);
            let all = said.out + &said.err;
            assert!(all.contains("wrong.j2"), "{command:?}: {all}");
        }
        let requests = place.read("requests/a-demo-icl-1.jsonl");
        assert_eq!(requests.lines().count(), 20);
        let report: Value = serde_json::from_str(&place.read("tuning/export.json")).unwrap();
        assert_eq!(report["variant"], "good");
    }
}

#[test]
fn where_none_is_left_nothing_is_done() {
    let place = place("");
    std::fs::remove_file(place.file("good.j2")).unwrap();
    place.write("wrong.j2", "{{ row.text");
    let batch = place.run(&["batch", "export", "a", "-o", "requests"]);
    assert_eq!(batch.code, 2, "{}", batch.err);
    assert!(!place.file("requests").exists());
}
