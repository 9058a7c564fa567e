#!/usr/bin/env bash
# gepa 0.1.4 looks at `max_metric_calls` only between its steps, and a step scores whole sets of rows: the first scores all of `valset`, whatever
# the limit, and a later one is begun with one call left. With 100 rows for validation a limit of 10 becomes 100 calls, and 150 becomes
# over 200. Who sets the limit by what the calls cost pays for up to one more pass over the validation set.
#
# Seen: "limit 10: 100 calls, 100 counted", "limit 150: 224 calls, 224 counted", "limit 600: 672 calls, 672 counted".
#
# Installs gepa 0.1.4 (PyPI) into a temporary folder and optimizes with random scores and no model
# (GEPA_VENV names an environment where it is already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${GEPA_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet gepa==0.1.4
fi
cat > "$place/ask.py" <<'PY'
import contextlib
import io
import itertools
import random
import sys
from importlib.metadata import version

import gepa
from gepa.core.adapter import EvaluationBatch

print("gepa", version("gepa"))


class Scores:
    propose_new_texts = None

    def __init__(self):
        self.calls = 0

    def evaluate(self, batch, candidate, capture_traces=False):
        self.calls += len(batch)
        scores = [random.Random(f"{candidate['prompt']} {row}").random() for row in batch]
        return EvaluationBatch(outputs=[None] * len(batch), scores=scores, trajectories=[{}] * len(batch) if capture_traces else None)

    def make_reflective_dataset(self, candidate, batch, components):
        return {component: [{"row": "x"}] for component in components}


found = []
for limit in [10, 150, 600]:
    scores, number = Scores(), itertools.count()
    with contextlib.redirect_stdout(io.StringIO()):
        result = gepa.optimize(
            seed_candidate={"prompt": "start"}, trainset=list(range(50)), valset=list(range(100)), adapter=scores, max_metric_calls=limit,
            reflection_lm=lambda _: f"```\nprompt {next(number)}\n```", seed=1,
        )
    print(f"limit {limit}: {scores.calls} calls, {result.total_metric_calls} counted")
    found.append((limit, scores.calls, result.total_metric_calls))
sys.exit(found[0][1] != 100 or any(not limit + 5 < calls == counted for limit, calls, counted in found))
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
