#!/usr/bin/env bash
# Nunjucks 3.2.4 takes its syntax from Jinja2, and three kinds of expression that both accept or that look alike have another value
# than in Jinja2 3.1.6: `not` binds tighter than `==`, comparisons in a row are not chained, and `~` loses the grouping of what it
# joins. (`"n" ~ 1 + 2` is parsed as a string and a sum, and the sum is joined digit by digit. In Jinja2 `~` binds tighter than `+`,
# so that the expression is an error; with brackets both print n3.)
#
# Seen, Nunjucks then Jinja2: "not a == b false True", "3 > 2 > 1 false True", '"n" ~ 1 + 2 n12 TypeError',
# '"n" ~ (1 + 2) n3 n3'.
#
# Installs nunjucks 3.2.4 (npm) and Jinja2 3.1.6 (PyPI) into a temporary folder. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y > /dev/null
npm install --no-audit --no-fund --ignore-scripts --silent nunjucks@3.2.4
python3 -m venv venv
venv/bin/pip install --quiet Jinja2==3.1.6
cat > expressions.json <<'JSON'
["not a == b", "3 > 2 > 1", "\"n\" ~ 1 + 2", "\"n\" ~ (1 + 2)"]
JSON
cat > theirs.js <<'JS'
const nunjucks = require("nunjucks");
nunjucks.configure({ autoescape: false });
for (const expression of require("./expressions.json")) {
  console.log(nunjucks.renderString(`{{ ${expression} }}`, { a: 1, b: 2 }));
}
JS
cat > jinja.py <<'PY'
import json
from jinja2 import Template

for expression in json.load(open("expressions.json")):
    try:
        print(Template("{{ %s }}" % expression).render(a=1, b=2))
    except TypeError:
        print("TypeError")
PY
node -p '"nunjucks " + require("nunjucks/package.json").version'
venv/bin/python -c 'import jinja2; print("Jinja2", jinja2.__version__)'
node theirs.js > nunjucks.txt
venv/bin/python jinja.py > jinja2.txt
python3 -c 'import json; print(*json.load(open("expressions.json")), sep="\n")' | paste -d ' ' - nunjucks.txt jinja2.txt | tee both.txt
printf '%s\n' 'not a == b false True' '3 > 2 > 1 false True' '"n" ~ 1 + 2 n12 TypeError' '"n" ~ (1 + 2) n3 n3' | cmp - both.txt
