#!/usr/bin/env bash
# Compares scores with promptfoo's own: every configuration under tests/fixtures/promptfoo is run by promptfoo and, imported,
# by wording, against the same server (the demo endpoint, whose model `echo` repeats its prompt), and compared row by row:
# the answer, the score, whether the row is right, and the mean of every named metric.
# Needs node 20.20 or later and the network of the package registry (about 1 GB in a temporary folder); no key, no model.
# Usage: tests/real/promptfoo.sh [path of the wording binary]
# PROMPTFOO_DIR names a folder in which `npm install promptfoo` was done before; RECORD=1 keeps what promptfoo says in
# tests/fixtures/promptfoo/scores.json, which the tests compare with.
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
fixtures=$(realpath tests/fixtures/promptfoo)
place=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$place"' EXIT

export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=true
export PROMPTFOO_DISABLE_SHARING=1 PROMPTFOO_CONFIG_DIR="$place/home" PROMPTFOO_FAILED_TEST_EXIT_CODE=0
export OPENAI_API_KEY=none ANTHROPIC_API_KEY=none NO_COLOR=1
tool=${PROMPTFOO_DIR:-$place/npm}
if [ ! -d "$tool/node_modules/promptfoo" ]; then
  mkdir -p "$tool"
  # The last version that runs on node 20 without a compiler.
  (cd "$tool" && npm init -y > /dev/null && npm install --no-audit --no-fund --ignore-scripts --silent promptfoo@0.121.20)
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$wording" serve --port "$port" > "$place/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  curl -fs "http://127.0.0.1:$port/v1/models" > /dev/null && break
  sleep 0.1
done

cat > "$place/compare.py" <<'PY'
import json, sys, glob, os, math
theirs, project, name, record = sys.argv[1:]
found = []
for r in json.load(open(theirs))["results"]["results"]:
    grading = r.get("gradingResult") or {}
    output = (r.get("response") or {}).get("output")
    if output is None:
        sys.exit(f"promptfoo has no answer: {r.get('error')}")
    if not isinstance(output, str):
        # Calls of tools and JSON that was parsed are texts here.
        output = None
    names = grading.get("namedScores") or {}
    found.append((output, r["score"], r["success"], {n: names[n] for n in names}))
ours = []
for path in glob.glob(os.path.join(project, "trials-*.jsonl")):
    for line in open(path):
        t = json.loads(line)
        s = t["scores"]
        ours.append((t["output"], s["score"], s["pass"] == 1, {n: v for n, v in s.items() if n not in ("score", "pass") and v is not None}))
if all(f[0] is None for f in found):
    ours = [(None, *o[1:]) for o in ours]
key = lambda x: (x[0] or "", x[1], x[2])
found.sort(key=key); ours.sort(key=key)
if record:
    try:
        kept = json.load(open(record))
    except FileNotFoundError:
        kept = {}
    kept[name] = [[f[0], round(f[1], 9), f[2]] for f in found]
    json.dump(kept, open(record, "w"), indent=1, ensure_ascii=False, sort_keys=True)
    open(record, "a").write("\n")
wrong = []
if len(found) != len(ours):
    wrong.append(f"{len(found)} rows there, {len(ours)} here")
near = lambda a, b: math.isclose(a, b, abs_tol=2e-6)
for a, b in zip(found, ours):
    same = a[0] == b[0] and near(a[1], b[1]) and a[2] == b[2] and set(a[3]) == set(b[3])
    same = same and all(near(a[3][n], b[3][n]) for n in a[3])
    if not same:
        wrong.append(f"there {a}\n  here  {b}")
print(f"{len(found)} rows, {len(wrong)} differ")
for w in wrong:
    print("  " + w)
sys.exit(bool(wrong))
PY

rows=0
failed=()
for folder in "$fixtures"/*/; do
  name=$(basename "$folder")
  # What is left out cannot agree.
  [ "$name" = 12-left-out ] && continue
  cp -r "$folder" "$place/$name"
  cd "$place/$name"
  grep -rl 8811 . | xargs sed -i "s/127.0.0.1:8811/127.0.0.1:$port/"
  config=$(ls promptfooconfig.*)
  printf '%-14s ' "$name"
  if ! node "$tool/node_modules/promptfoo/dist/src/main.js" eval -c "$config" --no-cache --no-table --no-progress-bar --no-write \
    -o "$place/$name/theirs.json" > "$place/$name/promptfoo.log" 2>&1 && [ ! -s "$place/$name/theirs.json" ]; then
    echo "promptfoo failed:"; tail -20 "$place/$name/promptfoo.log"; failed+=("$name"); continue
  fi
  "$wording" import promptfoo "$config" -o project > import.log || { cat import.log; failed+=("$name"); continue; }
  (
    cd project
    for experiment in $(sed -n 's/^\[experiment\.\([^].]*\)\]$/\1/p' wording.toml); do
      "$wording" run "$experiment" -q --format json > run.json || { tail -c 300 run.json; exit 1; }
      run=$(python3 -c 'import json; print(json.load(open("run.json"))["run"])')
      "$wording" export "$run" --format jsonl > "trials-$experiment.jsonl"
    done
  ) || { failed+=("$name"); continue; }
  python3 "$place/compare.py" theirs.json project "$name" "${RECORD:+$fixtures/scores.json}" || failed+=("$name")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "differ: ${failed[*]}"
  exit 1
fi
echo "all as in promptfoo"
