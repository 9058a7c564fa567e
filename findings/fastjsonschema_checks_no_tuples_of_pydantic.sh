#!/usr/bin/env bash
# fastjsonschema 2.22.3 knows the drafts 4, 6 and 7 of JSON Schema, and compiles a schema of the draft 2020-12, which Pydantic 2.14.4 writes, as
# one of draft 7 without a word, also if `$schema` names its draft. `prefixItems` then checks nothing: of a `tuple[int, int]` only the length is
# left. Who validates a model's answers with it counts texts in place of numbers as valid. jsonschema 4.26.0 refuses them.
#
# Seen: "["north", "east"] for tuple[int, int]: valid to fastjsonschema: True, to jsonschema: False".
#
# Installs fastjsonschema 2.22.3, jsonschema 4.26.0 and pydantic 2.14.4 (PyPI) into a temporary folder
# (SCHEMA_VENV names an environment where they are already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${SCHEMA_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet fastjsonschema==2.22.3 jsonschema==4.26.0 pydantic==2.14.4
fi
cat > "$place/ask.py" <<'PY'
import json
import sys
from importlib.metadata import version

import fastjsonschema
import jsonschema
import pydantic

print(*(f"{name} {version(name)}" for name in ["fastjsonschema", "jsonschema", "pydantic"]))


class Place(pydantic.BaseModel):
    at: tuple[int, int]


schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Place.model_json_schema()}
answer = {"at": ["north", "east"]}
try:
    fastjsonschema.compile(schema)(answer)
    fast = True
except fastjsonschema.JsonSchemaValueException:
    fast = False
full = jsonschema.Draft202012Validator(schema).is_valid(answer)
print(f"{json.dumps(answer['at'])} for tuple[int, int]: valid to fastjsonschema: {fast}, to jsonschema: {full}")
sys.exit((fast, full) != (True, False))
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
