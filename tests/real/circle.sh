#!/usr/bin/env bash
# The whole circle with a real model and a real LoRA on a CPU, for each task:
#   16 wordings -> report -> advise -> tune export -> tune config --for trl --cpu -> train.py, as it was written -> adapter merged and
#   converted for llama.cpp -> base and tuned model in one grid -> tune compare -> advise
# and for sentiment a second round: the tuned model on fresh rows -> its bad cases, corrected -> training -> compare -> history.
# Then the tables of docs/real-circle.md are printed.
#
# Usage: tests/real/circle.sh [path of the wording binary]
# TASKS        tasks of tasks.py (default: sentiment)
# CIRCLE       the folder of the work (default: target/circle). Each finished step leaves a file there, and a killed script goes on behind it.
# LLAMA_VENV   an environment with llama-cpp-python[server] (else made: 16 minutes, needs a C++ compiler)
# LLAMA_MODEL  SmolLM2-135M-Instruct.Q4_1.gguf
# TRAIN_VENV   an environment with torch, transformers, trl, peft, datasets, accelerate and gguf (else made: some GB)
# ROWS, EXAMPLES  rows to evaluate (default 100), and labelled rows to train on, balanced over labels (default 160)
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/real
wording=$(realpath "${1:-target/release/wording}")
mkdir -p "${CIRCLE:-target/circle}"
place=$(realpath "${CIRCLE:-target/circle}")
read -ra tasks <<< "${TASKS:-sentiment}"
rows=${ROWS:-100}
examples=${EXAMPLES:-160}
llama=${LLAMA_VENV:-$place/llama-venv}
train=${TRAIN_VENV:-$place/train-venv}
gguf=${LLAMA_MODEL:-$place/SmolLM2-135M-Instruct.Q4_1.gguf}
model=$place/SmolLM2-135M-Instruct
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(nproc)} HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
mkdir -p "$place/done" "$place/out"
cd "$place"

servers=()
stop() {
  for pid in "${servers[@]}"; do kill "$pid" 2> /dev/null || true; done
  servers=()
}
trap stop EXIT

# step NAME COMMAND...: once, and how long it took.
step() {
  local name=$1 begin=$SECONDS
  shift
  [ ! -e "done/$name" ] || return 0
  printf '== %s\n' "$name"
  # Not behind `||`: there bash goes on after a command of a function that failed.
  set +e
  (set -e; "$@") > "out/$name.log" 2>&1
  local rc=$?
  set -e
  [ "$rc" = 0 ] || { tail -30 "out/$name.log"; exit 1; }
  echo $((SECONDS - begin)) > "done/$name"
}

# A port for each server, the same in every attempt: stored answers belong to an address.
[ -s ports ] || python3 - > ports <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PY
read -r base_port first_port second_port < ports
serve() { # FILE ALIAS PORT
  "$llama/bin/python" -m llama_cpp.server --model "$1" --model_alias "$2" --host 127.0.0.1 --port "$3" --n_ctx 4096 \
    --n_threads "$OMP_NUM_THREADS" --n_threads_batch "$OMP_NUM_THREADS" --interrupt_requests False --verbose False >> "out/server-$3.log" 2>&1 &
  servers+=($!)
  for _ in $(seq 240); do
    curl -fs "http://127.0.0.1:$3/v1/models" > /dev/null && return
    kill -0 $! || { tail -20 "out/server-$3.log"; exit 1; }
    sleep 0.5
  done
  exit 1
}

environments() {
  source "$here/small_model.sh"
  small_model "$llama" "$gguf"
  if ! "$train/bin/python" -c 'import torch, transformers, trl, peft, datasets, accelerate, gguf'; then
    python3 -m venv "$train"
    "$train/bin/pip" install --quiet torch==2.15.0 transformers==5.24.0 trl==1.16.0 peft==0.21.2 datasets==5.2.0 accelerate==1.15.0 \
      gguf==0.19.0 sentencepiece protobuf
  fi
}
# Base and tuned models are converted alike, so that quantization is no difference between them.
base_model() {
  "$train/bin/python" "$here/circle/models.py" unpack "$gguf" "$model"
  "$train/bin/python" "$here/circle/models.py" pack "$model" "$gguf" base.gguf
}
project() {
  mkdir -p packages
  cp "$here/circle/wordings.j2" .
  for task in "${tasks[@]}"; do
    python3 "$here/tasks.py" "$task" "data/$task" packages
    head -n "$rows" "data/$task/eval.jsonl" > "data/$task/evaluation.jsonl"
    tail -n "+$((rows + 1))" "data/$task/eval.jsonl" > "data/$task/production.jsonl"
  done
  { cat "$here/circle/wording.toml"
    for endpoint in "base $base_port" "tuned $first_port" "again $second_port"; do
      printf '\n[endpoint.%s]\nbase_url = "http://127.0.0.1:%s/v1"\nmax_in_flight = 1\ntimeout = "5m"\n' $endpoint
      # The server does not say how large the model is, and whether a CPU can train it depends on that.
      printf '[endpoint.%s.model.smollm2]\nparameters_b = 0.135\n' "${endpoint%% *}"
    done; } > wording.toml
}

pick() { python3 "$here/circle/tables.py" "$@"; }
measured() { # TASK NAME
  local run
  run=$(pick run "out/$2.run.json")
  "$wording" report "$run" --format json -q > "out/$2.report.json"
  "$wording" advise "$1" --run "$run" --format json -q > "out/$2.advise.json"
}
wordings() { # TASK
  "$wording" run "$1" -q --format json > "out/$1.run.json"
  measured "$1" "$1"
}
# What advise says to do first where too many answers were cut to compare the wordings: only those are requested again.
raise() { # TASK
  [ "$(pick rule "out/$1.advise.json")" = cut ] || return 0
  cp "out/$1.advise.json" "out/$1.cut.advise.json"
  "$wording" run "$1" -q --raise-max-tokens 96 --format json > "out/$1.run.json"
  measured "$1" "$1"
}
export_and_train() { # TASK FOLDER
  local labels data=(--data "data/$1/labelled.jsonl")
  labels=$(python3 -c 'import json, sys; print(len({json.dumps(json.loads(line)["label"]) for line in open(sys.argv[1])}))' "data/$1/labelled.jsonl")
  if [ "$labels" -gt "$((examples / 4))" ]; then
    # Answers that are no labels cannot be balanced: the first rows.
    head -n "$examples" "data/$1/labelled.jsonl" > "data/$1/train.jsonl"
    data=(--data "data/$1/train.jsonl")
  fi
  "$wording" tune export "$1" -q -o "$2" --for trl-prompt-completion "${data[@]}" --max-per-label "$(((examples + labels - 1) / labels))" --variant "$(pick bare "out/$1.report.json")" \
    "${@:3}"
  "$wording" tune config "$2" -q --for trl --cpu --base "$model"
  (cd "$2" && "$train/bin/python" train.py)
}
convert() { # FOLDER FILE
  "$train/bin/python" "$here/circle/models.py" merge "$model" "$1/out" "$1/merged"
  "$train/bin/python" "$here/circle/models.py" pack "$1/merged" "$gguf" "$2"
  rm -r "$1/merged"
}
# The grid of base and tuned model: of the best wording and of those without shots, which cost little.
compare() { # TASK MODEL NAME
  "$wording" run "$1" -q --models "base/smollm2,$2" --variants '*shots.count=0?' --variants "$(pick best "out/$1.report.json" | tr '[]' '??')" \
    --format json > "out/$3.run.json"
  "$wording" tune compare "$1" -q --run "$(pick run "out/$3.run.json")" --format json > "out/$3.compare.json"
  measured "$1" "$3"
}
bad_cases() { # TASK MODEL
  local bare
  bare=$(pick bare "out/$1.report.json")
  "$wording" run "$1-production" -q --models "$2" --variants "$(tr '[]' '??' <<< "$bare")" --format json > "out/$1.production.json"
  "$wording" badcases add "$1-production" -q --failing --variant "$bare"
  "$wording" badcases export "$1-production" -q -o bad.jsonl
  "$wording" badcases add "$1" -q --from bad.jsonl
}

step environments environments
step base-model base_model
step project project
for task in "${tasks[@]}"; do
  if [ ! -e "done/$task-compare" ] || { [ "$task" = sentiment ] && [ ! -e "done/$task-history" ]; }; then
    serve base.gguf smollm2 "$base_port"
    step "$task-wordings" wordings "$task"
    step "$task-raise" raise "$task"
    stop
    step "$task-train" export_and_train "$task" "tuning/$task"
    step "$task-convert" convert "tuning/$task" "$task.gguf"
    serve base.gguf smollm2 "$base_port"
    serve "$task.gguf" "ft:smollm2-$task" "$first_port"
    step "$task-compare" compare "$task" "tuned/ft:smollm2-$task" "$task-1"
    if [ "$task" = sentiment ]; then
      step "$task-bad-cases" bad_cases "$task" "tuned/ft:smollm2-$task"
      stop
      step "$task-train-again" export_and_train "$task" "tuning/$task-2" --most-informative
      step "$task-convert-again" convert "tuning/$task-2" "$task-2.gguf"
      serve base.gguf smollm2 "$base_port"
      serve "$task-2.gguf" "ft:smollm2-$task-2" "$second_port"
      step "$task-compare-again" compare "$task" "again/ft:smollm2-$task-2" "$task-2"
      step "$task-history" "$wording" history "$task"
    fi
    stop
  fi
done
pick tables . "${tasks[@]}"
