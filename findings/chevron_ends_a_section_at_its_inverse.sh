#!/usr/bin/env bash
# Sections of Mustache may stand in each other, also those of one name: `{{#a}}…{{^a}}…{{/a}}…{{/a}}`. In chevron 0.14.0, which Prompty 2 renders
# its Mustache templates with, the end of the inner inverse section, whose text is skipped, is taken for that of the outer one: an item of a
# list loses the text behind it, and text behind the list fails with an IndexError.
#
# Seen: "expected "[1][2]": got "[1[2]"" and "expected "[1][2].": IndexError list index out of range".
#
# Installs chevron 0.14.0 (PyPI) into a temporary folder. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet chevron==0.14.0
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

import chevron

print("chevron", version("chevron"))
found = []
SECTION = "{{#xs}}[{{.}}{{^xs}}none{{/xs}}]{{/xs}}"
for template, expected in [(SECTION, "[1][2]"), (SECTION + ".", "[1][2].")]:
    try:
        said = f'got "{chevron.render(template, {"xs": [1, 2]})}"'
    except IndexError as error:
        said = f"IndexError {error}"
    print(f'expected "{expected}": {said}')
    found.append(said)
sys.exit(found != ['got "[1[2]"', "IndexError list index out of range"])
PY
"$place/venv/bin/python" "$place/ask.py"
