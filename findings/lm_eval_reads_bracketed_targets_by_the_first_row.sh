#!/usr/bin/env bash
# A target that is written in brackets, as the text "[3, 5]", is a list of several right answers to lm-eval 0.4.13, if it is the first row's: the
# answer "[3, 5]" then is wrong, and so is any other, as the list holds numbers and answers are texts. If another row is first, the same
# answer to the same row is right. So the score of a task changes with the order of its rows.
#
# Seen: "brackets first: 0.5, with 0.0 for the row", "brackets last: 1.0, with 1.0 for the row". Every answer repeats its target.
#
# Installs lm-eval 0.4.13 (PyPI) into a temporary folder and answers by a model of its programming interface that repeats the target
# (LM_EVAL_VENV names an environment where it is already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${LM_EVAL_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet lm-eval==0.4.13
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

import datasets
import lm_eval
from lm_eval.api.model import LM
from lm_eval.api.task import ConfigurableTask


class Right(LM):
    def generate_until(self, requests):
        return [request.doc["answer"] for request in requests]

    def loglikelihood(self, requests):
        raise NotImplementedError

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError


def score(rows):
    rows = datasets.Dataset.from_list(rows)
    task = ConfigurableTask(config={
        "task": "pairs", "dataset_path": "json", "custom_dataset": lambda **_: {"test": rows}, "test_split": "test",
        "output_type": "generate_until", "doc_to_text": "{{question}}", "doc_to_target": "{{answer}}",
        "metric_list": [{"metric": "exact_match"}], "generation_kwargs": {"until": ["\n"]},
    })
    result = lm_eval.simple_evaluate(model=Right(), tasks=[task], log_samples=True, bootstrap_iters=0)
    pair = [s["exact_match"] for s in result["samples"]["pairs"] if s["doc"]["answer"] == "[3, 5]"]
    return float(result["results"]["pairs"]["exact_match,none"]), float(pair[0])


print("lm-eval", version("lm-eval"))
pair, other = {"question": "Which pair adds up to 8?", "answer": "[3, 5]"}, {"question": "How much is 2 + 2?", "answer": "4"}
found = []
for name, rows in [("brackets first", [pair, other]), ("brackets last", [other, pair])]:
    found.append(score(rows))
    print("{}: {}, with {} for the row".format(name, *found[-1]))
sys.exit(found != [(0.5, 0.0), (1.0, 1.0)])
PY
cd "$place"
HF_HUB_OFFLINE=1 HF_HOME="$place/hf" "$venv/bin/python" ask.py 2> err || { cat err; exit 1; }
