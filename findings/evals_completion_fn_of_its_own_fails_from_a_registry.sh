#!/usr/bin/env bash
# A registry of evals 3.0.1.post1 names ways to ask a model in `completion_fns/*.yaml`, by class and arguments. Its own class for OpenAI's chat
# models, `evals.completion_fns.openai:OpenAIChatCompletionFn`, cannot be named there: the registry passes itself as `registry`, which this
# class does not take. `OpenAICompletionFn` beside it, for models that complete texts, is made.
#
# Seen: "OpenAIChatCompletionFn: TypeError: OpenAIChatCompletionFn.__init__() got an unexpected keyword argument 'registry'" and
# "OpenAICompletionFn: made".
#
# Installs evals 3.0.1.post1 (PyPI) without its many dependencies, and those that this import needs, into a temporary folder
# (EVALS_VENV names an environment where they are already). Nothing is sent; the key is a placeholder that the import wants.
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${EVALS_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet backoff==2.2.1 blobfile==3.3.0 lz4==4.4.5 numpy==2.4.6 openai==3.57.0 httpx==0.28.1 pydantic==2.14.4 PyYAML==6.0.4 requests==2.34.2 tiktoken==0.14.0 tqdm==4.70.1 zstandard==0.25.0
  "$venv/bin/pip" install --quiet --no-deps evals==3.0.1.post1
fi
mkdir -p "$place/registry/completion_fns"
cat > "$place/registry/completion_fns/own.yaml" <<'YAML'
chat: {class: "evals.completion_fns.openai:OpenAIChatCompletionFn", args: {model: gpt-4o-mini}}
text: {class: "evals.completion_fns.openai:OpenAICompletionFn", args: {model: gpt-4o-mini}}
YAML
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

from evals.registry import Registry

registry = Registry([sys.argv[1]])
registry.api_model_ids = []
print("evals", version("evals"))
found = []
for name, cls in [("chat", "OpenAIChatCompletionFn"), ("text", "OpenAICompletionFn")]:
    try:
        registry.make_completion_fn(name)
        found.append("made")
    except TypeError as error:
        found.append(f"TypeError: {error}")
    print(f"{cls}: {found[-1]}")
sys.exit(found != ["TypeError: OpenAIChatCompletionFn.__init__() got an unexpected keyword argument 'registry'", "made"])
PY
OPENAI_API_KEY=none "$venv/bin/python" "$place/ask.py" "$place/registry" 2> "$place/err" || { tail -5 "$place/err"; exit 1; }
