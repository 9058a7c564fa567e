# Format, lints with warnings denied, tests and docs: what CI runs.
check:
    .ci/run

# The binary that is published: small and fast, and slow to build. `cargo build --release` is the quick one.
dist:
    cargo build --profile dist --locked

# Throughput of a whole run against the demo endpoint's fast mode, next to a bare client loop; then speed and long simulations
# of the statistics, and the speed of reading.
bench:
    cargo bench --bench throughput
    cargo bench --bench statistics
    cargo bench --bench reading
    cargo bench --bench importing

# The table of docs/fewer-calls.md: 1,000 replays of each policy on recorded grids, and what policies cost.
bench-policies:
    cargo bench --bench policies

# Coverage of the intervals of judged, rated and labelled scores, and ratings until a verdict: the tables of docs/judges.md and docs/statistics.md.
bench-ratings:
    cargo test --test integration -- --ignored --nocapture intervals_hold_for_every_kind_of_machine active_choice_reaches intervals_of_weighted_labels intervals_of_strengths_hold_from

# The tables of docs/optimize.md and docs/upgrade.md: searches in 1,000 planted worlds each, with and without effects, in 500 each
# for the share of sealed rows, and in 200 each for shorter wordings; verdicts on models in 300 worlds each.
bench-worlds:
    cargo test --release --lib -- --ignored --nocapture optimize:: upgrade::

# Figures of docs/optimize.md's table beside other optimizers, in fewer worlds; needs the network.
bench-optimizers:
    cargo build --release
    tests/real/optimizers.sh target/release/wording --worlds 60 --promptfoo-worlds 10

# The engine against the limits, random failures and outages of `wording serve`; some minutes. With peers: tests/real/limits.sh
bench-limits:
    cargo build --release
    tests/real/limits.py target/release/wording

# Prices and other facts about models, from the newest litellm package; needs the network. Review the entries that changed:
# git diff cannot show them, `zstd -dc src/catalog/models.jsonl.zst` can.
facts:
    cargo build
    tools/facts.sh

# What a clean release build costs: wall time, and CPU seconds by crate in target/cargo-timings.
bench-build:
    cargo clean --release
    time cargo build --release --timings

# Against servers and programs that this project did not write; needs the network.
real:
    cargo build --release
    tests/real/litellm.sh target/release/wording
    tests/real/openai_batches.sh target/release/wording
    tests/real/openai_tools.sh target/release/wording
    tests/real/llama_cpp.sh target/release/wording
    tests/real/first-minutes.sh target/release/wording
    tests/real/html.sh target/release/wording
    tests/real/trainers.sh target/release/wording
    tests/real/typed_datasets.sh target/release/wording
    tests/real/python_readers.sh target/release/wording
    tests/real/python_readers.sh target/release/wording old
    tests/real/mcp.sh target/release/wording
    tests/real/exports_to.sh target/release/wording

# What wording does to a real model, recorded anew, and the circle to a tuned model: an hour each, most of it the model's.
real-model:
    cargo build --release
    tests/real/variance.sh target/release/wording
    tests/real/circle.sh target/release/wording

# The ignored test of a panic: it runs in a process and a terminal of its own.
test-panic:
    cargo test --test integration -- a_panic_beside_the_session

# Two runs on one store, one of them killed at twenty random moments: no kept call is sent again.
kill-two:
    cargo test --test integration -- --ignored twenty_killed_runs

# Changed inputs for every importer and reader, so many seconds for each; `just fuzz 600 traces` for one. Faults are kept in target/fuzz.
fuzz seconds='60' target='':
    FUZZ_SECONDS={{seconds}} FUZZ_SEED=$(date +%s) cargo test --test integration -- --test-threads 1 --nocapture fuzz::{{target}}

# The same readers with inputs guided by which code they reach; tests/fuzz/run.sh says what it needs and what is a fault.
fuzz-coverage seconds='600' kind='':
    tests/fuzz/run.sh {{seconds}} {{kind}}

# Licences, sources and advisories of the dependencies.
deny:
    cargo deny check

# docs/diff-report.png. The SVG pictures are written by `INSTA_UPDATE=always cargo test --test integration picture`.
picture:
    cargo build
    rm -rf target/picture && target/debug/wording init -q target/picture
    cd target/picture && ../debug/wording diff plain question --samples 2 -q -o diff.html
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,960 \
        --screenshot=docs/diff-report.png "file://$PWD/target/picture/diff.html"
