//! Every form of a report, read by another program than the one that wrote it.

use super::hostile::{OUTPUTS, reports};
use crate::support::{Workspace, snapshot::check_filtered};
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

/// A sample project with a run of three wordings, two samples each.
fn sample() -> Workspace {
    let place = Workspace::sample();
    let said = place.run(&[
        "run",
        "sentiment",
        "-q",
        "--samples",
        "2",
        "--variants",
        "plain",
        "--variants",
        "opinion",
        "--variants",
        "question",
        "--note",
        "kept",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    place
}

#[test]
fn json_fits_its_schemas() {
    let place = reports();
    for of in ["report", "diff"] {
        let schema = place.run(&["schema", of]).json();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let json: Value = serde_json::from_str(&place.read(&format!("{of}.json"))).unwrap();
        let wrong: Vec<String> = schema
            .iter_errors(&json)
            .map(|e| format!("{}: {e}", e.instance_path))
            .collect();
        assert_eq!(wrong, Vec::<String>::new(), "{of}");
    }
    let diff: Value = serde_json::from_str(&place.read("diff.json")).unwrap();
    assert_eq!(diff["gates"][0]["holds"], false);
    let run = &diff["provenance"]["runs"][0];
    assert_eq!(
        run["models"][0][1][0][0], "m-2026",
        "the model that answered"
    );
    // What the server was paid is what 1,000 calls of 20 + 10 tokens cost at 1 and 2 dollars a million.
    let cost = diff["pairs"][0]["effects"][0]["trials_after"]["cost_per_1000"].as_f64();
    assert!((cost.unwrap() - 0.04).abs() < 1e-9, "{cost:?}");
}

#[test]
fn markdown_is_rendered_as_text_whatever_a_model_says() {
    let place = reports();
    for file in ["report.md", "diff.md"] {
        let text = place.read(file);
        assert!(text.starts_with("<!-- wording "), "a marker for machines");
        assert!(text.chars().count() <= 65_536);
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        let mut html = Vec::new();
        let (mut links, mut headings) = (0, Vec::new());
        let mut in_heading = false;
        for event in Parser::new_ext(&text, options) {
            match event {
                Event::Html(tag) | Event::InlineHtml(tag) => html.push(tag.trim().to_owned()),
                Event::Start(Tag::Link { .. } | Tag::Image { .. }) => links += 1,
                Event::Start(Tag::Heading { .. }) => in_heading = true,
                Event::End(pulldown_cmark::TagEnd::Heading(_)) => in_heading = false,
                Event::Text(text) if in_heading => headings.push(text.into_string()),
                _ => {}
            }
        }
        // A renderer may tell one tag in several pieces.
        let html = html.concat();
        let own = Regex::of_own_tags().replace_all(&html, "").into_owned();
        assert_eq!(own, "", "no tag is a model's");
        assert_eq!(links, 0, "no link or picture is a model's");
        assert!(!headings.iter().any(|h| h == "out"), "{headings:?}");
    }
    let diff = place.read("diff.md");
    assert!(
        !diff.contains("@everyone") && diff.contains("@\u{200b}everyone"),
        "nobody is called"
    );
}

/// The tags that a report writes itself.
struct Regex;

impl Regex {
    fn of_own_tags() -> regex::Regex {
        regex::Regex::new(r"<!--[^>]*-->|</?details>|</?summary>((Provenance|Template and prompts)</summary>)?|Provenance|Template and prompts")
            .unwrap()
    }
}

#[test]
fn junit_is_read_by_another_reader() {
    let place = reports();
    let text = place.read("diff.xml");
    let xml = roxmltree::Document::parse(&text).unwrap();
    let suites: Vec<_> = xml
        .descendants()
        .filter(|n| n.has_tag_name("testsuite"))
        .collect();
    assert_eq!(suites[0].attribute("name"), Some("gates"));
    for suite in &suites {
        let count = |tag: &str| suite.descendants().filter(|n| n.has_tag_name(tag)).count();
        assert_eq!(
            suite.attribute("tests"),
            Some(&*count("testcase").to_string())
        );
        assert_eq!(
            suite.attribute("failures"),
            Some(&*count("failure").to_string())
        );
    }
    let failed: Vec<&str> = suites[0]
        .children()
        .filter(|c| c.children().any(|f| f.has_tag_name("failure")))
        .filter_map(|c| c.attribute("name"))
        .collect();
    assert_eq!(failed, ["score<0"]);
    // With two samples there are rows that were right and are not.
    let json: Value = serde_json::from_str(&place.read("diff.json")).unwrap();
    let broken = json["pairs"][0]["effects"][0]["broken"].to_string();
    assert!(
        broken != "0" && suites[1].attribute("failures") == Some(&*broken),
        "{broken}"
    );

    let text = place.read("report.xml");
    let xml = roxmltree::Document::parse(&text).unwrap();
    let cases = xml.descendants().filter(|n| n.has_tag_name("testcase"));
    assert_eq!(cases.count(), 2 * 24);
}

#[test]
fn csv_is_a_trial_a_line_and_no_formula() {
    let place = reports();
    let text = place.read("report.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|h| h == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2 * 24 * 2);
    assert!(
        rows.iter()
            .flatten()
            .all(|cell| !cell.starts_with(['=', '+', '-', '@']))
    );
    let outputs: Vec<&str> = rows.iter().map(|r| &r[column("output")]).collect();
    let kept = |output: &str| outputs.iter().any(|o| o.trim_start_matches('\'') == output);
    assert!(
        OUTPUTS.iter().all(|o| kept(o)),
        "texts are kept as they are"
    );
    assert!(
        rows.iter()
            .all(|r| ["0", "1"].contains(&&r[column("score:label")]))
    );
}

#[test]
fn html_closes_what_it_opens() {
    let tag = regex::Regex::new(r"<(/?)([a-z0-9]+)((?:\s[^<>]*)?)>").unwrap();
    let own = regex::Regex::new(r"(?s)<(style|script)>.*?</(?:style|script)>").unwrap();
    for file in ["report.html", "diff.html"] {
        let text = reports().read(file);
        let body = own.replace_all(&text, "<$1></$1>");
        let void = ["meta", "br", "wbr", "input", "line", "rect"];
        let mut open: Vec<&str> = Vec::new();
        for found in tag.captures_iter(&body) {
            let (name, attributes) = (found.get(2).unwrap().as_str(), &found[3]);
            if &found[1] == "/" {
                assert_eq!(open.pop(), Some(name), "{file}: </{name}>");
            } else if !void.contains(&name) && !attributes.ends_with('/') {
                open.push(name);
            }
            assert!(
                !attributes.contains("style="),
                "{file}: the policy refuses {attributes}"
            );
        }
        assert_eq!(open, Vec::<&str>::new(), "{file}");
        assert_eq!(text.matches("<script>").count(), 1, "{file}");
    }
}

#[test]
fn private_reports_hold_nothing_that_rows_or_models_said() {
    let place = reports();
    for form in ["html", "md", "json", "csv", "xml"] {
        for command in [vec!["report"], vec!["diff", "t", "u"]] {
            let file = format!("private-{}.{form}", command[0]);
            let args = [&command[..], &["--no-outputs", "-o", &file]].concat();
            let said = place.run(&args);
            assert_eq!(said.code, 0, "{}", said.err);
            let text = place.read(&file);
            for secret in ["hacked", "HYPERLINK", "everyone"] {
                assert!(!text.contains(secret), "{secret} in {file}");
            }
            if form != "md" || command[0] == "diff" {
                assert!(text.contains("r4"), "the ids of rows stay in {file}");
            }
        }
    }
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    let place = sample();
    for form in ["html", "md", "json", "csv", "xml"] {
        let file = format!("r.{form}");
        let once = |args: &[&str]| {
            let said = place.run(&[args, &["-o", &file]].concat());
            assert_eq!(said.code, 0, "{}", said.err);
            place.read(&file)
        };
        assert_eq!(once(&["report"]), once(&["report"]), "{form} of a run");
        let diff = ["diff", "plain", "opinion", "--samples", "2"];
        assert_eq!(once(&diff), once(&diff), "{form} of a difference");
    }
    let svg = |kind: &str| {
        let said = place.run(&["report", "--plot", kind, "-o", "p.svg"]);
        assert_eq!(said.code, 0, "{}", said.err);
        place.read("p.svg")
    };
    for kind in [
        "scores",
        "differences",
        "spread",
        "shares",
        "cost",
        "latency",
    ] {
        let text = svg(kind);
        assert_eq!(text, svg(kind));
        let xml = roxmltree::Document::parse(&text).unwrap();
        let said = |tag: &str| {
            let found = xml.descendants().find(|n| n.has_tag_name(tag));
            found.and_then(|n| n.text()).unwrap_or("").to_owned()
        };
        assert!(
            !said("title").is_empty() && said("desc").contains(':'),
            "{kind}"
        );
    }
}

#[test]
fn reports_look_as_they_did() {
    let place = sample();
    place.run(&[
        "diff",
        "plain",
        "question",
        "--samples",
        "2",
        "-o",
        "d.md",
        "--title",
        "A question",
        "--note",
        "Why not ask?",
    ]);
    check_filtered("report/diff.md", &place.read("d.md"));
    place.run(&["report", "-o", "r.md"]);
    check_filtered("report/report.md", &place.read("r.md"));
    let said = place.run(&["diff", "plain", "question", "--samples", "2"]);
    check_filtered("report/diff.txt", &said.out);
    place.run(&["report", "--plot", "differences", "-o", "p.svg"]);
    check_filtered("report/differences.svg", &place.read("p.svg"));
}
