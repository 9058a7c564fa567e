//! What may stand at a number: currencies, units, words for powers of ten, months, ordinals.

/// Codes of currencies; their signs are known by [`is_currency_sign`].
const CURRENCIES: [&str; 26] = [
    "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "RMB", "INR", "AUD", "CAD", "NZD", "SEK", "NOK",
    "DKK", "PLN", "CZK", "BRL", "MXN", "KRW", "HKD", "SGD", "TRY", "ZAR", "RUB", "Rs", "kr",
];

/// Units that may follow a number without a blank. Letters in other cases mean other things (`MB`, `mb`).
const UNITS: &str = " kg g mg µg μg t lb lbs oz km m cm mm µm μm nm mi ft in yd s sec ms µs μs ns min mins h hr hrs d l L ml \
    mL cl dl kWh MWh Wh W kW MW GW J kJ MJ cal kcal V kV mV A mA mAh Ah Hz kHz MHz GHz B kB KB MB GB TB PB KiB MiB GiB TiB \
    bit bits byte bytes C F K N kN Pa kPa MPa bar psi mol px pt em rem dpi bps kbps Mbps Gbps mph kmh kph rpm fps dB ha acres \
    m² m³ km² cm² cm³ mm² ft² °C °F ° º′ ″ cent cents ct bp bps pp ppm ppb ";

const PERCENT: [&str; 9] = [
    "percent",
    "per cent",
    "pct",
    "prozent",
    "pour cent",
    "por ciento",
    "percentage points",
    "percentage",
    "パーセント",
];

/// Words for powers of ten. German `Billion` is 10^12, but in the singular it is spelled as in English.
const POWERS: [(&str, i64); 41] = [
    ("hundred", 2),
    ("thousand", 3),
    ("million", 6),
    ("millions", 6),
    ("mio", 6),
    ("billion", 9),
    ("billions", 9),
    ("trillion", 12),
    ("trillions", 12),
    ("bn", 9),
    ("mn", 6),
    ("mrd", 9),
    ("lakh", 5),
    ("lakhs", 5),
    ("crore", 7),
    ("crores", 7),
    ("tausend", 3),
    ("millionen", 6),
    ("milliarde", 9),
    ("milliarden", 9),
    ("billionen", 12),
    ("mille", 3),
    ("milliard", 9),
    ("milliards", 9),
    ("mil", 3),
    ("millón", 6),
    ("millones", 6),
    ("billones", 12),
    ("百", 2),
    ("千", 3),
    ("万", 4),
    ("萬", 4),
    ("億", 8),
    ("亿", 8),
    ("兆", 12),
    ("百万", 6),
    ("千万", 7),
    ("만", 4),
    ("억", 8),
    ("조", 12),
    ("천", 3),
];

/// Names of months, in the case in which they are written: `may` is no month.
const MONTHS: &str = " January February March April May June July August September October November December Jan Feb Mar Apr \
    Jun Jul Aug Sep Sept Oct Nov Dec Januar Februar März Mai Juni Juli Oktober Dezember janvier février mars avril mai juin \
    juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre \
    noviembre diciembre ";

/// Words after which a number only refers to something.
const REFERENCES: &str = " step steps question problem case part chapter section page pages pp figure fig table equation eq \
    example exercise line version note schritt frage aufgabe kapitel abschnitt seite abbildung tabelle gleichung beispiel zeile \
    étape exercice chapitre paragraphe tableau équation exemple ligne paso pregunta problema capítulo sección página figura tabla \
    ecuación ejemplo línea confidence certainty probability konfidenz confiance confianza ";

fn holds(words: &str, word: &str) -> bool {
    // The word stands between blanks.
    !word.is_empty()
        && !word.contains(' ')
        && words
            .match_indices(word)
            .any(|(at, _)| words[..at].ends_with(' ') && words[at + word.len()..].starts_with(' '))
}

pub(super) fn is_currency_sign(c: char) -> bool {
    matches!(
        c,
        '$' | '¢' | '£' | '¤' | '¥' | '֏' | '؋' | '৳' | '฿' | '៛' | '₠'
            ..='⃀' | '﷼' | '￠' | '￡' | '￥' | '￦'
    )
}

pub(super) fn is_currency_code(word: &str) -> bool {
    CURRENCIES.contains(&word)
}

pub(super) fn is_unit(word: &str) -> bool {
    is_currency_code(word)
        || holds(UNITS, word)
        || word
            .split_once('/')
            .is_some_and(|(a, b)| holds(UNITS, a) && (b.len() <= 3 || holds(UNITS, b)))
}

pub(super) fn is_percent(word: &str) -> bool {
    PERCENT.contains(&word)
}

pub(super) fn power_of_ten(word: &str) -> Option<i64> {
    let found = POWERS.iter().find(|(name, _)| *name == word);
    found.map(|(_, power)| *power)
}

/// The power after a currency: `$5k`, `€2.5M`.
pub(super) fn power_of_money(letters: &str) -> Option<i64> {
    match letters {
        "k" | "K" => Some(3),
        "m" | "M" | "mn" | "mm" | "MM" => Some(6),
        "b" | "B" | "bn" | "Bn" => Some(9),
        "t" | "T" | "tn" => Some(12),
        _ => None,
    }
}

pub(super) fn is_month(word: &str) -> bool {
    holds(MONTHS, word)
}

pub(super) fn is_reference(word: &str) -> bool {
    holds(REFERENCES, word)
}

/// What makes `5` into the fifth, or `1990` into a decade.
pub(super) fn is_ordinal(letters: &str) -> bool {
    matches!(
        letters,
        "st" | "nd"
            | "rd"
            | "th"
            | "ST"
            | "ND"
            | "RD"
            | "TH"
            | "er"
            | "re"
            | "ère"
            | "e"
            | "ème"
            | "nde"
            | "º"
            | "ª"
            | "ᵗʰ"
            | "ste"
            | "te"
            | "ten"
            | "stel"
            | "o"
            | "a"
    )
}
