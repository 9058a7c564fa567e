//! Figures of labels, slices and fields in every form of a report, and as gates.

use crate::support::{Workspace, answering::serve};
use serde_json::{Value, json};

/// The answer that stands behind `SAY ` (or, where the prompt says `CAREFUL`, behind `CAREFULLY `) in the last message, up to
/// the end of the line.
fn answer(body: &Value) -> String {
    let prompt = body["messages"].as_array().unwrap().last().unwrap()["content"]
        .as_str()
        .unwrap();
    let mark = if prompt.contains("CAREFUL!") {
        "CAREFULLY "
    } else {
        "SAY "
    };
    let text = prompt.split(mark).nth(1).unwrap().lines().next().unwrap();
    text.to_owned()
}

/// A project of two wordings over these rows; `metric` is the main one.
fn project(metric: &str, rows: &[Value]) -> Workspace {
    let port = serve(answer);
    let place = Workspace::empty();
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.x]\nbase_url = \"http://127.0.0.1:{port}/v1\"\n\
             [experiment.e]\ntemplates = [\"plain.j2\", \"careful.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"wanted\"\n\
             slices = [\"language\"]\nmodels = [\"x/m\"]\nbaseline = \"plain\"\n[[experiment.e.metric]]\n{metric}\n"
        ),
    );
    let text = "SAY {{ row.plain }}\nCAREFULLY {{ row.careful }}\n";
    place.write("plain.j2", text);
    place.write("careful.j2", &format!("CAREFUL! {text}"));
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    place.write("d.jsonl", &lines);
    let ran = place.run(&["run", "-q"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    place
}

/// 80 tickets: the careful wording finds the refunds that the plain one takes for billing, in English only. One answer is
/// unreadable, one row takes either label.
fn tickets() -> Workspace {
    let row = |i: usize| {
        let wanted = if i.is_multiple_of(4) {
            "refund"
        } else {
            "billing"
        };
        let english = i < 48;
        let careful = match i {
            79 => "no idea",
            _ if wanted == "refund" && !english => "billing",
            _ => wanted,
        };
        json!({
            "wanted": if i == 78 { json!(["refund", "billing"]) } else { json!(wanted) },
            "plain": "billing", "careful": careful,
            "language": if english { json!("en") } else { json!("de") },
        })
    };
    let rows: Vec<Value> = (0..80).map(row).collect();
    project(
        "kind = \"label\"\nlabels = [\"billing\", \"refund\", \"other\"]",
        &rows,
    )
}

fn near(value: &Value, wanted: f64) {
    let found = value.as_f64().unwrap_or(f64::NAN);
    assert!(
        (found - wanted).abs() < 1e-9,
        "found {value}, wanted {wanted}"
    );
}

#[test]
fn labels_and_slices_are_in_every_form_and_gates_go_by_them() {
    let place = tickets();
    let report = place.run(&["report", "--format", "json"]).json();
    let schema = place.run(&["schema", "report"]).json();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = schema.iter_errors(&report).map(|e| e.to_string()).collect();
    assert_eq!(wrong, Vec::<String>::new());

    let labels = &report["labels"];
    let columns = json!(["billing", "refund", "other", "unreadable", "failed"]);
    assert_eq!(labels["columns"], columns);
    let variant = |name: &str| {
        let all = labels["variants"].as_array().unwrap();
        all.iter().find(|v| v["name"] == name).unwrap().clone()
    };
    let (plain, careful) = (variant("plain"), variant("careful"));
    // 20 refunds; row 78 takes either label and was read as billing.
    let matrix = json!([[60, 0, 0, 0, 0], [20, 0, 0, 0, 0], [0, 0, 0, 0, 0]]);
    assert_eq!(plain["matrix"], matrix);
    let matrix = json!([[59, 0, 0, 1, 0], [8, 12, 0, 0, 0], [0, 0, 0, 0, 0]]);
    assert_eq!(careful["matrix"], matrix);
    // `other` occurs nowhere: it counts as 0 and enters no mean.
    let f1 = 2.0 * 60.0 / (60.0 + 80.0);
    near(&plain["f1_macro"]["value"], f1 / 2.0);
    near(&plain["labels"][2]["recall"]["value"], 0.0);
    near(&careful["labels"][1]["recall"]["value"], 0.6);
    near(&careful["labels"][1]["precision"]["value"], 1.0);
    let [billing, refund] = [2.0 * 59.0 / (60.0 + 67.0), 2.0 * 12.0 / (20.0 + 12.0)];
    near(&careful["f1_macro"]["value"], (billing + refund) / 2.0);
    near(
        &careful["f1_macro"]["diff"]["value"],
        (billing + refund - f1) / 2.0,
    );
    assert_eq!(careful["f1_macro"]["verdict"], "better");
    assert_eq!(careful["labels"][1]["recall"]["verdict"], "better");

    let slices = &report["slices"][0];
    assert_eq!(slices["column"], "language");
    assert_eq!(slices["slices"][0]["value"], "en");
    assert_eq!(slices["slices"][0]["rows"], 48);
    near(&slices["slices"][0]["variants"][1]["diff"]["value"], 0.25);
    near(
        &slices["slices"][1]["variants"][1]["diff"]["value"],
        -1.0 / 32.0,
    );
    let p = slices["interactions"][0]["p_adjusted"].as_f64().unwrap();
    assert!(p < 0.05, "{p}");

    let text = place.run(&["report", "--labels", "--slices"]).out;
    let page = place.run(&["report", "-o", "r.html"]);
    let markdown = place.run(&["report", "-o", "r.md"]);
    assert_eq!(
        (page.code, markdown.code),
        (0, 0),
        "{}{}",
        page.err,
        markdown.err
    );
    let sentence = "careful and plain depends on";
    for form in [&text, &place.read("r.html"), &place.read("r.md")] {
        assert!(form.contains("Confusion matrix of careful"), "{form}");
        assert!(
            form.contains("F1 (macro)") && form.contains(sentence),
            "{form}"
        );
    }

    let code = |gate: &str| place.run(&["report", "--gate", gate]).code;
    for gate in [
        "f1(macro) >= 80%",
        "f1(macro, plain) < 50% and f1(weighted, plain) < 70%",
        "recall(\"refund\", careful) == 0.6 and recall(refund, careful).low > 0.2",
        "precision(refund) == 100%",
        "balanced_accuracy > 0.7 and mcc > 0.5 and kappa > 0.5",
        "f1(macro, careful).diff_low > 0 and f1(macro, careful).p_adjusted < 0.05",
        "score(careful, language = \"en\") == 100%",
        "score(careful, language = de) - score(careful) >= -20%",
        "diff(careful, language = \"en\").fixed == 12",
        "interaction(language) < 0.05",
    ] {
        assert_eq!(code(gate), 0, "{gate}");
    }
    assert_eq!(
        code("score(careful, language = de) - score(careful) >= -0.05"),
        1
    );
    for (gate, message) in [
        ("recall(refnd) > 0", "did you mean `refund`?"),
        ("score(language = fr) > 0", "slices: en, de"),
        ("score(lang = en) > 0", "columns: language"),
        ("f1 > 0", "f1(macro)"),
        ("failed(language = en) > 0", "takes no slice"),
        ("f1(macro) >= 80", "write 80% or 0.8"),
        ("field(total) > 0", "unknown metric `total`"),
    ] {
        let refused = place.run(&["report", "--gate", gate]);
        assert_eq!(refused.code, 2, "{gate}: {}", refused.err);
        assert!(refused.err.contains(message), "{gate}: {}", refused.err);
        // The same before anything is sent.
        let refused = place.run(&["run", "--gate", gate]);
        assert_eq!(refused.code, 2, "{gate}: {}", refused.err);
    }
    let compared = place.run(&["diff", "plain", "careful", "--gate", "f1(macro) > 0"]);
    assert_eq!(compared.code, 2, "{}", compared.err);
    assert!(
        compared.err.contains("reports of a run only"),
        "{}",
        compared.err
    );
}

#[test]
fn each_field_of_a_json_answer_is_a_figure_of_its_own() {
    let row = |i: usize| {
        let answer = |total: usize, name: &str| json!({"total": total, "name": name}).to_string();
        json!({
            "wanted": {"total": i, "name": "Ann"},
            "plain": answer(i + 1, "Ann"), "careful": answer(i, if i < 5 { "Bob" } else { "Ann" }),
            "language": "en",
        })
    };
    let rows: Vec<Value> = (0..20).map(row).collect();
    let place = project("kind = \"json\"\nfields = [\"total\", \"name\"]", &rows);
    let report = place.run(&["report", "--format", "json"]).json();
    let fields = report["fields"].as_array().unwrap();
    let names: Vec<&Value> = fields.iter().map(|f| &f["field"]).collect();
    assert_eq!(names, ["json.total", "json.name"]);
    let score = |field: usize, variant: usize| &fields[field]["variants"][variant]["score"];
    assert_eq!(fields[0]["variants"][0]["name"], "plain");
    near(score(0, 0), 0.0);
    near(score(0, 1), 1.0);
    near(score(1, 0), 1.0);
    near(score(1, 1), 0.75);
    assert_eq!(fields[0]["variants"][1]["verdict"], "better");
    near(&report["variants"][1]["metrics"]["json.name"], 0.75);
    let code = |gate: &str| place.run(&["report", "--gate", gate]).code;
    assert_eq!(
        code("field(\"json.total\", careful) == 1 and field(json.name, careful).low > 0.5"),
        0
    );
    assert_eq!(code("field(json.name, careful).diff > -0.2"), 1);
    assert_eq!(
        code("json.total(careful) == 1 and json.name(careful).low > 0.5 and json.total.low > 0.5"),
        0,
        "a field by its name as the table has it"
    );
    let refused = place.run(&["run", "--gate", "field(json.nam) > 0"]);
    assert!(
        refused.err.contains("did you mean `json.name`?"),
        "{}",
        refused.err
    );
}

#[test]
fn a_slice_that_is_no_column_is_an_error() {
    let place = Workspace::changed(&[(
        "wording.toml",
        "slices = [\"source\"]",
        "slices = [\"sorce\"]",
    )]);
    let refused = place.run(&["check", "sentiment"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    let all = refused.out + &refused.err;
    assert!(all.contains("no column `sorce` (slices)"), "{all}");
    assert!(all.contains("did you mean `source`?"), "{all}");
}
