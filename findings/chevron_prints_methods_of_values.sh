#!/usr/bin/env bash
# A name that a value lacks prints nothing in Mustache. chevron 0.14.0, which Prompty 2 renders its Mustache templates with, prints
# the method of the Python object instead where one has that name: `{{tags.count}}` of a list, `{{title.index}}` of a text. What is printed
# holds an address in memory, so the prompt is another one in each process. Keys that a map lacks print nothing.
#
# Seen: "{{tags.count}}: <built-in method count of list object at 0x…>", "{{title.index}}: <built-in method index of str object at 0x…>" and
# "{{order.items}}: ".
#
# Installs chevron 0.14.0 (PyPI) into a temporary folder. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet chevron==0.14.0
cat > "$place/ask.py" <<'PY'
import re
import sys
from html import unescape
from importlib.metadata import version

import chevron

print("chevron", version("chevron"))
data = {"order": {"number": 7}, "tags": ["a"], "title": "Tea"}
found = []
for template in ["{{tags.count}}", "{{title.index}}", "{{order.items}}"]:
    said = re.sub("0x[0-9a-f]+", "0x…", unescape(chevron.render(template, data)))
    print(f"{template}: {said}")
    found.append(said)
method = "<built-in method {} of {} object at 0x…>"
sys.exit(found != [method.format("count", "list"), method.format("index", "str"), ""])
PY
"$place/venv/bin/python" "$place/ask.py"
