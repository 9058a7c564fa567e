#!/usr/bin/env bash
# One task of an array job: answer.sh REQUESTS K RESULTS MODEL [FLAG OF VLLM...]
#
# Runs vLLM on request file K (from 1) in the folder REQUESTS, written by `wording batch export`. vLLM writes its results
# at the end and a killed task starts its file again, so keep files small (`--max-requests 5000`). A file that has
# results is skipped, so the job can be restarted unchanged.
set -eu
requests=$1 k=$2 results=$3 model=$4
shift 4
file=$(find "$requests" -maxdepth 1 -name '*.jsonl' | sort -V | sed -n "${k}p")
if [ -z "$file" ]; then
  echo "no request file $k in $requests" >&2
  exit 0
fi
result=$results/$(basename "$file")
mkdir -p "$results"
if [ -e "$result" ]; then
  echo "skipped: $result already exists" >&2
  exit 0
fi
vllm run-batch -i "$file" -o "$result.part" --model "$model" "$@"
mv "$result.part" "$result"
