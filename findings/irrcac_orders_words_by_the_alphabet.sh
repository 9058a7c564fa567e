#!/usr/bin/env bash
# irrCAC 0.4.4 takes grades in words for its quadratic weights of agreement, and orders them by the alphabet unless `categories` lists them:
# to it high, low and mid are the three steps of a scale. Two judges who mostly agree on low, mid and high get 0.48 for Krippendorff's alpha,
# and 0.84 with 1, 2, 3 in place of the words. krippendorff 0.9.0 refuses words. Who drops judges below 0.67 drops a good one.
#
# Seen: "words 0.47552, listed in order 0.84043, numbers 0.84043, krippendorff with numbers 0.84043, krippendorff with words ValueError".
#
# Installs irrCAC 0.4.4 and krippendorff 0.9.0 (PyPI) into a temporary folder (IRR_VENV names an environment where they are already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${IRR_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet irrCAC==0.4.4 krippendorff==0.9.0 setuptools==80.9.0
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

import krippendorff
import numpy
import pandas
from irrCAC.raw import CAC

print("irrCAC", version("irrCAC"), "krippendorff", version("krippendorff"))
STEPS = {"low": 1, "mid": 2, "high": 3}
judges = [["low", "high", "mid", "low", "high", "mid", "low", "high"], ["low", "mid", "mid", "low", "high", "low", "low", "high"]]
numbers = [[STEPS[grade] for grade in judge] for judge in judges]


def alpha(grades, **options):
    table = pandas.DataFrame(numpy.transpose(grades))
    return float(CAC(table, weights="quadratic", **options).krippendorff()["est"]["coefficient_value"])


words, listed, counted = alpha(judges), alpha(judges, categories=list(STEPS)), alpha(numbers)
theirs = round(float(krippendorff.alpha(numbers, level_of_measurement="interval")), 5)
try:
    refused = krippendorff.alpha(judges, level_of_measurement="interval")
except ValueError:
    refused = "ValueError"
print(f"words {words}, listed in order {listed}, numbers {counted}, krippendorff with numbers {theirs}, krippendorff with words {refused}")
sys.exit((words, listed, counted, theirs, refused) != (0.47552, 0.84043, 0.84043, 0.84043, "ValueError"))
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
