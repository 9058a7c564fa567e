#!/usr/bin/env bash
# Runs what `wording export --to` writes in the tools that it is for, and compares with a run of the same experiment: the body of every
# request (messages and parameters) and the score of every answer. promptfoo and Inspect send to a stand-in that records bodies; spans and
# items are read by the packages of OpenTelemetry and Langfuse; `oaieval` runs the entries for the registry of OpenAI's evals.
# Needs node 20.20 or later, Python 3.10 or later and the network of the package registries (about 1.5 GB in a temporary folder); no key.
# Usage: tests/real/exports_to.sh [path of the wording binary]
# PROMPTFOO_DIR names a folder in which `npm install promptfoo@0.123.1` was done before, VENV and EVALS_VENV virtual environments with the
# packages below.
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
here=$(realpath tests/real)
place=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf "$place"' EXIT

export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=true
export PROMPTFOO_DISABLE_SHARING=1 PROMPTFOO_CONFIG_DIR="$place/home" PROMPTFOO_FAILED_TEST_EXIT_CODE=0 NO_COLOR=1
export WORDING=$wording INSPECT_LOG_DIR="$place/logs"
tool=${PROMPTFOO_DIR:-$place/npm}
if [ ! -d "$tool/node_modules/promptfoo" ]; then
  mkdir -p "$tool"
  (cd "$tool" && npm init -y > /dev/null && npm install --no-audit --no-fund --ignore-scripts --silent promptfoo@0.123.1)
fi
venv=${VENV:-$place/venv}
if [ ! -d "$venv" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q inspect-ai==0.3.285 openai opentelemetry-proto==1.45.2 langfuse==5.0.4
fi

# A stand-in that records the bodies of requests in $1, and its address in $1.url; its answers follow from the messages.
start() {
  python3 "$here/exports_to.py" serve "$name" "$1" > "$1.url" &
  servers+=($!)
  until [ -s "$1.url" ]; do sleep 0.1; done
}
"$wording" --version

for name in labels assertions; do
  folder=$place/$name
  python3 "$here/exports_to.py" project "$name" "$folder"
  cd "$folder"
  start "$folder/ours.jsonl"
  sed -i "s|ADDRESS|$(cat "$folder/ours.jsonl.url")|" wording.toml
  "$wording" check > check.log || { cat check.log; exit 1; }
  "$wording" run -q > run.log
  "$wording" export > trials.jsonl
  "$wording" export --format otlp > spans.jsonl
  for to in promptfoo inspect; do
    start "$folder/$to.jsonl"
    # What is scored in another way in promptfoo is thoughts, which are in no answer to assertions here.
    "$wording" export --to "$to" -o "$to" > "$to.log" || grep -q '<think>' "$to.log" || { cat "$to.log"; exit 1; }
    sed -i "s|$(cat "$folder/ours.jsonl.url")|$(cat "$folder/$to.jsonl.url")|" "$to"/*.json
  done
  "$wording" export --to langfuse -o langfuse > langfuse.log && { echo "metrics are not carried to Langfuse, and nothing said so"; exit 1; }
  (cd promptfoo && node "$tool/node_modules/promptfoo/dist/src/main.js" eval -c promptfooconfig.json --no-cache --no-table \
    --no-progress-bar --no-write -o results.json > eval.log 2>&1) || { tail -20 promptfoo/eval.log; exit 1; }
  "$venv/bin/python" inspect/task.py > inspect/eval.log 2>&1 || { tail -20 inspect/eval.log; exit 1; }
  "$venv/bin/python" "$here/exports_to.py" compare "$name" "$folder" "$place/logs"
  rm -rf "$place/logs"
done

# Experiments whose assertions are those of a class of evals, by its own program. Its dependencies, TensorFlow among
# them, are not all needed: these are.
evals=${EVALS_VENV:-$place/evals}
if [ ! -d "$evals" ]; then
  python3 -m venv "$evals"
  "$evals/bin/pip" install -q --no-deps evals==3.0.1.post1
  "$evals/bin/pip" install -q openai tiktoken blobfile backoff numpy snowflake-connector-python pydantic tqdm pyyaml lz4 pyzstd zstandard \
    filelock mock sacrebleu fire pandas termcolor
fi
for name in match includes; do
  folder=$place/$name
  python3 "$here/exports_to.py" project "$name" "$folder"
  cd "$folder"
  start "$folder/ours.jsonl"
  sed -i "s|ADDRESS|$(cat "$folder/ours.jsonl.url")|" wording.toml
  "$wording" run -q > run.log
  "$wording" export > trials.jsonl
  "$wording" export --to evals -o registry > evals.log || { cat evals.log; exit 1; }
  start "$folder/evals.jsonl"
  mkdir records
  for data in registry/data/x/*.jsonl; do
    variant=$(basename "$data" .jsonl)
    OPENAI_API_KEY=none OPENAI_BASE_URL=$(cat "$folder/evals.jsonl.url") EVALS_SEQUENTIAL=1 "$evals/bin/oaieval" gpt-3.5-turbo "x-$variant" \
      --registry_path registry --record_path "records/$variant.jsonl" > evals-run.log 2>&1 || { tail -20 evals-run.log; exit 1; }
  done
  python3 "$here/exports_to.py" compare_evals "$name" "$folder"
done
echo "the same requests and the same scores"
