#!/usr/bin/env bash
# The Mustache of langchain-core 1.8.3, and chevron 0.14.0, leave out of a section over a list each element that is 0, an empty text or false:
# `{{#counts}}[{{.}}]{{/counts}}` with 3, 0 and 5 is "[3][5]". A prompt that lists counts, labels of two classes or cells of a table lacks the
# zeros, and what comes after them moves up. The format's rule is one turn per element, as pystache 0.6.8 has it.
#
# Seen: "[3, 0, 5]: langchain [3][5], chevron [3][5], pystache [3][0][5]", "['a', '', 'b']: langchain [a][b], chevron [a][b], pystache [a][][b]".
#
# Installs langchain-core 1.8.3, chevron 0.14.0 and pystache 0.6.8 (PyPI) into a temporary folder
# (MUSTACHE_VENV names an environment where they are already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${MUSTACHE_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet langchain-core==1.8.3 chevron==0.14.0 pystache==0.6.8
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

import chevron
import pystache
from langchain_core.prompts import PromptTemplate

print(*(f"{name} {version(name)}" for name in ["langchain-core", "chevron", "pystache"]))
TEXT = "{{#values}}[{{.}}]{{/values}}"
found = []
for values in [[3, 0, 5], ["a", "", "b"]]:
    given = {"values": values}
    row = [
        PromptTemplate.from_template(TEXT, template_format="mustache").format(**given),
        chevron.render(TEXT, given),
        pystache.render(TEXT, given),
    ]
    print("{}: langchain {}, chevron {}, pystache {}".format(values, *row))
    found += row
sys.exit(found != ["[3][5]", "[3][5]", "[3][0][5]", "[a][b]", "[a][b]", "[a][][b]"])
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
