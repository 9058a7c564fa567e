#!/usr/bin/env bash
# SLURM: one shard per task, against a served model. In this folder:
#   sbatch --export=ALL,PROJECT=/shared/project,EXPERIMENT=sentiment,STORES=/shared/stores slurm-shards.sh
# Afterwards: wording runs merge /shared/stores/*.db
#SBATCH --job-name=wording
#SBATCH --array=1-16
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@120
set -eu
# Not SLURM_ARRAY_TASK_COUNT: `sbatch --array=3,7` restarts two tasks, and they are still 3 and 7 of 16.
exec bash "$SLURM_SUBMIT_DIR/shard.sh" "$PROJECT" "$EXPERIMENT" "$SLURM_ARRAY_TASK_ID" "${SHARDS:-16}" "$STORES"
