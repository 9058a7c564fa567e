#!/usr/bin/env bash
# The stream helper of OpenAI's Python client 3.57.0 (`client.responses.stream`) raises a RuntimeError from `get_final_response` where
# the last event is `response.incomplete`, as it is for every answer that reaches `max_output_tokens`: "Didn't receive a
# `response.completed` event." The event itself is handed out and holds the whole response; the same answer asked for without a
# stream is returned with status `incomplete`. Who reads streams by the helper loses cut answers as errors.
#
# Seen: "events: response.created response.output_text.delta response.incomplete", "whole: incomplete one two",
# "helper: RuntimeError Didn't receive a `response.completed` event."
#
# Installs openai 3.57.0 into a temporary folder and asks a server of Python's standard library that sends such an answer.
# OPENAI_VENV names an environment of this version that is already there. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${OPENAI_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet 'openai==3.57.0'
fi
cat > "$place/ask.py" <<'PY'
import http.server, json, sys, threading
import openai

def response(status, output):
    is_over = status != "in_progress"
    return {
        "id": "resp_1", "object": "response", "created_at": 0, "status": status, "error": None, "instructions": None, "metadata": {},
        "incomplete_details": {"reason": "max_output_tokens"} if is_over else None, "model": "m", "output": output,
        "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "output_tokens": 2,
                  "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 5} if is_over else None,
    }

def message(text, status):
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": [part]}

END = response("incomplete", [message("one two", "incomplete")])
AT = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
EVENTS = [
    {"type": "response.created", "response": response("in_progress", [])},
    {"type": "response.output_item.added", "output_index": 0, "item": {**message("", "in_progress"), "content": []}},
    {"type": "response.content_part.added", **AT, "part": message("", "")["content"][0]},
    {"type": "response.output_text.delta", **AT, "delta": "one two", "logprobs": []},
    {"type": "response.incomplete", "response": END},
]

class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if asked.get("stream"):
            kind = "text/event-stream"
            lines = (f"event: {e['type']}\ndata: {json.dumps({**e, 'sequence_number': n})}\n\n" for n, e in enumerate(EVENTS))
            body = "".join(lines).encode()
        else:
            kind, body = "application/json", json.dumps(END).encode()
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = openai.OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none", max_retries=0)
asked = dict(model="m", input="count", max_output_tokens=2)
whole = client.responses.create(**asked)
print("openai", openai.__version__)
print("whole:", whole.status, whole.output_text)
types = [event.type for event in client.responses.create(stream=True, **asked)]
print("events:", *(t for t in types if t.split(".")[1] in ("created", "output_text", "incomplete")))
try:
    with client.responses.stream(**asked) as stream:
        said = stream.get_final_response().status
except RuntimeError as error:
    said = f"RuntimeError {error}"
print("helper:", said)
sys.exit((whole.status, whole.output_text, types[-1]) != ("incomplete", "one two", "response.incomplete")
         or said != "RuntimeError Didn't receive a `response.completed` event.")
PY
"$venv/bin/python" "$place/ask.py"
