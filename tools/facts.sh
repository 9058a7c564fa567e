#!/usr/bin/env bash
# src/catalog/models.jsonl.zst from the newest litellm package: prices, context windows, features and shutdown dates of models.
# Only these facts are taken. The package is under the MIT license, outside of its folder enterprise/. Needs pip, unzip and zstd.
set -euo pipefail
cd "$(dirname "$0")/.."
wording=${1:-target/debug/wording}
table=src/catalog/models.jsonl.zst
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
pip download --quiet --no-deps --dest "$dir" litellm
wheel=$(ls "$dir"/litellm-*.whl)
version=$(basename "$wheel" | cut -d- -f2)
unzip -q "$wheel" litellm/model_prices_and_context_window_backup.json -d "$dir"
# The program converts and checks the table; the stored form is the one that is compiled in.
XDG_DATA_HOME="$dir" "$wording" models --quiet --prices "$dir"/litellm/model_prices_and_context_window_backup.json >/dev/null
{
    echo "{\"source\":\"LiteLLM\",\"version\":\"$version\",\"date\":\"$(date -u +%F)\"}"
    tail -n +2 "$dir"/wording/models.jsonl
} >"$dir/models.jsonl"
{ zstd -dcq "$table" || true; } >"$dir/old.jsonl" 2>/dev/null
zstd -q -19 -f "$dir/models.jsonl" -o "$table"
# A changed entry is a line that is gone and a line that is new.
echo "LiteLLM $version: $(tail -n +2 "$dir/models.jsonl" | wc -l) models, $(stat -c %s "$table") bytes packed;" \
    "$(diff "$dir/old.jsonl" "$dir/models.jsonl" | grep -c '^>') lines are new, $(diff "$dir/old.jsonl" "$dir/models.jsonl" | grep -c '^<') are gone"
