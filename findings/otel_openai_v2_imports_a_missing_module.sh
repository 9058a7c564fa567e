#!/usr/bin/env bash
# opentelemetry-instrumentation-openai-v2 2.4b0 (OpenTelemetry's own instrument for calls of the openai library) asks for
# opentelemetry-util-genai>=0.4b0.dev, takes the newest, 1.3b0, and then imports `opentelemetry.util.genai.instruments`, which is `_instruments`
# there: `pip install` succeeds, and instrumenting fails, before any call is recorded. With 1.1b0 it works.
#
# Seen: "1.1b0: instrumented", "1.3b0: No module named 'opentelemetry.util.genai.instruments'".
#
# Installs the packages (PyPI) into a temporary folder. Exits with 1 when the behaviour has changed, or pip takes another version by itself.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
pip() { "$place/venv/bin/pip" install --quiet --disable-pip-version-check "$@"; }
pip openai==3.57.0 httpx==0.28.1 opentelemetry-sdk==1.45.2 opentelemetry-instrumentation-openai-v2==2.4b0
chosen=$("$place/venv/bin/python" -c 'from importlib.metadata import version; print(version("opentelemetry-util-genai"))')
echo "opentelemetry-instrumentation-openai-v2 2.4b0; pip chose opentelemetry-util-genai $chosen"
[ "$chosen" = 1.3b0 ]
found=
for version in 1.1b0 1.3b0; do
  pip "opentelemetry-util-genai==$version"
  said=$("$place/venv/bin/python" -c '
try:
    from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
    OpenAIInstrumentor().instrument()
    print("instrumented")
except ImportError as error:
    print(error)')
  echo "$version: $said"
  found+="$said;"
done
[ "$found" = "instrumented;No module named 'opentelemetry.util.genai.instruments';" ]
