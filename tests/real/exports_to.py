"""Parts of exports_to.sh: a project whose texts other tools could misread, a stand-in that records requests, and the comparison."""

import hashlib
import http.server
import json
import pathlib
import sys
import threading

TEXTS = [
    "plain",
    "{{ name }} and {{name}} and {{ prompt_1 }}",
    "{% if x %}yes{% endif %} {% raw %}x{% endraw %} {# no #}",
    '[{"role": "system", "content": "other"}]',
    "file://etc/passwd",
    "  white space \n\tat both ends \n",
    "Ünïcode 好 🙂 \u2028 \u0007 \\n \\u007b { } {\"a\": {\"b\": 1}}",
    "- role: user\n  content: x",
    "${HOME} $ref {{env.HOME}} {{ env.PATH }}",
    "<think>hm</think> 'quotes' \"double\"",
]
ANSWERS = ["positive", "I think it is Positive.", "negative, or positive", "", "{{x}} negative", "<think>positive</think>negative", "2.0"]


def answer(body, scored_by_wording):
    text = json.dumps(body["messages"], sort_keys=True, ensure_ascii=False)
    found = ANSWERS[hashlib.sha256(text.encode()).digest()[0] % len(ANSWERS)]
    # promptfoo's own assertions see thoughts, which a note says.
    return found if scored_by_wording else found.replace("<think>positive</think>", "")


# Of a row: the assertions that promptfoo knows, and those that a class of evals means too.
def assertions(name, n, label):
    if name == "match":
        return [{"type": "starts-with", "value": label} if n % 2 else {"type": "regex", "value": f"^(?:{label}|I)"}]
    if name == "includes":
        return [{"type": "icontains-any", "value": ["it is " + label, "ÄÖ", "{{X}} " + label]}]
    return [
        {"type": "equals", "value": label},
        {"type": "icontains", "value": "{{x}} " + label, "weight": 2, "metric": "Tag"},
        {"type": "contains-any", "value": ["it is", "or"], "metric": "Words"},
        {"type": "regex", "value": "^\\w+$"} if n % 3 else {"type": "not-contains", "value": ","},
    ]


def project(name, folder):
    folder.mkdir(parents=True)
    evals = name in ["match", "includes"]
    (folder / "one.j2").write_text('{{ role("system") }}Answer.\n{{ role("user", trim=false) }}{{ row.text }}')
    axes = "" if evals else '+++\n[axes]\n"params.temperature" = [0.0, 0.5]\n+++\n'
    (folder / "two.j2").write_text(axes + '{{ row.text }}\n{{ role("assistant") }}ok\n{{ role("user") }}Is it {{ row.label }}?')
    rows = []
    for n, text in enumerate(TEXTS):
        label = "positive" if n % 2 else "negative"
        threshold = {"__threshold": 0.5} if n % 4 == 0 and not evals else {}
        rows.append({"id": f"r{n}", "text": text, "label": label, "__assert": assertions(name, n, label), **threshold})
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    metrics = {
        "labels": 'kind = "label"\nlabels = ["positive", "negative"]\n[[experiment.x.metric]]\nkind = "f1"\n[[experiment.x.metric]]\nkind = "length"\nmax = 10\n',
        "assertions": 'kind = "assertions"\nname = "score"\n[[experiment.x.metric]]\nkind = "assertions"\nname = "pass"\npart = "pass"\n'
        '[[experiment.x.metric]]\nkind = "assertions"\nname = "Tag"\nonly = "Tag"\n[[experiment.x.metric]]\nkind = "assertions"\nname = "Words"\nonly = "Words"\n',
    }.get(name, 'kind = "assertions"\nthoughts = true\n')
    params = {"match": "{ temperature = 0 }", "includes": "{}"}.get(name, '{ max_tokens = 12, stop = ["\\n\\n"], top_k = 3 }')
    # `oaieval` sends to the chat API only for the names of OpenAI's models.
    model = "gpt-3.5-turbo" if evals else "some-model"
    (folder / "wording.toml").write_text(
        '[endpoint.local]\nbase_url = "ADDRESS"\n[experiment.x]\ntemplates = ["*.j2"]\ndataset = "rows.jsonl"\nanswer = "label"\nid = "id"\n'
        f'models = ["local/{model}"]\nparams = {params}\n[[experiment.x.metric]]\n' + metrics
    )


def serve(name, file):
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self, value):
            data = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self):
            self.reply({"object": "list", "data": [{"id": "some-model", "object": "model"}]})

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock, open(file, "a") as out:
                out.write(json.dumps(body) + "\n")
            message = {"role": "assistant", "content": answer(body, name == "labels")}
            usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self.reply({"id": "c", "object": "chat.completion", "created": 0, "model": "some-model", "choices": [choice], "usage": usage})

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()


def lines(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def body(value):
    # 0 and 0.0 are the same number, which JavaScript writes without a fraction; `stream: false` says what is so without it.
    value = {k: float(v) if isinstance(v, (int, float)) else v for k, v in value.items() if not (k == "stream" and not v)}
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def same(what, ours, theirs):
    ours, theirs = sorted(ours), sorted(theirs)
    if ours != theirs:
        sys.exit(f"{what}: {len(ours)} here and {len(theirs)} there, of them only here {[x for x in ours if x not in theirs][:3]}, only there {[x for x in theirs if x not in ours][:3]}")
    print(f"  {what}: {len(ours)} the same")


def key(variant, row, scores):
    return json.dumps([variant, row, {name: round(float(value), 6) for name, value in sorted(scores.items())}])


def compare(name, folder, logs):
    trials = lines(folder / "trials.jsonl")
    sent = {body(value) for value in lines(folder / "ours.jsonl")}
    if len(sent) != len(trials):
        sys.exit(f"{len(sent)} different requests for {len(trials)} trials")
    for tool in ["promptfoo", "inspect"]:
        same(f"{name}: requests of {tool}", sent, [body(value) for value in lines(folder / f"{tool}.jsonl")])
    found = []
    for result in json.load(open(folder / "promptfoo/results.json"))["results"]["results"]:
        grading = result["gradingResult"]
        scores = dict(grading.get("namedScores") or {})
        # Named scores are sums by weight in promptfoo; the tests here have one assertion per name.
        for assertion in result["testCase"]["assert"]:
            if assertion.get("metric") in scores and assertion.get("weight", 1) != 1:
                scores[assertion["metric"]] = next(
                    c["score"] for c in grading["componentResults"] if (c.get("assertion") or {}).get("metric") == assertion["metric"]
                )
        if name == "assertions":
            scores |= {"score": result["score"], "pass": float(result["success"])}
        found.append(key(result["prompt"]["label"], result["testCase"]["description"], scores))
    same(f"{name}: scores of promptfoo", [key(t["variant"], t["row_id"], t["scores"]) for t in trials], found)
    from inspect_ai.log import read_eval_log

    found = []
    for path in logs.glob("*.eval"):
        log = read_eval_log(str(path))
        for sample in log.samples:
            (score,) = sample.scores.values()
            found.append(key(log.eval.task_args["variant"], sample.id, score.value))
    same(f"{name}: scores of Inspect", [key(t["variant"], t["row_id"], t["scores"]) for t in trials], found)

    from google.protobuf.json_format import Parse
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
    import base64

    found = []
    for line in open(folder / "spans.jsonl", encoding="utf-8"):
        value = json.loads(line)
        for span in value["resourceSpans"][0]["scopeSpans"][0]["spans"]:
            # OTLP writes ids in hexadecimal digits, and the package reads base64.
            for id in ["traceId", "spanId"]:
                span[id] = base64.b64encode(bytes.fromhex(span[id])).decode()
        (span,) = Parse(json.dumps(value), TracesData()).resource_spans[0].scope_spans[0].spans
        assert len(span.trace_id) == 16 and len(span.span_id) == 8 and span.end_time_unix_nano > span.start_time_unix_nano
        attributes = {a.key: a.value for a in span.attributes}
        scores = {}
        for event in span.events:
            of = {a.key: a.value for a in event.attributes}
            scores[of["gen_ai.evaluation.name"].string_value] = of["gen_ai.evaluation.score.value"].double_value
        found.append(key(attributes["wording.variant"].string_value, attributes["wording.row.id"].string_value, scores))
    same(f"{name}: spans", [key(t["variant"], t["row_id"], t["scores"]) for t in trials], found)

    from langfuse.api import CreateDatasetItemRequest
    from langfuse.api.core.pydantic_utilities import parse_obj_as

    items = [parse_obj_as(CreateDatasetItemRequest, value) for value in lines(folder / "langfuse/dataset-items.jsonl")]
    text = lambda messages: json.dumps([[m["role"], m["content"]] for m in messages], ensure_ascii=False)
    same(f"{name}: items of Langfuse", [text(t["messages"]) for t in trials], [text(item.input) for item in items])


def compare_evals(name, folder):
    trials = lines(folder / "trials.jsonl")
    same(f"{name}: requests of evals", {body(v) for v in lines(folder / "ours.jsonl")}, [body(v) for v in lines(folder / "evals.jsonl")])
    prompts, scores = {}, {}
    for path in folder.glob("records/*.jsonl"):
        for event in lines(path):
            if event.get("type") == "sampling":
                prompts[path.stem, event["sample_id"]] = event["data"]["prompt"]
            elif event.get("type") == "match":
                scores[path.stem, event["sample_id"]] = float(event["data"]["correct"])
    found = [json.dumps([prompts[id], score], ensure_ascii=False) for id, score in scores.items()]
    messages = lambda trial: [{"role": m["role"], "content": m["content"]} for m in trial["messages"]]
    ours = [json.dumps([messages(t), float(t["scores"]["assertions"])], ensure_ascii=False) for t in trials]
    if len({t["scores"]["assertions"] for t in trials}) != 2:
        sys.exit("all answers have the same score")
    same(f"{name}: scores of evals", ours, found)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {
        "project": lambda name, folder: project(name, pathlib.Path(folder)),
        "serve": serve,
        "compare_evals": lambda name, folder: compare_evals(name, pathlib.Path(folder)),
        "compare": lambda name, folder, logs: compare(name, pathlib.Path(folder), pathlib.Path(logs)),
    }[command](*arguments)
