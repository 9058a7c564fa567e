#!/usr/bin/env bash
# `classical_mean_ci` of ppi-python 0.2.3 with sampling weights gives an interval whose width depends on where zero is: the same
# 60 grades give 0.19 on a scale from 0 to 1 and 2.51 on a scale from 10 to 11, as its standard error is that of weight × grade and
# not of weight × (grade − mean). Without weights both scales give the same width.
#
# Seen: "weights, 0 to 1: 0.1890; weights, 10 to 11: 2.5052; no weights: 0.1429 and 0.1429".
#
# Installs ppi-python 0.2.3 (PyPI) into a temporary folder (PPI_VENV names an environment where it is already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${PPI_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet ppi-python==0.2.3
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

import numpy
from ppi_py import classical_mean_ci

print("ppi-python", version("ppi-python"))
draw = numpy.random.default_rng(1)
grades = draw.random(60)
weights = draw.choice([0.5, 1.5], size=60)
weights = weights / weights.mean()


def width(grades, **options):
    low, high = classical_mean_ci(grades, alpha=0.05, **options)
    return float(numpy.ravel(high - low)[0])


near, far = width(grades, w=weights), width(grades + 10, w=weights)
plain = [width(grades), width(grades + 10)]
print(f"weights, 0 to 1: {near:.4f}; weights, 10 to 11: {far:.4f}; no weights: {plain[0]:.4f} and {plain[1]:.4f}")
sys.exit(not (far > 5 * near and abs(plain[0] - plain[1]) < 1e-9))
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
