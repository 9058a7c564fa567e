//! ROUGE-L and token F1 against the rouge-score package and a multiset of tokens.

use super::reference::{near, reference};
use wording::score::{rouge_l, token_f1};

#[test]
fn overlaps_of_words() {
    let reference = reference();
    let cases = reference["overlap"].as_array().unwrap();
    assert!(cases.len() > 3);
    for case in cases {
        let (a, b) = (case[0].as_str().unwrap(), case[1].as_str().unwrap());
        near(rouge_l(a, b), case[2].as_f64().unwrap());
        near(token_f1(a, b), case[3].as_f64().unwrap());
    }
}
