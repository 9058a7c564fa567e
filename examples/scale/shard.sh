#!/usr/bin/env bash
# One task of an array job: shard.sh PROJECT EXPERIMENT K N STORES
#
# Runs shard K of N of an experiment and leaves its store in the folder STORES, which all tasks share. Started again, it goes
# on where it stopped. Meanwhile the store lies on a disk of this machine ($SCRATCH): the locks of SQLite are not to be
# relied on over network file systems.
set -eu
project=$1 experiment=$2 k=$3 n=$4 stores=$5
scratch=${SCRATCH:-$(mktemp -d)}
name=shard-$k-of-$n.db

mkdir -p "$stores" "$scratch"
for part in "$name" "$name-wal"; do
  # What is on the local disk is newer: a container that is started again finds its own.
  if [ ! -e "$scratch/$name" ] && [ -e "$stores/$part" ]; then cp "$stores/$part" "$scratch/.$part"; fi
done
for part in "$name" "$name-wal"; do
  if [ -e "$scratch/.$part" ]; then mv "$scratch/.$part" "$scratch/$part"; fi
done

keep() {
  for part in "$name-wal" "$name"; do
    rm -f "$stores/$part"
    if [ -e "$scratch/$part" ]; then
      cp "$scratch/$part" "$stores/.$part.part" && mv "$stores/.$part.part" "$stores/$part"
    fi
  done
}
trap keep EXIT

wording run "$experiment" --project "$project" --shard "$k/$n" --resume --store "$scratch/$name" -q --format json \
  > "$scratch/summary.json" &
run=$!
# Whoever ends this task tells the shell; the run ends in order and keeps what it has.
trap 'kill -TERM "$run" 2>/dev/null || true' TERM INT
code=0
wait "$run" || code=$?
while kill -0 "$run" 2>/dev/null; do
  code=0
  wait "$run" || code=$?
done
exit "$code"
