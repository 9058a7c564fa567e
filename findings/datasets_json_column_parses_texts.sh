#!/usr/bin/env bash
# datasets 5.2.0 gives a column of JSON Lines that holds texts and numbers the type Json, without being asked to, and then parses the texts too:
# the text "007" comes back as the number 7, "1e3" as 1000.0, "true" as True, "null" as None and "[1]" as a list. Texts that are no JSON
# stay. So one number in a column of answers changes the answers of other rows: an identifier loses its zeros, and an answer "null" is missing.
#
# Seen: "with a number in the column: [7, 1000.0, True, None, [1], 'plain', 5]",
# "without: ['007', '1e3', 'true', 'null', '[1]', 'plain', 'five']".
#
# Installs datasets 5.2.0 (PyPI) into a temporary folder (DATASETS_VENV names an environment where it is already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${DATASETS_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet datasets==5.2.0
fi
cat > "$place/ask.py" <<'PY'
import json
import sys
from importlib.metadata import version

from datasets import load_dataset, logging

logging.set_verbosity_error()
logging.disable_progress_bar()
print("datasets", version("datasets"))
texts = ["007", "1e3", "true", "null", "[1]", "plain"]
found = []
for name, last in [("with a number in the column", 5), ("without", "five")]:
    with open("rows.jsonl", "w") as out:
        out.writelines(json.dumps({"answer": answer}) + "\n" for answer in [*texts, last])
    rows = load_dataset("json", data_files="rows.jsonl", split="train", cache_dir=name)
    found.append([row["answer"] for row in rows])
    print(f"{name}: {found[-1]}")
sys.exit(repr(found) != repr([[7, 1000.0, True, None, [1], "plain", 5], [*texts, "five"]]))
PY
cd "$place"
HF_HUB_OFFLINE=1 HF_HOME="$place/hf" "$venv/bin/python" ask.py 2> err || { cat err; exit 1; }
