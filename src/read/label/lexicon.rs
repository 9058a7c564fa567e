//! Words around a label that decide what it means there, in the languages that models answer in.

use super::token::{Gap, Tokens};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::LazyLock,
};

/// What words do, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Class(u32);

impl Class {
    /// Negates what follows.
    pub(super) const NOT: Class = Class(1);
    /// Negates what precedes.
    pub(super) const NOT_AFTER: Class = Class(1 << 1);
    /// Begins another clause.
    pub(super) const BREAK: Class = Class(1 << 2);
    /// Names the answer.
    pub(super) const ANSWER: Class = Class(1 << 3);
    pub(super) const FINAL: Class = Class(1 << 4);
    /// Names one of the options.
    pub(super) const OPTION: Class = Class(1 << 5);
    pub(super) const IS: Class = Class(1 << 6);
    /// May stand between a marker and the label.
    pub(super) const FILLER: Class = Class(1 << 7);
    pub(super) const CHOOSE: Class = Class(1 << 8);
    pub(super) const THEREFORE: Class = Class(1 << 9);
    /// "whether", "if": what follows is not asserted.
    pub(super) const IF: Class = Class(1 << 10);
    /// Verbs over which a negation reaches.
    pub(super) const THINK: Class = Class(1 << 11);
    pub(super) const WRONG: Class = Class(1 << 12);
    pub(super) const RIGHT: Class = Class(1 << 13);
    pub(super) const OR: Class = Class(1 << 14);
    pub(super) const BECAUSE: Class = Class(1 << 15);
    pub(super) const REVISE: Class = Class(1 << 16);
    /// "rather than": negates the label that follows.
    pub(super) const THAN: Class = Class(1 << 17);
    pub(super) const AND: Class = Class(1 << 18);
    pub(super) const PRONOUN: Class = Class(1 << 19);
    /// A determiner or the like: a label that is such a word has to stand apart.
    pub(super) const COMMON: Class = Class(1 << 20);

    pub(super) fn has(self, other: Class) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn or(self, other: Class) -> Class {
        Class(self.0 | other.0)
    }
}

const WORDS: &[(Class, &str)] = &[
    // English
    (
        Class::NOT,
        "wrong to|incorrect to|a mistake to|unfair to|hard to|not|never|no|neither|nor|cannot|without|hardly|barely|scarcely|non|nothing|none|isnt|doesnt|dont|cant|wasnt|far from|anything but|lack of|lacks|absence of|fails to|failed to|rules out|ruled out|rule out|excludes|exclude",
    ),
    (
        Class::THAN,
        "rather than|instead of|as opposed to|opposed to|than|unlike|over",
    ),
    (
        Class::BREAK,
        "but|however|because|since|so|although|though|yet|while|whereas|therefore|thus|hence|instead|which|who|that is",
    ),
    (Class::AND, "and|und|et|y|e|и|as well as"),
    (
        Class::OR,
        "or|and|then|und|oder|ou|et|y|o|u|e|или|и|and / or",
    ),
    (
        Class::ANSWER,
        "answer|answers|solution|verdict|conclusion|prediction|label|classification|category|class|sentiment|result|output|decision|response|choice|intent|topic|judgement|judgment|statement|claim|assertion|guess|pick|selection|assessment|determination|tag",
    ),
    (
        Class::ANSWER.or(Class::FINAL),
        "final answer|final verdict|final label|final classification|final choice|final decision|final conclusion|final result|final response|final category|final",
    ),
    (
        Class::OPTION,
        "option|choice|letter|alternative|answer choice|answer option|candidate",
    ),
    (
        Class::IS,
        "is|was|are|be|would be|should be|must be|has to be|can be|could be|will be|seems|appears|looks|becomes|equals|remains|to be|being|been|s|re",
    ),
    (
        Class::FILLER,
        "the|this|that|an|most|likely|definitely|clearly|simply|probably|best|correct|right|quite|very|really|obviously|certainly|indeed|just|only|following|one|as|to|of|it|i|my|we|d|ll|would|will|say|appropriate|here|overall",
    ),
    (
        Class::CHOOSE,
        "choose|chose|pick|picked|select|selected|go with|opt for|classify as|classify it as|classify this as|classified as|categorized as|categorised as|labeled as|labelled as|label it|label this|label it as|falls under|belongs to|belongs in|falls into|categorize it as|categorize this as|say|answer with|vote for|rate it|mark it as|lean towards|leaning towards|settle on|conclude",
    ),
    (
        Class::THEREFORE,
        "therefore|thus|hence|so|overall|in conclusion|to conclude|ultimately|in summary|in short|consequently|finally|all in all|in the end",
    ),
    (Class::IF, "if|whether|ob|falls|если|是否|かどうか"),
    (
        Class::THINK,
        "think|believe|say|consider|find|seem|appear|look|case|call|tell|feel|suggest|indicate|know|sure|certain|determine|classify|express|conclude|agree|show|contain|qualify|sign|glaube|denke|finde|crois|pense|creo|pienso|credo|penso|acho|думаю|считаю",
    ),
    (
        Class::WRONG,
        "wrong|incorrect|excluded|eliminated|impossible|unlikely|inappropriate|invalid|rejected|out|falsch|ausgeschlossen|fausse|faux|incorrecte|incorrecta|incorrecto|errada|errado|sbagliata|sbagliato|incorreta|неверно|неверный|неправильный|неправильно|错误|错的|不对|不正确",
    ),
    (
        Class::RIGHT,
        "correct|right|true|best|appropriate|richtig|korrekt|correcte|exact|correcta|correcto|corretta|corretto|correta|correto|правильный|правильно|верно|верный|正确|对的|正しい|正解|정답",
    ),
    (
        Class::BECAUSE,
        "because|since|as|due|for|with|given|weil|denn|da|parce|porque|pues|perché|poiché|pois|потому|так как|因为|因|なぜなら|when|based",
    ),
    (
        Class::REVISE,
        "wait|actually|correction|hmm|on second thought|scratch that|let me reconsider|no wait|i made a mistake|sorry",
    ),
    (
        Class::PRONOUN,
        "it|this|that|they|he|she|the|there|i|we|you|its",
    ),
    (
        Class(0),
        "no doubt|no question|without doubt|without a doubt|without question|not only|not just|nothing but|cannot but|why not|if not|no less|no wonder|no longer than|anything else",
    ),
    // German
    (
        Class::NOT,
        "nicht|kein|keine|keinen|keiner|keines|keinem|weder|nie|niemals|keinesfalls|keineswegs|ohne",
    ),
    (Class::THAN, "statt|anstatt|anstelle von|eher als"),
    (Class::BREAK, "aber|sondern|jedoch|weil|denn|obwohl|doch"),
    (
        Class::ANSWER,
        "antwort|lösung|ergebnis|kategorie|klasse|stimmung|bewertung|urteil|einstufung",
    ),
    (
        Class::ANSWER.or(Class::FINAL),
        "endgültige antwort|finale antwort|abschließende antwort",
    ),
    (Class::OPTION, "möglichkeit|buchstabe|auswahl|variante"),
    (Class::IS, "ist|lautet|wäre|sind|war|sei|heißt"),
    (
        Class::FILLER,
        "die|der|das|ein|eine|richtige|korrekte|also|wohl|klar|eindeutig|sehr",
    ),
    (Class::CHOOSE, "wähle|nehme|entscheide mich für"),
    (
        Class::THEREFORE,
        "daher|deshalb|insgesamt|fazit|somit|folglich",
    ),
    // French
    (Class::NOT, "pas|ni|jamais|aucun|aucune|sans|nullement"),
    (Class::THAN, "plutôt que|au lieu de"),
    (Class::BREAK, "mais|cependant|toutefois|donc"),
    (
        Class::ANSWER,
        "réponse|solution|catégorie|classe|étiquette|résultat|verdict|classement",
    ),
    (Class::ANSWER.or(Class::FINAL), "réponse finale"),
    (Class::OPTION, "choix|lettre"),
    (Class::IS, "est|serait|sont|était"),
    (Class::FILLER, "la|le|les|l|une|un|bonne|c|ce"),
    (Class::CHOOSE, "choisis|opte pour"),
    (Class::THEREFORE, "donc|ainsi|en conclusion|finalement"),
    // Spanish, Portuguese, Italian
    (
        Class::NOT,
        "ni|nunca|tampoco|sin|ningún|ninguno|ninguna|jamás|não|nem|sem|nenhum|nenhuma|tampouco|né|nessun|nessuno|nessuna|senza|neppure|nemmeno|neanche",
    ),
    (
        Class::THAN,
        "en lugar de|en vez de|em vez de|anziché|invece di|piuttosto che",
    ),
    (
        Class::BREAK,
        "pero|sino|aunque|porque|mas|porém|embora|ma|però|bensì|perché|senão",
    ),
    (
        Class::ANSWER,
        "respuesta|solución|categoría|clase|etiqueta|resultado|sentimiento|clasificación|resposta|solução|categoria|classe|rótulo|sentimento|classificação|risposta|soluzione|etichetta|risultato|classificazione",
    ),
    (
        Class::ANSWER.or(Class::FINAL),
        "respuesta final|resposta final|risposta finale|respuesta definitiva|risposta definitiva",
    ),
    (
        Class::OPTION,
        "opción|alternativa|letra|opção|opzione|lettera|scelta",
    ),
    (Class::IS, "es|sería|son|é|seria|são|è|sarebbe|era"),
    (
        Class::FILLER,
        "el|los|las|lo|os|gli|correcta|correcto|correta|corretta|giusta|uma|una|um",
    ),
    (Class::CHOOSE, "elijo|escojo|escolho|scelgo"),
    (
        Class::THEREFORE,
        "por lo tanto|por tanto|en conclusión|portanto|em conclusão|quindi|dunque|in conclusione",
    ),
    // Russian
    (Class::NOT, "не|ни|нет|без|никогда|нельзя"),
    (Class::THAN, "вместо|а не"),
    (Class::BREAK, "но|однако|а|потому|хотя"),
    (
        Class::ANSWER,
        "ответ|решение|категория|класс|метка|результат|тональность|вывод",
    ),
    (
        Class::ANSWER.or(Class::FINAL),
        "окончательный ответ|итоговый ответ|финальный ответ",
    ),
    (Class::OPTION, "вариант|буква|опция|вариант ответа"),
    (Class::IS, "это|является|будет"),
    (Class::FILLER, "правильный|верный|скорее|всего|под|буквой"),
    (Class::CHOOSE, "выбираю"),
    (Class::THEREFORE, "следовательно|итак|поэтому|таким образом"),
    // Chinese
    (
        Class::NOT,
        "不|没|沒|非|未|无|無|并非|不是|没有|沒有|勿|不属于",
    ),
    (
        Class(0),
        "不仅|不只|不但|不僅|非常|无疑|毫无疑问|不过|无论|未来|不同|不错",
    ),
    (Class::BREAK, "但|但是|而|而是|因为|不过|可是|所以|因此"),
    (
        Class::ANSWER,
        "答案|回答|结论|标签|类别|分类|情感|结果|情感倾向|答",
    ),
    (Class::ANSWER.or(Class::FINAL), "最终答案|最后答案|最终结论"),
    (Class::OPTION, "选项|選項"),
    (Class::IS, "是|为|為|应为|应该是|就是|属于"),
    (Class::FILLER, "正确|的|正確|应|该|应该|非常|很"),
    (Class::CHOOSE, "选|选择|選|選擇|故选|应选"),
    (Class::THEREFORE, "因此|所以|综上|故|综上所述|总之"),
    (Class::THAN, "而不是|而非"),
    // Japanese
    (
        Class::NOT_AFTER,
        "ではない|ではなく|ではありません|じゃない|じゃなく|でない|でなく|とは言えない|とはいえない|ではないです|とは限らない|とは言えません|でもない|でもなく",
    ),
    (Class::BREAK, "しかし|ですが|なので"),
    (
        Class::ANSWER,
        "答え|回答|正解|解答|分類|ラベル|結論|感情|カテゴリ|カテゴリー",
    ),
    (
        Class::ANSWER.or(Class::FINAL),
        "最終的な答え|最終回答|最終的な回答",
    ),
    (Class::OPTION, "選択肢"),
    (Class::IS, "は|です|だ|である"),
    (Class::FILLER, "の|が|正しい|「"),
    (Class::THEREFORE, "したがって|よって|従って"),
    // Korean
    (Class::NOT_AFTER, "아니라|아니고|아니|아닙|아닌|않|없|못하"),
    (Class::NOT, "안|못"),
    (Class::BREAK, "하지만|그러나|아니라|아니고"),
    (
        Class::ANSWER,
        "정답|답변|답|분류|레이블|결론|감정|카테고리|라벨",
    ),
    (
        Class::ANSWER.or(Class::FINAL),
        "최종답|최종 답변|최종 답|최종 정답",
    ),
    (Class::OPTION, "선택지|보기"),
    (Class::IS, "은|는|이다|입니다|이|가"),
    (Class::THEREFORE, "따라서|그러므로"),
    // Labels that are such words have to stand apart.
    (
        Class::COMMON,
        "a|i|no|none|other|others|true|false|yes|not|all|any|some|one|both|neither|either|maybe|right|wrong|more|less|same|in|or|and|is|on|it|us|me|he|correct|incorrect|ok|okay|nothing|never|always|y|n|t|f|ja|nein|oui|non|sí|si|sim|não|да|нет|wahr|falsch|richtig|vrai|faux|verdadero|falso|vero|verdadeiro|keine|kein|andere|autre|aucun|otro|ninguno|outro|nenhum|altro|nessuno|другое|是|否|不|无|有|对|错|没有|其他|其它|はい|いいえ|なし|その他|예|네|아니요|기타|없음|the|an|to|of|at|by|as|be|do|so|up|go|most|least|can|may|will|even",
    ),
];

/// A phrase: its words, with what it does.
#[derive(Debug)]
struct Phrase {
    words: Vec<(Box<str>, Gap)>,
    class: Class,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A map by hashes of words.
pub(super) type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Identity>>;

/// Phrases by the hash of their first word, longer ones first.
static LEXICON: LazyLock<ByHash<Vec<Phrase>>> = LazyLock::new(|| {
    let mut lexicon: ByHash<Vec<Phrase>> = HashMap::default();
    for (class, list) in WORDS {
        for phrase in list.split('|') {
            let tokens = Tokens::new(phrase);
            let Some(first) = tokens.all.first() else {
                continue;
            };
            let words: Vec<_> = tokens
                .all
                .iter()
                .map(|token| (Box::from(tokens.text(token)), token.gap))
                .collect();
            let phrases = lexicon.entry(first.hash).or_default();
            let same = |other: &&mut Phrase| {
                other
                    .words
                    .iter()
                    .map(|w| &w.0)
                    .eq(words.iter().map(|w| &w.0))
            };
            match phrases.iter_mut().find(same) {
                Some(known) => known.class = known.class.or(*class),
                None => phrases.push(Phrase {
                    words,
                    class: *class,
                }),
            }
        }
    }
    for phrases in lexicon.values_mut() {
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.words.len()));
    }
    lexicon
});

/// What the words of a text do: one class per token.
pub(super) fn classify(tokens: &Tokens, classes: &mut Vec<Class>) {
    classes.clear();
    let lexicon = &*LEXICON;
    let mut at = 0;
    while let Some(token) = tokens.all.get(at) {
        let phrases = lexicon.get(&token.hash).map_or(&[][..], Vec::as_slice);
        let found = phrases.iter().find(|phrase| {
            let rest = &tokens.all[at..];
            rest.len() >= phrase.words.len()
                && phrase
                    .words
                    .iter()
                    .zip(rest)
                    .enumerate()
                    .all(|(n, ((word, gap), token))| {
                        let is_near = n == 0
                            || *gap == token.gap
                            || *gap != Gap::Joined && token.gap != Gap::Joined;
                        is_near && tokens.text(token) == &**word
                    })
        });
        match found {
            Some(phrase) => {
                classes.extend(phrase.words.iter().map(|_| phrase.class));
                at += phrase.words.len();
            }
            None => {
                let is_contracted = tokens.text(token).ends_with("n't");
                classes.push(if is_contracted {
                    Class::NOT
                } else {
                    Class::default()
                });
                at += 1;
            }
        }
    }
}
