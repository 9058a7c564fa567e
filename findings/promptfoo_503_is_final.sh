#!/usr/bin/env bash
# promptfoo 0.121.20 sends a request again after 429 and not after 503, also where the answer with 503 states a wait of one
# second: a server that restarts for a moment costs the rows that were on their way, and they count as errors in the results.
# (OpenAI's documentation asks clients to try again after 503.)
#
# Seen: "first answer 429: 1 of 1 answered, 2 requests" and "first answer 503: 0 of 1 answered, 1 requests".
#
# Installs promptfoo 0.121.20 from the npm registry into a temporary folder (about 1 GB; node 20.20 or later; PROMPTFOO_DIR names
# a folder where it is already) and starts a server on loopback with Python's standard library.
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
server=
trap 'kill "$server" 2> /dev/null && wait "$server" 2> /dev/null || true; rm -rf "$place"' EXIT
tool=${PROMPTFOO_DIR:-$place/npm}
if [ ! -d "$tool/node_modules/promptfoo" ]; then
  mkdir -p "$tool"
  (cd "$tool" && npm init -y > /dev/null && npm install --no-audit --no-fund --ignore-scripts --silent promptfoo@0.121.20)
fi
cat > "$place/server.py" <<'PY'
import http.server, json, sys

count = {}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(200, {"requests": count.get(self.path.strip("/"), 0)})

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        status = self.path.split("/")[1]
        count[status] = count.get(status, 0) + 1
        if count[status] == 1:
            self.reply(int(status), {"error": {"message": "try again in a second", "type": "server_error"}})
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}
            self.reply(200, {"id": "x", "object": "chat.completion", "model": "m", "choices": [choice]})

    def reply(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("retry-after", "1")
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
port=$(cat "$place/port")
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=true
export PROMPTFOO_CONFIG_DIR="$place/home" PROMPTFOO_FAILED_TEST_EXIT_CODE=0
python3 -c 'import json, sys; print("promptfoo", json.load(open(sys.argv[1]))["version"])' "$tool/node_modules/promptfoo/package.json"
found=
for status in 429 503; do
  cat > "$place/$status.yaml" <<YAML
prompts: ["Say yes to {{thing}}"]
providers:
  - id: openai:chat:m
    config: { apiBaseUrl: "http://127.0.0.1:$port/$status/v1", apiKey: none }
tests:
  - vars: { thing: tea }
YAML
  "$tool/node_modules/.bin/promptfoo" eval -c "$place/$status.yaml" --no-cache --no-table --no-progress-bar -o "$place/$status.json" > /dev/null 2>&1 || true
  answered=$(python3 -c 'import json, sys; print(sum(bool((r.get("response") or {}).get("output")) for r in json.load(open(sys.argv[1]))["results"]["results"]))' "$place/$status.json")
  requests=$(python3 -c 'import json, sys, urllib.request as u; print(json.load(u.urlopen(sys.argv[1]))["requests"])' "http://127.0.0.1:$port/$status")
  echo "first answer $status: $answered of 1 answered, $requests requests"
  found="$found $status:$answered:$requests"
done
[ "$found" = " 429:1:2 503:0:1" ]
