//! What evals 3.0.1.post1 refuses of an entry of a registry: names without a split, and arguments that its class does not take.

use crate::interop::Node;
use serde_json::Value;

/// Arguments of every class. The package gives most of them itself, whatever an entry says.
const OF_ALL: [&str; 6] = [
    "samples_jsonl",
    "completion_fns",
    "eval_registry_path",
    "seed",
    "name",
    "registry",
];

/// Those of a class; `None` where it is not known here.
fn of_class(class: &str) -> Option<&'static [&'static str]> {
    Some(match class.strip_prefix("evals.elsuite.")? {
        "basic.match:Match" => &["max_tokens", "num_few_shot", "few_shot_jsonl"],
        "basic.includes:Includes" => &["ignore_case"],
        "basic.fuzzy_match:FuzzyMatch" | "basic.json_match:JsonMatch" => &["max_tokens"],
        "basic.json_validator:JsonValidator" => &[],
        "modelgraded.classify:ModelBasedClassify" => &[
            "modelgraded_spec",
            "modelgraded_spec_args",
            "sample_kwargs",
            "eval_kwargs",
            "multicomp_n",
            "eval_type",
            "match_fn",
            "metaeval",
        ],
        _ => return None,
    })
}

/// An error where the package ends with one, before it asks a model.
pub(super) fn check_entry(name: &str, class: &str, args: Option<&Node>) -> Result<(), String> {
    if !name.contains('.') {
        return Err("the package refuses a name without a dot: it takes `NAME.SPLIT`".into());
    }
    let Some(own) = of_class(class) else {
        return Ok(());
    };
    let names = args.map_or(&[][..], Node::entries).iter();
    let mut names = names.map(|(name, _)| name.as_str());
    let unknown = names.find(|name| !OF_ALL.contains(name) && !own.contains(name));
    unknown.map_or(Ok(()), |name| {
        Err(format!(
            "its class has no argument `{name}`, so the package fails"
        ))
    })
}

/// How many examples the arguments of an eval want before each sample, as Python takes the number of them from a list.
pub(super) fn number_of_examples(args: Option<&Node>) -> Result<usize, String> {
    // Null is a value too, which the package refuses.
    let mut entries = args.map_or(&[][..], Node::entries).iter();
    let Some((_, given)) = entries.find(|(name, _)| name == "num_few_shot") else {
        return Ok(0);
    };
    let value = given.json();
    let refused = || format!("`num_few_shot: {value}` is not a whole number, so the package fails");
    match &value {
        Value::Bool(flag) => Ok(usize::from(*flag)),
        Value::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(whole), _) => Ok(usize::try_from(whole).unwrap_or(usize::MAX)),
            (None, Some(float)) if float <= 0.0 => Ok(0),
            _ => Err(refused()),
        },
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::NotePlace;
    use serde_json::json;
    use std::path::Path;

    fn node(value: Value) -> Node {
        let at = NotePlace {
            file: Path::new("x").into(),
            line: None,
        };
        Node::from_json(&value, &at)
    }

    #[test]
    fn names_without_a_split_and_unknown_arguments_are_refused() {
        let args = node(json!({"samples_jsonl": "s", "seed": 1, "max_tokens": 5}));
        for (class, is_taken) in [
            ("basic.match:Match", true),
            ("basic.json_match:JsonMatch", true),
            ("basic.json_validator:JsonValidator", false),
            ("basic.includes:Includes", false),
        ] {
            let class = format!("evals.elsuite.{class}");
            let checked = check_entry("a.dev", &class, Some(&args));
            assert_eq!(checked.is_ok(), is_taken, "{class}");
            assert!(check_entry("a", &class, None).is_err());
        }
        // A class of somebody else takes what it takes.
        assert_eq!(
            check_entry("a.dev", "mine.match:Match", Some(&args)),
            Ok(())
        );
    }

    #[test]
    fn examples_are_counted_as_python_does_it() {
        for (given, number) in [
            (json!(2), Some(2)),
            (json!(true), Some(1)),
            (json!(-3), Some(0)),
            (json!(-0.5), Some(0)),
            (json!(1.5), None),
            (json!(2.0), None),
            (json!("2"), None),
            (json!(null), None),
        ] {
            let args = node(json!({"max_tokens": 5, "num_few_shot": given}));
            assert_eq!(number_of_examples(Some(&args)).ok(), number, "{given}");
        }
        for args in [None, Some(node(json!({"max_tokens": 5})))] {
            assert_eq!(number_of_examples(args.as_ref()), Ok(0));
        }
    }
}
