#!/usr/bin/env bash
# The engine against a real model behind a real server with its default flags: SmolLM2-135M by llama-cpp-python.
#   - answers are scored the same streamed and whole, although this server breaks a stream off when the next request comes;
#   - the server is killed and started again in the middle of a run: nothing is lost, nothing is sent twice;
#   - 16 requests in flight are not slower than one at a time.
# Needs python3 with venv, a C++ compiler (the first time: 16 minutes) and the network of the package registry.
# Usage: tests/real/llama_cpp.sh [path of the wording binary]
# LLAMA_VENV names a virtual environment with llama-cpp-python[server], LLAMA_MODEL a model file.
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
place=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true; rm -rf "$place"' EXIT

venv=${LLAMA_VENV:-$place/venv}
model=${LLAMA_MODEL:-$place/SmolLM2-135M-Instruct.Q4_1.gguf}
source tests/real/small_model.sh
small_model "$venv" "$model"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start() {
  "$venv/bin/python" -m llama_cpp.server --model "$model" --model_alias smollm2 --host 127.0.0.1 --port "$port" \
    --n_ctx 2048 --n_threads 1 --n_threads_batch 1 --verbose False >> "$place/server.log" 2>&1 &
  server=$!
}
wait_for() {
  for _ in $(seq 240); do
    curl -fs "http://127.0.0.1:$port/v1/models" > /dev/null && return
    kill -0 "$server" || { tail -20 "$place/server.log"; exit 1; }
    sleep 0.5
  done
  exit 1
}
start
wait_for

"$wording" init -q "$place/project" > /dev/null
cd "$place/project"
mkdir templates/real
cat > templates/real/plain.j2 <<'J2'
Is this review positive or negative? Answer with one word.

{{ row.text }}
J2
cat > templates/real/label.j2 <<'J2'
Review: {{ row.text }}
Label the review as positive or negative. Label:
J2
cat >> wording.toml <<TOML

[endpoint.llama]
base_url = "http://127.0.0.1:$port/v1"
max_in_flight = 16

[experiment.real]
templates = ["templates/real/*.j2"]
dataset = "datasets/sentiment.jsonl"
id = "id"
answer = "label"
models = ["llama/smollm2"]
params = { temperature = 0, max_tokens = 6 }
rows = 25
[[experiment.real.metric]]
kind = "label"
labels = ["positive", "negative"]
TOML

say() { printf '\n== %s\n' "$*"; }
# run NAME OPTIONS...: a run into a store of its own; its seconds, counts and scores.
run() {
  local name=$1
  shift
  "$wording" run real --store "$place/$name.db" -q --format json "$@" > "$place/$name.json" || { tail -40 "$place/$name.json"; exit 1; }
  "$wording" export --store "$place/$name.db" --format jsonl > "$place/$name.jsonl"
  python3 - "$place/$name.json" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
print(f"{d['elapsed_s']:.1f} s", d["trials"], {v["name"]: v["score"] for v in d["variants"]})
assert d["trials"]["failed"] == 0 and d["trials"]["completed"] == d["trials"]["planned"], d["trials"]
PY
}
same() {
  python3 - "$place/$1.jsonl" "$place/$2.jsonl" <<'PY'
import json, sys
def answers(path):
    return {(t["variant"], t["row"]): (t["output"], t["scores"]) for t in map(json.loads, open(path))}
a, b = map(answers, sys.argv[1:])
different = [k for k in a if a[k] != b.get(k)]
assert a.keys() == b.keys() and not different, (len(different), [(k, a[k], b.get(k)) for k in different[:3]])
print(len(a), "answers are the same")
PY
}

say "one at a time, whole"
run whole --stream no --max-in-flight 1
say "one at a time, streamed"
run stream --stream yes --max-in-flight 1
same whole stream
say "16 in flight, whole"
run many --stream no
same whole many
say "16 in flight, streamed: this server breaks streams off"
run many-stream --stream yes
same whole many-stream

say "killed in the middle of a run and started again"
"$wording" run real --store "$place/restart.db" -q --format json --stream no --log "$place/log.jsonl" > "$place/restart.json" &
running=$!
finished() { grep -c '"event": *"finished"' "$place/log.jsonl" 2> /dev/null || true; }
while n=$(finished) && [ "${n:-0}" -lt 15 ]; do
  kill -0 "$running"
  sleep 0.1
done
kill -9 "$server"
sleep 5
start
wait "$running" || { tail -20 "$place/restart.json"; exit 1; }
"$wording" export --store "$place/restart.db" --format jsonl > "$place/restart.jsonl"
python3 -c 'import json, sys; t = json.load(open(sys.argv[1]))["trials"]; print(t); assert t["failed"] == 0 and t["completed"] == t["planned"]' "$place/restart.json"
grep -o '"endpoint_[a-z]*"' "$place/log.jsonl" | sort | uniq -c
same whole restart
printf '\nall as it should be\n'
