//! How long `wording import promptfoo` takes for 10,000 tests, with everything that it does: reading, writing, and rendering every prompt.
//!
//! `cargo bench --bench importing`; the least of several runs of the binary, as other work on the machine only adds to them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench tells what it measured, and fails loudly"
)]

use std::{
    fmt::Write as _,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// Tests of the configuration.
const TESTS: usize = 10_000;

/// What the import may take.
const BOUND: Duration = Duration::from_secs(1);

fn write(folder: &Path) {
    let mut tests = "text,label,__expected1,__expected2\n".to_owned();
    for n in 0..TESTS {
        let word = ["good", "bad"][n % 2];
        writeln!(
            tests,
            "\"This is review number {n}, and it was \"\"{word}\"\".\",l{n},icontains:{word},\"contains-any:a,b\""
        )
        .unwrap();
    }
    std::fs::write(folder.join("tests.csv"), tests).unwrap();
    let config = "prompts: ['Classify: {{text}} as {{label}}', 'What is {{text}}?']\nproviders: [echo]\ntests: tests.csv\n";
    std::fs::write(folder.join("promptfooconfig.yaml"), config).unwrap();
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let times = (0..7).map(|_| {
        let start = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_wording"))
            .args([
                "import",
                "promptfoo",
                "promptfooconfig.yaml",
                "-o",
                "made",
                "--force",
            ])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let took = start.elapsed();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("10,000 rows"), "{said}");
        took
    });
    let least = times.min().unwrap();
    println!("import of {TESTS} tests, 2 prompts each: {least:.2?} (bound: {BOUND:.0?})");
}
