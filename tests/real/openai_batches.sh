#!/usr/bin/env bash
# OpenAI's own Python client against the files and batches interface of the demo endpoint: requests that wording exports are
# uploaded, answered, fetched and taken in; then a batch is listed, and another cancelled.
# Needs python3 with venv and the network of the package registry; no key, no model.
# Usage: tests/real/openai_batches.sh [path of the wording binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/real/openai_client.bash

cd "$place"
"$wording" init project > /dev/null
cd project
printf '\n[endpoint.here]\nbase_url = "http://127.0.0.1:%s/v1"\n' "$port" >> wording.toml
"$wording" batch export sentiment --models here/icl --max-requests 250
cat > client.py <<'PY'
import glob, sys, time
import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="sk-none")
begun = []
for path in sorted(glob.glob("batch/*.jsonl")):
    file = client.files.create(file=open(path, "rb"), purpose="batch")
    assert client.files.retrieve(file.id).purpose == "batch"
    begun.append(client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"made": "by a test"}
    ))
assert begun[0].metadata == {"made": "by a test"}, begun[0]
assert {b.id for b in begun} <= {b.id for b in client.batches.list()}
for number, batch in enumerate(begun):
    while (batch := client.batches.retrieve(batch.id)).status in ("validating", "in_progress", "finalizing"):
        time.sleep(0.1)
    counts = batch.request_counts
    print(batch.id, batch.status, counts.total, counts.completed, counts.failed)
    assert batch.status == "completed" and counts.completed == counts.total and counts.failed == 0, batch
    client.files.content(batch.output_file_id).write_to_file(f"results-{number}.jsonl")
cancelled = client.batches.cancel(client.batches.create(
    input_file_id=begun[0].input_file_id, endpoint="/v1/chat/completions", completion_window="24h").id)
assert cancelled.status in ("cancelling", "cancelled", "completed"), cancelled
try:
    client.batches.retrieve("batch_none")
except openai.NotFoundError as error:
    print("not there:", error.message)
else:
    raise SystemExit("a batch that is not there was found")
PY
"$venv/bin/python" client.py "http://127.0.0.1:$port/v1"
"$wording" batch import results-*.jsonl
"$wording" run sentiment --models here/icl --format json > run.json
python3 -c 'import json; t = json.load(open("run.json"))["trials"]; print(t); assert t["sent"] == 0 and t["reused"] == t["planned"] == 420, t'
echo "the client and the demo endpoint agree"
