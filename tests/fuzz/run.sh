#!/usr/bin/env bash
# Inputs guided by coverage: run.sh SECONDS [KIND], each kind of input for so long; the kinds are those of tests/integration/fuzz/kinds.rs.
#
# Needs a nightly toolchain, cargo-fuzz and a compiler of C++. A fault ends the run of its kind and stays in
# target/fuzz/faults; `FUZZ_KIND=KIND target/fuzz-build/*/release/read FILE` tries it again. What reached new code is kept in
# target/fuzz/corpus, and the next run starts from it.
#
# Faults are: a panic, also one of ours that is caught; more than 512 MiB allocated for an input, or more than 5 s of processor time
# per MB of it and a second (both counted by tests/fuzz/src/limits.rs); an input that takes 60 s by the clock; a process of more than 2 GiB,
# which has all inputs of the corpus too: that is for libraries in C, whose memory is not counted.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:?run.sh SECONDS [KIND]}
kinds=${2:-}
out=target/fuzz
host=$(rustc +nightly -vV | sed -n 's/^host: //p')

FUZZ_CORPUS=$PWD/$out/seeds cargo test --quiet --test integration -- --ignored --exact fuzz::corpus_of_coverage
# The same versions as in the project.
cp Cargo.lock tests/fuzz/Cargo.lock
# One unit per crate, as is usual for cargo-fuzz, takes 7 GB and more than twenty minutes for ours alone.
# Values that are compared are not watched, which doubles the code: the dictionary has the words of each format.
cargo +nightly fuzz build --fuzz-dir tests/fuzz --sanitizer none --debug-assertions --no-cfg-fuzzing \
  --no-trace-compares --codegen-units 16 --target-dir target/fuzz-build read

failed=()
for kind in ${kinds:-$(cd $out/seeds && printf '%s ' */ | tr -d /)}; do
  mkdir -p "$out/corpus/$kind" $out/faults
  temporary=$(mktemp -d)
  echo "== $kind"
  FUZZ_KIND=$kind TMPDIR=$temporary "target/fuzz-build/$host/release/read" "$out/corpus/$kind" "$out/seeds/$kind" \
    -dict="$out/seeds/$kind.dict" -artifact_prefix="$out/faults/$kind-" -max_total_time="$seconds" -max_len=200000 \
    -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 || failed+=("$kind")
  rm -rf "$temporary"
done
[ ${#failed[@]} -eq 0 ] || { echo "faults: ${failed[*]}; see $out/faults" >&2; exit 1; }
