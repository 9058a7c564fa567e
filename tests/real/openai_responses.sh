#!/usr/bin/env bash
# OpenAI's own Python client against the Responses API of the demo endpoint: its types parse whole answers and every event of a
# stream, and what its stream helper puts together is what the whole answer has.
# Needs python3 with venv and the network of the package registry; no key, no model.
# Usage: tests/real/openai_responses.sh [path of the wording binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/real/openai_client.bash

cat > "$place/client.py" <<'PY'
import json, sys
import openai
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

client = openai.OpenAI(base_url=sys.argv[1], api_key="sk-none", max_retries=0)
tool = lambda name, description, **properties: {"type": "function", "name": name, "description": description, "strict": True, "parameters": {
    "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}}
tools = [
    tool("search_products", "Find products of the shop.", query={"type": "string"}),
    tool("order_status", "Status of an order.", order={"type": "integer"}),
]
question = 'Find products: "copper kettle". What is the status of order 4711?'
event_type = TypeAdapter(ResponseStreamEvent)
seen = 0

def both(**asked):
    """The answer, whole and streamed: types in strict mode, and the same output."""
    global seen
    whole = Response.model_validate_json(client.responses.with_raw_response.create(**asked).content, strict=True)
    events = list(client.responses.create(stream=True, **asked))
    for event in events:
        event_type.validate_json(event.model_dump_json(exclude_unset=True), strict=True)
    assert [e.sequence_number for e in events] == list(range(len(events)))
    assert events[0].type == "response.created" and events[-1].type == f"response.{whole.status}", events[-1].type
    bare = lambda output: [{k: v for k, v in item.model_dump().items() if k not in ("id", "call_id")} for item in output]
    assert bare(events[-1].response.output) == bare(whole.output)
    assert events[-1].response.usage == whole.usage
    # The stream helper of this client raises where an answer is incomplete.
    if whole.status == "completed":
        with client.responses.stream(**asked) as stream:
            assert stream.get_final_response().output_text == whole.output_text
    seen += len(events)
    return whole

answer = both(model="icl", instructions="Answer positive or negative.", input="A fine, moving film.", temperature=0)
assert answer.status == "completed" and answer.output_text, answer
cut = both(model="echo", input="one two three four", max_output_tokens=2)
assert cut.status == "incomplete" and cut.incomplete_details.reason == "max_output_tokens", cut
called = both(model="icl", tools=tools, input=[{"role": "user", "content": [{"type": "input_text", "text": question}]}])
calls = [(c.name, json.loads(c.arguments)) for c in called.output]
assert calls == [("search_products", {"query": "copper kettle"}), ("order_status", {"order": 4711})], calls
one = both(model="icl", tools=tools, input=question, tool_choice={"type": "function", "name": "order_status"})
assert [c.name for c in one.output] == ["order_status"], one.output
# The conversation goes on with what the tools said.
history = [{"role": "user", "content": question}] + [item.model_dump(exclude_unset=True) for item in called.output] + [
    {"type": "function_call_output", "call_id": c.call_id, "output": "nothing found"} for c in called.output]
assert both(model="icl", tools=tools, input=history).output_text
likely = both(model="icl", instructions="positive or negative?", input="A fine film.", temperature=0,
              include=["message.output_text.logprobs"], top_logprobs=2)
assert likely.output[0].content[0].logprobs, likely
try:
    client.responses.create(model="icl", input="x", extra_body={"stop": "y"})
    raise SystemExit("`stop` was taken")
except openai.BadRequestError as refused:
    assert "stop" in str(refused)
print(f"openai {openai.__version__}: {seen} events, calls {calls}")
PY
"$venv/bin/python" "$place/client.py" "http://127.0.0.1:$port/v1"
