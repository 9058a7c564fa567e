#!/usr/bin/env bash
# `json_match` of evals 3.0.1.post1 (the scorer behind the class `JsonMatch`) finds null unlike null: an answer {"due": null} to the ideal
# {"due": null} is wrong, whatever else agrees, so a field that is rightly empty costs the whole item.
#
# Seen: "null: False, an object with null: False, an object without: True".
#
# Installs evals 3.0.1.post1 (PyPI) without its many dependencies, and those that this import needs, into a temporary folder
# (EVALS_VENV names an environment where they are already). Nothing is sent; the key is a placeholder that the import wants.
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${EVALS_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet backoff==2.2.1 blobfile==3.3.0 lz4==4.4.5 numpy==2.4.6 openai==3.57.0 pydantic==2.14.4 PyYAML==6.0.4 requests==2.34.2 tiktoken==0.14.0 tqdm==4.70.1 zstandard==0.25.0
  "$venv/bin/pip" install --quiet --no-deps evals==3.0.1.post1
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

from evals.elsuite.basic.json_match import json_match

print("evals", version("evals"))
found = [json_match(None, None), json_match({"due": None}, {"due": None}), json_match({"due": 1}, {"due": 1})]
print("null: {}, an object with null: {}, an object without: {}".format(*found))
sys.exit(found != [False, False, True])
PY
OPENAI_API_KEY=none "$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
