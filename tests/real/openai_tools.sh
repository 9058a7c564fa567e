#!/usr/bin/env bash
# OpenAI's own Python client against the tool calls of the demo endpoint: its types parse whole answers and every chunk of a stream,
# and what its stream helper puts together is what the whole answer has.
# Needs python3 with venv and the network of the package registry; no key, no model.
# Usage: tests/real/openai_tools.sh [path of the wording binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/real/openai_client.bash

cat > "$place/client.py" <<'PY'
import json, sys
import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk

client = openai.OpenAI(base_url=sys.argv[1], api_key="sk-none")
tool = lambda name, description, **properties: {"type": "function", "function": {"name": name, "description": description, "parameters": {
    "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}}}
tools = [
    tool("search_products", "Find products of the shop.", query={"type": "string"}),
    tool("order_status", "Status of an order.", order={"type": "integer"}),
]
asked = dict(model="icl", tools=tools, temperature=0,
             messages=[{"role": "user", "content": 'Find products: "copper kettle". What is the status of order 4711?'}])

# `model_validate` in strict mode: what the types do not know is an error.
whole = client.chat.completions.with_raw_response.create(**asked)
answer = ChatCompletion.model_validate_json(whole.content, strict=True)
choice = answer.choices[0]
assert choice.finish_reason == "tool_calls" and choice.message.content is None, choice
calls = [(c.id, c.type, c.function.name, json.loads(c.function.arguments)) for c in choice.message.tool_calls]
assert [c[1:] for c in calls] == [
    ("function", "search_products", {"query": "copper kettle"}), ("function", "order_status", {"order": 4711})], calls
assert len({c[0] for c in calls}) == 2 and not choice.message.model_extra, choice

chunks = list(client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **asked))
for chunk in chunks:
    ChatCompletionChunk.model_validate(chunk.model_dump(exclude_unset=True), strict=True)
assert chunks[-1].usage.total_tokens == answer.usage.total_tokens, chunks[-1]
assert max(len(c.choices) and len(c.choices[0].delta.tool_calls or []) for c in chunks) == 1
with client.chat.completions.stream(**asked) as stream:
    streamed = stream.get_final_completion().choices[0]
together = [(c.function.name, json.loads(c.function.arguments)) for c in streamed.message.tool_calls]
assert together == [c[2:] for c in calls] and streamed.finish_reason == "tool_calls", streamed

def called(**more):
    message = client.chat.completions.create(**{**asked, **more}).choices[0].message
    return [c.function.name for c in message.tool_calls or []]

assert called(tool_choice="none") == []
assert called(parallel_tool_calls=False) == ["search_products"]
assert called(tool_choice={"type": "function", "function": {"name": "order_status"}}) == ["order_status"]
# The conversation goes on with what the tools said.
history = asked["messages"] + [choice.message.model_dump(exclude_unset=True)] + [
    {"role": "tool", "tool_call_id": c[0], "content": "nothing found"} for c in calls]
assert client.chat.completions.create(**{**asked, "messages": history}).choices[0].message.content
print(f"openai {openai.__version__}: {len(chunks)} chunks, calls {together}")
PY
"$venv/bin/python" "$place/client.py" "http://127.0.0.1:$port/v1"
