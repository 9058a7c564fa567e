#!/usr/bin/env bash
# Runs wording against a server that nobody here wrote: the LiteLLM proxy with mock answers.
# Needs python3 with venv and the network of the package registry; no key, no model.
# Usage: tests/real/litellm.sh [path of the wording binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
place=$(mktemp -d)
trap 'kill "${proxy:-}" 2>/dev/null || true; rm -rf "$place"' EXIT

venv=${WORDING_VENV:-$place/venv}
if [ ! -x "$venv/bin/litellm" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet 'litellm[proxy]'
fi

cat > "$place/litellm.yaml" <<'YAML'
model_list:
  - model_name: always-positive
    litellm_params: { model: openai/none, api_key: none, mock_response: "This review is positive." }
  - model_name: limited
    litellm_params: { model: openai/none, api_key: none, mock_response: "litellm.RateLimitError" }
general_settings: { master_key: sk-real-test }
YAML
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/bin/litellm" --config "$place/litellm.yaml" --host 127.0.0.1 --port "$port" > "$place/proxy.log" 2>&1 &
proxy=$!
for _ in $(seq 240); do
  curl -fs "http://127.0.0.1:$port/health/liveliness" > /dev/null && break
  kill -0 "$proxy" || { cat "$place/proxy.log"; exit 1; }
  sleep 0.5
done

cd "$place"
"$wording" init project > /dev/null
cd project
cat >> wording.toml <<TOML

[endpoint.proxy]
base_url = "http://127.0.0.1:$port"
api_key_env = "PROXY_KEY"
max_in_flight = 8
retries = 1
TOML
export PROXY_KEY=sk-real-test

say() { printf '\n== %s\n' "$*"; }
figures() { python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["trials"], d["tokens"], [v.get("score") for v in d["variants"]])'; }

say "models"
"$wording" models proxy
for stream in no yes; do
  say "run, stream $stream"
  "$wording" run sentiment --rows 10 --variants plain --variants question --models proxy/always-positive \
    --stream $stream --reuse no --format json | tee run.json | figures
  python3 -c 'import json; t = json.load(open("run.json"))["trials"]; assert t["failed"] == 0 and t["sent"] == 20, t'
done
say "the same again is not sent"
"$wording" run sentiment --rows 10 --variants plain --variants question --models proxy/always-positive --format json | tee run.json | figures
python3 -c 'import json; assert json.load(open("run.json"))["trials"]["sent"] == 0'
say "a wrong key stops at once"
PROXY_KEY=sk-wrong "$wording" run sentiment --rows 5 --variants plain --models proxy/always-positive --reuse no -q && exit 1 || echo "exit $?"
say "a model that is not there"
"$wording" run sentiment --rows 5 --variants plain --models proxy/nothing -q && exit 1 || echo "exit $?"
say "rate limited"
"$wording" run sentiment --rows 3 --variants plain --models proxy/limited -q && exit 1 || echo "exit $?"
say "diff"
"$wording" diff plain question --rows 10 --models proxy/always-positive -o diff.html
printf '\nall as it should be\n'
