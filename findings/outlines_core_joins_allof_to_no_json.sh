#!/usr/bin/env bash
# outlines-core 0.2.14 makes the parts of an `allOf` stand one after the other: for two objects, each with one required key, its expression
# matches only two objects in a row, which is no JSON, and refuses the object with both keys. A `pattern` is put between the quotes as it is, so
# that a dot lets a bare quote in. A server that forces answers with it gets answers that no parser reads, from any model.
#
# Seen: "allOf: {"a": 1, "b": 2} matches: False", "allOf: {"a": 1}{"b": 2} matches: True, JSON: False",
# "pattern ^a.c$: "a\"c" matches: False", "pattern ^a.c$: "a"c" matches: True, JSON: False".
#
# Installs outlines-core 0.2.14 (PyPI) into a temporary folder (OUTLINES_VENV names an environment where it is already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${OUTLINES_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet outlines-core==0.2.14
fi
cat > "$place/ask.py" <<'PY'
import json
import re
import sys
from importlib.metadata import version

from outlines_core.json_schema import build_regex_from_schema

print("outlines-core", version("outlines-core"))


def part(key):
    return {"type": "object", "properties": {key: {"type": "integer"}}, "required": [key]}


def is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


both, dot = {"allOf": [part("a"), part("b")]}, {"type": "string", "pattern": "^a.c$"}
found = []
for name, schema, answer in [
    ("allOf", both, '{"a": 1, "b": 2}'),
    ("allOf", both, '{"a": 1}{"b": 2}'),
    ("pattern ^a.c$", dot, r'"a\"c"'),
    ("pattern ^a.c$", dot, '"a"c"'),
]:
    matches = re.fullmatch(build_regex_from_schema(json.dumps(schema)), answer) is not None
    print(f"{name}: {answer} matches: {matches}, JSON: {is_json(answer)}")
    found.append((matches, is_json(answer)))
sys.exit(found != [(False, True), (True, False)] * 2)
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
