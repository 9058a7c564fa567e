#!/usr/bin/env bash
# datasets 5.2.0 reads a column of JSON Lines in which every text is a date as times: the text "2024-03-01" comes back as a datetime. A prompt
# that is formatted from the row then says "2024-03-01 00:00:00", a training example teaches that form, and an exact comparison of an answer
# with the expected date is false for every row. One row that is no date ("unknown") makes all of them texts again.
#
# Seen: "all dates: timestamp[s], prompt: Day 2024-03-01 00:00:00, equal to the text: False",
# "one unknown: string, prompt: Day 2024-03-01, equal to the text: True".
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
found = []
for name, days in [("all dates", ["2024-03-01", "2024-12-25"]), ("one unknown", ["2024-03-01", "unknown"])]:
    with open("rows.jsonl", "w") as out:
        out.writelines(json.dumps({"day": day}) + "\n" for day in days)
    rows = load_dataset("json", data_files="rows.jsonl", split="train", cache_dir=name)
    kind, day = rows.features["day"].dtype, rows[0]["day"]
    print(f"{name}: {kind}, prompt: Day {day}, equal to the text: {day == '2024-03-01'}")
    found += [kind, f"{day}", day == "2024-03-01"]
sys.exit(found != ["timestamp[s]", "2024-03-01 00:00:00", False, "string", "2024-03-01", True])
PY
cd "$place"
HF_HUB_OFFLINE=1 HF_HOME="$place/hf" "$venv/bin/python" ask.py 2> err || { cat err; exit 1; }
