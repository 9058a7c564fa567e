//! A condition on rows of a dataset before anything is answered: `language == "de" and not input contains "test"`.
//!
//! The same language as that of filters, without what is known from answers: rows that are chosen by their scores would bias the
//! scores of what is then compared on them.

use super::{Filter, RowContext, RowFilter, RowNames, RowTexts, kind::RowFacts};
use crate::expression::ExpressionError;
use std::collections::BTreeSet;

/// A condition on rows of a dataset.
#[derive(Debug, Clone)]
pub struct RowCondition(RowFilter);

impl RowCondition {
    /// Compile a condition on rows that have these columns.
    ///
    /// # Errors
    /// Where it is not a condition, names something that rows do not have, or needs answers; with the place in the text.
    pub fn new(text: &str, columns: &[String]) -> Result<RowCondition, ExpressionError> {
        if text.trim().is_empty() {
            return Err(ExpressionError::new(
                0..text.len(),
                "the condition is empty",
            ));
        }
        let names = RowNames {
            columns: columns.to_vec(),
            is_before_answers: true,
            ..RowNames::default()
        };
        let filter = Filter {
            text: format!("={text}"),
            ..Filter::default()
        };
        let unshifted = |error: ExpressionError| ExpressionError {
            span: error.span.start.saturating_sub(1)..error.span.end.saturating_sub(1),
            ..error
        };
        RowFilter::new(&filter, &names)
            .map(RowCondition)
            .map_err(unshifted)
    }

    /// Which of its parts a row meets, in the order of [`RowCondition::parts`]; it meets all of it where each is true.
    pub fn meets(&self, row: &dyn RowTexts) -> Vec<bool> {
        let nothing = BTreeSet::new();
        let context = RowContext {
            grids: &[],
            texts: row,
            marks: &BTreeSet::new(),
            bad_cases: &nothing,
        };
        self.0.parts_met(&context, 0, &RowFacts::default())
    }

    /// The parts that must all hold, as typed.
    pub fn parts(&self) -> Vec<String> {
        self.0.part_names()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::borrow::Cow;

    struct Mail(Value);

    impl RowTexts for Mail {
        fn id(&self, _: usize) -> Cow<'_, str> {
            Cow::Borrowed("m1")
        }

        fn input(&self, _: usize) -> String {
            "Where is it?".into()
        }

        fn expected(&self, _: usize) -> Option<&str> {
            Some("shipping")
        }

        fn slice(&self, _: usize, _: usize) -> Option<&str> {
            None
        }

        fn column(&self, _: usize, name: &str) -> Option<Value> {
            self.0.get(name).cloned()
        }
    }

    fn condition(text: &str) -> Result<RowCondition, ExpressionError> {
        let columns = ["language", "length", "meta", "failed"].map(str::to_owned);
        RowCondition::new(text, &columns)
    }

    #[test]
    fn rows_are_chosen_by_what_they_have() {
        let row =
            Mail(json!({"language": "de", "length": 12, "meta": {"from": "web"}, "failed": "no"}));
        let met = |text: &str| condition(text).unwrap().meets(&row);
        assert_eq!(met("language == \"de\" and length < 10"), [true, false]);
        assert_eq!(met("language == 'fr' or meta.from == 'web'"), [true]);
        assert_eq!(
            met("input contains \"WHERE\" and id matches /^m\\d/"),
            [true, true]
        );
        assert_eq!(met("label == 'Shipping'"), [true]);
        // A column wins over the kind of that name.
        assert_eq!(met("failed == 'no'"), [true]);
        assert_eq!(
            condition("length < 10 and id == 'x'").unwrap().parts(),
            ["length < 10", "id == 'x'"]
        );
    }

    #[test]
    fn what_needs_answers_is_refused_where_it_stands() {
        for (text, at, said) in [
            (
                "language == 'de' and score(plain) < 1",
                22,
                "`score` is known from answers",
            ),
            ("always_wrong", 1, "`always_wrong` is known from answers"),
            ("bad_case", 1, "`bad_case` is known from answers"),
            ("langage == 'de'", 1, "did you mean `language`?"),
            ("language = 'de'", 10, ""),
            ("  ", 1, "the condition is empty"),
        ] {
            let error = condition(text).unwrap_err();
            assert_eq!(error.column(text), at, "{text}: {error}");
            assert!(error.message.contains(said), "{text}: {error}");
        }
    }
}
