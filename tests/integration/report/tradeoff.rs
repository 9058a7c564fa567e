//! Scores against cost and latency in every form.

use crate::support::{Workspace, answering::serve_paths};
use serde_json::{Value, json};

/// Three models: `small` is cheap and mostly right, `large` is dear and right, `poor` is dearer than `small` and worse.
fn place() -> Workspace {
    let port = serve_paths(|_, body| {
        let text = body["messages"][0]["content"].as_str().unwrap_or("0");
        let row: usize = text.parse().unwrap();
        let is_right = match body["model"].as_str().unwrap_or("") {
            "large" => true,
            "small" => !row.is_multiple_of(4),
            _ => !row.is_multiple_of(2),
        };
        let label = if is_right { "good" } else { "bad" };
        let choice = json!({"index": 0, "message": {"role": "assistant", "content": label}, "finish_reason": "stop"});
        let usage = json!({"prompt_tokens": 10, "completion_tokens": 1});
        (
            200,
            json!({"model": body["model"], "choices": [choice], "usage": usage}),
        )
    });
    let place = Workspace::empty();
    place.write("t.j2", "{{ text }}");
    let rows = (0..24).map(|row| json!({"text": row.to_string(), "label": "good"}));
    let rows: Vec<String> = rows.map(|row| row.to_string() + "\n").collect();
    place.write("d.jsonl", &rows.concat());
    let prices = [("small", 100.0), ("large", 1000.0), ("poor", 200.0)];
    let prices = prices.map(|(model, usd)| {
        format!("[endpoint.e.model.{model}]\nprice = {{ input = {usd}, output = 0 }}\n")
    });
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.e]\nbase_url = \"http://127.0.0.1:{port}/v1\"\n{}\
             [experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"e/small\", \"e/large\", \"e/poor\"]\n\
             [[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
            prices.concat()
        ),
    );
    let said = place.run(&["run", "x", "-q"]);
    assert_eq!(said.code, 0, "{}", said.err);
    place
}

#[test]
fn the_front_of_score_and_cost_is_the_same_in_every_form() {
    let place = place();
    for form in ["json", "html", "md"] {
        let said = place.run(&["report", "-o", &format!("r.{form}")]);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let report: Value = serde_json::from_str(&place.read("r.json")).unwrap();
    let cost = &report["tradeoffs"][0];
    assert_eq!(
        (&cost["against"], &cost["points"], &cost["lacking"]),
        (&json!("usd_per_call"), &json!(3), &json!(0))
    );
    let front = |tradeoff: &Value| -> Vec<(String, f64, f64)> {
        let front = tradeoff["front"].as_array().unwrap().iter();
        let figure = |point: &Value, key: &str| point[key].as_f64().unwrap();
        front
            .map(|point| {
                let model = point["model"].as_str().unwrap().to_owned();
                let rounded = (figure(point, "value") * 1e9).round() / 1e9;
                (model, figure(point, "score"), rounded)
            })
            .collect()
    };
    assert_eq!(
        front(cost),
        [
            ("e/small".to_owned(), 0.75, 0.001),
            ("e/large".to_owned(), 1.0, 0.01)
        ]
    );
    let latency = &report["tradeoffs"][1];
    assert_eq!(latency["against"], "latency_p50_ms");
    let fastest_first = front(latency);
    assert!(fastest_first.is_sorted_by(|a, b| a.1 <= b.1 && a.2 <= b.2));
    assert_eq!(
        fastest_first.last().unwrap().1,
        1.0,
        "the best is never beaten"
    );
    let schema = place.run(&["schema", "report"]).json();
    assert!(jsonschema::is_valid(&schema, &report));

    let sentence = "Score against cost per 1,000 calls: no other is better and cheaper than t · e/small (75.0 %, $1.0000), t · e/large (100.0 %, $10.0000).";
    let said = place.run(&["report"]);
    let words: Vec<&str> = said.out.split_whitespace().collect();
    assert!(words.join(" ").contains(sentence), "{}", said.out);
    let page = place.read("r.html");
    let section = page
        .split("Score against cost per 1,000 calls</h3>")
        .nth(1)
        .unwrap();
    let section = section.split("<h3>").next().unwrap();
    assert_eq!(section.matches("<circle class=\"d\"").count(), 2);
    assert_eq!(section.matches("<circle class=\"m\"").count(), 1);
    assert!(
        section.contains("<td>e/small</td><td class=\"n\">75.0</td><td class=\"n\">$1.0000</td>")
    );
    let comment = place.read("r.md");
    assert!(
        comment.contains("## Score against cost and latency"),
        "{comment}"
    );
    let said = place.run(&["report", "--plot", "cost", "-o", "c.svg"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let plot = place.read("c.svg");
    assert!(plot.contains("1. t · e/small · 75.0 % · $1.0000") && plot.contains("2. t · e/large"));
}
