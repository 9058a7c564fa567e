#!/usr/bin/env bash
# `mcnemar(exact=False)` of statsmodels 0.15.0 takes its continuity correction off without stopping at zero. Two prompts that are right and
# wrong on the same rows, so that no pair differs, get an infinite statistic and p = 0: the surest difference there can be. Where 5 rows
# changed each way, the statistic is 0.1 and p = 0.75, although nothing speaks for a difference. With `correction=False` the first is nan. The
# exact test says 1 both times.
#
# Seen: "no pair differs: corrected p 0.0, uncorrected p nan, exact p 1.0", "5 each way: corrected p 0.7518, uncorrected p 1.0, exact p 1.0".
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

from statsmodels.stats.contingency_tables import mcnemar

print("statsmodels", version("statsmodels"))
found = []
for name, table in [("no pair differs", [[60, 0], [0, 40]]), ("5 each way", [[60, 5], [5, 30]])]:
    tests = [dict(exact=False), dict(exact=False, correction=False), dict(exact=True)]
    p = [round(float(mcnemar(table, **options).pvalue), 4) for options in tests]
    print("{}: corrected p {}, uncorrected p {}, exact p {}".format(name, *p))
    found += [str(value) for value in p]
sys.exit(found != ["0.0", "nan", "1.0", "0.7518", "1.0", "1.0"])
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
