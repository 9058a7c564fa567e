"""Answer the request files of `wording batch export` on a Ray cluster, with one model server per GPU.

    pip install "ray[data]" vllm
    python ray_batch.py --replicas 8 batch results -- vllm serve MODEL --port {port}

Each replica starts the server command after `--` on its own port and posts the requests to it unchanged, so they may
use every parameter that the server supports. Results have the format of OpenAI's batch files; import them with `wording
batch import RESULTS/*.jsonl`. When restarted, it skips requests that have an answer.
"""

import argparse
import glob
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

TRY_AGAIN = {408, 409, 425, 429, 500, 502, 503, 504}


def answered(results):
    """The ids that have an answer in the files of a folder; truncated lines are ignored."""
    ids = set()
    for path in glob.glob(os.path.join(results, "*.jsonl")):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                try:
                    result = json.loads(line)
                except ValueError:
                    continue
                response = result.get("response") or {}
                if response.get("status_code") == 200:
                    ids.add(result.get("custom_id"))
    return ids


class Server:
    """A model server on a free port of this machine; it is stopped with this process."""

    def __init__(self, command, patience):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([part.replace("{port}", str(port)) for part in command])
        until = time.monotonic() + patience
        while not self.is_ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server exited with {self.process.returncode}: {' '.join(command)}")
            if time.monotonic() > until:
                raise RuntimeError(f"the server was not ready after {patience} s")
            time.sleep(0.2)

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.base + "/v1/models", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def post(self, url, body):
        """The status and the body of an answer; retries transient errors."""
        request = urllib.request.Request(
            self.base + url, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        status, said = 0, {"error": {"code": "unreachable", "message": "no answer"}}
        for attempt in range(6):
            if attempt:
                time.sleep(0.5 * 2**attempt)
            try:
                with urllib.request.urlopen(request, timeout=600) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                status, said = error.code, as_json(error.read())
                if status not in TRY_AGAIN:
                    break
            except (OSError, ValueError) as error:
                status, said = 0, {"error": {"code": "unreachable", "message": str(error)}}
        return status, said

    def __del__(self):
        process = getattr(self, "process", None)
        if process and process.poll() is None:
            process.terminate()


def as_json(text):
    try:
        return json.loads(text)
    except ValueError:
        return {"error": {"message": text.decode("utf-8", "replace")[:500]}}


class Answer:
    """Answers blocks of request lines and writes one results file per block."""

    def __init__(self, command, results, in_flight, patience):
        self.done = answered(results)
        self.results = results
        self.server = Server(command, patience)
        self.threads = ThreadPoolExecutor(in_flight)

    def result(self, request):
        status, body = self.server.post(request["url"], request["body"])
        return {
            "id": f"batch_req_{uuid.uuid4().hex}",
            "custom_id": request["custom_id"],
            "response": {"status_code": status, "request_id": "", "body": body},
            "error": None,
        }

    def __call__(self, block):
        requests = [json.loads(str(line)) for line in block["text"] if str(line).strip()]
        requests = [request for request in requests if request["custom_id"] not in self.done]
        results = list(self.threads.map(self.result, requests))
        if results:
            path = os.path.join(self.results, f"results-{uuid.uuid4().hex}.jsonl")
            with open(path + ".part", "w", encoding="utf-8") as file:
                file.writelines(json.dumps(result) + "\n" for result in results)
            os.rename(path + ".part", path)
        failed = sum(result["response"]["status_code"] != 200 for result in results)
        return {"answered": [len(results) - failed], "failed": [failed]}


def main():
    at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    typed, command = sys.argv[1:at], sys.argv[at + 1 :]
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("requests", help="folder of request files")
    parser.add_argument("results", help="folder for results, shared by all machines")
    parser.add_argument("--replicas", type=int, default=1, help="number of servers")
    parser.add_argument("--gpus", type=float, default=1, help="GPUs for each server")
    parser.add_argument("--block", type=int, default=1024, help="requests per block; a lost machine loses at most one block")
    parser.add_argument("--in-flight", type=int, default=256, help="requests in flight per server")
    parser.add_argument("--patience", type=float, default=1800, help="seconds to wait for a server to start")
    args = parser.parse_args(typed)
    if not command:
        parser.error("missing server command after --, for example: vllm serve MODEL --port {port}")
    files = sorted(glob.glob(os.path.join(args.requests, "*.jsonl")))
    if not files:
        parser.error(f"no request files in {args.requests}")
    os.makedirs(args.results, exist_ok=True)

    import ray

    ray.init(ignore_reinit_error=True)
    counts = ray.data.read_text([os.path.abspath(file) for file in files]).map_batches(
        Answer,
        fn_constructor_args=(
            command,
            os.path.abspath(args.results),
            args.in_flight,
            args.patience,
        ),
        batch_size=args.block,
        num_cpus=0.5,  # the server does the work, and reading needs CPUs too
        num_gpus=args.gpus,
        compute=ray.data.ActorPoolStrategy(size=args.replicas),
    )
    answers = failures = 0
    for row in counts.iter_rows():
        answers, failures = answers + int(row["answered"]), failures + int(row["failed"])
    print(f"{answers} answered, {failures} failed; wording batch import {args.results}/*.jsonl")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
