//! Numbers as JavaScript writes and reads them (ECMA-262: `Number::toString`, `StringToNumber`, `parseFloat`, `parseInt`, `toFixed`).

/// The shortest text that reads as the number again.
pub(super) fn text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .into();
    }
    if number == 0.0 {
        return "0".into();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    // `1.25e3`: the shortest digits, and where the point stands among them.
    let exact = format!("{:e}", number.abs());
    let (digits, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let digits = digits.replace('.', "");
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = digits.len() as i32;
    let body = if (count..=21).contains(&point) {
        format!("{digits}{}", "0".repeat((point - count) as usize))
    } else if (1..=21).contains(&point) {
        let (whole, part) = digits.split_at(point as usize);
        format!("{whole}.{part}")
    } else if (-5..=0).contains(&point) {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else {
        let exponent = point - 1;
        let sign = if exponent < 0 { '-' } else { '+' };
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{first}{dot}{rest}e{sign}{}", exponent.abs())
    };
    format!("{sign}{body}")
}

/// `base ** exponent` (`Number::exponentiate`).
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    match exponent.is_nan() || base.abs() == 1.0 && exponent.is_infinite() {
        true => f64::NAN,
        false => base.powf(exponent),
    }
}

/// White space of JavaScript.
pub(super) fn is_space(c: char) -> bool {
    c == '\u{feff}' || c.is_whitespace() && c != '\u{85}'
}

/// `Number(text)`.
pub(super) fn parse(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [
        ("0x", 16),
        ("0X", 16),
        ("0o", 8),
        ("0O", 8),
        ("0b", 2),
        ("0B", 2),
    ] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return match digits.chars().all(|c| c.is_digit(radix)) && !digits.is_empty() {
                true => whole(digits, radix),
                false => f64::NAN,
            };
        }
    }
    match decimal(text) {
        Some((number, length)) if length == text.len() => number,
        _ => f64::NAN,
    }
}

/// `parseFloat(text)`.
pub(super) fn parse_float(text: &str) -> f64 {
    let text = text.trim_start_matches(is_space);
    decimal(text).map_or(f64::NAN, |(number, _)| number)
}

/// `parseInt(text, radix)`.
pub(super) fn parse_int(text: &str, radix: f64) -> f64 {
    let text = text.trim_start_matches(is_space);
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut radix = if radix.is_finite() {
        radix as i64 as u32
    } else {
        0
    };
    let hex = rest.strip_prefix("0x").or(rest.strip_prefix("0X"));
    let rest = match hex {
        Some(digits) if radix == 0 || radix == 16 => {
            radix = 16;
            digits
        }
        _ => rest,
    };
    if radix == 0 {
        radix = 10;
    }
    if !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    let end = rest
        .find(|c: char| !c.is_digit(radix))
        .unwrap_or(rest.len());
    if end == 0 {
        return f64::NAN;
    }
    let number = whole(&rest[..end], radix);
    if negative { -number } else { number }
}

fn whole(digits: &str, radix: u32) -> f64 {
    if radix == 10 {
        return digits.parse().unwrap_or(f64::NAN);
    }
    let digits = digits.chars().filter_map(|c| c.to_digit(radix));
    digits.fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit))
}

/// The decimal number at the start of a text, and how long it is.
fn decimal(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if text[sign..].starts_with("Infinity") {
        let number = if text.starts_with('-') {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        return Some((number, sign + "Infinity".len()));
    }
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let before = digits(sign);
    let mut end = sign + before;
    let mut after = 0;
    if bytes.get(end) == Some(&b'.') {
        after = digits(end + 1);
        if before + after > 0 {
            end += 1 + after;
        }
    }
    if before + after == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits((end + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    Some((text[..end].parse().ok()?, end))
}

/// `number.toFixed(digits)`: ties away from zero, by the exact value.
pub(super) fn fixed(number: f64, digits: usize) -> String {
    if !number.is_finite() || number.abs() >= 1e21 {
        return text(number);
    }
    // The exact decimal value of a double has at most 1074 digits behind the point.
    let exact = format!("{:.1074}", number.abs());
    let (whole, part) = exact.split_once('.').unwrap_or((&exact, ""));
    let mut kept: Vec<u8> = whole.bytes().chain(part.bytes().take(digits)).collect();
    if part.as_bytes().get(digits).is_some_and(|b| *b >= b'5') {
        let mut at = kept.len();
        loop {
            if at == 0 {
                kept.insert(0, b'1');
                break;
            }
            at -= 1;
            if kept[at] == b'9' {
                kept[at] = b'0';
            } else {
                kept[at] += 1;
                break;
            }
        }
    }
    let split = kept.len() - digits;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut out = text(&kept[..split]);
    if digits > 0 {
        out.push('.');
        out += &text(&kept[split..]);
    }
    if number < 0.0 { format!("-{out}") } else { out }
}

/// `Math.round`: halves go up.
pub(super) fn round(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor >= 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        for (number, written) in [
            (1.0, "1"),
            (1e3, "1000"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1e+21"),
            (123456789012345680000.0, "123456789012345680000"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (-0.0, "0"),
            (-2.50, "-2.5"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(text(number), written);
        }
    }

    #[test]
    fn texts_are_read_as_javascript_reads_them() {
        assert_eq!(parse(" 1.50 "), 1.5);
        assert_eq!(
            (parse(""), parse("0x1f"), parse(".5"), parse("5.")),
            (0.0, 31.0, 0.5, 5.0)
        );
        assert!(parse("1,5").is_nan() && parse("nan").is_nan() && parse("1e").is_nan());
        assert_eq!((parse_float("3.25abc"), parse_float("1e")), (3.25, 1.0));
        assert_eq!(
            (parse_int("42px", 10.0), parse_int("ff", 16.0)),
            (42.0, 255.0)
        );
        assert_eq!(
            (fixed(2.5, 0), fixed(1.005, 2), fixed(-1.25, 1)),
            ("3".into(), "1.00".into(), "-1.3".into())
        );
        assert_eq!(
            (fixed(9.99, 1), round(-2.5), round(2.5)),
            ("10.0".into(), -2.0, 3.0)
        );
    }
}
