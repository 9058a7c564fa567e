#!/usr/bin/env bash
# Records what wording does to a real model: SmolLM2-135M-Instruct by llama-cpp-python, seven experiments of variance/wording.toml.
# The recorded runs are packed into tests/fixtures/real, and the tables of docs/real-variance.md are drawn anew from them.
# About 6,000 calls. The recorded runs were made in parts; how long the whole takes was not measured.
#
# Usage: tests/real/variance.sh [path of the wording binary]
# VARIANCE     the folder of the work (default: target/variance); a killed script goes on where it stopped
# LLAMA_VENV   an environment with llama-cpp-python[server] (else made: 16 minutes, needs a C++ compiler)
# LLAMA_MODEL  SmolLM2-135M-Instruct.Q4_1.gguf
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD
wording=$(realpath "${1:-target/release/wording}")
mkdir -p "${VARIANCE:-target/variance}"
place=$(realpath "${VARIANCE:-target/variance}")
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true' EXIT

venv=${LLAMA_VENV:-$place/llama-venv}
model=${LLAMA_MODEL:-$place/SmolLM2-135M-Instruct.Q4_1.gguf}
source tests/real/small_model.sh
small_model "$venv" "$model"

# The same port in every attempt: stored answers belong to an address.
[ -s "$place/port" ] || python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' > "$place/port"
port=$(cat "$place/port")
nice "$venv/bin/python" -m llama_cpp.server --model "$model" --model_alias smollm2 --host 127.0.0.1 --port "$port" --n_ctx 4096 \
  --n_threads 1 --n_threads_batch 1 --interrupt_requests False --verbose False >> "$place/server.log" 2>&1 &
server=$!
for _ in $(seq 240); do
  curl -fs "http://127.0.0.1:$port/v1/models" > /dev/null && break
  kill -0 "$server" || { tail -20 "$place/server.log"; exit 1; }
  sleep 0.5
done

cp -r tests/real/variance/templates "$place/"
{ cat tests/real/variance/wording.toml
  printf '\n[endpoint.local]\nbase_url = "http://127.0.0.1:%s/v1"\nmax_in_flight = 1\ntimeout = "5m"\n' "$port"; } > "$place/wording.toml"
mkdir -p "$place/packages" "$place/trials"
for task in sentiment genre extraction; do
  [ -s "$place/data/$task/eval.jsonl" ] || python3 tests/real/tasks.py "$task" "$place/data/$task" "$place/packages"
done
cd "$place"
# Samples at temperature 1 are the only ones that a second recording changes.
for experiment in sentiment order genre noise extraction genre-noise extraction-noise; do
  [ ! -s "trials/$experiment.jsonl" ] || continue
  echo "== $experiment"
  "$wording" run "$experiment" -q --max-in-flight 1 > /dev/null
  "$wording" export -q --format jsonl -o "$experiment.jsonl"
  mv "$experiment.jsonl" trials/
done
python3 "$here/tests/real/variance/record.py" trials "$here/tests/fixtures/real"
cd "$here"
INSTA_UPDATE=always cargo test --test integration real::
