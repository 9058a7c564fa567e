#!/usr/bin/env bash
# math-verify 0.9.0, which grades answers in benchmarks and as a reward in training, reads a number up to the first character that it does
# not know, without a word. "1e3" is 1, so an answer in scientific notation is wrong for its own value and right for its first digits. A time
# is its hour, so that any other minute is right as well.
#
# Seen: "1e3 for 1000: False", "1e3 for 1: True", "6.02e23 for 6.02: True", "1.5e-7 for 1.5: True", "3:45 for 3:30: True".
#
# Installs math-verify 0.9.0 (PyPI) into a temporary folder (MATH_VERIFY_VENV names an environment where it is already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${MATH_VERIFY_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet math-verify==0.9.0
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

from math_verify import parse, verify

print("math-verify", version("math-verify"))
found = []
for answer, target in [("1e3", "1000"), ("1e3", "1"), ("6.02e23", "6.02"), ("1.5e-7", "1.5"), ("3:45", "3:30")]:
    found.append(verify(parse(target), parse(f"The answer is {answer}.")))
    print(f"{answer} for {target}: {found[-1]}")
sys.exit(found != [False, True, True, True, True])
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
