//! How probable each label of a set was where an answer gives one.

use super::token::{AnswerToken, AnswerTokens, Candidate};
use crate::read::LabelSpec;

/// A share that may be wrong by more than this is not known.
const MAX_UNCERTAINTY: f64 = 0.1;

/// A listed token that begins a label with fewer letters may begin anything.
const FEW_LETTERS: usize = 3;

/// Tokens of one label that are looked through.
const MAX_TOKENS: usize = 32;

/// The labels of a set as tokens begin and complete them.
#[derive(Debug, Clone)]
pub struct LabelPrefixes {
    labels: usize,
    forms: Vec<Form>,
}

#[derive(Debug, Clone)]
struct Form {
    label: usize,
    text: Vec<u8>,
}

/// How probable labels were at a place, as far as the server's list of tokens tells.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelChances {
    /// Probability of tokens that begin this label and no other.
    known: Vec<f64>,
    /// More that may belong to the label: tokens that are not listed, that begin several labels, or that are too short.
    more: Vec<f64>,
    /// Probability of all tokens that are not listed at the first place.
    pub unlisted: f64,
}

/// Probabilities over the label set: they sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelShares {
    pub shares: Vec<f64>,
    /// How far any of them may be from what an endless list would give.
    pub uncertainty: f64,
}

/// Why there are no probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownShares {
    /// The server's tokens do not hold the label where the output has it.
    NoToken,
    /// The list is too short to tell the labels apart.
    Uncertain,
}

/// What a token means for the labels that are still possible.
#[derive(Default)]
struct Meaning {
    labels: Vec<usize>,
    is_complete: bool,
    letters: usize,
}

impl LabelPrefixes {
    pub fn new(labels: &[LabelSpec]) -> LabelPrefixes {
        let forms = labels.iter().enumerate().flat_map(|(label, spec)| {
            let texts = [&spec.name].into_iter().chain(&spec.also);
            texts.map(move |text| Form {
                label,
                text: folded(text.trim().as_bytes()),
            })
        });
        LabelPrefixes {
            labels: labels.len(),
            forms: forms.filter(|form| !form.text.is_empty()).collect(),
        }
    }

    /// How probable each label was at a place of the output where one of them begins.
    ///
    /// A token counts for a label if it begins the label and no other, given what the answer had said before it; what could
    /// follow it is not known. Where the token that was generated begins several labels, the tokens after it decide.
    pub fn chances(
        &self,
        tokens: &AnswerTokens,
        place: usize,
    ) -> Result<LabelChances, UnknownShares> {
        let tokens = tokens.starting_at(place);
        let first = tokens.first().ok_or(UnknownShares::NoToken)?;
        let generated = first.generated().ok_or(UnknownShares::NoToken)?;
        if self.meaning(&[], &generated.text).labels.is_empty() {
            return Err(UnknownShares::NoToken);
        }
        let mut chances = LabelChances {
            known: vec![0.0; self.labels],
            more: vec![0.0; self.labels],
            unlisted: unlisted(first),
        };
        let mut reach = 1.0;
        let mut written = Vec::new();
        for (at, token) in tokens.iter().take(MAX_TOKENS).enumerate() {
            let next = self.count(&mut chances, token, &written, reach);
            let Some((text, p)) = next else {
                return Ok(chances);
            };
            (written, reach) = (text, reach * p);
            if at + 1 == tokens.len() {
                break;
            }
        }
        // The answer ended where several labels were possible: it is the one that is complete, if one is.
        for form in &self.forms {
            if form.text == written {
                chances.known[form.label] += reach;
                return Ok(chances);
            }
            if form.text.starts_with(&written) {
                chances.more[form.label] += reach;
            }
        }
        Ok(chances)
    }

    /// How probable each label was at the first token of an output that has any letters, whatever was generated there.
    pub fn first_chances(&self, tokens: &AnswerTokens) -> Option<LabelChances> {
        let first = tokens.first_with_letters()?;
        let mut chances = LabelChances {
            known: vec![0.0; self.labels],
            more: vec![0.0; self.labels],
            unlisted: unlisted(first),
        };
        if let Some((text, p)) = self.count(&mut chances, first, &[], 1.0) {
            let possible = self
                .forms
                .iter()
                .filter(|form| form.text.starts_with(&text));
            possible.for_each(|form| chances.more[form.label] += p);
        }
        Some(chances)
    }

    /// Count the tokens of one place, reached with this probability after this beginning of labels; where the generated one leaves
    /// several labels possible, what is written then, and its probability.
    fn count(
        &self,
        chances: &mut LabelChances,
        token: &AnswerToken,
        written: &[u8],
        reach: f64,
    ) -> Option<(Vec<u8>, f64)> {
        let mut next = None;
        let complete = (!written.is_empty())
            .then(|| self.forms.iter().find(|form| form.text == written))
            .flatten();
        for (at, candidate) in token.candidates.iter().enumerate() {
            let p = reach * candidate.logprob.exp();
            let meaning = self.meaning(written, &candidate.text);
            match (meaning.labels.as_slice(), complete) {
                ([], Some(form)) => chances.known[form.label] += p,
                ([], None) => {}
                ([label], _) => {
                    let is_sure = at == 0
                        || meaning.is_complete
                        || !written.is_empty()
                        || meaning.letters >= FEW_LETTERS;
                    let sum = if is_sure {
                        &mut chances.known
                    } else {
                        &mut chances.more
                    };
                    sum[*label] += p;
                }
                (_, _) if at == 0 => {
                    let text = joined(written, &candidate.text, &self.forms);
                    next = Some((text, candidate.logprob.exp()));
                }
                (several, _) => several.iter().for_each(|label| chances.more[*label] += p),
            }
        }
        let unlisted = unlisted(token);
        if let Some(form) = complete {
            chances.known[form.label] += reach * unlisted;
        }
        // One token more for each label that is possible here, no likelier than the least likely of the list.
        let one = reach * least_listed(token).min(unlisted);
        for label in 0..self.labels {
            let is_possible = |form: &Form| form.label == label && form.text.starts_with(written);
            let is_complete = complete.is_some_and(|form| form.label == label);
            if !is_complete && self.forms.iter().any(is_possible) {
                chances.more[label] += one;
            }
        }
        next
    }

    /// Which labels a token begins or completes after what was written of them.
    fn meaning(&self, written: &[u8], token: &[u8]) -> Meaning {
        let text = joined(written, token, &self.forms);
        let mut meaning = Meaning {
            letters: text.len(),
            ..Meaning::default()
        };
        if text.len() <= written.len() {
            return meaning;
        }
        if !text.is_ascii() {
            // A character of these scripts says as much as a word.
            meaning.letters = meaning.letters.max(FEW_LETTERS);
        }
        for form in &self.forms {
            let is_complete = text == form.text
                || (text.starts_with(&form.text)
                    && form.text.len() > written.len()
                    && ends_word(&form.text, &text[form.text.len()..]));
            if !is_complete && !form.text.starts_with(&text) {
                continue;
            }
            meaning.is_complete |= is_complete;
            if !meaning.labels.contains(&form.label) {
                meaning.labels.push(form.label);
            }
        }
        meaning
    }
}

impl LabelChances {
    /// The probability of all labels together, of all that the model could have said there.
    pub fn mass(&self) -> f64 {
        self.known.iter().sum::<f64>().min(1.0)
    }

    /// The probabilities over the label set, corrected by `prior` if there is one: each divided by what the label has without
    /// any content (Zhao et al. 2021).
    pub fn shares(&self, prior: Option<&[f64]>) -> Result<LabelShares, UnknownShares> {
        let weight = |label: usize| prior.map_or(1.0, |prior| 1.0 / prior[label].max(1e-6));
        let weighted = |values: &[f64]| -> Vec<f64> {
            let all = values.iter().enumerate();
            all.map(|(label, p)| p * weight(label)).collect()
        };
        let (known, more) = (weighted(&self.known), weighted(&self.more));
        let (all_known, all_more): (f64, f64) = (known.iter().sum(), more.iter().sum());
        if all_known <= 0.0 {
            return Err(UnknownShares::Uncertain);
        }
        let bounds = known.iter().zip(&more).map(|(known, more)| {
            let others = all_known - known;
            let low = known / (all_known + all_more - more);
            let high = (known + more) / (known + more + others);
            high - low
        });
        let uncertainty = bounds.fold(0.0, f64::max);
        if uncertainty > MAX_UNCERTAINTY {
            return Err(UnknownShares::Uncertain);
        }
        let all = all_known + all_more / 2.0;
        let middle = known.iter().zip(&more);
        Ok(LabelShares {
            shares: middle
                .map(|(known, more)| (known + more / 2.0) / all)
                .collect(),
            uncertainty,
        })
    }
}

/// Lower case, and one sign for what separates words. Bytes that are no text stay as they are.
fn folded(text: &[u8]) -> Vec<u8> {
    let mut text = match std::str::from_utf8(text) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(_) => text.to_ascii_lowercase(),
    };
    for byte in text.iter_mut().skip(1) {
        if matches!(byte, b'_' | b'-') {
            *byte = b' ';
        }
    }
    text
}

/// What was written of a label with a token behind it. Before a label stand white space, quotes and Markdown.
fn joined(written: &[u8], token: &[u8], forms: &[Form]) -> Vec<u8> {
    let text = folded(&[written, token].concat());
    let is_begun = |text: &[u8]| {
        let begins = |form: &Form| form.text.starts_with(text) || text.starts_with(&form.text);
        !text.is_empty() && forms.iter().any(begins)
    };
    if !written.is_empty() || is_begun(&text) {
        return text;
    }
    let lead = token
        .iter()
        .take_while(|b| b.is_ascii() && !b.is_ascii_alphanumeric());
    let mut rest = &token[lead.count()..];
    if let Ok(text) = std::str::from_utf8(rest) {
        rest = text
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .as_bytes();
    }
    folded(rest)
}

/// Whether a label ends where it is followed by this.
fn ends_word(label: &[u8], rest: &[u8]) -> bool {
    let next = rest.first().copied().unwrap_or(b' ');
    let goes_on = next.is_ascii_alphanumeric() || !next.is_ascii();
    !goes_on || label.last().is_some_and(|last| !last.is_ascii())
}

/// The probability of all tokens that are not listed.
fn unlisted(token: &AnswerToken) -> f64 {
    let listed: f64 = token.candidates.iter().map(|c| c.logprob.exp()).sum();
    (1.0 - listed).max(0.0)
}

/// The probability of the least likely token of a list. The token that was generated may have been added to it.
fn least_listed(token: &AnswerToken) -> f64 {
    let p = |candidate: &Candidate| candidate.logprob.exp();
    let others = token.candidates.iter().skip(1).map(p);
    others.fold(1.0, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    type Place<'a> = &'a [(&'a str, f64)];

    /// Tokens with those that were listed in their places, by probability; the first of each place was generated.
    fn tokens(places: &[Place<'_>]) -> (AnswerTokens, String) {
        let listed = |(token, p): &(&str, f64)| json!({"token": token, "logprob": p.ln()});
        let content = places.iter().map(|place| {
            let mut token = listed(&place[0]);
            token["top_logprobs"] = place.iter().map(listed).collect();
            token
        });
        let content: Vec<Value> = content.collect();
        let output: String = places.iter().map(|place| place[0].0).collect();
        let json = json!({ "content": content }).to_string();
        (AnswerTokens::new(&json, &output).unwrap(), output)
    }

    fn chances(
        labels: &[&str],
        places: &[Place<'_>],
        label: &str,
    ) -> Result<LabelChances, UnknownShares> {
        let labels: Vec<LabelSpec> = labels.iter().map(|label| LabelSpec::from(*label)).collect();
        let (tokens, output) = tokens(places);
        let place = output.to_lowercase().find(label).unwrap();
        LabelPrefixes::new(&labels).chances(&tokens, place)
    }

    fn shares(
        labels: &[&str],
        places: &[Place<'_>],
        label: &str,
    ) -> Result<Vec<f64>, UnknownShares> {
        let found = chances(labels, places, label)?.shares(None)?;
        assert!((found.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        Ok(found
            .shares
            .iter()
            .map(|p| (p * 1e3).round() / 1e3)
            .collect())
    }

    const SENTIMENT: [&str; 2] = ["positive", "negative"];

    #[test]
    fn every_way_to_write_a_label_counts_for_it() {
        let place: Place<'_> = &[
            ("Positive", 0.3),
            (" positive", 0.2),
            ("**Negative", 0.1),
            ("neg", 0.15),
            ("\"pos", 0.1),
            ("The", 0.15),
        ];
        assert_eq!(
            shares(&SENTIMENT, &[place], "positive"),
            Ok(vec![0.706, 0.294])
        );
        let found = chances(&SENTIMENT, &[place], "positive").unwrap();
        assert!((found.mass() - 0.85).abs() < 1e-9, "{found:?}");
        // A longer word is another one.
        let place: Place<'_> = &[("positive", 0.5), ("positively", 0.2), ("negative", 0.3)];
        assert_eq!(
            shares(&SENTIMENT, &[place], "positive"),
            Ok(vec![0.625, 0.375])
        );
    }

    #[test]
    fn the_label_may_stand_in_a_sentence() {
        let start: Place<'_> = &[("It", 0.6), ("negative", 0.4)];
        let label: Place<'_> = &[(" positive", 0.6), (" negative", 0.2), (" great", 0.2)];
        assert_eq!(
            shares(&SENTIMENT, &[start, label], "positive"),
            Ok(vec![0.75, 0.25])
        );
    }

    #[test]
    fn labels_with_a_common_beginning_are_told_apart_behind_it() {
        let labels = ["very good", "very bad", "neutral"];
        let first: Place<'_> = &[("very", 0.8), ("neutral", 0.2)];
        let second: Place<'_> = &[(" good", 0.75), (" bad", 0.25)];
        assert_eq!(
            shares(&labels, &[first, second], "very"),
            Ok(vec![0.6, 0.2, 0.2])
        );
        // Where the answer went another way, only their sum is known.
        let first: Place<'_> = &[("neutral", 0.6), ("very", 0.4)];
        assert_eq!(
            shares(&labels, &[first], "neutral"),
            Err(UnknownShares::Uncertain)
        );
        let first: Place<'_> = &[("neutral", 0.96), ("very", 0.04)];
        let found = chances(&labels, &[first], "neutral")
            .unwrap()
            .shares(None)
            .unwrap();
        assert!(
            (found.uncertainty - 0.08 / 1.04).abs() < 1e-9 && found.shares[2] > 0.95,
            "{found:?}"
        );
    }

    #[test]
    fn a_label_that_begins_another_is_complete_where_nothing_follows() {
        let labels = ["spam", "spam free"];
        let first: Place<'_> = &[("spam", 1.0)];
        let second: Place<'_> = &[("-free", 0.3), (".", 0.6), ("", 0.1)];
        assert_eq!(
            shares(&labels, &[first, second], "spam"),
            Ok(vec![0.7, 0.3])
        );
        assert_eq!(shares(&labels, &[first], "spam"), Ok(vec![1.0, 0.0]));
        let whole: Place<'_> = &[("not", 0.9), ("spam", 0.1)];
        let end: Place<'_> = &[(" spam", 0.99), (" a", 0.01)];
        assert_eq!(
            shares(&["spam", "not spam"], &[whole, end], "not"),
            Ok(vec![0.1, 0.9])
        );
    }

    #[test]
    fn what_is_not_listed_is_bounded_and_nothing_is_said_where_the_bound_is_wide() {
        let known: Place<'_> = &[("positive", 0.90), ("The", 0.05), ("It", 0.01)];
        let found = chances(&SENTIMENT, &[known], "positive").unwrap();
        assert!((found.unlisted - 0.04).abs() < 1e-9);
        let found = found.shares(None).unwrap();
        // A token for *negative* could have as much as the least likely of the list.
        assert!((found.uncertainty - 0.01 / 0.91).abs() < 1e-9, "{found:?}");
        let wide: Place<'_> = &[("positive", 0.2), ("The", 0.3), ("It", 0.15)];
        assert_eq!(
            shares(&SENTIMENT, &[wide], "positive"),
            Err(UnknownShares::Uncertain)
        );
        // "A" may begin *angry* or be an article.
        let short: Place<'_> = &[("calm", 0.6), ("A", 0.3), ("angry", 0.1)];
        assert_eq!(
            shares(&["calm", "angry"], &[short], "calm"),
            Err(UnknownShares::Uncertain)
        );
    }

    #[test]
    fn tokens_that_are_parts_of_words_or_characters_count() {
        let place: Place<'_> = &[("neg", 0.6), ("pos", 0.4)];
        let rest: Place<'_> = &[("ative", 1.0)];
        assert_eq!(
            shares(&SENTIMENT, &[place, rest], "negative"),
            Ok(vec![0.4, 0.6])
        );
        let place: Place<'_> = &[("正", 0.7), ("负", 0.3)];
        assert_eq!(
            shares(&["正面", "负面"], &[place, &[("面", 1.0)]], "正"),
            Ok(vec![0.7, 0.3])
        );
        let yes: Place<'_> = &[("B", 0.5), ("A", 0.25), (" a", 0.25)];
        assert_eq!(shares(&["A", "B"], &[yes], "b"), Ok(vec![0.5, 0.5]));
        let signs: Place<'_> = &[("-1", 0.6), ("1", 0.4)];
        assert_eq!(shares(&["1", "-1"], &[signs], "-1"), Ok(vec![0.4, 0.6]));
    }

    #[test]
    fn a_prior_is_divided_out() {
        let place: Place<'_> = &[("positive", 0.8), ("negative", 0.2)];
        let found = chances(&SENTIMENT, &[place], "positive").unwrap();
        let corrected = found.shares(Some(&[0.8, 0.2])).unwrap();
        assert!((corrected.shares[0] - 0.5).abs() < 1e-9, "{corrected:?}");
    }

    #[test]
    fn tokens_without_the_label_say_nothing() {
        let (tokens, _) = tokens(&[&[("fine", 0.9), ("positive", 0.1)]]);
        let labels = SENTIMENT.map(LabelSpec::from);
        assert_eq!(
            LabelPrefixes::new(&labels).chances(&tokens, 0),
            Err(UnknownShares::NoToken)
        );
        let first = LabelPrefixes::new(&labels).first_chances(&tokens).unwrap();
        assert!((first.mass() - 0.1).abs() < 1e-9);
    }
}
