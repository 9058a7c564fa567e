#!/usr/bin/env bash
# Two tools compare answers after dropping articles, as SQuAD does, and part at the choice A of a question with lettered choices, which is
# an article to both. DSPy 3.4.1 (`answer_exact_match`) is left with nothing on both sides: an empty answer and "The" are correct for A. Inspect
# 0.3.285 (`exact()` and `f1()`) finds nothing to compare: the right answer A is wrong. The letter B has neither. So one score is too high
# and the other too low, on the same answers, by the questions whose answer is A.
#
# Seen: "'A' for A: DSPy True, Inspect I, f1 0.0", "'' for A: DSPy True, Inspect I, f1 0.0", "'The' for A: DSPy True, Inspect I, f1 0.0",
# "'B' for B: DSPy True, Inspect C, f1 1.0", "'' for B: DSPy False, Inspect I, f1 0.0".
#
# Installs dspy 3.4.1 and inspect-ai 0.3.285 (PyPI) into a temporary folder (SQUAD_VENV names an environment where they are already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${SQUAD_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet dspy==3.4.1 inspect-ai==0.3.285
fi
cat > "$place/ask.py" <<'PY'
import asyncio
import sys
from importlib.metadata import version

import dspy
from dspy.evaluate import answer_exact_match
from inspect_ai.model import ChatMessageUser, ModelOutput
from inspect_ai.scorer import Target, exact, f1
from inspect_ai.solver import TaskState

print("dspy", version("dspy"), "inspect-ai", version("inspect-ai"))


def inspect(scorer, answer, target):
    question = [ChatMessageUser(content="Which?")]
    output = ModelOutput.from_content("m", answer)
    state = TaskState(model="mockllm/model", sample_id=1, epoch=1, input="Which?", messages=question, output=output)
    return asyncio.run(scorer(state, Target(target))).value


found = []
for answer, target in [("A", "A"), ("", "A"), ("The", "A"), ("B", "B"), ("", "B")]:
    theirs = answer_exact_match(dspy.Example(answer=target), dspy.Prediction(answer=answer))
    row = (theirs, inspect(exact(), answer, target), inspect(f1(), answer, target))
    print("{!r} for {}: DSPy {}, Inspect {}, f1 {}".format(answer, target, *row))
    found.append(row)
sys.exit(found != [(True, "I", 0.0)] * 3 + [(True, "C", 1.0), (False, "I", 0.0)])
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
