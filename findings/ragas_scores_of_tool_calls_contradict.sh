#!/usr/bin/env bash
# The two scores of ragas 0.4.3 for tool calls, `ToolCallAccuracy` and `ToolCallF1`, say opposite things of the same calls. Accuracy looks only
# at the arguments that were expected, and compares them as texts: one argument more, or the number 1 written "1", is right, while 1.0 for 1
# and the same object with its keys in another order are wrong. F1 compares values, and sets: a call that was sent three times is as good as
# one.
#
# Seen, accuracy then F1: "one more argument 1.0 0.0", "text for a number 1.0 0.0", "keys in another order 0.0 1.0", "1.0 for 1 0.0 1.0",
# "sent three times 0.0 1.0", "no call expected, none made 1.0 0.0".
#
# Installs ragas 0.4.3 and langchain-community 0.3.31 (PyPI; ragas cannot be imported with 0.4.2) into a temporary folder
# (RAGAS_VENV names an environment where they are already). Nothing is sent. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${RAGAS_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet ragas==0.4.3 langchain-community==0.3.31
fi
cat > "$place/ask.py" <<'PY'
import asyncio
import sys
from importlib.metadata import version

from ragas.messages import AIMessage, HumanMessage, ToolCall
from ragas.metrics.collections import ToolCallAccuracy, ToolCallF1

print("ragas", version("ragas"), "langchain-community", version("langchain-community"))


def score(metric, made, expected):
    said = [HumanMessage(content="Do it."), AIMessage(content="", tool_calls=[ToolCall(name="send", args=args) for args in made])]
    wanted = [ToolCall(name="send", args=args) for args in expected]
    return float(asyncio.run(metric.ascore(user_input=said, reference_tool_calls=wanted)).value)


found = []
for name, made, expected in [
    ("one more argument", [{"to": "Ann", "copies": 9}], [{"to": "Ann"}]),
    ("text for a number", [{"copies": "1"}], [{"copies": 1}]),
    ("keys in another order", [{"at": {"day": 1, "hour": 2}}], [{"at": {"hour": 2, "day": 1}}]),
    ("1.0 for 1", [{"copies": 1.0}], [{"copies": 1}]),
    ("sent three times", [{"to": "Ann"}] * 3, [{"to": "Ann"}]),
    ("no call expected, none made", [], []),
]:
    found.append((score(ToolCallAccuracy(), made, expected), score(ToolCallF1(), made, expected)))
    print(name, *found[-1])
sys.exit(found != [(1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (1.0, 0.0)])
PY
RAGAS_DO_NOT_TRACK=true "$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
