#!/usr/bin/env bash
# Prompty 0.1.50 cuts a rendered prompt at the lines that name a role and drops what is blank between them before it pairs roles with texts.
# Where two turns of a conversation have no text, as turns of an assistant that only call a tool, the pairs shift: the assistant says "user",
# and the next text is a role itself. Where there is one such turn, the prompt is refused ("Invalid prompt format").
#
# Seen: "none: system=Be kind. user=a assistant=x user=b assistant=y user=q", "two: system=Be kind. user=a assistant=user b=assistant
# user=q", "one: ValueError: Invalid prompt format".
#
# Installs prompty 0.1.50, jinja2 and typing_extensions, which it does not ask for (pip), into a temporary folder. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/v"
"$place/v/bin/pip" install -q prompty==0.1.50 'jinja2<4' typing_extensions
cat > "$place/chat.prompty" <<'PROMPTY'
---
name: chat
model:
  api: chat
  configuration: {type: openai, name: gpt-4o}
inputs:
  question: {type: string}
---
system:
Be kind.
{% for item in chat %}
{{item.role}}:
{{item.content}}
{% endfor %}
user:
{{question}}
PROMPTY
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

import prompty

print("prompty", version("prompty"))


def sent(first, second):
    turns = [("user", "a"), ("assistant", first), ("user", "b"), ("assistant", second)]
    chat = [{"role": role, "content": text} for role, text in turns]
    try:
        messages = prompty.prepare(prompty.load(sys.argv[1]), {"chat": chat, "question": "q"})
    except ValueError as error:
        return f"ValueError: {error}"
    return " ".join(f"{m['role']}={m['content']}" for m in messages)


found = [("none", sent("x", "y")), ("two", sent("", "")), ("one", sent("", "y"))]
for name, said in found:
    print(f"{name}: {said}")
expected = [
    "system=Be kind. user=a assistant=x user=b assistant=y user=q",
    "system=Be kind. user=a assistant=user b=assistant user=q",
    "ValueError: Invalid prompt format",
]
sys.exit([said for _, said in found] != expected)
PY
"$place/v/bin/python" "$place/ask.py" "$place/chat.prompty"
