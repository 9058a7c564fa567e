#!/usr/bin/env bash
# `wording mcp` driven by the official Python client, which checks every result against the schema of its tool, and by the
# official TypeScript inspector.
#   tests/real/mcp.sh target/release/wording
set -euo pipefail
wording=$(realpath "$1")
client=$(realpath "$(dirname "$0")/mcp_client.py")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q mcp==2.3.0
"$wording" init -q sample >/dev/null
venv/bin/python "$client" "$wording" sample

if command -v npx >/dev/null; then
  inspect() { npx -y @modelcontextprotocol/inspector@2.12.0 --cli "$wording" mcp --project sample "$@"; }
  inspect --method tools/list | python3 -c '
import json, sys
names = [tool["name"] for tool in json.load(sys.stdin)["tools"]]
assert names == ["list", "check", "render", "run", "report", "diff", "advise", "score"], names
print("== inspector: tools", *names)'
  inspect --method tools/call --tool-name check --tool-arg experiment=sentiment | python3 -c '
import json, sys
checked = json.load(sys.stdin)["structuredContent"]["experiments"]
assert checked[0]["calls"] == 420, checked[0]["calls"]
print("== inspector: check says", checked[0]["calls"], "calls")'
  inspect --method resources/list | python3 -c '
import json, sys
print("== inspector:", len(json.load(sys.stdin)["resources"]), "resources")'
fi
