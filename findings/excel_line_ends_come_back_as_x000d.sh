#!/usr/bin/env bash
# A text with a line end of Windows does not survive a workbook: pandas 3.1.1 writes it by XlsxWriter 3.3.1 as the format asks, with the escape
# _x000D_, and reads it by openpyxl 3.1.5, which leaves the escape as it is. So "one\r\ntwo" comes back as "one_x000D_\ntwo", and
# prompts, few-shot examples and expected answers hold seven characters that nobody wrote. calamine reads what was written.
#
# Seen: "openpyxl: 'one_x000D_\ntwo'", "calamine: 'one\r\ntwo'".
#
# Installs pandas 3.1.1, XlsxWriter 3.3.1, openpyxl 3.1.5 and python-calamine 0.9.1 (PyPI) into a temporary folder
# (EXCEL_VENV names an environment where they are already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${EXCEL_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet pandas==3.1.1 XlsxWriter==3.3.1 openpyxl==3.1.5 python-calamine==0.9.1
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

import pandas

print(*(f"{name} {version(name)}" for name in ["pandas", "XlsxWriter", "openpyxl", "python-calamine"]))
pandas.DataFrame({"text": ["one\r\ntwo"]}).to_excel("texts.xlsx", index=False, engine="xlsxwriter")
found = []
for engine in ["openpyxl", "calamine"]:
    found.append(pandas.read_excel("texts.xlsx", engine=engine)["text"][0])
    print(f"{engine}: {found[-1]!r}")
sys.exit(found != ["one_x000D_\ntwo", "one\r\ntwo"])
PY
(cd "$place" && "$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; })
