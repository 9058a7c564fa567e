# What CI runs.
check:
    .ci/run

# Throughput of a whole run against the demo endpoint's fast mode, beside a bare client loop in the same run; then speed and
# long simulations of the statistics.
bench:
    cargo bench --bench throughput
    cargo bench --bench statistics

# The table of docs/fewer-calls.md: 1,000 replays of each policy on recorded grids, and what policies cost.
bench-policies:
    cargo bench --bench policies

# Against a server that nobody here wrote.
real:
    cargo build --release
    tests/real/litellm.sh target/release/wording
    tests/real/openai_batches.sh target/release/wording
    tests/real/first-minutes.sh target/release/wording
    tests/real/html.sh target/release/wording

# Licences, sources and advisories of what the binary is made of.
deny:
    cargo deny check
