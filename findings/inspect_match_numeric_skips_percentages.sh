#!/usr/bin/env bash
# The scorer `match(numeric=True)` of inspect-ai 0.3.285 reads no number with a percent sign: "It is 60%" is wrong for the
# target 60, and of "28 + 32 = 60%" it reads 32, an operand, which is then correct for the target 32. Without the sign it reads the result.
#
# Seen: "It is 60% / 60: I", "It is 60 / 60: C", "28 + 32 = 60% / 32: C", "28 + 32 = 60 / 32: I".
#
# Installs inspect-ai 0.3.285 (PyPI) into a temporary folder (INSPECT_VENV names an environment where it is already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${INSPECT_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet inspect-ai==0.3.285
fi
cat > "$place/ask.py" <<'PY'
import asyncio
import sys
from importlib.metadata import version

from inspect_ai.model import ChatMessageUser, ModelOutput
from inspect_ai.scorer import Target, match
from inspect_ai.solver import TaskState

print("inspect-ai", version("inspect-ai"))
found = ""
for answer, target in [("It is 60%", "60"), ("It is 60", "60"), ("28 + 32 = 60%", "32"), ("28 + 32 = 60", "32")]:
    question = [ChatMessageUser(content="How much?")]
    output = ModelOutput.from_content("m", answer)
    state = TaskState(model="mockllm/model", sample_id=1, epoch=1, input="How much?", messages=question, output=output)
    score = asyncio.run(match(numeric=True)(state, Target(target)))
    print(f"{answer} / {target}: {score.value}")
    found += score.value
sys.exit(found != "ICCI")
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
