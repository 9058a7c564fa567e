#!/usr/bin/env bash
# Two functions of statsmodels 0.15.0 that are used one after the other: `cochrans_q` gives p = nan where all prompts got the same rows right,
# and `multipletests` with a method of Benjamini and Hochberg then returns nan for every comparison, also for those whose p-values were good,
# while its decisions still reject some of them. Bonferroni and Holm lose the one p-value only. A table of corrected p-values is empty
# because of one experiment in which nothing changed.
#
# Seen: "p: 0.0000 nan 0.2231", "fdr_bh: corrected nan nan nan rejected True False False",
# "holm: corrected 0.0001 nan 0.4463 rejected True False False".
#
# Installs statsmodels 0.15.0 (PyPI) into a temporary folder (STATSMODELS_VENV names an environment where it is already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${STATSMODELS_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet statsmodels==0.15.0
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

import numpy
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.stats.multitest import multipletests

print("statsmodels", version("statsmodels"))
# Rows of an experiment, and whether each of its three prompts was right there.
better = [[0, 1, 1]] * 10 + [[1, 1, 1]] * 10
same = [[0, 0, 0]] * 10 + [[1, 1, 1]] * 10
mixed = [[0, 1, 1], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1]] * 2
p = [float(cochrans_q(numpy.array(answers)).pvalue) for answers in (better, same, mixed)]
print("p:", *(f"{value:.4f}" for value in p))
found = {}
for method in ["fdr_bh", "holm"]:
    reject, corrected = multipletests(p, method=method)[:2]
    print(f"{method}: corrected", *(f"{value:.4f}" for value in corrected), "rejected", *reject)
    found[method] = ([bool(nan) for nan in numpy.isnan(corrected)], bool(reject[0]))
sys.exit(found != {"fdr_bh": ([True] * 3, True), "holm": ([False, True, False], True)})
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
