//! Answers that are cut at `max_tokens`: counted, marked, and never compared in silence.

use crate::support::Workspace;
use serde_json::Value;
use std::sync::Arc;
use wording::{
    engine::Plan,
    model::{Completion, Outcome, RaisedMaxTokens, TrialId, TrialRecord},
    project::Project,
    store::{CompletionKey, RunInfo, Store, TrialWrite},
};

/// The sample project with room for two tokens only: `question` asks for more.
fn cramped() -> Workspace {
    Workspace::changed(&[(
        "wording.toml",
        "baseline = \"plain\"\nseed = 7\nparams = { temperature = 0.0, max_tokens = 32 }",
        "baseline = \"plain\"\nseed = 7\nparams = { temperature = 0.0, max_tokens = 2 }",
    )])
}

const CUT: &str = "not comparable: 39 of 60 answers were cut at max_tokens = 2";

fn variant<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut variants = report["variants"].as_array().unwrap().iter();
    variants.find(|v| v["name"] == name).unwrap()
}

#[test]
fn a_variant_whose_answers_were_cut_is_not_comparable_in_any_form() {
    let place = cramped();
    let ran = place.run(&["run", "sentiment"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains(CUT), "{}", ran.out);
    assert!(!ran.out.contains("Worse than"), "{}", ran.out);
    for file in ["r.md", "r.html", "r.json", "r.csv", "r.xml"] {
        place.run(&["report", "-o", file]);
    }
    // Markdown has a backslash before what it would take for a mark.
    let markdown = place.read("r.md").replace('\\', "");
    assert!(markdown.contains(CUT), "{markdown}");
    assert!(place.read("r.html").contains(CUT));
    assert!(
        place
            .read("r.xml")
            .contains(&format!("name=\"question\" value=\"{CUT}\""))
    );
    assert_eq!(place.read("r.csv").matches(",length,").count(), 41);
    let report: Value = serde_json::from_str(&place.read("r.json")).unwrap();
    let question = variant(&report, "question");
    assert_eq!(question["verdict"], "not_comparable");
    assert_eq!(question["truncated"], 39);
    assert_eq!(
        question["verdict_text"],
        format!(
            "question cannot be compared with plain: {} under question.",
            &CUT[16..]
        )
    );
    assert_ne!(report["models"][0]["best"]["variant"], "question");
    // Two cut answers are counted, and no more.
    let few = variant(&report, "zero-shot");
    assert_eq!(
        (&few["truncated"], &few["verdict"]),
        (&2.into(), &"undecided".into())
    );

    let export = place.run(&["export", "--format", "jsonl"]).out;
    assert_eq!(export.matches("\"truncated\":true").count(), 41);

    let gate = place.run(&["run", "sentiment", "--gate", "score(question) >= 0"]);
    assert_eq!(gate.code, 1);
    assert!(
        gate.err.contains(&format!("score(question) is {CUT}")),
        "{}",
        gate.err
    );
    let gate = place.run(&["run", "sentiment", "--gate", "score >= 0.99"]);
    assert!(
        gate.err.contains("(not comparable: question)"),
        "{}",
        gate.err
    );
    let gate = place.run(&["run", "sentiment", "--gate", "diff(question).low > -100%"]);
    assert_eq!(gate.code, 1);
    assert!(gate.err.contains(CUT), "{}", gate.err);

    let diff = place.run(&["diff", "plain", "question", "-e", "sentiment"]);
    let sentence = "Not comparable: 39 of 60 answers were cut at max_tokens = 2 under question.";
    assert!(
        diff.out.replace('\n', " ").contains(sentence),
        "{}",
        diff.out
    );
}

#[test]
fn a_run_that_spends_fewer_calls_does_not_decide_on_cut_answers() {
    let place = cramped();
    let run = |args: &[&str]| {
        let all = [&["run", "sentiment"], args].concat();
        place.run(&all)
    };
    let race = run(&["--race", "300"]);
    let text = race.out.replace('\n', " ");
    assert!(text.contains("Not comparable: question ("), "{text}");
    assert!(
        race.err.contains("1 variant not comparable after"),
        "{}",
        race.err
    );
    let json = place.run(&["report", "--format", "json"]).json();
    let policy = &json["policy"];
    assert_eq!(
        policy["not_comparable"],
        serde_json::json!(["question", "zero-shot"])
    );
    let alive = policy["alive"].as_array().unwrap();
    assert!(!alive.is_empty() && !alive.contains(&"question".into()));
    let partial = variant(&json, "question")["partial"].as_str().unwrap();
    assert!(
        partial.starts_with("not comparable: ") && partial.contains("left the race in round 1"),
        "{partial}"
    );

    let until = run(&["--until", "verdict(question, plain)"]);
    let sentence = "verdict(question, plain) does not hold after ";
    assert!(until.out.contains(sentence), "{}", until.out);
    let text = until.out.replace('\n', " ");
    assert!(
        text.contains("question cannot be compared: too many answers were cut at max_tokens."),
        "{text}"
    );
    let json = place.run(&["report", "--format", "json"]).json();
    let policy = &json["policy"];
    assert_eq!(
        (&policy["holds"], &policy["verdict"]),
        (&false.into(), &Value::Null)
    );
    assert!(policy["rows"].as_u64().unwrap() < 60, "{policy}");

    let spread = run(&["--spread", "280", "--format", "json"]).json();
    assert_ne!(spread["policy"]["worst_variant"], "question");
    assert_ne!(spread["policy"]["best_variant"], "question");
}

#[test]
fn cut_answers_may_be_what_was_wanted() {
    let place = cramped();
    let text = place.read("wording.toml");
    place.write(
        "wording.toml",
        &text.replace("seed = 7\n", "seed = 7\nmax_truncated = 1\n"),
    );
    let ran = place.run(&["run", "sentiment"]);
    assert!(!ran.out.contains("not comparable"), "{}", ran.out);
    assert!(ran.out.contains(", 39 cut off"), "{}", ran.out);
    place.write(
        "wording.toml",
        &text.replace("seed = 7\n", "seed = 7\nmax_truncated = 5\n"),
    );
    let check = place.run(&["check"]);
    assert_eq!(check.code, 2);
    assert!(check.err.contains("between 0 and 1"), "{}", check.err);
}

#[test]
fn what_was_read_in_a_cut_output_is_marked() {
    let place = Workspace::empty();
    place.write(
        "d.jsonl",
        "{\"output\":\"good\",\"label\":\"good\",\"finish_reason\":\"length\"}\n{\"output\":\"bad\",\"label\":\"bad\",\"finish_reason\":\"stop\"}\n",
    );
    let score = [
        "score",
        "d.jsonl",
        "--output",
        "output",
        "--answer",
        "label",
        "--labels",
        "good,bad",
        "--explain",
    ];
    let text = place.run(&score).out;
    assert!(
        text.contains("read: good (output cut off at max_tokens)"),
        "{text}"
    );
    assert!(!text.contains("read: bad ("), "{text}");
}

#[test]
fn only_cut_answers_are_requested_again_with_more_room() {
    let place = cramped();
    place.run(&["run", "sentiment"]);
    let raised = |more: &[&str]| {
        let args = [
            &["run", "sentiment", "--format", "json", "--raise-max-tokens"],
            more,
        ]
        .concat();
        place.run(&args).json()
    };
    let three = raised(&["3"]);
    assert_eq!(
        (&three["trials"]["sent"], &three["trials"]["reused"]),
        (&41.into(), &379.into())
    );
    assert_eq!(
        three["raised"],
        serde_json::json!({"max_tokens": 3, "answers": 41})
    );
    assert_eq!(
        variant(&three, "question")["truncated"],
        39,
        "still too little"
    );
    // Four times as many by default; what 3 tokens were enough for is not sent again.
    let enough = raised(&[]);
    assert_eq!(
        enough["raised"],
        serde_json::json!({"max_tokens": 12, "answers": 41})
    );
    assert_eq!(variant(&enough, "question")["truncated"], 0);
    assert_eq!(enough["trials"]["sent"], 41);
    let again = raised(&["12"]);
    assert_eq!(
        (&again["trials"]["sent"], &again["trials"]["reused"]),
        (&0.into(), &420.into())
    );
    let report = place.run(&["report", "latest"]).out;
    let sentence =
        "41 answers that were cut at max_tokens were requested again with up to max_tokens = 12.";
    assert!(report.replace('\n', " ").contains(sentence), "{report}");
    // Whatever looks answers up takes those with more room, and buys none.
    let diff = place.run(&[
        "diff",
        "plain",
        "question",
        "-e",
        "sentiment",
        "--format",
        "json",
    ]);
    let effect = &diff.json()["pairs"][0]["effects"][0];
    assert_eq!(effect["trials_after"]["truncated"], 0, "{effect}");
    assert_eq!(effect["trials_after"]["reused"], 60, "{effect}");
    let plain = place.run(&["run", "sentiment", "--format", "json"]).json();
    assert_eq!(plain["trials"]["sent"], 0);
    assert_eq!(plain["raised"], enough["raised"]);
    assert_eq!(variant(&plain, "question")["truncated"], 0);
    let lower = place.run(&["run", "sentiment", "--raise-max-tokens", "2"]);
    assert_eq!(lower.code, 2);
    assert!(
        lower.err.contains("answers have 2 tokens already"),
        "{}",
        lower.err
    );
}

#[test]
fn an_export_has_messages_also_after_rows_and_variants_were_typed() {
    let place = Workspace::sample();
    place.run(&[
        "run",
        "sentiment",
        "--rows",
        "5",
        "--variants",
        "question",
        "--variants",
        "careful",
        "--samples",
        "2",
    ]);
    let export = place.run(&["export", "--format", "jsonl"]);
    assert_eq!(export.err, "");
    assert_eq!(export.out.matches("\"messages\":[").count(), 20);
    // The prompts that were sent are kept with the answers: a later edit changes nothing in what is exported.
    place.write("templates/sentiment/question.j2", "{{ row.text }}");
    let later = place.run(&["export", "--format", "jsonl"]);
    assert_eq!((later.err, later.out), (String::new(), export.out));
}

#[test]
fn variants_are_shown_and_named_by_what_differs_from_the_baseline() {
    let place = Workspace::sample();
    let shown = "instruction=question,count=4";
    let run = [
        "run",
        "axes",
        "--rows",
        "8",
        "--variants",
        "sentiment",
        "--variants",
        shown,
        "--format",
        "json",
    ];
    let json = place.run(&run).json();
    let names: Vec<&str> = json["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["shown_name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["sentiment", shown]);
    let full = "sentiment[instruction=question,separator=colon,shots.count=4,shots.order=given]";
    assert_eq!(json["variants"][1]["name"], full);
    // The full name is known as before.
    for name in [full, shown] {
        let diff = place.run(&[
            "diff",
            "-e",
            "axes",
            "--rows",
            "8",
            "sentiment",
            name,
            "--format",
            "json",
        ]);
        assert_eq!(
            diff.json()["pairs"][0]["after"]["name"],
            full,
            "{}",
            diff.err
        );
    }
}

#[test]
fn a_variant_is_named_as_reports_show_it_wherever_it_is_typed() {
    let place = Workspace::sample();
    let shown = "instruction=question,count=4";
    let gate = format!("score({shown}) >= 0 and diff({shown}, sentiment).high > -100%");
    let run = [
        "run",
        "axes",
        "--rows",
        "8",
        "--variants",
        "sentiment",
        "--variants",
        shown,
        "--gate",
        &gate,
    ];
    let ran = place.run(&run);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let full = "sentiment[instruction=question,separator=colon,shots.count=4,shots.order=given]";
    let operand = format!("latest/{shown}");
    let diff = place.run(&["diff", "latest/sentiment", &operand, "--format", "json"]);
    let after = diff.json()["pairs"][0]["after"].clone();
    assert!(after["name"].as_str().unwrap().ends_with(full), "{after}");
    assert!(
        after["shown_name"].as_str().unwrap().ends_with(shown),
        "{after}"
    );
    // Sentences do not repeat the levels that both have.
    let text = place.run(&["diff", "latest/sentiment", &operand]).out;
    assert_eq!(text.matches("separator=colon").count(), 2, "{text}");

    let add = place.run(&["badcases", "add", "--run", "latest", "--variant", shown]);
    assert!(!add.err.contains("has no variant"), "{}", add.err);
    let until = format!("verdict({shown}, sentiment)");
    let ran = place.run(&["run", "axes", "--rows", "8", "--until", &until]);
    assert!(ran.out.contains(" hold"), "{}{}", ran.out, ran.err);

    let unknown = place.run(&["run", "axes", "--gate", "score(count=5) > 0"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("unknown variant `count=5`"),
        "{}",
        unknown.err
    );
    let unknown = place.run(&["diff", "latest/sentiment", "latest/count=5"]);
    assert!(
        unknown.err.contains("has no variant `count=5`"),
        "{}",
        unknown.err
    );
}

/// A run that is killed never ends: what it has is counted with its answers.
#[test]
fn raised_answers_are_counted_as_they_are_written() {
    let place = Workspace::sample();
    let project = Project::load(&place.path().join("wording.toml")).unwrap();
    let plan = Plan::load(&project, &project.experiments[0]).unwrap();
    let store = Store::open(&place.path().join("s.db")).unwrap();
    let info = RunInfo {
        raised: Some(RaisedMaxTokens {
            max_tokens: 64,
            ..RaisedMaxTokens::default()
        }),
        ..plan.run_info(None)
    };
    let slot = store.begin_run(&info).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for row in 0..3u32 {
        let id = TrialId {
            variant: 0,
            model: 0,
            row,
            sample: 0,
        };
        let record = TrialRecord {
            id,
            outcome: Outcome::Completed(Completion::default()),
            scores: Default::default(),
            reused: false,
            attempts: 1,
            cost_usd: None,
            calls: None,
        };
        let write = TrialWrite {
            is_kept: false,
            raised: row > 0,
            prompt: None,
            run: slot,
            record: Arc::new(record),
            key: CompletionKey::new("x", &row.to_le_bytes(), 0),
            told: Arc::new(|_, _, _| {}),
        };
        store.write(write).unwrap();
        runtime.block_on(store.flush()).unwrap();
    }
    assert_eq!(store.run(&info.id.0).unwrap().raised.unwrap().answers, 2);
}
