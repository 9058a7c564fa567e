#!/usr/bin/env python3
"""Packs exported trials of the experiments of this folder into fixtures: one character per answer.

    record.py FOLDER OUT    FOLDER/NAME.jsonl of `wording export` -> OUT/NAME.json

For labels, `a` is the first label, `b` the second, and so on; for `json` metrics, `a` is no right field, `b` one, and so on. `?` is an
answer in which the metric found nothing. An upper-case letter, and `!`, is an answer that was cut at max_tokens.
"""

import json
import pathlib
import sys

LETTERS = "abcdefghij"


def letter(trial, labels):
    cut = trial["finish_reason"] == "length"
    if trial["unreadable"]:
        return "!" if cut else "?"
    if labels:
        found = LETTERS[labels.index(trial["answer"])]
    else:
        found = LETTERS[round(trial["scores"]["json"] * 4)]
    return found.upper() if cut else found


def pack(name, trials):
    assert all(t["failure"] is None for t in trials), name
    main = next(iter(trials[0]["scores"]))
    found = {t["expected"] for t in trials} | {t["answer"] for t in trials if not t["unreadable"]}
    labels = sorted(found, reverse=True) if main == "label" else []
    rows, samples = max(t["row"] for t in trials) + 1, max(t["sample"] for t in trials) + 1
    variants = {}
    for trial in trials:
        variant = variants.setdefault(trial["variant"], {"axes": trial["axes"], "answers": [["."] * rows for _ in range(samples)], "tokens": []})
        variant["answers"][trial["sample"]][trial["row"]] = letter(trial, labels)
        variant["tokens"].append(trial["usage"]["prompt"])
    expected = {t["row"]: t["expected"] for t in trials}
    return {
        "experiment": name, "model": "SmolLM2-135M-Instruct, Q4_1, llama.cpp", "labels": labels, "ids": [i for _, i in sorted({(t["row"], t["row_id"]) for t in trials})],
        "expected": "".join(LETTERS[labels.index(expected[r])] for r in range(rows)) if labels else "e" * rows,
        "variants": [{"axes": v["axes"], "prompt_tokens": round(sum(v["tokens"]) / len(v["tokens"]), 1), "answers": ["".join(s) for s in v["answers"]]}
                     for v in variants.values()],
    }


def main():
    folder, out = map(pathlib.Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.jsonl")):
        packed = pack(path.stem, [json.loads(line) for line in path.open()])
        text = json.dumps(packed, ensure_ascii=False, separators=(",", ":")).replace('{"axes"', '\n{"axes"').replace('"],"expected"', '"],\n"expected"')
        (out / path.name).with_suffix(".json").write_text(text + "\n")
        print(path.stem, len(text), "bytes")


if __name__ == "__main__":
    main()
