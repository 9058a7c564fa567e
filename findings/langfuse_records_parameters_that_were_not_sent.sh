#!/usr/bin/env bash
# The OpenAI client of langfuse 5.0.4 (`from langfuse.openai import OpenAI`) records `top_p`, `frequency_penalty` and `presence_penalty` as the
# parameters of a call that had none of them. Who replays calls from such records sends parameters that the application did not send;
# some models refuse them.
#
# Seen: "sent: max_tokens, messages, model, temperature" and
# "recorded: {"frequency_penalty": 0, "max_tokens": 20, "presence_penalty": 0, "temperature": 0, "top_p": 1}".
#
# Installs langfuse, openai and the SDK of OpenTelemetry (PyPI) into a temporary folder (LANGFUSE_VENV names an environment where they are
# already); the server stands in the same process, and nothing is exported. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${LANGFUSE_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet langfuse==5.0.4 openai==3.57.0 opentelemetry-sdk==1.45.2
fi
cat > "$place/ask.py" <<'PY'
import http.server
import json
import os
import threading
from importlib.metadata import version

os.environ |= {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk", "LANGFUSE_HOST": "http://127.0.0.1:9"}
sent = []


class Server(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        sent.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        choice = {"index": 0, "message": {"role": "assistant", "content": "tea"}, "finish_reason": "stop"}
        out = json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()

from langfuse import Langfuse
from langfuse.openai import OpenAI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
Langfuse(tracer_provider=provider)
client = OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none")
client.chat.completions.create(model="gpt-4o-mini", temperature=0, max_tokens=20, messages=[{"role": "user", "content": "Tea?"}])
(span,) = exporter.get_finished_spans()
recorded = json.loads(span.attributes["langfuse.observation.model.parameters"])
print("langfuse", version("langfuse"))
print("sent:", ", ".join(sorted(sent[0])))
print("recorded:", json.dumps(recorded, sort_keys=True))
expected = {"frequency_penalty": 0, "max_tokens": 20, "presence_penalty": 0, "temperature": 0, "top_p": 1}
os._exit(sorted(sent[0]) != ["max_tokens", "messages", "model", "temperature"] or recorded != expected)
PY
"$venv/bin/python" -u "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
