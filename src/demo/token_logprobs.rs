//! Log-probabilities of an answer's pieces in the forms of OpenAI's API: of chats, and of plain completions.

use super::{learner::Belief, pieces::split};
use serde_json::{Map, Value, json};

/// One piece of an answer, with the pieces that could have come in its place, the most likely first.
#[derive(Debug, Clone)]
pub(super) struct PieceLogprobs {
    piece: String,
    logprob: f64,
    others: Vec<(String, f64)>,
}

/// Log-probability of pieces that are no choice.
const CERTAIN: f64 = -0.01;

/// Of each piece of an answer that gives one of the labels: there the learner had a choice, elsewhere it had none.
pub(super) fn piece_logprobs(
    pieces: &[String],
    belief: &Belief,
    label: usize,
) -> Vec<PieceLogprobs> {
    let names: Vec<(Vec<String>, f64)> = (belief.labels.iter())
        .map(|(name, logprob)| (split(name), logprob.exp()))
        .collect();
    let chosen = &names[label].0;
    let is_there = |start: &usize| {
        let rest = pieces[*start..].iter().zip(chosen);
        rest.enumerate()
            .all(|(at, (piece, part))| *piece == *part || (at == 0 && piece.trim_start() == part))
    };
    let start = (0..pieces.len()).find(is_there);
    let piece_at = |(at, piece): (usize, &String)| {
        let place = start.and_then(|start| at.checked_sub(start));
        let Some(place) = place.filter(|place| *place < chosen.len()) else {
            return PieceLogprobs {
                piece: piece.clone(),
                logprob: CERTAIN,
                others: vec![(piece.clone(), CERTAIN)],
            };
        };
        let lead = &piece[..piece.len() - piece.trim_start().len()];
        let mut others: Vec<(String, f64)> = Vec::new();
        let possible = names
            .iter()
            .filter(|(parts, _)| parts.starts_with(&chosen[..place]));
        for (parts, p) in possible {
            let part = parts.get(place).map_or("", String::as_str);
            let text = match place {
                0 => format!("{lead}{part}"),
                _ => part.to_owned(),
            };
            match others.iter_mut().find(|(known, _)| *known == text) {
                Some((_, sum)) => *sum += p,
                None => others.push((text, *p)),
            }
        }
        let all: f64 = others.iter().map(|(_, p)| p).sum();
        others.sort_by(|a, b| b.1.total_cmp(&a.1));
        others.iter_mut().for_each(|(_, p)| *p = (*p / all).ln());
        let logprob = others.iter().find(|(text, _)| text == piece);
        PieceLogprobs {
            piece: piece.clone(),
            logprob: logprob.map_or(CERTAIN, |(_, p)| *p),
            others,
        }
    };
    pieces.iter().enumerate().map(piece_at).collect()
}

/// As chats have them.
pub(super) fn chat_logprobs(pieces: &[PieceLogprobs], top: usize) -> Value {
    let token =
        |(text, p): &(String, f64)| json!({"token": text, "logprob": p, "bytes": text.as_bytes()});
    let content = pieces.iter().map(|piece| {
        let mut entry = token(&(piece.piece.clone(), piece.logprob));
        entry["top_logprobs"] = piece.others.iter().take(top).map(token).collect();
        entry
    });
    json!({"content": content.collect::<Vec<Value>>(), "refusal": null})
}

/// As plain completions have them; the first of these pieces starts at this place of the text, in characters.
pub(super) fn plain_logprobs(pieces: &[PieceLogprobs], top: usize, start: usize) -> Value {
    let mut offset = start;
    let offsets = pieces.iter().map(|piece| {
        let start = offset;
        offset += piece.piece.chars().count();
        start
    });
    let listed = |piece: &PieceLogprobs| -> Map<String, Value> {
        let others = piece.others.iter().take(top);
        others.map(|(text, p)| (text.clone(), json!(p))).collect()
    };
    json!({
        "text_offset": offsets.collect::<Vec<usize>>(),
        "tokens": pieces.iter().map(|p| p.piece.as_str()).collect::<Vec<&str>>(),
        "token_logprobs": pieces.iter().map(|p| p.logprob).collect::<Vec<f64>>(),
        "top_logprobs": pieces.iter().map(listed).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_several_pieces_are_a_choice_at_each() {
        let label = |name: &str, p: f64| (name.to_owned(), p.ln());
        let belief = Belief {
            labels: vec![
                label("very good", 0.6),
                label("very bad", 0.2),
                label("fine", 0.2),
            ],
        };
        let found = piece_logprobs(&split("It is very good."), &belief, 0);
        let p: Vec<i32> = found
            .iter()
            .map(|p| (p.logprob.exp() * 100.0).round() as i32)
            .collect();
        assert_eq!(p, [99, 99, 80, 75, 99]);
        assert_eq!(found[2].others[1].0, " fine");
    }
}
