//! What holds for the reading of any output: it never panics, it is idempotent, and white space, bold or a full stop around an
//! answer change nothing.

use proptest::prelude::*;
use wording::{
    model::{Completion, Row},
    project::{MetricKind, MetricSpec},
    read::{
        AnswerText, LabelReader, LabelSpec, NumberFormat, answer_text, judge_reason, normalize,
        read_grade, read_number, read_preference, read_rubric_verdict,
    },
    score::Scorer,
};

const SETS: [&[&str]; 6] = [
    &["A", "B", "C", "D"],
    &["positive", "negative", "neutral"],
    &["spam", "not spam"],
    &["C", "C++", "-1", "≥1", "low+", "A*"],
    &["yes", "no", "I", "other", "none"],
    &["是", "否", "положительный", "très bien", "straße"],
];

/// Answers as models write them, with what breaks readers between.
fn outputs() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "A",
        "B",
        "C",
        "D",
        "C++",
        "-1",
        "≥1",
        "low+",
        "A*",
        "positive",
        "negative",
        "neutral",
        "spam",
        "not spam",
        "yes",
        "no",
        "I",
        "other",
        "none",
        "是",
        "否",
        "不",
        "положительный",
        "не ",
        "très bien",
        "straße",
        "STRASSE",
        "not ",
        "n't ",
        "neither ",
        " nor ",
        " or ",
        " and ",
        " is ",
        "the answer is ",
        "Answer: ",
        "Final answer: ",
        "option ",
        "therefore ",
        "wait, ",
        "because ",
        "\\boxed{",
        "}",
        "{",
        "[",
        "]",
        "(",
        ")",
        "[[",
        "<think>",
        "</think>",
        "<thi",
        "<answer>",
        "</answer>",
        "<|channel|>final<|message|>",
        "<|im_end|>",
        "[THINK]",
        "◁think▷",
        "&lt;think&gt;",
        "`",
        "```",
        "```json\n",
        "**",
        "*",
        "_",
        "__",
        "~~",
        "#### ",
        "# ",
        "- ",
        "> ",
        "1. ",
        "\"",
        "'",
        "“",
        "”",
        "«",
        ".",
        ",",
        ":",
        ";",
        "?",
        "!",
        "…",
        "。",
        "：",
        "\n",
        "\n\n",
        " ",
        "\t",
        "\u{a0}",
        "\u{200b}",
        "\u{301}",
        "5",
        "-5",
        "1,000",
        "3/4",
        "½",
        "1e6",
        "4/5",
        "$",
        "%",
        "{\"n\": 2}",
        "{\"n\": ",
        "\"score\": 4",
        "Score: 4",
        "Winner: A",
        "PASS",
        "x",
        "é",
        "e\u{301}",
        "ß",
        "İ",
        "ﬁ",
        "👍🏽",
        "٣",
        "５",
    ]);
    let part = prop_oneof![
        9 => known.prop_map(str::to_owned),
        1 => "\\PC{0,6}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 0..9).prop_map(|parts| parts.concat())
}

fn readers() -> Vec<LabelReader> {
    let specs = |names: &&[&str]| {
        names
            .iter()
            .map(|n| LabelSpec::from(*n))
            .collect::<Vec<_>>()
    };
    SETS.iter()
        .map(|names| LabelReader::new(&specs(names)).unwrap())
        .collect()
}

/// A metric of each kind that reads an output by itself.
fn scorer() -> Scorer {
    let labels = |names: &[&str]| MetricKind::Label {
        labels: names.iter().map(|n| LabelSpec::from(*n)).collect(),
    };
    let mut kinds: Vec<MetricKind> = SETS.iter().map(|names| labels(names)).collect();
    kinds.extend([
        MetricKind::Normalized,
        MetricKind::Contains { text: None },
        MetricKind::Number {
            tolerance: 0.0,
            format: NumberFormat::default(),
        },
        MetricKind::Json {
            schema_file: None,
            schema: None,
            fields: vec!["n".into()],
        },
        MetricKind::F1,
        MetricKind::RougeL,
        MetricKind::Exact,
        MetricKind::Regex {
            pattern: r"(\w+)\W*$".into(),
        },
    ]);
    let metrics = kinds.into_iter().enumerate().map(|(at, kind)| MetricSpec {
        name: format!("m{at}"),
        kind,
        weight: 1.0,
        threshold: None,
        reply: None,
    });
    Scorer::new(&metrics.collect::<Vec<_>>()).unwrap()
}

fn completion(text: &str) -> Completion {
    Completion {
        text: text.to_owned(),
        ..Completion::default()
    }
}

fn row() -> Row {
    Row {
        expected: Some("A".into()),
        ..Row::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics_and_places_are_of_the_output(output in outputs()) {
        let completion = completion(&output);
        let reading = scorer().explain(&completion, &row(), None).metrics.into_iter();
        for metric in reading {
            if let Some(span) = metric.span {
                prop_assert!(output.get(span.clone()).is_some(), "{span:?} of {}", metric.metric);
            }
        }
        for span in AnswerText::new(&output).removed() {
            prop_assert!(output.get(span.clone()).is_some());
        }
        let text = answer_text(&output);
        judge_reason(&text);
        let spans = [
            read_grade(&text, 5).map(|found| found.span),
            read_preference(&text).map(|found| found.span),
            read_rubric_verdict(&text).map(|found| found.span),
        ];
        for span in spans.into_iter().flatten() {
            prop_assert!(text.get(span).is_some());
        }
    }

    #[test]
    fn reading_is_idempotent(output in outputs()) {
        let text = answer_text(&output);
        let again = answer_text(&text);
        prop_assert_eq!(again.trim(), text.trim());
        let normal = normalize(&text);
        prop_assert_eq!(normalize(&normal), normal);
        for reader in readers() {
            if let Ok(found) = reader.read(&text) {
                let name = reader.name(found.value);
                prop_assert_eq!(reader.read(name).map(|again| again.value), Ok(found.value));
            }
        }
        if let Ok(found) = read_number(&text, &NumberFormat::default()) {
            let again = read_number(&found.value.to_string(), &NumberFormat::default());
            prop_assert_eq!(again.map(|again| again.value), Ok(found.value));
        }
        if let Ok(found) = read_grade(&text, 5) {
            let again = read_grade(&found.value.to_string(), 5);
            prop_assert_eq!(again.map(|again| again.value), Ok(found.value));
        }
    }

    #[test]
    fn white_space_bold_and_a_full_stop_change_no_reading(output in outputs()) {
        let text = answer_text(&output).into_owned();
        if text.trim().is_empty() {
            return Ok(());
        }
        let mut padded = vec![format!("\n \t{text} \n"), format!("\u{a0}{text}\u{3000}")];
        // A mark behind a mark is another text.
        if text.ends_with(char::is_alphanumeric) {
            padded.push(format!("{text}."));
        }
        if text.chars().all(|c| c.is_alphanumeric() || " +-,:.'".contains(c))
            && text.starts_with(char::is_alphanumeric)
            && text.ends_with(char::is_alphanumeric)
        {
            padded.push(format!("**{text}**"));
            padded.push(format!("**{text}**."));
            padded.push(format!("**{text}.**"));
        }
        let labels = readers();
        for around in &padded {
            for (reader, set) in labels.iter().zip(SETS) {
                let read = |text: &str| reader.read(text).map(|found| found.value);
                prop_assert_eq!(read(around), read(&text), "{:?} {:?}", around, set);
            }
            prop_assert_eq!(normalize(around), normalize(&text), "{:?}", around);
            let number = |text: &str| read_number(text, &NumberFormat::default()).map(|found| found.value);
            prop_assert_eq!(number(around), number(&text), "{:?}", around);
            let grade = |text: &str| read_grade(text, 5).map(|found| found.value);
            prop_assert_eq!(grade(around), grade(&text), "{:?}", around);
            let preference = |text: &str| read_preference(text).map(|found| found.value);
            prop_assert_eq!(preference(around), preference(&text), "{:?}", around);
            let verdict = |text: &str| read_rubric_verdict(text).map(|found| found.value);
            prop_assert_eq!(verdict(around), verdict(&text), "{:?}", around);
        }
    }
}
