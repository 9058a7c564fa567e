#!/usr/bin/env bash
# Compares, row by row, what `datasets` and openpyxl read in folders of Hugging Face and Excel workbooks with what wording reads.
# Usage: tests/real/typed_datasets.sh [path of the wording binary] [rounds]
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
script=$(realpath tests/real/typed_datasets.py)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${WORDING_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
"$venv/bin/python" -c 'import datasets, openpyxl' 2>/dev/null || "$venv/bin/pip" install --quiet "datasets==5.2.0" "openpyxl==3.1.5"
cd "$place"
HF_DATASETS_OFFLINE=1 HF_HOME="$place/hf" "$venv/bin/python" "$script" "$wording" "${2:-20}"
