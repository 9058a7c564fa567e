#!/usr/bin/env bash
# autoevals has the same scorers in Python (0.4.1) and in JavaScript (0.0.132), and their scores of the same JSON differ. Python writes a boolean
# as "True" before it compares it with a text, and takes 0 for false; JavaScript compares the words "true" and "false" by their letters, so a
# wrong boolean is a fifth right. A number and its text cannot be compared in Python. Who moves an evaluation from one to the other, or compares
# results of both, sees changes that no model made.
#
# Seen, Python then JavaScript: "ExactMatch true "true" 0 1", "ExactMatch true "True" 1 0", "JSONDiff {"ok":true} {"ok":false} 0 0.2",
# "JSONDiff {"ok":0} {"ok":false} 1 0", "NumericDiff "5" 5 TypeError 1".
#
# Installs autoevals of PyPI and of npm into a temporary folder (AUTOEVALS_VENV names a Python environment where it is already). Nothing is sent.
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${AUTOEVALS_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet autoevals==0.4.1
fi
cd "$place"
npm init -y > /dev/null
npm install --no-audit --no-fund --ignore-scripts --silent autoevals@0.0.132
cat > cases.json <<'JSON'
[["ExactMatch", true, "true"], ["ExactMatch", true, "True"], ["JSONDiff", {"ok": true}, {"ok": false}], ["JSONDiff", {"ok": 0}, {"ok": false}],
 ["NumericDiff", "5", 5]]
JSON
cat > ask.py <<'PY'
import json

import autoevals

for scorer, output, expected in json.load(open("cases.json")):
    try:
        print(f"{getattr(autoevals, scorer)().eval(output=output, expected=expected).score:.1g}")
    except TypeError:
        print("TypeError")
PY
cat > ask.js <<'JS'
const autoevals = require("autoevals");
(async () => {
  for (const [scorer, output, expected] of require("./cases.json")) {
    const { score } = await autoevals[scorer]({ output, expected });
    console.log(Number(score.toPrecision(1)));
  }
})();
JS
"$venv/bin/python" -c 'from importlib.metadata import version; print("autoevals of Python", version("autoevals"))'
node -p '"autoevals of JavaScript " + require("autoevals/package.json").version'
"$venv/bin/python" ask.py > python.txt
node ask.js > javascript.txt
python3 -c 'import json; [print(s, *(json.dumps(v, separators=(",", ":")) for v in o)) for s, *o in json.load(open("cases.json"))]' |
  paste -d ' ' - python.txt javascript.txt
[ "$(paste -sd ' ' python.txt)" = "0 1 0 1 TypeError" ] && [ "$(paste -sd ' ' javascript.txt)" = "1 0 0.2 0 1" ]
