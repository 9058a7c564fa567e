#!/usr/bin/env bash
# How wording and its peers cope with rate limits, random failures and outages, against `wording serve`: the tables of
# docs/performance.md. Needs python3 with venv, node and the network of the package registries; no key, no model. An hour or two; `--scale 0.25` sends
# a quarter of the prompts, as the slower clients need.
# Usage: tests/real/limits.sh [path of the wording binary] [further options of limits.py]
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
shift || true
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${WORDING_VENV:-$place/venv}
if [ ! -x "$venv/bin/inspect" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet openai==3.57.0 litellm==1.110.2 inspect-ai==0.3.285
fi
export LITELLM_LOCAL_MODEL_COST_MAP=True
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=true
export PROMPTFOO_CONFIG_DIR="$place/home" PROMPTFOO_FAILED_TEST_EXIT_CODE=0 NO_COLOR=1
export PROMPTFOO_DIR=${PROMPTFOO_DIR:-$place/npm}
if [ ! -d "$PROMPTFOO_DIR/node_modules/promptfoo" ]; then
  mkdir -p "$PROMPTFOO_DIR"
  # The last version that runs on node 20 without a compiler.
  (cd "$PROMPTFOO_DIR" && npm init -y > /dev/null && npm install --no-audit --no-fund --ignore-scripts --silent promptfoo@0.121.20)
fi
PATH="$venv/bin:$PATH" "$venv/bin/python" tests/real/limits.py "$wording" --clients wording,openai,litellm,inspect,promptfoo "$@"
