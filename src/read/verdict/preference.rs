//! Which of two answers a judge prefers.

use super::mark::{Mark, agreed, keyed, marks};
use crate::read::{Reading, Unreadable};
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// Which of two answers a judge prefers, by the place at which they were shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    First,
    Second,
    Tie,
}

const KEYS: [&str; 19] = [
    "final_verdict",
    "final_winner",
    "winner",
    "better",
    "better_answer",
    "better_response",
    "preference",
    "preferred",
    "verdict",
    "choice",
    "decision",
    "result",
    "gewinner",
    "sieger",
    "gagnant",
    "ganador",
    "胜者",
    "勝者",
    "获胜者",
];

type Verdict = Result<Reading<Preference>, Unreadable>;

/// Which of two answers, shown as A and B, a reply prefers: by a key in JSON, a tag (`[[A]]`), a marked line ("Winner: B"), a
/// sentence that says so ("Answer B is better."), or the whole reply.
pub fn read_preference(text: &str) -> Verdict {
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:\\boxed\{|<(?:(?P<final>final)[_ -]?)?(?:winner|better|preference|preferred|verdict|choice|answer|decision|result)>)(?P<value>[^<\]}]*)").ok()
    });
    static BRACKETS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\[\[(?P<value>[^\[\]\n]*)\]\]").ok());
    // The noun is too common to count without a colon or a verb.
    static ANSWER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:(?P<final>\bfinal\s+|最终|最終))?(?:\b(?:answer|antwort|réponse|respuesta)\b|答案|答え)[*_`\x22'”]*\s*(?:(?P<colon>[:：=])|\bis\b:?|\bist\b|\best\b|\bes\b|是|は)(?P<value>)").ok()
    });
    static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)(?:(?P<final>\b(?:final|finale|overall|endgültige[rs]?|definitivo)\s+|最终|最終))?",
            r"(?:\b(?:winner|better|preference|preferred|verdict|choice|decision|judge?ment|gewinner|sieger|besser(?:e\s+antwort)?|urteil|entscheidung|gagnant|vainqueur|meilleure?(?:\s+réponse)?|préférence|choix|",
            r"ganador(?:a)?|mejor(?:\s+respuesta)?|preferencia|veredicto|elección)\b(?:\s+(?:answer|response|output|one|option|assistant|model)\b)?|获胜者|胜者|胜出|更好的?(?:是|回答|答案)?|より良い(?:回答|答え)|结论|勝者|判定|優れている(?:の|回答))[*_`\x22'”]*",
            r"\s*(?:\([^()\n]*\)|\[[^\[\]\n]*\]|（[^（）\n]*）)?[*_`\x22'”\])]*\s*(?:(?P<colon>[:：=])|\bis\b:?|\bist\b|\best\b|\bes\b|是|は|[-–—]\s|\s)(?P<value>)"
        ))
        .ok()
    });
    static SENTENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let answer = r"(?:the\s+|die\s+|la\s+|der\s+)?(?:(?:answer|response|output|assistant|model|option|candidate|antwort|réponse|respuesta)\s+)?[*_`\x22']*(?P<value>a|b|1|2|first|second|erste|zweite|première|deuxième|primera|segunda)[*_`\x22']*(?:\s+(?:answer|response|output|one|antwort|réponse|respuesta))?";
        let than = r"(?:\s+(?:than|als|que)\s+(?:the\s+|die\s+|la\s+)?(?:answer|response|output|assistant|model|option|antwort|réponse|respuesta)?\s*(?:a|b|1|2|first|second|the\s+other)(?:\s+one)?)?";
        Regex::new(&format!(
            concat!(
                r"(?im)(?:^|[.!?:,;*]\s*|\b(?:that|think|believe|so|therefore|overall|thus|but|dass|daher|aber|que|donc|mais|pero|por\s+tanto),?\s+){answer}\s+(?:wins|gewinnt|gagne|gana|(?:is|was|ist|est|es)\s+(?:(?:the|clearly|slightly|much|overall|die|klar|la|le|nettement|claramente)\s+)*",
                r"(?:better|best|winner|preferred|preferable|superior|stronger|besser(?:e)?|beste|überlegen|gewinner|meilleure?|supérieure|gagnante?|mejor|superior|ganadora?)(?:\s+(?:answer|response|output|one|antwort|réponse|respuesta))?){than}[*_`]*\s*(?:[.!,;]|$|(?:because|since|as|weil|da|car|parce|porque)\b)",
            ),
            answer = answer,
            than = than
        ))
        .ok()
    });
    static UNSPACED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:回答|答案|答え|选项|応答)?\s*(?P<value>[AB12])\s*(?:(?:更好|更优|更佳|胜出|获胜|较好)|(?:の方|のほう)?(?:が|は)(?:より)?(?:良い|よい|いい|優れ|勝))").ok()
    });
    static PREFER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:\b(?:i(?:['’]d|\s+would)?\s+(?:prefer|choose|pick|favou?r)|ich\s+(?:bevorzuge|wähle)|je\s+(?:préfère|choisis)|prefiero|elijo)\s+|我?(?:选择?|更喜欢|倾向于?))(?P<value>)").ok()
    });
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let pattern = |pattern: &'static LazyLock<Option<Regex>>| marks(text, pattern.as_ref());
    let region = |mark: &Mark| {
        let found = choice(&text[mark.region.clone()], true);
        Some(
            found
                .map(|verdict| verdict.map(|v| Reading::new(v, mark.region.clone())))
                .unwrap_or(Err(Unreadable::Absent)),
        )
    };
    let behind = |mark: &Mark| {
        let rest = &text[mark.region.start..];
        let start = mark.region.start + rest.len() - rest.trim_start().len();
        let line = text[start..].lines().next().unwrap_or_default();
        // In the next line it stands alone.
        let alone = rest[..start - mark.region.start].contains('\n')
            || !mark.has_colon
                && !text[mark.word.clone()]
                    .trim_end()
                    .ends_with(|c: char| c.is_alphabetic());
        let found = choice(line, alone)?;
        Some(found.map(|verdict| Reading::new(verdict, start..start + line.len())))
    };
    let named = |mark: &Mark| {
        let found = word(&text[mark.region.clone()])?;
        Some(Ok(Reading::new(found, mark.region.clone())))
    };
    json(text)
        .or_else(|| agreed(pattern(&BRACKETS), region))
        .or_else(|| agreed(pattern(&TAG), region))
        .or_else(|| agreed(pattern(&WORD), behind))
        .or_else(|| {
            let mut sentences = pattern(&SENTENCE);
            sentences.extend(pattern(&UNSPACED));
            agreed(sentences, named)
        })
        .or_else(|| agreed(pattern(&PREFER), behind))
        .or_else(|| agreed(pattern(&ANSWER), behind))
        .or_else(|| whole(text))
        .unwrap_or(Err(Unreadable::Absent))
}

fn json(text: &str) -> Option<Verdict> {
    let found = keyed(text, &KEYS)?;
    let verdict = match &found.value {
        Value::String(text) => choice(text, true),
        Value::Number(number) => match number.as_u64() {
            Some(1) => Some(Ok(Preference::First)),
            Some(2) => Some(Ok(Preference::Second)),
            _ => None,
        },
        _ => None,
    };
    let verdict = verdict.unwrap_or(Err(Unreadable::Malformed));
    Some(verdict.map(|verdict| Reading::new(verdict, found.span)))
}

/// The first line or the last one, if it is the verdict and nothing else.
fn whole(text: &str) -> Option<Verdict> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next()?;
    let last = lines.next_back();
    let alone = |line: &str| {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        choice(line, true)
            .map(|found| found.map(|verdict| Reading::new(verdict, start..start + line.len())))
    };
    // "A: it is right", with nothing about the other one.
    static REMARK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\b(?:a|b|1|2|first|second|both|tie|other)\b").ok());
    let remark = || {
        let first = first.trim_start_matches(|c: char| c.is_whitespace() || "*_`\"'“".contains(c));
        let rest = first.get(1..).filter(|rest| !continues_number(rest))?;
        let rest = rest.trim_start_matches(['*', ')']);
        let separator = rest
            .trim_start()
            .starts_with([':', '-', '–', '—', ',', '：', '，']);
        let is_one = last.is_none() && separator && !REMARK.as_ref()?.is_match(rest);
        let verdict = word(first.get(..1)?).filter(|v| *v != Preference::Tie)?;
        is_one.then(|| Ok(Reading::new(verdict, 0..text.len())))
    };
    match (alone(first), last.and_then(alone)) {
        (Some(Ok(a)), Some(Ok(b))) if a.value != b.value => Some(Err(Unreadable::Ambiguous)),
        (found, other) => found.or(other).or_else(remark),
    }
}

/// The choice at the start of a text; `alone`, if nothing may follow it.
fn choice(text: &str, alone: bool) -> Option<Result<Preference, Unreadable>> {
    static CHOICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)^[\s*_`\x22'“”(\[{<#>:：-]*(?:(?:the|die|der|das|la|le|el|it'?s|it\s+is|is|les)\s+)*(?:(?:answer|response|output|assistant|model|option|candidate|antwort|réponse|respuesta|opción|回答|答案|选项|応答|模型)\s*[*_`\x22'(\[]*)?",
            r"(?P<word>(?:the\s+two|they|answers|responses|antworten|réponses|respuestas|sind|are|son|both|beide|deux|ambas|\s)+\b(?:equally\s+good|tied|equal|the\s+same|gleich(?:\s+gut)?|se\s+valent|iguales)|a tie|a draw|both equal|both are equal|are equal|equally good|tie[d]?|draw|neither|equal|same|none|both|unentschieden|gleichstand|gleich(?:\s+gut)?|égalité|ex\s+aequo|empate|iguales|igual|first|second|erste|zweite|première|deuxième|seconde|primera|segunda|平局|平手|(?:两者|两个回答|都)?(?:相同|一样|差不多)|どちらも同じ|同じ|引き分け|同等|同点|a|b|c|1|2)",
            r"(?P<rest>.*)$"
        ))
        .ok()
    });
    static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)^[*_`\x22'”)\]}>]*(?:\s*\([^()]*\))?(?:\s+(?:answer|response|output|one|antwort|réponse|respuesta)\b)?",
            r"(?:\s+(?:is|wins|ist|est|es)(?:\s+(?:the|die|la))?(?:\s+(?:better|best|winner|besser|bessere|meilleure|mejor)(?:\s+(?:answer|response|one))?)?)?(?:\s*(?:です|だ))?[\s*_`\x22'”)\]}>.。!！]*$"
        ))
        .ok()
    });
    static SEVERAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^[*_`\x22'”)\]}>]*\s*(?:/|or\b|and\b|oder\b|und\b|ou\b|et\b|o\b|y\b|,|;|\||&|或|和|か|と)\s*[*_`\x22'“(\[]*(?:answer\s+|response\s+)?(?:a|b|1|2|tie|first|second)\b").ok()
    });
    // `A>B`, `A>>B`, `A=B`, as in Arena-Hard.
    static ORDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^[\s*_`]*(?P<first>a|b)\s*(?P<sign>[<>=])[<>=]?\s*(?P<second>a|b)[\s*_`.]*$",
        )
        .ok()
    });
    if let Some(order) = ORDER.as_ref()?.captures(text) {
        let is_other = !order["first"].eq_ignore_ascii_case(&order["second"]);
        let wins = match &order["sign"] {
            ">" => word(&order["first"]),
            "<" => word(&order["second"]),
            _ => Some(Preference::Tie),
        };
        return wins.filter(|_| is_other).map(Ok);
    }
    let found = CHOICE.as_ref()?.captures(text.lines().next()?)?;
    let (name, rest) = (found.name("word")?.as_str(), found.name("rest")?.as_str());
    if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '\'' | '’'))
        && name.is_ascii()
        || continues_number(rest)
    {
        return None;
    }
    if SEVERAL.as_ref()?.is_match(rest) {
        return Some(Err(Unreadable::Several));
    }
    let is_end = TAIL.as_ref()?.is_match(rest);
    static BETTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^[*_`]*\s+(?:wins|(?:is|ist|est|es)(?:\s+(?:the|clearly|slightly|much|die|la))*\s+(?:better|best|winner|besser|bessere|meilleure|mejor)(?:\s+(?:answer|response|one))?)\b").ok()
    });
    let rest = BETTER
        .as_ref()?
        .find(rest)
        .map_or(rest, |better| &rest[better.end()..]);
    let continues = rest.trim_start_matches(['*', '_', '`', '"', '\'', ')', ']']);
    let has_reason = continues.starts_with([
        ',', '.', ';', ':', '(', '（', '，', '。', '–', '—', '-', '\n',
    ]) || continues.trim_start().starts_with(['(', '–', '—', '-'])
        || [
            "because", "since", "as", "for", "by", "weil", "da", "car", "parce", "porque",
        ]
        .iter()
        .any(|w| {
            continues
                .trim_start()
                .strip_prefix(w)
                .is_some_and(|r| !r.starts_with(char::is_alphanumeric))
        });
    (is_end || !alone && has_reason).then(|| word(name).ok_or(Unreadable::Absent))
}

/// Whether the digit before is the start of `1,000`, `1.5`, `1-2` or `1/2`.
fn continues_number(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next().is_some_and(|c| ".,:-–−/".contains(c))
        && chars.next().is_some_and(|c| c.is_ascii_digit())
}

fn word(name: &str) -> Option<Preference> {
    let name = name.to_lowercase();
    Some(match name.as_str() {
        "a" | "1" | "first" | "erste" | "première" | "primera" => Preference::First,
        "b" | "2" | "second" | "zweite" | "deuxième" | "seconde" | "segunda" => Preference::Second,
        // `[[C]]` is a tie in MT-bench.
        _ => Preference::Tie,
    })
}
