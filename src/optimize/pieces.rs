//! The pieces of a wording that may be left out: sentences, and clauses of longer ones, of the parts that may change; shots; and marks
//! of the layout.

use super::{Regions, regions::RegionKind, setting::ShotChoice};
use crate::{engine::Plan, stats::words, template::has_placeholder};
use unicode_segmentation::UnicodeSegmentation;

/// A clause with fewer words stays with its neighbour; Han characters and kana count as words.
const LEAST_WORDS: usize = 3;
/// Marks between clauses: those of the first kind only before white space.
const SPACED: [char; 4] = [',', ';', ':', '–'];
/// In the place of a sentence's number: a piece that is none.
const WHOLE: usize = usize::MAX;
/// Most characters of a shot that are shown.
const MOST_SHOWN: usize = 60;
const WIDE: [char; 5] = ['，', '；', '：', '、', '—'];

/// A piece that may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The part of the wording that it is in.
    pub region: usize,
    /// Its sentence in this part.
    sentence: usize,
    /// The text, with the mark and the white space behind it.
    pub text: String,
    /// Whether it may not be left out: a placeholder is in it.
    fixed: bool,
    /// Of a shot, its number.
    shot: Option<usize>,
}

impl Piece {
    /// Whether it is a sentence or a clause, whose tokens are those of its text.
    pub fn is_clause(&self) -> bool {
        self.sentence != WHOLE
    }
}

/// The texts of a wording in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    regions: usize,
    all: Vec<Piece>,
    /// Places of those that may be left out.
    free: Vec<usize>,
}

impl Pieces {
    /// Cut the texts of parts: at the ends of sentences and lines (Unicode Standard Annex 29, which knows the marks of
    /// Chinese and Japanese too), and at marks between clauses.
    pub fn of(texts: &[String]) -> Pieces {
        let all = texts.iter().enumerate();
        let all = all.flat_map(|(region, text)| pieces_of_text(region, text));
        Pieces::new(texts.len(), all.collect())
    }

    /// Those of the parts of a wording: each shot that all rows have, each mark of the layout, and the pieces of texts.
    pub(super) fn of_regions(regions: &Regions, plan: &Plan) -> Pieces {
        let mut all = Vec::new();
        for (at, region) in regions.regions().iter().enumerate() {
            match region.kind() {
                RegionKind::Text => all.extend(pieces_of_text(at, &region.text)),
                RegionKind::Layout => all.push(Piece {
                    region: at,
                    sentence: WHOLE,
                    fixed: has_placeholder(&region.text),
                    text: region.text.clone(),
                    shot: None,
                }),
                RegionKind::Setting => {
                    let Some(ShotChoice::Listed(numbers)) = ShotChoice::read(&region.text) else {
                        continue;
                    };
                    all.extend(numbers.into_iter().map(|number| Piece {
                        region: at,
                        sentence: WHOLE,
                        fixed: false,
                        text: shot_text(plan, number),
                        shot: Some(number),
                    }));
                }
            }
        }
        let mut pieces = Pieces::new(regions.regions().len(), all);
        pieces.keep_unshown(regions, plan);
        pieces
    }

    /// What no prompt shows cannot be tested, and other variants may show it: it stays.
    fn keep_unshown(&mut self, regions: &Regions, plan: &Plan) {
        let whole = vec![true; self.free.len()];
        let unshown: Vec<usize> = (self.free.iter().enumerate())
            .filter(|(at, _)| {
                let mut has = whole.clone();
                has[*at] = false;
                !changes_a_prompt(regions, plan, &self.texts(&has))
            })
            .map(|(_, piece)| *piece)
            .collect();
        for piece in &unshown {
            self.all[*piece].fixed = true;
        }
        self.free.retain(|piece| !unshown.contains(piece));
    }

    fn new(regions: usize, all: Vec<Piece>) -> Pieces {
        let free = (0..all.len()).filter(|at| !all[*at].fixed).collect();
        Pieces { regions, all, free }
    }

    /// Those that may be left out, in their order.
    pub fn free(&self) -> impl ExactSizeIterator<Item = &Piece> {
        self.free.iter().map(|at| &self.all[*at])
    }

    /// The texts of the parts with these of the pieces that may be left out. A sentence that loses its end keeps its mark; one that
    /// loses its beginning begins with a capital if it did.
    pub fn texts(&self, has: &[bool]) -> Vec<String> {
        let mut there = vec![true; self.all.len()];
        for (at, has) in self.free.iter().zip(has) {
            there[*at] = *has;
        }
        let mut texts = vec![String::new(); self.regions];
        let mut from = 0;
        let of = |piece: &Piece| (piece.region, piece.sentence);
        for sentence in self.all.chunk_by(|a, b| of(a) == of(b)) {
            let there = &there[from..from + sentence.len()];
            from += sentence.len();
            if sentence[0].shot.is_some() {
                let kept = sentence.iter().zip(there).filter(|(_, there)| **there);
                let numbers = kept.filter_map(|(piece, _)| piece.shot).collect();
                texts[sentence[0].region] = ShotChoice::Listed(numbers).to_string();
                continue;
            }
            texts[sentence[0].region] += &sentence_of(sentence, there);
        }
        for (region, text) in texts.iter_mut().enumerate() {
            let is_shots = self
                .all
                .iter()
                .any(|p| p.region == region && p.shot.is_some());
            if !is_shots {
                self.restore_ends(region, text);
            }
        }
        texts
    }

    /// White space at the beginning and the end of a part stays as it was: what stands beside it may need it.
    fn restore_ends(&self, region: usize, text: &mut String) {
        // Of a part that is gone, the end stays: it is the layout of what comes next.
        let whole: String = (self.all.iter())
            .filter(|piece| piece.region == region)
            .map(|piece| piece.text.as_str())
            .collect();
        let lead = &whole[..whole.len() - whole.trim_start().len()];
        let tail = &whole[whole.trim_end().len()..];
        let inner = text.trim();
        *text = match inner.is_empty() {
            true => tail.to_owned(),
            false => format!("{lead}{inner}{tail}"),
        };
    }
}

/// Whether a prompt for an open row is another with these texts than at the start; so where one does not render.
fn changes_a_prompt(regions: &Regions, plan: &Plan, texts: &[String]) -> bool {
    let mut templates = plan.templates.clone();
    let Ok(variant) = regions.add(&mut templates, "without", texts) else {
        return true;
    };
    plan.dataset.rows().any(|row| {
        let Ok(row) = row else { return true };
        let before = plan.prompt_in(&plan.templates, regions.variant(), &row);
        let after = plan.prompt_in(&templates, &variant, &row);
        !matches!((before, after), (Ok(before), Ok(after)) if before == after)
    })
}

/// The clauses of a text, those that stay among them.
fn pieces_of_text(region: usize, text: &str) -> Vec<Piece> {
    let sentences = sentences(text);
    let last = sentences.len().saturating_sub(1);
    let mut pieces = Vec::new();
    for (sentence, of) in sentences.into_iter().enumerate() {
        let is_cut =
            (sentence == 0 && begins_inside(text)) || (sentence == last && ends_inside(text));
        pieces.extend(clauses(of).into_iter().map(|text| Piece {
            region,
            sentence,
            fixed: is_cut || has_placeholder(text) || words(text).next().is_none(),
            text: text.to_owned(),
            shot: None,
        }));
    }
    pieces
}

/// `shot 3: Broke after two weeks … → negative`
fn shot_text(plan: &Plan, number: usize) -> String {
    let pool = &plan.shots;
    let Some(at) = pool
        .shots()
        .iter()
        .position(|shot| shot.index + 1 == number)
    else {
        return format!("shot {number}");
    };
    let text = &pool.texts()[at];
    let text: String = match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{} …", text[..end].trim_end()),
        None => text.clone(),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let answer = pool.shots()[at].expected_text();
    let answer = answer.map_or(String::new(), |answer| format!(" → {answer}"));
    format!("shot {number}: {text}{answer}")
}

/// The sentences and lines of a text; a number at the beginning of one, as in a list, is a part of it.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, sentence) in text.split_sentence_bound_indices() {
        let end = at + sentence.len();
        let says = words(&text[from..end]).any(|word| word.chars().any(char::is_alphabetic));
        if says || end == text.len() {
            found.push(&text[from..end]);
            from = end;
        }
    }
    found
}

/// Whether a text goes on with what stands before it, behind a tag.
fn begins_inside(text: &str) -> bool {
    let first = text.chars().next();
    first
        .is_some_and(|c| matches!(c, ' ' | ',' | '.' | ';' | ')' | '，' | '。') || c.is_lowercase())
}

/// Whether a text goes on behind the tag that ends it.
fn ends_inside(text: &str) -> bool {
    !text.ends_with('\n')
        && ending(text).trim().is_empty()
        && !text.trim_end().ends_with([':', '：'])
}

/// The clauses of a sentence; short ones stay with the one before.
fn clauses(sentence: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut from, mut depth) = (0, 0_usize);
    let mut marks = sentence.char_indices().peekable();
    while let Some((at, c)) = marks.next() {
        let next = marks.peek().map(|(_, c)| *c);
        match c {
            '(' | '[' | '{' | '“' | '「' | '（' | '《' => depth += 1,
            ')' | ']' | '}' | '”' | '」' | '）' | '》' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends =
            WIDE.contains(&c) || (SPACED.contains(&c) && next.is_some_and(char::is_whitespace));
        if !ends || depth > 0 {
            continue;
        }
        let mut end = at + c.len_utf8();
        end += sentence[end..].len() - sentence[end..].trim_start().len();
        let is_long = |text: &str| words(text).nth(LEAST_WORDS - 1).is_some();
        if end < sentence.len() && is_long(&sentence[from..end]) && is_long(&sentence[end..]) {
            found.push(&sentence[from..end]);
            from = end;
        }
    }
    found.push(&sentence[from..]);
    found
}

/// A sentence with these of its pieces.
fn sentence_of(pieces: &[Piece], there: &[bool]) -> String {
    let kept = pieces.iter().zip(there).filter(|(_, there)| **there);
    let mut text: String = kept.map(|(piece, _)| piece.text.as_str()).collect();
    if text.is_empty() {
        return text;
    }
    if !there[there.len() - 1] {
        let is_mark = |c: char| c.is_whitespace() || SPACED.contains(&c) || WIDE.contains(&c);
        text.truncate(text.trim_end_matches(is_mark).len());
        text += ending(&pieces[pieces.len() - 1].text);
    }
    let began = pieces[0].text.chars().next();
    if !there[0] && began.is_some_and(char::is_uppercase) {
        let mut rest = text.chars();
        let first = rest.next().into_iter().flat_map(char::to_uppercase);
        text = first.chain(rest).collect();
    }
    text
}

/// The marks at the end of a sentence, closing quotes among them, and the white space behind; without a full stop or its like
/// only the white space.
fn ending(sentence: &str) -> &str {
    let is_stop = |c| ".!?…。！？".contains(c);
    let is_closing = |c| "\"'”’」』)）".contains(c);
    let trimmed = sentence.trim_end();
    let bare = trimmed.trim_end_matches(|c| is_stop(c) || is_closing(c));
    match trimmed[bare.len()..].contains(is_stop) {
        true => &sentence[bare.len()..],
        false => &sentence[trimmed.len()..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Pieces {
        Pieces::of(&[text.to_owned()])
    }

    fn texts(pieces: &Pieces) -> Vec<&str> {
        pieces.free().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn sentences_and_long_clauses_are_pieces() {
        let english = "You are a careful reader. Read the whole review, think about its tone, and then decide.\nAnswer with one word: positive or negative.";
        let pieces = cut(english);
        assert_eq!(
            texts(&pieces),
            [
                "You are a careful reader. ",
                "Read the whole review, ",
                "think about its tone, ",
                "and then decide.\n",
                "Answer with one word: ",
                "positive or negative."
            ]
        );
        assert_eq!(pieces.texts(&[true; 6]), [english]);
        assert_eq!(
            pieces.texts(&[false, false, true, false, true, false]),
            ["Think about its tone.\nAnswer with one word."]
        );
        assert_eq!(pieces.texts(&[false; 6]), [""]);
        // Numbers, short clauses and what must stay are not torn apart.
        assert_eq!(texts(&cut("Well, it costs 1,000 in all.")).len(), 1);
        assert!(texts(&cut("Say it in {language}. Be brief.")) == ["Be brief."]);
        assert_eq!(
            texts(&cut(
                "Answer (yes, it is good, or no, it is bad) in a word."
            ))
            .len(),
            1
        );
        // A list keeps its numbers with their lines, and a sentence that a tag cuts stays.
        assert_eq!(
            texts(&cut("1. Read it all.\n2. Decide now.\n")),
            ["1. Read it all.\n", "2. Decide now.\n"]
        );
        assert_eq!(
            texts(&cut(" from one to five. Be strict. Rate it on ")),
            ["Be strict. "]
        );
        let quoted = cut("Think about its tone, then say \"it is good.\"");
        assert_eq!(quoted.texts(&[true, false]), ["Think about its tone.\""]);
    }

    #[test]
    fn chinese_and_japanese_are_cut_at_their_marks() {
        let chinese = "请判断评论的情感，不要解释原因。只回答一个词：正面或负面。";
        let pieces = cut(chinese);
        assert_eq!(
            texts(&pieces),
            [
                "请判断评论的情感，",
                "不要解释原因。",
                "只回答一个词：",
                "正面或负面。"
            ]
        );
        assert_eq!(
            pieces.texts(&[true, false, true, true]),
            ["请判断评论的情感。只回答一个词：正面或负面。"]
        );
        assert_eq!(
            texts(&cut("短く答えてください。理由は書かないで。")).len(),
            2
        );
    }

    #[test]
    fn what_no_prompt_of_the_start_shows_stays() {
        let dir = tempfile::tempdir().unwrap();
        let project = crate::project::Project::sample(dir.path()).unwrap();
        let source = "+++\n[axes]\nlayout = [\"turns\", \"inline\"]\n+++\n{{ role(\"user\") }}Read it well. Be brief.\n{% if layout == \"inline\" %}Say what it is. Sentiment:\n{% endif %}Review: {{ row.text }}";
        std::fs::write(dir.path().join("a.j2"), source).unwrap();
        let mut experiment = project.experiments[0].clone();
        experiment.templates = vec!["a.j2".into()];
        experiment.baseline = None;
        experiment.axes.clear();
        let plan = Plan::load(&project, &experiment).unwrap();
        let found = |variant: usize| -> Vec<String> {
            let template = &plan.templates.templates()[0];
            let variant = &plan.variants[variant];
            let regions = Regions::of_shorter(template, variant, Vec::new(), &[]).unwrap();
            let pieces = Pieces::of_regions(&regions, &plan);
            pieces.free().map(|p| p.text.trim().to_owned()).collect()
        };
        let shown = ["Read it well.", "Be brief.", "Review:"];
        assert_eq!(found(0), shown);
        let inline = found(1);
        assert!(
            inline.len() > 3 && inline.contains(&"Sentiment:".to_owned()),
            "{inline:?}"
        );
    }

    #[test]
    fn white_space_around_a_part_stays() {
        let pieces = cut("\nBe brief. Be kind. \n");
        assert_eq!(pieces.texts(&[true, false]), ["\nBe brief. \n"]);
        assert_eq!(pieces.texts(&[false, true]), ["\nBe kind. \n"]);
        assert_eq!(pieces.texts(&[false, false]), [" \n"]);
    }
}
