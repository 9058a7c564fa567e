//! The command line of this process, as reports and runs name it.

/// The command as typed, fit for a shell; names and passwords inside of addresses are left out.
pub(super) fn typed_command() -> String {
    let words = std::env::args()
        .skip(1)
        .map(|word| match word.split_once("://") {
            Some((scheme, rest)) => {
                let end = rest.find('/').unwrap_or(rest.len());
                match rest[..end].rfind('@') {
                    Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
                    None => word,
                }
            }
            None => word,
        });
    let words: Vec<String> = std::iter::once("wording".to_owned()).chain(words).collect();
    shell_words::join(words)
}
