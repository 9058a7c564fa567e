#!/usr/bin/env bash
# Runs wording against a server that nobody here wrote: the LiteLLM proxy, with mock answers and in front of the demo endpoint: chat and
# tool calls by chat completions and by the Responses API, which the proxy passes on or makes of chat completions itself.
# Needs python3 with venv and the network of the package registry; no key, no model.
# Usage: tests/real/litellm.sh [path of the wording binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
examples=$(realpath examples)
place=$(mktemp -d)
trap 'kill "${proxy:-}" "${demo:-}" 2>/dev/null || true; rm -rf "$place"' EXIT

venv=${WORDING_VENV:-$place/venv}
if [ ! -x "$venv/bin/litellm" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet 'litellm[proxy]'
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
behind=$(free_port)
"$wording" serve --port "$behind" > "$place/demo.log" 2>&1 &
demo=$!
cat > "$place/litellm.yaml" <<YAML
model_list:
  - model_name: always-positive
    litellm_params: { model: openai/none, api_key: none, mock_response: "This review is positive." }
  - model_name: limited
    litellm_params: { model: openai/none, api_key: none, mock_response: "litellm.RateLimitError" }
  - model_name: passed-on
    litellm_params: { model: openai/icl, api_key: none, api_base: "http://127.0.0.1:$behind/v1" }
  - model_name: bridged
    litellm_params: { model: hosted_vllm/icl, api_key: none, api_base: "http://127.0.0.1:$behind/v1" }
general_settings: { master_key: sk-real-test }
YAML
port=$(free_port)
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
# A limit that never ends is waited for; here for as long as it takes to see that.
timeout -s INT 20 "$wording" run sentiment --rows 3 --variants plain --models proxy/limited -q && exit 1 || echo "exit $?"
say "diff"
"$wording" diff plain question --rows 10 --models proxy/always-positive -o diff.html

cp -r "$examples/tools" "$place/tools"
cd "$place/tools"
for api in chat responses; do
  cat >> wording.toml <<TOML

[endpoint.$api]
base_url = "http://127.0.0.1:$port/v1"
api_key_env = "PROXY_KEY"
api = "$api"
retries = 1
TOML
done
run_tools() { "$wording" run --models "$1" --stream "$2" --reuse no --format json > "$3"; }
run_tools demo/icl no direct.json
for model in chat/passed-on responses/passed-on responses/bridged; do
  for stream in no yes; do
    say "tools by $model, stream $stream"
    run_tools "$model" "$stream" run.json
    figures < run.json
    python3 - <<'PY'
import json
score = lambda file: [v["score"] for v in json.load(open(file))["variants"]]
trials = json.load(open("run.json"))["trials"]
assert trials["failed"] == 0 and score("run.json") == score("direct.json"), (trials, score("run.json"), score("direct.json"))
PY
  done
done
printf '\nall as it should be\n'
