#!/usr/bin/env bash
# `BootstrapFewShot` of DSPy 3.4.1 takes any score but 0 for a success where no `metric_threshold` is given. With a metric that grades from 0
# to 1, such as F1, a wrong answer that shares a word with the right one becomes a demonstration: the compiled prompt shows it to the model
# as an example to follow, in place of the row's own right answer.
#
# Seen: "F1 0.29: 2 demonstrations, both say the wrong answer: True", "with metric_threshold 0.9: 0".
#
# Installs dspy 3.4.1 (PyPI) into a temporary folder and answers by DSPy's own stand-in for a model
# (DSPY_VENV names an environment where it is already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${DSPY_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet dspy==3.4.1
fi
cat > "$place/ask.py" <<'PY'
import contextlib
import io
import sys
from importlib.metadata import version

import dspy
from dspy.evaluate.metrics import f1_score
from dspy.utils import DummyLM

print("dspy", version("dspy"))
WRONG = "Lyon in France"
RIGHT = "Paris, the capital of France"
rows = [dspy.Example(question=f"Where is museum {n}?", answer=RIGHT).with_inputs("question") for n in range(4)]


def metric(example, prediction, trace=None):
    return f1_score(prediction.answer, example.answer)


def demonstrations(**options):
    dspy.configure(lm=DummyLM([{"answer": WRONG}] * 40))
    teacher = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=2, max_labeled_demos=0, **options)
    with contextlib.redirect_stdout(io.StringIO()):
        program = teacher.compile(dspy.Predict("question -> answer"), trainset=rows)
    return [demo.answer for demo in program.predictors()[0].demos]


score = metric(rows[0], dspy.Prediction(answer=WRONG))
plain, strict = demonstrations(), demonstrations(metric_threshold=0.9)
print(f"F1 {score:.2f}: {len(plain)} demonstrations, both say the wrong answer: {plain == [WRONG] * 2}")
print(f"with metric_threshold 0.9: {len(strict)}")
sys.exit(not 0 < score < 0.5 or plain != [WRONG] * 2 or strict != [])
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
