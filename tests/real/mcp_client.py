"""The official Python client against `wording mcp`: mcp_client.py WORDING PROJECT

The client checks each structured result against the tool's output schema, and fails where one does not fit.
"""

import asyncio
import json
import re
import subprocess
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

WORDING, PROJECT = sys.argv[1:]


async def call(session, tool, arguments, **more):
    result = await session.call_tool(tool, arguments, **more)
    said = result.content[0].text
    if result.is_error:
        return said, None
    assert json.loads(result.content[1].text) == result.structured_content, tool
    return said, result.structured_content


async def use(session):
    told = []

    async def on_progress(done, total, message):
        told.append((done, total, message))

    begun = await session.initialize()
    assert begun.server_info.name == "wording", begun
    print("== protocol", begun.protocol_version)
    tools = (await session.list_tools()).tools
    print("== tools", *(tool.name for tool in tools))

    _, listed = await call(session, "list", {})
    assert [e["experiment"] for e in listed["experiments"]][0] == "sentiment"
    _, checked = await call(session, "check", {"experiment": "sentiment"})
    assert checked["experiments"][0]["calls"] == 420
    _, prompts = await call(session, "render", {"experiment": "sentiment", "variants": ["plain"]})
    assert prompts["prompts"][0]["messages"][0]["role"] == "system"

    said, none = await call(session, "run", {"experiment": "sentiment"})
    assert none is None and "max_calls" in said, said
    said, run = await call(
        session, "run", {"experiment": "sentiment", "max_calls": 100}, progress_callback=on_progress
    )
    assert run["trials"]["sent"] == 100 and "exit code 1" in said, said
    said, run = await call(
        session, "run", {"experiment": "sentiment", "max_calls": 400}, progress_callback=on_progress
    )
    assert run["trials"] | {"sent": 320, "reused": 100} == run["trials"], run["trials"]
    assert "exit code 0" in said and told[-1][:2] == (420, 420), (said, told)
    print("== run: 100 calls, then 320; progress", *(done for done, _, _ in told))

    _, report = await call(session, "report", {"with_rows": True, "with_outputs": True})
    assert len(report["rows"]) == 60
    _, diff = await call(session, "diff", {"before": "plain", "after": ["opinion"], "with_outputs": True})
    assert diff["pairs"][0]["after"]["name"] == "opinion"
    _, advice = await call(session, "advise", {"experiment": "sentiment"})
    print("== advise:", advice["verdict"])
    _, scored = await call(
        session,
        "score",
        {"file": "datasets/sentiment.jsonl", "outputs": ["label"], "answer": "label"},
    )
    assert scored["variants"][0]["score"] == 1.0

    said, none = await call(session, "score", {"file": "../x", "outputs": ["a"]})
    assert none is None and "outside" in said, said

    resources = (await session.list_resources()).resources
    report = await session.read_resource("wording://runs/latest/report")
    assert "# sentiment" in report.contents[0].text
    print("== resources", len(resources))

    # A call that takes too long for the client is cancelled, and what it sent is kept.
    slow = {"experiment": "sentiment", "models": ["slow/icl"], "max_calls": 420}
    try:
        await session.call_tool("run", slow, read_timeout_seconds=2)
        raise AssertionError("the slow run ended")
    except Exception as error:
        if isinstance(error, AssertionError):
            raise
        print("== cancelled:", error)
    while True:
        _, listed = await call(session, "list", {"max_runs": 1})
        if listed["runs"][0]["state"] != "running":
            break
    assert listed["runs"][0]["state"] == "stopped", listed
    _, report = await call(session, "report", {"run": "latest"})
    kept = report["trials"]["completed"]
    assert 0 < kept < 420, kept
    print("== answers kept", kept)


async def main():
    server = StdioServerParameters(command=WORDING, args=["mcp", "--project", PROJECT])
    async with stdio_client(server) as (read, write):
        async with ClientSession(read, write) as session:
            await use(session)


slow = subprocess.Popen([WORDING, "serve", "--port", "0", "--latency-ms", "200"], stdout=subprocess.PIPE, text=True)
try:
    url = re.search(r"http://\S+", slow.stdout.readline()).group()
    with open(f"{PROJECT}/wording.toml", "a") as project:
        project.write(f'\n[endpoint.slow]\nbase_url = "{url}"\nmax_in_flight = 2\n')
    asyncio.run(main())
finally:
    slow.kill()
