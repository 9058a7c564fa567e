#!/usr/bin/env bash
# SLURM: one request file per task, each with a GPU and vLLM. In this folder, with as many tasks as files:
#   sbatch --array=1-20 --export=ALL,REQUESTS=/shared/batch,RESULTS=/shared/results,MODEL=Qwen/Qwen2.5-7B-Instruct slurm-vllm.sh
# Afterwards: wording batch import /shared/results/*.jsonl
#SBATCH --job-name=wording-batch
#SBATCH --array=1-20
#SBATCH --gpus=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=64G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -eu
exec bash "$SLURM_SUBMIT_DIR/answer.sh" "$REQUESTS" "$SLURM_ARRAY_TASK_ID" "$RESULTS" "$MODEL"
