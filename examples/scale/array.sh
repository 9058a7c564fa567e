#!/usr/bin/env bash
# A SLURM array: each task serves the model on its own GPU and asks it one part of the run.
#   sbatch examples/scale/array.sh        in the project's folder; then: wording runs merge shards/*.db
#SBATCH --job-name=wording
#SBATCH --array=1-16
#SBATCH --gpus=1
#SBATCH --cpus-per-task=4
#SBATCH --time=02:00:00
set -euo pipefail
experiment=${EXPERIMENT:-sentiment}
model=${MODEL:-Qwen/Qwen2.5-7B-Instruct}
k=$SLURM_ARRAY_TASK_ID
n=$SLURM_ARRAY_TASK_COUNT
port=$((8000 + k))
mkdir -p shards logs
vllm serve "$model" --port "$port" > "logs/vllm-$k.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
until curl -fs "http://127.0.0.1:$port/health" > /dev/null; do
  kill -0 "$server" || { tail "logs/vllm-$k.log"; exit 1; }
  sleep 5
done
# wording.toml has [endpoint.cluster] with base_url = "http://127.0.0.1:8000/v1"; each task has a port of its own.
sed "s|http://127.0.0.1:8000|http://127.0.0.1:$port|" wording.toml > "wording-$k.toml"
wording run "$experiment" --project "wording-$k.toml" --shard "$k/$n" --store "shards/$k.db" --resume --max-in-flight 256
