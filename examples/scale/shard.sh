#!/usr/bin/env bash
# One task of an array job: shard.sh PROJECT EXPERIMENT K N STORES
#
# Runs shard K of N of an experiment and copies its store to the folder STORES, which all tasks share. When restarted, it
# continues where it stopped. During the run the store is on a local disk ($SCRATCH), because SQLite's locks are
# unreliable on network file systems.
set -eu
project=$1 experiment=$2 k=$3 n=$4 stores=$5
scratch=${SCRATCH:-$(mktemp -d)}
name=shard-$k-of-$n.db

mkdir -p "$stores" "$scratch"
for part in "$name" "$name-wal"; do
  # A store on the local disk is newer: it is from this container before its restart.
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
# Forward SIGTERM and SIGINT: the run shuts down cleanly and saves its progress.
trap 'kill -TERM "$run" 2>/dev/null || true' TERM INT
code=0
wait "$run" || code=$?
while kill -0 "$run" 2>/dev/null; do
  code=0
  wait "$run" || code=$?
done
exit "$code"
