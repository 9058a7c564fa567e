#!/usr/bin/env bash
# One task of an array job: answer.sh REQUESTS K RESULTS MODEL [FLAG OF VLLM...]
#
# Has vLLM answer request file K, from 1, of the folder REQUESTS that `wording batch export` wrote. vLLM writes its results
# at the end: a task that is killed begins its file anew, so let files be small (`--max-requests 5000`). A file that has
# its results is done with, so the job can be started again as it is.
set -eu
requests=$1 k=$2 results=$3 model=$4
shift 4
file=$(find "$requests" -maxdepth 1 -name '*.jsonl' | sort -V | sed -n "${k}p")
if [ -z "$file" ]; then
  echo "there is no request file $k in $requests" >&2
  exit 0
fi
result=$results/$(basename "$file")
mkdir -p "$results"
if [ -e "$result" ]; then
  echo "$result is there" >&2
  exit 0
fi
vllm run-batch -i "$file" -o "$result.part" --model "$model" "$@"
mv "$result.part" "$result"
