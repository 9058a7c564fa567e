#!/usr/bin/env python3
"""Reads the JSON that circle.sh writes: which wording is bare or best, and the tables of docs/real-circle.md.

    tables.py bare|best REPORT.json
    tables.py tables FOLDER TASK...
"""

import json
import pathlib
import sys


def read(path):
    return json.loads(pathlib.Path(path).read_text())


def percent(interval):
    return f"{interval['value'] * 100:.1f} [{interval['low'] * 100:.1f} to {interval['high'] * 100:.1f}]" if interval else "–"


def points(interval):
    return f"{interval['value'] * 100:+.1f} [{interval['low'] * 100:+.1f} to {interval['high'] * 100:+.1f}]" if interval else "–"


def bare(report):
    """The wording with the shortest prompts."""
    return min(report["variants"], key=lambda v: v["prompt_tokens"])


def best(report):
    return next(v for v in report["variants"] if v["name"] == report["best"]["variant"])


def table(head, lines):
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    for line in lines:
        print("| " + " | ".join(str(cell) for cell in line) + " |")
    print()


def levels(name):
    """`short, two, 4` for `wordings[instruction=short,answer=two,shots.count=4]`."""
    return ", ".join(part.split("=")[1] for part in name.split("[")[1].rstrip("]").split(","))


def advice(task, out):
    """What was advised before tuning and what tuning then did."""
    before, compared = read(out / f"{task}.advise.json"), read(out / f"{task}-1.compare.json")
    report, after = read(out / f"{task}.report.json"), read(out / f"{task}-1.advise.json")
    export = read(out / f"export-{task}.json")
    base, *tuned = compared["rows"]
    top = max(tuned, key=lambda row: row["difference"]["value"])
    return [task, before["verdict"], f"`{before['rule']}`", f"{report['best']['held_out'] * 100:.1f}", percent(base["score"]),
            export["train"], percent(tuned[0]["score"]), percent(tuned[1]["score"]) if len(tuned) > 1 else "–", points(top["difference"]),
            f"{after['verdict']}, `{after['rule']}`"]


def spread(report, model):
    scores = [v["score"] for v in report["variants"] if v["model"] == model]
    return f"{min(scores) * 100:.1f}", f"{sum(scores) / len(scores) * 100:.1f}", f"{max(scores) * 100:.1f}"


def tables(folder, tasks):
    out, done = folder / "out", folder / "done"
    tasks = [t for t in tasks if (out / f"{t}-1.compare.json").exists()]
    print("Advice against reality\n")
    table(["task", "verdict before", "rule", "best wording, expected on new rows, %", "base, best prompt, %", "examples", "tuned, bare prompt, %",
           "tuned, best prompt, %", "difference, points", "verdict after"], [advice(task, out) for task in tasks])
    first = tasks[0]
    print(f"The circle of {first}\n")
    lines = []
    for n in (1, 2):
        if (out / f"{first}-{n}.compare.json").exists():
            for row in read(out / f"{first}-{n}.compare.json")["rows"][n > 1:]:
                fixed, broken = row["flips"]
                lines.append([f"{row['what']}{', round ' + str(n) if 'tuned' in row['what'] else ''}", levels(row["variant"]), f"{row['prompt_tokens']:.0f}",
                              percent(row["score"]), points(row["difference"]), f"{fixed}, {broken}" if row["difference"] else ""])
    table(["", "wording", "prompt tokens", "score, %", "against the base, points", "fixed, broken"], lines)
    print("All wordings, lowest, mean and highest score, %\n")
    report = read(out / f"{first}.report.json")
    lines = [["base", *spread(report, "base/smollm2")]]
    for n in (1, 2):
        if (out / f"{first}-{n}.report.json").exists():
            found = read(out / f"{first}-{n}.report.json")
            parts = found.get("models", [found])
            for part in parts:
                for model in sorted({v["model"] for v in part["variants"]} - {"base/smollm2"}):
                    lines.append([f"tuned, round {n}", *spread(part, model)])
    table(["model", "lowest", "mean", "highest"], lines)
    print("Seconds of each step\n")
    table(["step", "seconds"], [[p.name, p.read_text().strip()] for p in sorted(done.iterdir(), key=lambda p: p.stat().st_mtime)])


if __name__ == "__main__":
    what, path, *rest = sys.argv[1:]
    if what == "tables":
        tables(pathlib.Path(path), rest)
    else:
        print({"bare": bare, "best": best}[what](read(path))["name"])
