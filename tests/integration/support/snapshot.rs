//! Texts compared with those in `tests/integration/snapshots`.

use regex::Regex;
use std::sync::LazyLock;

/// What differs from run to run, and what replaces it.
static FILTERS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\br-[0-9a-z]{10}\b", "r-[run]"),
        (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", "[date] UTC"),
        (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", "[date]"),
        (r"\b[0-9a-f]{40}\b", "[commit]"),
        (r"\bwording (\d+\.\d+\.\d+)[^\s)]*", "wording [version]"),
        (r"LiteLLM \S+ of \d{4}-\d{2}-\d{2}", "LiteLLM [version]"),
        (r"127\.0\.0\.1:\d{4,5}\b", "127.0.0.1:[port]"),
        (r"\bwording\.exe\b", "wording"),
        (r"[A-Z][^:(\n]*\(os error \d+\)", "[error of the system]"),
        (
            r"(?s)Score against median latency: .*?\.\n",
            "Score against median latency: [the fastest].\n",
        ),
        (r"\b\d+(\.\d+)? (ms|s)\b", "[time]"),
        (r"with \d+\.\d in flight", "with [n] in flight"),
        (
            r"\d+\.\d requests were in flight",
            "[n] requests were in flight",
        ),
        (
            r"median latency \d[\d.,]* m?s and \d[\d.,]* m?s",
            "median latency [time]",
        ),
    ]
    .map(|(pattern, name)| (Regex::new(pattern).unwrap(), name))
    .into()
});

/// Compare a text with the snapshot `AREA/NAME`, without run ids, clocks, ports, paths and versions.
#[track_caller]
pub(crate) fn check_filtered(name: &str, text: &str) {
    let mut text = text.to_owned();
    for (pattern, with) in FILTERS.iter() {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    check(name, &text);
}

/// Compare a text with the snapshot `AREA/NAME`.
#[track_caller]
pub(crate) fn check(name: &str, text: &str) {
    let (area, name) = name.split_once('/').unwrap();
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(format!(
        "{}/tests/integration/snapshots/{area}",
        env!("CARGO_MANIFEST_DIR")
    ));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
