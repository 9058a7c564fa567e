#!/usr/bin/env python3
"""How clients cope with limits, random failures and outages, against `wording serve`.

Usage: limits.py WORDING [--clients wording,openai,litellm,inspect,promptfoo] [--cases TEXT] [--scale SHARE] [--json FILE]

Times are the server's: from the first request to the last response, divided by what an ideal client would need. `sent` is
requests that reached the server per answer. `lost` counts prompts without an answer at the end. A case of `wording` over its
target makes the exit status 1. Peers are given retries enough (10) where they have a setting; else they are as installed.
"""
import argparse, asyncio, json, os, re, shutil, signal, subprocess, sys, tempfile
from dataclasses import dataclass

LIMIT_S = 400


@dataclass
class Case:
    name: str
    prompts: int
    in_flight: int
    server: str
    ideal: float
    time: float  # target: time / ideal
    sent: float  # target: requests / prompts
    settings: str = ""
    near: bool = False  # as a server of one's own: wording starts with few


def cases(scale):
    def full(prompts, at_once, latency):
        return -(-prompts // at_once) * latency

    def part(prompts):
        return max(16, round(prompts * scale))

    n, m, f = part(4800), part(1500), 64
    base = full(n, f, 0.2)
    ms200 = "--latency-ms 200"
    return [
        Case("no trouble", n, f, f"{ms200} --cap 100000", base, 1.05, 1.0),
        Case("no trouble, server nearby", n, f, f"{ms200} --cap 100000", base, 1.15, 1.0, near=True),
        Case("connection refused for 60 s", m, f, f"{ms200} --outage 2s..62s", full(m, f, 0.2) + 60, 1.15, 1.15),
        Case("away for 3 s", n, f, f"{ms200} --outage 2s..5s", base + 3, 1.3, 1.15),
        Case("502 for 30 s", m, f, f"{ms200} --outage 2s..32s:502", full(m, f, 0.2) + 30, 1.25, 1.10),
        Case("429, wait 0 s, for 5 s", m, f, f"{ms200} --outage 2s..7s:429 --retry-after 0s", full(m, f, 0.2) + 5, 1.6, 1.15),
        Case("503, wait 0 s, for 5 s", m, f, f"{ms200} --outage 2s..7s:503 --retry-after 0s", full(m, f, 0.2) + 5, 1.6, 1.15),
        Case("silent for 10 s", m, f, f"{ms200} --outage 2s..12s:silent", full(m, f, 0.2) + 10, 2.5, 1.15, "timeout = '5s'"),
        Case("2 % 429, wait 1 s", n, f, f"{ms200} --refuse 429:0.02 --retry-after 1s", base, 1.25, 1.05),
        Case("10 % 503", n, f, f"{ms200} --refuse 503:0.1", base, 1.8, 1.2),
        Case("10 % 429, wait 1 s", n, f, f"{ms200} --refuse 429:0.1 --retry-after 1s", base, 1.6, 1.2),
        Case("10 % 429, 5 % 500, 2 % cut, 20 ms", n, f, "--latency-ms 20 --refuse 429:0.1 --refuse 500:0.05 --refuse cut:0.02", full(n, f, 0.02), 1.5, 1.3),
        Case("30 % mix, 100 ms", n, f, "--latency-ms 100 --refuse 429:0.15 --refuse 500:0.1 --refuse cut:0.05", full(n, f, 0.1), 2.5, 1.6),
        Case("8 in flight, wait 1 s", part(400), f, f"{ms200} --cap 8 --retry-after 1s", full(part(400), 8, 0.2), 1.3, 1.6),
        Case("200/s, 1 s latency, 400 allowed", part(4000), 400, "--latency-ms 1000 --limit-rps 200", max(0, part(4000) - 200) / 200 + 1, 1.1, 1.3),
        Case("40/s", part(1000), f, f"{ms200} --limit-rps 40", max(0, part(1000) - 40) / 40 + 0.2, 1.1, 1.21),
        Case("40/s, wait 1 s", part(1000), f, f"{ms200} --limit-rps 40 --retry-after 1s", max(0, part(1000) - 40) / 40 + 0.2, 1.1, 1.21),
        Case("5/s, one at once", part(100), 16, f"{ms200} --limit-rps 5 --burst 1", (part(100) - 1) / 5 + 0.2, 1.6, 1.6),
        Case("one at a time, 2 s a call, 16 allowed", 16, 16, "--latency-ms 2000 --slots 1", 32.0, 1.15, 1.3, "timeout = '10s'", near=True),
    ]


@dataclass
class Result:
    lost: int
    seconds: float = 0.0
    requests: int = 0
    in_flight: int = 0
    note: str = ""


def free_port():
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, wording, case):
        self.port = free_port()
        command = [wording, "serve", "--fast", "--port", str(self.port), *case.server.split()]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def counts(self):
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=20)
        found = re.search(r"([\d,]+) requests? in ([\d.]+) s.*at most (\d+) in flight", err)
        if not found:
            return 0, 0.0, 0
        return int(found[1].replace(",", "")), float(found[2]), int(found[3])


def run_wording(wording, case, port, place):
    os.makedirs(f"{place}/t")
    with open(f"{place}/t/a.j2", "w") as f:
        f.write("Say positive or negative: {{ row.text }}")
    with open(f"{place}/rows.jsonl", "w") as f:
        for i in range(case.prompts):
            f.write(json.dumps({"id": i, "text": f"review {i}", "label": "positive"}) + "\n")
    with open(f"{place}/wording.toml", "w") as f:
        f.write(
            f"""[endpoint.s]
base_url = "http://127.0.0.1:{port}/v1"
max_in_flight = {case.in_flight}
{"" if case.near else f"start_in_flight = {case.in_flight}"}
{case.settings}
[experiment.x]
templates = ["t/*.j2"]
dataset = "rows.jsonl"
answer = "label"
id = "id"
models = ["s/m"]
[[experiment.x.metric]]
kind = "label"
labels = ["positive", "negative"]
"""
        )
    done = subprocess.run([wording, "run", "x", "-q", "--format", "json"], cwd=place, capture_output=True, text=True, timeout=LIMIT_S)
    trials = json.loads(done.stdout)["trials"]
    return case.prompts - trials["completed"]


def prompts(case):
    return [f"Say positive or negative: review {i}" for i in range(case.prompts)]


def in_python(case, open_client):
    async def all_of_them():
        gate = asyncio.Semaphore(case.in_flight)
        ask = open_client()

        async def one(text):
            async with gate:
                try:
                    return bool(await ask(text))
                except Exception:
                    return False

        return sum(not ok for ok in await asyncio.gather(*(one(text) for text in prompts(case))))

    return asyncio.run(asyncio.wait_for(all_of_them(), LIMIT_S))


def timeout_of(case):
    found = re.search(r"timeout = '(\d+)s'", case.settings)
    return float(found[1]) if found else 60.0


def run_openai(_, case, port, place):
    import openai

    def open_client():
        client = openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=10, timeout=timeout_of(case))

        async def ask(text):
            answer = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
            return answer.choices[0].message.content

        return ask

    return in_python(case, open_client)


def run_litellm(_, case, port, place):
    import litellm

    litellm.suppress_debug_info = True

    async def ask(text):
        answer = await litellm.acompletion(
            model="openai/m", api_base=f"http://127.0.0.1:{port}/v1", api_key="none", num_retries=10, timeout=timeout_of(case),
            messages=[{"role": "user", "content": text}],
        )
        return answer.choices[0].message.content

    return in_python(case, lambda: ask)


def run_inspect(_, case, port, place):
    with open(f"{place}/task.py", "w") as f:
        f.write(
            f"""from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes
@task
def t():
    rows = [Sample(input=f"Say positive or negative: review {{i}}", target="positive") for i in range({case.prompts})]
    return Task(dataset=MemoryDataset(rows), scorer=includes())
"""
        )
    environment = dict(os.environ, LIMITS_API_KEY="none", LIMITS_BASE_URL=f"http://127.0.0.1:{port}/v1")
    command = [shutil.which("inspect"), "eval", "task.py", "--model", "openai-api/limits/m", "--max-connections", str(case.in_flight),
               "--max-samples", str(case.in_flight), "--log-format", "json", "--display", "none", "--no-fail-on-error", "--max-retries", "10",
               "--timeout", str(LIMIT_S)]
    subprocess.run(command, cwd=place, env=environment, capture_output=True, timeout=LIMIT_S)
    logs = sorted(os.listdir(f"{place}/logs"))
    log = json.load(open(f"{place}/logs/{logs[-1]}"))
    answered = sum(1 for s in log.get("samples") or [] if s.get("output", {}).get("completion"))
    return case.prompts - answered


def run_promptfoo(_, case, port, place):
    config = {
        "prompts": ["Say positive or negative: {{text}}"],
        "providers": [{"id": "openai:chat:m", "config": {"apiBaseUrl": f"http://127.0.0.1:{port}/v1", "apiKey": "none"}}],
        "tests": [{"vars": {"text": f"review {i}"}} for i in range(case.prompts)],
    }
    json.dump(config, open(f"{place}/promptfooconfig.json", "w"))
    tool = os.path.join(os.environ["PROMPTFOO_DIR"], "node_modules/.bin/promptfoo")
    command = [tool, "eval", "-c", "promptfooconfig.json", "--no-cache", "--no-table", "--no-progress-bar", "-j", str(case.in_flight), "-o", "out.json"]
    subprocess.run(command, cwd=place, capture_output=True, timeout=LIMIT_S)
    results = json.load(open(f"{place}/out.json"))["results"]["results"]
    return case.prompts - sum(1 for r in results if (r.get("response") or {}).get("output"))


CLIENTS = {"wording": run_wording, "openai": run_openai, "litellm": run_litellm, "inspect": run_inspect, "promptfoo": run_promptfoo}


def measure(wording, client, case):
    server = Server(wording, case)
    place = tempfile.mkdtemp(prefix="limits-")
    try:
        result = Result(lost=CLIENTS[client](wording, case, server.port, place))
    except (subprocess.TimeoutExpired, asyncio.TimeoutError, TimeoutError):
        result = Result(lost=-1, note=f"not done in {LIMIT_S} s")
    except Exception as error:  # A peer that breaks is a line of the table, not its end.
        if client == "wording":
            raise
        result = Result(lost=-1, note=f"broke off: {type(error).__name__}")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    result.requests, result.seconds, result.in_flight = server.counts()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wording")
    parser.add_argument("--clients", default="wording")
    parser.add_argument("--cases", default="")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the prompts to send, for slow clients")
    parser.add_argument("--json")
    args = parser.parse_args()
    wording = os.path.realpath(args.wording)
    over, table = [], []
    for case in cases(args.scale):
        if args.cases and not re.search(args.cases, case.name):
            continue
        line = {"case": case.name, "prompts": case.prompts, "ideal_s": case.ideal, "target": [case.time, case.sent]}
        for client in args.clients.split(","):
            r = measure(wording, client, case)
            time_ratio, sent_ratio = r.seconds / case.ideal, r.requests / case.prompts
            line[client] = {"time": round(time_ratio, 3), "sent": round(sent_ratio, 3), "lost": r.lost, "in_flight": r.in_flight, "note": r.note}
            lost = r.note or f"{r.lost} lost"
            print(f"{case.name:42} {client:10} ×{time_ratio:5.2f}  sent {sent_ratio:5.2f}  {lost:10}  at most {r.in_flight} in flight", flush=True)
            if client == "wording" and (r.lost or time_ratio > case.time or sent_ratio > case.sent):
                over.append(f"{case.name}: targets ×{case.time}, sent {case.sent}, 0 lost")
        table.append(line)
    if args.json:
        json.dump(table, open(args.json, "w"), indent=1)
    for line in over:
        print("missed:", line)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
