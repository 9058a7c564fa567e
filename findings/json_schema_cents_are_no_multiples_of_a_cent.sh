#!/usr/bin/env bash
# Validators of JSON Schema divide binary fractions for `multipleOf`: of the prices from 0.01 to 100.00, which all are multiples of 0.01,
# jsonschema 4.26.0 (Python) and ajv 8.20.0 (JavaScript) refuse hundreds, 0.07 and 0.14 among them. fastjsonschema 2.22.3 takes all.
# Evaluations check answers with the first two (ajv is behind the JSON assertions of promptfoo), so a model's right price is an invalid answer
# in one row of seven, by its digits.
#
# Seen: "of 10000 prices refused: jsonschema 1363, first 0.07 0.14 0.28; ajv 1363, first 0.07 0.14 0.28; fastjsonschema 0".
#
# Installs jsonschema 4.26.0 and fastjsonschema 2.22.3 (PyPI) and ajv 8.20.0 (npm) into a temporary folder
# (SCHEMA_VENV names a Python environment where they are already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${SCHEMA_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet jsonschema==4.26.0 fastjsonschema==2.22.3
fi
cd "$place"
npm init -y > /dev/null
npm install --no-audit --no-fund --ignore-scripts --silent ajv@8.20.0
cat > ask.js <<'JS'
const Ajv = require("ajv");
const valid = new Ajv().compile({ type: "number", multipleOf: 0.01 });
const prices = Array.from({ length: 10000 }, (_, n) => ((n + 1) / 100).toFixed(2));
console.log(JSON.stringify(prices.filter((price) => !valid(JSON.parse(price)))));
JS
cat > ask.py <<'PY'
import json
import sys
from importlib.metadata import version

import fastjsonschema
import jsonschema

SCHEMA = {"type": "number", "multipleOf": 0.01}
print(*(f"{name} {version(name)}" for name in ["jsonschema", "fastjsonschema"]), "ajv", json.load(open("node_modules/ajv/package.json"))["version"])
prices = [f"{n / 100:.2f}" for n in range(1, 10001)]
slow, fast = jsonschema.Draft202012Validator(SCHEMA), fastjsonschema.compile(SCHEMA)


def is_refused(price):
    try:
        fast(json.loads(price))
        return False
    except fastjsonschema.JsonSchemaValueException:
        return True


theirs = {
    "jsonschema": [price for price in prices if not slow.is_valid(json.loads(price))],
    "ajv": json.load(open("ajv.json")),
    "fastjsonschema": [price for price in prices if is_refused(price)],
}
said = [f"{name} {len(refused)}" + (", first " + " ".join(refused[:3]) if refused else "") for name, refused in theirs.items()]
print("of 10000 prices refused:", "; ".join(said))
sys.exit("0.07" not in theirs["jsonschema"] or "0.07" not in theirs["ajv"] or theirs["fastjsonschema"] != [])
PY
node ask.js > ajv.json
"$venv/bin/python" ask.py 2> err || { cat err; exit 1; }
