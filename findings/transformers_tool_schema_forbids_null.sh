#!/usr/bin/env bash
# `get_json_schema` of transformers 5.24.0, which makes the schema of a tool from a Python function for chat templates, writes `Optional[str]` as
# type string with `nullable: true`. That is a keyword of OpenAPI 3.0; JSON Schema has no such thing, so a validator (here jsonschema 4.26.0)
# refuses null, the function's own default. A model that passes the default counts as one that calls the tool wrongly. The default itself is
# not in the schema.
#
# Seen: "note: {'type': 'string', 'nullable': True, 'description': 'A wish.'}", "note null: None is not of type 'string'",
# "note left out: valid".
#
# Installs transformers 5.24.0, Jinja2 3.1.6 and jsonschema 4.26.0 (PyPI, without a framework) into a temporary folder
# (TRANSFORMERS_VENV names an environment where they are already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${TRANSFORMERS_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet transformers==5.24.0 jinja2==3.1.6 jsonschema==4.26.0
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version
from typing import Optional

import jsonschema
from transformers.utils import get_json_schema

print("transformers", version("transformers"), "jsonschema", version("jsonschema"))


def book(table: int, note: Optional[str] = None):
    """
    Book a table.

    Args:
        table: The number of the table.
        note: A wish.
    """


schema = get_json_schema(book)["function"]["parameters"]
print("note:", schema["properties"]["note"])
found = []
for name, call in [("note null", {"table": 1, "note": None}), ("note left out", {"table": 1})]:
    try:
        jsonschema.validate(call, schema)
        found.append("valid")
    except jsonschema.ValidationError as error:
        found.append(error.message)
    print(f"{name}: {found[-1]}")
sys.exit(found != ["None is not of type 'string'", "valid"])
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
