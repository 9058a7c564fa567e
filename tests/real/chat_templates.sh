#!/usr/bin/env bash
# Holds what `wording tune export` and `wording tune config` know about chat templates against templates and lists that packages ship:
# which orders of turns a template refuses or leaves out (TRL, axolotl, llama.cpp in llama-cpp-python), and what LLaMA-Factory calls the
# template of each model that it lists. Installs no package but Jinja; some 80 MB are downloaded.
# Usage: tests/real/chat_templates.sh [path of the wording binary]
# WORDING_VENV names an environment with jinja2 (else made).
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
here=$(realpath tests/real)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${WORDING_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
"$venv/bin/python" -c 'import jinja2' 2> /dev/null || "$venv/bin/pip" install --quiet jinja2
cd "$place"
get() { "$venv/bin/pip" download --quiet --no-deps --dest packages "$@"; }
get --only-binary=:all: --python-version 3.12 trl==1.16.0 axolotl==0.21.0 llamafactory==0.9.5
get --no-binary=llama-cpp-python llama-cpp-python==0.3.36
for wheel in packages/*.whl; do "$venv/bin/python" -m zipfile -e "$wheel" .; done
tar xzf packages/llama_cpp_python-*.tar.gz --strip-components=1 --wildcards '*/llama_chat_format.py' '*/models/templates/*'
"$venv/bin/python" "$here/chat_templates.py" "$wording"
