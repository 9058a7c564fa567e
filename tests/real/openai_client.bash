# What the scripts against OpenAI's own Python client have in common, to be sourced: the binary to try, a temporary folder, an environment
# with the client, and the demo endpoint running. Sets wording, place, venv, port and server; ends the server and removes the folder.
# WORDING_VENV names an environment that is already there.
wording=$(realpath "${1:-target/release/wording}")
place=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$place"' EXIT

venv=${WORDING_VENV:-$place/venv}
if ! "$venv/bin/python" -c 'import openai' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet openai
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$wording" serve --port "$port" > "$place/server.log" 2>&1 &
server=$!
for _ in $(seq 240); do
  curl -fs "http://127.0.0.1:$port/v1/models" > /dev/null && break
  kill -0 "$server" || { cat "$place/server.log"; exit 1; }
  sleep 0.1
done
