#!/usr/bin/env bash
# A request file a task: sbatch --array=1-FILES --export=ALL,REQUESTS=…,RESULTS=…,MODEL=… slurm/run-batch.sh, from the folder
# with answer.sh.
#SBATCH --job-name=wording-batch
#SBATCH --array=1-20
#SBATCH --gpus=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=64G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -eu
exec bash "$SLURM_SUBMIT_DIR/answer.sh" "$REQUESTS" "$SLURM_ARRAY_TASK_ID" "$RESULTS" "$MODEL"
