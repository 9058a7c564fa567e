//! The whole circle, offline: prompt, verdict, export, job, tuned model in the grid, bad cases, second round.

use crate::support::{Workspace, snapshot::check_filtered};
use serde_json::Value;
use wording::demo::{DemoServer, DemoSpec};

fn json(place: &Workspace, args: &[&str]) -> Value {
    let said = place.run(args);
    assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    said.json()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn round_and_round() {
    let place = Workspace::sample();
    // Nothing is known yet, and it says so.
    let advice = json(&place, &["advise", "sentiment", "--format", "json"]);
    assert_eq!(advice["verdict"], "keep prompting");
    assert_eq!(advice["rule"], "no-score");
    assert_eq!(
        advice["evidence"]["labelled"], 24,
        "the shots, apart from the evaluation"
    );
    // Prompt.
    json(&place, &["run", "sentiment", "--format", "json"]);
    let ask = ["advise", "sentiment", "--target", "0.9", "--format", "json"];
    let advice = json(&place, &ask);
    assert_eq!(advice["verdict"], "prompt now, collect data");
    assert_eq!(advice["rule"], "guesses-without-rows");
    let markdown = place.run(&["advise", "sentiment", "--target", "0.9", "-o", "a.md"]);
    assert_eq!(markdown.code, 0, "{}", markdown.err);
    assert!(
        place
            .read("a.md")
            .starts_with("# sentiment: prompt now, collect data")
    );
    // Hand over.
    let exported = json(&place, &["tune", "export", "sentiment", "--format", "json"]);
    assert_eq!(
        (&exported["train"], &exported["validation"]),
        (&Value::from(22), &Value::from(2))
    );
    assert_eq!(lines(&place.read("tuning/train.openai.jsonl")).len(), 22);
    let before = place.read("wording.toml");
    let said = place.run(&["tune", "submit"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("Epoch 3/3"), "{}", said.err);
    let model = said.out.trim().rsplit(", ").next().unwrap().to_owned();
    assert!(model.starts_with("ft:icl:sentiment:"), "{}", said.out);
    assert_eq!(
        place.read("wording.toml"),
        before.replacen(
            "models = [\"demo/icl\"]",
            &format!("models = [\"demo/icl\", \"demo/{model}\"]"),
            1
        ),
        "nothing else of the file moves"
    );
    // The tuned model is known to every later process.
    let run = json(&place, &["run", "sentiment", "--format", "json"]);
    assert_eq!(run["trials"]["sent"], 420, "the base is not asked again");
    assert_eq!(run["trials"]["failed"], 0);
    let compared = json(
        &place,
        &["tune", "compare", "sentiment", "--format", "json"],
    );
    let what: Vec<&str> = compared["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        what,
        [
            "base, best prompt",
            "tuned, bare prompt",
            "tuned, best prompt"
        ]
    );
    // Bad cases of the tuned model, and a second round that spends them.
    let tuned = format!("demo/{model}");
    let kept = json(
        &place,
        &[
            "badcases",
            "add",
            "sentiment",
            "--failing",
            "--model",
            &tuned,
            "--format",
            "json",
        ],
    );
    let bad = kept.as_array().unwrap().len();
    assert!(bad > 5, "{bad}");
    let again = [
        "tune",
        "export",
        "sentiment",
        "-o",
        "second",
        "--format",
        "json",
    ];
    assert_eq!(
        json(&place, &again)["train"],
        exported["train"],
        "rows that are evaluated are not trained on unasked"
    );
    let spend = [&again[..], &["--spend-rows"]].concat();
    let second = json(&place, &spend);
    assert_eq!(second["origins"]["bad-case"], bad);
    let spent: Vec<&str> = second["spent"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s.as_str().unwrap())
        .collect();
    assert_eq!(spent.len(), bad);
    let left = lines(&place.read("second/evaluation.jsonl"));
    assert_eq!(left.len(), 60 - bad);
    assert!(
        left.iter()
            .all(|row| !spent.contains(&row["id"].as_str().unwrap()))
    );
    for pair in lines(&place.read("second/train.trl-dpo.jsonl")) {
        assert_ne!(pair["chosen"], pair["rejected"]);
    }
    let said = place.run(&["tune", "submit", "second", "--epochs", "2"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let config = place.read("wording.toml").replacen(
        "dataset = \"datasets/sentiment.jsonl\"",
        "dataset = \"second/evaluation.jsonl\"",
        1,
    );
    place.write("wording.toml", &config);
    json(&place, &["run", "sentiment", "--format", "json"]);
    let history = json(&place, &["history", "sentiment", "--format", "json"]);
    let rounds: Vec<u64> = history
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["kind"] == "tuning")
        .map(|e| e["round"].as_u64().unwrap())
        .collect();
    assert_eq!(rounds, [2, 3]);
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["round"]),
        (&Value::from("run"), &Value::from(3))
    );
}

#[test]
fn a_job_that_waits_can_be_cancelled_and_a_bad_file_fails_it() {
    let place = Workspace::sample();
    place.run(&["tune", "export", "sentiment"]);
    let said = place.run(&["tune", "submit", "--no-wait"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let job = said.out.split(':').next().unwrap().to_owned();
    let said = place.run(&["tune", "cancel", &job]);
    assert_eq!(
        (said.code, said.out.trim()),
        (0, format!("{job}: cancelled").as_str())
    );
    let said = place.run(&["tune", "cancel", &job]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains(&job), "{}", said.err);
    let list = json(&place, &["tune", "status", "--format", "json"]);
    assert_eq!(list[0]["state"], "cancelled");

    place.write("tuning/train.openai.jsonl", "{\"messages\": []}\n");
    let said = place.run(&["tune", "submit"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.out.contains("line 1"), "{}", said.out);
    assert!(
        place
            .read("wording.toml")
            .contains("models = [\"demo/icl\"]")
    );
}

#[test]
fn configurations_name_the_reason_for_each_value() {
    let place = Workspace::sample();
    place.run(&["tune", "export", "sentiment"]);
    for (trainer, file) in [
        ("llama-factory", "llama-factory.yaml"),
        ("axolotl", "axolotl.yaml"),
        ("trl", "train.py"),
    ] {
        let said = place.run(&[
            "tune",
            "config",
            "--for",
            trainer,
            "--base",
            "Qwen/Qwen2.5-7B-Instruct",
        ]);
        assert_eq!(said.code, 0, "{}", said.err);
        let text = place.read(&format!("tuning/{file}"));
        assert!(text.matches("# 22 ").count() >= 1, "{text}");
        check_filtered(&format!("cli/tune-{file}"), &text);
    }
    let said = place.run(&["tune", "config", "--for", "trl", "--base", "mine"]);
    assert!(
        said.code == 2 && said.err.contains("--parameters-b"),
        "{}",
        said.err
    );
}

#[test]
fn what_leaks_or_conflicts_is_left_out_with_its_reason() {
    let place = Workspace::sample();
    let row = lines(&place.read("datasets/sentiment.jsonl")).remove(0);
    let text = row["text"].as_str().unwrap();
    let near = text.replace("two sittings", "three sittings");
    let more: String = [
        (text, "positive"),
        (&near, "positive"),
        ("One and the same", "positive"),
        ("one and the same!", "negative"),
        ("A plain good row", "positive"),
        ("a plain, good row", "positive"),
        ("", "positive"),
        ("A row with an odd label", "mixed"),
    ]
    .iter()
    .map(|(text, label)| serde_json::json!({"text": text, "label": label}).to_string() + "\n")
    .collect();
    place.write("more.jsonl", &more);
    let report = json(
        &place,
        &[
            "tune",
            "export",
            "sentiment",
            "--data",
            "more.jsonl",
            "--format",
            "json",
        ],
    );
    assert_eq!(report["origins"]["data"], 1);
    assert_eq!(
        report["left_out"],
        serde_json::json!({
            "an earlier row is the same": 1,
            "its answer is not one of the labels": 1,
            "its input is empty": 1,
            "another row with the same text has a different label": 2,
            "an evaluated row has the same text": 1,
            "an evaluated row has nearly the same text": 1,
        })
    );
    assert!(place.read("tuning/export.md").contains("| s01 |"));
}

#[test]
fn a_wrong_word_in_the_project_has_its_place() {
    let place = Workspace::sample();
    let text = place.read("wording.toml").replacen(
        "[experiment.sentiment.axes]",
        "[experiment.sentiment.advise]\ntarget = 90\nresources = \"gpu\"\ncost = { traning = 3 }\n\n[experiment.sentiment.axes]",
        1,
    );
    place.write("wording.toml", &text);
    let said = place.run(&["advise", "sentiment"]);
    assert_eq!(said.code, 2);
    for part in [
        "`target`",
        "90",
        "consumer-gpu",
        "`training`",
        "wording.toml:",
    ] {
        assert!(
            said.err.contains(part),
            "{part} is missing in\n{}",
            said.err
        );
    }
    said.check_err("cli/advise-wrong-settings");
}

/// Its commands are run with those of the other pages.
#[test]
fn the_page_has_every_rule() {
    let page = include_str!("../../../docs/prompt-or-fine-tune.md");
    for rule in wording::advise::RULES {
        assert!(
            page.contains(&format!(
                "| `{}` | {} | {} |",
                rule.name,
                rule.when,
                rule.verdict.as_str()
            )),
            "the page does not say what `{}` does",
            rule.name
        );
    }
}

/// A model that was trained on one's own machine has no job here, and no price: the project says that it is tuned.
#[test]
fn a_model_tuned_elsewhere_is_compared_and_begins_a_round() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(DemoServer::start(DemoSpec::default()));
    let endpoint = format!(
        "[endpoint.local]\nbase_url = \"{}\"\n",
        server.as_ref().unwrap().base_url()
    );
    let place = Workspace::sample();
    let project = place.read("wording.toml").replace(
        "models = [\"demo/icl\"]",
        "models = [\"local/icl\", \"local/echo\"]",
    );
    place.write("wording.toml", &(endpoint.clone() + &project));
    json(
        &place,
        &["run", "sentiment", "--rows", "20", "--format", "json"],
    );
    let none = place.run(&["tune", "compare", "sentiment"]);
    assert_eq!(none.code, 2);
    assert!(
        none.err.contains("say `tuned = true` under"),
        "{}",
        none.err
    );
    let tuned = "[endpoint.local.model.\"echo\"]\ntuned = true\n";
    place.write("wording.toml", &(endpoint + tuned + &project));
    let compared = place.run(&["tune", "compare", "sentiment"]);
    assert_eq!(compared.code, 0, "{}", compared.err);
    for part in [
        "tuned, bare prompt",
        "break-even: unknown; set the price of local/icl (`price` in [endpoint.local.model.\"icl\"]), and what tuning costs (`cost` in [experiment.sentiment.advise])",
        "prompt tokens: ",
    ] {
        assert!(compared.out.contains(part), "{part}: {}", compared.out);
    }
    let history = json(&place, &["history", "sentiment", "--format", "json"]);
    let rounds: Vec<(&str, u64)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["model"].as_str().unwrap(), e["round"].as_u64().unwrap()))
        .collect();
    assert_eq!(rounds, [("local/icl", 1), ("local/echo", 2)]);
    // Which of the wordings is trained on is said where nobody chose it, and shown names are known.
    let exported = place.run(&["tune", "export", "sentiment"]);
    assert!(
        exported
            .err
            .contains("the examples have one of 7 wordings, "),
        "{}",
        exported.err
    );
}

/// What is trained is what is evaluated, or the difference is listed and the exit code is 1. The library `datasets` reads a column of
/// dates alone as timestamps, and TRL 1.16 then learns `<datetime>`.
#[test]
fn training_files_that_differ_from_the_evaluated_prompt_are_listed() {
    let place = Workspace::empty();
    let project = "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n[[experiment.a.metric]]\nkind = \"exact\"\n";
    place.write("wording.toml", project);
    place.write("d.jsonl", "{\"text\": \"evaluated\", \"label\": \"yes\"}\n");
    let rows = |label: fn(usize) -> String| -> String {
        let row = |n: usize| {
            format!(
                "{{\"text\": \"quite another text {n}\", \"label\": \"{}\"}}\n",
                label(n)
            )
        };
        (0..20).map(row).collect()
    };
    place.write("words.jsonl", &rows(|n| format!("word {n}")));
    place.write("dates.jsonl", &rows(|n| format!("2026-11-{:02}", n + 1)));
    let export = |template: &str, data: &str, format: &str| {
        place.write("t.j2", template);
        let said = place.run(&[
            "tune", "export", "a", "--data", data, "--for", format, "--format", "json",
        ]);
        let differences: Vec<String> =
            serde_json::from_value(said.json()["differences"].clone()).unwrap();
        assert_eq!(
            said.code,
            i32::from(!differences.is_empty()),
            "{}",
            said.err
        );
        for difference in &differences {
            assert!(said.err.contains(difference.as_str()), "{}", said.err);
        }
        differences
    };
    let plain = "{{ role(\"system\") }}Be brief.\n{{ role(\"user\") }}{{ row.text }}";
    for format in [
        "openai",
        "trl",
        "trl-prompt-completion",
        "alpaca",
        "sharegpt",
        "axolotl",
    ] {
        assert_eq!(export(plain, "words.jsonl", format), [""; 0]);
        let dates = export(plain, "dates.jsonl", format);
        match format {
            "alpaca" => assert!(
                dates[0].starts_with("train.alpaca.jsonl: all texts of `output` are dates"),
                "{dates:?}"
            ),
            "trl-prompt-completion" => {
                assert!(dates[0].contains("`completion.content`"), "{dates:?}")
            }
            // There the prompts are texts of the same column, or others read the file.
            _ => assert_eq!(dates, [""; 0]),
        }
    }
    let twice = "{{ role(\"user\") }}Be brief.\n{{ role(\"user\") }}{{ row.text }}";
    assert_eq!(export(twice, "words.jsonl", "trl"), [""; 0]);
    assert!(export(twice, "words.jsonl", "alpaca")[0].contains("join"));
    let developer = plain.replace("system", "developer");
    assert!(export(&developer, "words.jsonl", "trl")[0].contains("system turns"));
    let blank = "{{ role(\"system\", trim=\"none\") }}{{ role(\"user\") }}{{ row.text }}";
    assert!(export(blank, "words.jsonl", "sharegpt")[0].contains("without text"));
}

#[test]
fn a_wording_that_offers_tools_is_not_exported_without_them() {
    let place = Workspace::empty();
    let project = "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\ntools = \"tool.json\"\nmodels = [\"demo/icl\"]\n[[experiment.a.metric]]\nkind = \"exact\"\n";
    place.write("wording.toml", project);
    place.write("tool.json", "{\"type\": \"function\", \"function\": {\"name\": \"look\", \"description\": \"Look it up.\", \"parameters\": {\"type\": \"object\", \"properties\": {}}}}");
    place.write("t.j2", "{{ row.text }}");
    place.write("d.jsonl", "{\"text\": \"evaluated\", \"label\": \"yes\"}\n");
    place.write(
        "more.jsonl",
        "{\"text\": \"quite another\", \"label\": \"no\"}\n",
    );
    let said = place.run(&["tune", "export", "a", "--data", "more.jsonl"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("offers tools"), "{}", said.err);
}

#[test]
fn what_is_trained_is_right_and_nothing_of_an_earlier_export_stays() {
    let place = Workspace::empty();
    let project = "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nid = \"id\"\ncluster = \"g\"\nsealed = \"hold\"\nmodels = [\"demo/icl\"]\n[[experiment.a.metric]]\nkind = \"normalized\"\n";
    place.write("wording.toml", project);
    place.write("t.j2", "{{ row.text }}");
    let row = |n: usize, text: &str, hold: bool| {
        let labels = format!("[\"Nile {n}\", \"the Nile {n}\"]");
        format!(
            "{{\"id\": \"{n}\", \"text\": \"{text}\", \"label\": {labels}, \"g\": {}, \"hold\": {hold}}}\n",
            n % 6
        )
    };
    // No word of one is in another, which would keep them on one side.
    let words = |n: usize| {
        let part = |n: usize| ["ka", "lo", "mi", "ru", "ne", "to", "sa", "vi", "po", "du"][n % 10];
        let word = |end: &str| format!("{}{}{end}", part(n / 10), part(n));
        format!("{} {} {} {n}", word(""), word("s"), word("ing"))
    };
    let all: String = (0..6).map(|n| row(n, &words(n), n % 2 == 0)).collect();
    place.write("d.jsonl", &all);
    let mut more: String = (10..40).map(|n| row(n, &words(n), false)).collect();
    more += &row(50, &words(0), false);
    place.write("more.jsonl", &more);
    let export = |further: &[&str]| {
        let start = [
            "tune",
            "export",
            "a",
            "--data",
            "more.jsonl",
            "--format",
            "json",
        ];
        json(&place, &[&start[..], further].concat())
    };
    let exported = export(&["--validation", "0.3"]);
    // The copy of a sealed row is left out, whatever its column says.
    assert_eq!(exported["left_out"]["it is a sealed row"], 1, "{exported}");
    let part = |name: &str| lines(&place.read(&format!("tuning/{name}.trl.jsonl")));
    let question = |line: &Value| line["messages"][0]["content"].as_str().unwrap().to_owned();
    let cluster = |line: &Value| {
        question(line)
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<usize>()
            .unwrap()
            % 6
    };
    let sides =
        ["train", "validation"].map(|name| part(name).iter().map(cluster).collect::<Vec<_>>());
    assert!(
        sides[0].iter().all(|cluster| !sides[1].contains(cluster)),
        "{sides:?}"
    );
    // Of several right answers the first.
    for line in part("train") {
        let answer = line["messages"][1]["content"].as_str().unwrap().to_owned();
        assert_eq!(
            answer,
            format!("Nile {}", question(&line).rsplit(' ').next().unwrap())
        );
    }
    export(&["--validation", "0", "--for", "openai"]);
    assert!(place.file("tuning/train.openai.jsonl").is_file());
    for gone in [
        "validation.openai.jsonl",
        "train.trl.jsonl",
        "validation.trl.jsonl",
    ] {
        assert!(!place.file(&format!("tuning/{gone}")).exists(), "{gone}");
    }
    // The sealed rows stay in the dataset whose rows are spent.
    let add = [
        "badcases", "add", "a", "--row", "1", "--row", "3", "--format", "json",
    ];
    json(&place, &add);
    let exported = export(&["--spend-rows", "-o", "spent"]);
    let spent = exported["spent"].as_array().unwrap().len();
    assert!(spent > 0, "{exported}");
    assert_eq!(
        lines(&place.read("spent/evaluation.jsonl")).len(),
        6 - spent
    );
}

#[test]
fn parameters_with_tools_and_completions_are_no_training_files_of_turns() {
    let place = Workspace::empty();
    let project = "[endpoint.c]\nbase_url = \"http://127.0.0.1:9/v1\"\napi = \"completions\"\n[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"c/m\"]\n[[experiment.a.metric]]\nkind = \"exact\"\n";
    place.write("wording.toml", project);
    place.write("t.j2", "{{ row.text }}");
    place.write("d.jsonl", "{\"text\": \"evaluated\", \"label\": \"yes\"}\n");
    place.write(
        "more.jsonl",
        "{\"text\": \"quite another\", \"label\": \"no\"}\n",
    );
    let args = ["tune", "export", "a", "--data", "more.jsonl"];
    let said = place.run(&args);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("`api = \"completions\"`"), "{}", said.err);
    let tools = "params = { tools = [{ type = \"function\" }] }\nmodels";
    place.write("wording.toml", &project.replace("models", tools));
    let said = place.run(&args);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(
        said.err.contains("`tools` among their parameters"),
        "{}",
        said.err
    );
}
