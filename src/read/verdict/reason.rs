//! Why a judge decided as it did.

use super::mark::keyed;
use serde_json::Value;

const KEYS: [&str; 12] = [
    "reason",
    "reasoning",
    "reasons",
    "explanation",
    "rationale",
    "justification",
    "analysis",
    "comment",
    "feedback",
    "why",
    "begründung",
    "critique",
];

/// The reason in a reply: the value of its key in JSON, else the whole reply.
pub fn judge_reason(text: &str) -> String {
    match keyed(text, &KEYS).map(|found| found.value) {
        Some(Value::String(reason)) => reason.trim().to_owned(),
        _ => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Preference, read_grade, read_preference, read_rubric_verdict},
        *,
    };
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(metric: &Value, text: &str) -> Value {
        let read = match (metric["kind"].as_str(), metric["pairwise"] == true) {
            (Some("judge"), false) => {
                let scale = metric["scale"].as_u64().unwrap() as u32;
                read_grade(text, scale).map(|found| json!(found.value))
            }
            (Some("judge"), true) => read_preference(text).map(|found| match found.value {
                Preference::First => json!("first"),
                Preference::Second => json!("second"),
                Preference::Tie => json!("tie"),
            }),
            _ => read_rubric_verdict(text).map(|found| match found.value.pass {
                Some(true) => json!("pass"),
                Some(false) => json!("fail"),
                None => json!(found.value.score),
            }),
        };
        read.unwrap_or(json!("unreadable"))
    }

    #[test]
    fn the_table_is_read_right() {
        let table = include_str!("../../../tests/fixtures/reading/judge.jsonl");
        let mut wrong = Vec::new();
        for line in table.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let found = read(&case["metric"], case["output"].as_str().unwrap());
            let is_right = match (found.as_f64(), case["want"].as_f64()) {
                (Some(found), Some(want)) => found == want,
                _ => found == case["want"],
            };
            if !is_right {
                wrong.push(format!("{line}: {found}"));
            }
        }
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }

    #[test]
    fn the_reason_is_that_of_the_key_or_all_of_the_reply() {
        assert_eq!(
            judge_reason("{\"reason\": \"too\nshort\", \"grade\": 2}"),
            "too\nshort"
        );
        assert_eq!(
            judge_reason(" Too short.\nGrade: 2\n"),
            "Too short.\nGrade: 2"
        );
    }

    #[test]
    fn a_blank_behind_the_grade_is_no_word_that_it_counts() {
        assert_eq!(read_grade("I give it 4 ", 5).unwrap().value, 4.0);
        assert!(read_grade("I give it 4 apples", 5).is_err());
    }

    fn replies() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "4",
            "3-4",
            "/5",
            "Score",
            ":",
            " ",
            "\n",
            "**",
            "(1-5)",
            "Winner: ",
            "A",
            "B",
            "tie",
            "{\"score\": ",
            "}",
            "<score>",
            "</score>",
            "[[",
            "]]",
            "评分：",
            "is ",
            "better",
            "Final ",
            "4分",
            ".",
            "I give it ",
            "out of ",
        ]);
        prop::collection::vec(part, 0..9).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,50}", reply in replies()) {
            for text in [&text, &reply] {
                let _ = (read_grade(text, 5), read_preference(text), read_rubric_verdict(text));
            }
        }

        #[test]
        fn white_space_around_changes_nothing(reply in replies()) {
            let padded = format!("\n {reply} \n");
            prop_assert_eq!(read_grade(&reply, 5).map(|f| f.value).ok(), read_grade(&padded, 5).map(|f| f.value).ok());
            prop_assert_eq!(read_preference(&reply).map(|f| f.value).ok(), read_preference(&padded).map(|f| f.value).ok());
        }
    }
}
