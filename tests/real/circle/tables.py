#!/usr/bin/env python3
"""Reads the JSON that circle.sh writes: the id of a run, which wording is bare or best, and the tables of docs/real-circle.md.

    tables.py run RUN.json
    tables.py rule ADVICE.json
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
    """The first wording: short, without shots."""
    return report["variants"][0]


def best(report):
    """The best of those that can be compared; where none can be, the one with the highest score."""
    if "best" in report:
        return next(v for v in report["variants"] if v["name"] == report["best"]["variant"])
    return max(report["variants"], key=lambda v: v["score"])


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
    export = read(out.parent / "tuning" / task / "export.json")
    base, *tuned = compared["rows"]
    top = max(tuned, key=lambda row: row["difference"]["value"])
    return [task, before["verdict"], f"`{before['rule']}`", f"{report['best']['held_out'] * 100:.1f}" if "best" in report else "–", percent(base["score"]),
            export["train"], percent(tuned[0]["score"]), percent(tuned[1]["score"]) if len(tuned) > 1 else "–", points(top["difference"]),
            f"{after['verdict']}, `{after['rule']}`"]


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
    print("What is left of the wordings\n")
    found = {}
    for n in (1, 2):
        if (out / f"{first}-{n}.report.json").exists():
            for v in read(out / f"{first}-{n}.report.json")["variants"]:
                column = "base" if v["model"] == "base/smollm2" else f"round {n}"
                found.setdefault(levels(v["name"]), {})[column] = f"{v['score'] * 100:.0f} ({v['unreadable'] + v['truncated']})"
    columns = sorted({c for line in found.values() for c in line})
    table(["wording", *(f"{c}, % (answers in which no label was found)" for c in columns)], [[name, *(line.get(c, "–") for c in columns)] for name, line in found.items()])
    print("Seconds of each step\n")
    table(["step", "seconds"], [[p.name, p.read_text().strip()] for p in sorted(done.iterdir(), key=lambda p: p.stat().st_mtime)])


if __name__ == "__main__":
    what, path, *rest = sys.argv[1:]
    if what == "tables":
        tables(pathlib.Path(path), rest)
    elif what == "rule":
        print(read(path)["rule"])
    else:
        print({"bare": bare, "best": best}[what](read(path))["name"] if what != "run" else read(path)["run"])
