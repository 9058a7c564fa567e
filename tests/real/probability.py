#!/usr/bin/env python3
"""How many rows a difference between two wordings needs, by 0/1 scores and by probabilities (docs/fewer-calls.md).

    probability.py pack TRIALS.jsonl OUT.json   packs `wording export --format jsonl` of a run with the metrics `label` and `probability`
    probability.py table FIXTURE.json           prints the tables from it; the standard library is enough

The fixture has, for each wording and row, 1 or 0 for `label` and the three scores of `probability` in thousandths; null is not scored.
"""

import itertools
import json
import random
import statistics
import sys

SCORES = ["label", "probability.expected", "probability.brier", "probability.log"]
DRAWS, FIRST, STEP, ALPHA_T = 400, 10, 5, 1.98


def pack(trials, out):
    rows = 1 + max(t["row"] for t in trials)
    variants = {}
    for t in trials:
        scores = variants.setdefault(t["variant"], {s: [None] * rows for s in SCORES})
        for s in SCORES:
            value = t["scores"][s]
            scores[s][t["row"]] = None if value is None else round(value * 1000)
    text = json.dumps({"variants": variants}, separators=(",", ":")).replace(',"' + next(iter(variants)).split("[")[0] + "[", ',\n"' + next(iter(variants)).split("[")[0] + "[")
    open(out, "w").write(text + "\n")


def t_statistic(differences):
    sd = statistics.stdev(differences)
    return 0.0 if sd == 0 else statistics.fmean(differences) / sd * len(differences) ** 0.5


def rows_to_verdict(differences, rng):
    """Mean rows until |t| passes its two-sided 5 % quantile, rows in random order; all rows where it never does."""
    total = 0
    for _ in range(DRAWS):
        order = rng.sample(differences, len(differences))
        sizes = range(FIRST, len(order) + 1, STEP)
        total += next((n for n in sizes if abs(t_statistic(order[:n])) > ALPHA_T), len(order))
    return total / DRAWS


def table(path):
    variants = json.load(open(path))["variants"]
    pairs = list(itertools.combinations(variants, 2))
    t = {s: [] for s in SCORES}
    taken = {s: [] for s in SCORES}
    for a, b in pairs:
        both = [i for i, pair in enumerate(zip(variants[a][SCORES[1]], variants[b][SCORES[1]])) if None not in pair]
        for s in SCORES:
            differences = [variants[b][s][i] - variants[a][s][i] for i in both]
            t[s].append(t_statistic(differences))
            taken[s].append(rows_to_verdict(differences, random.Random(7)))
    zero = t[SCORES[0]]
    # Of a squared t about 1 is chance: what is left is proportional to the rows that a difference saves.
    signal = {s: sum(x * x - 1 for x in t[s]) for s in SCORES}
    rng = random.Random(7)
    print("| score | pairs with a verdict at all rows | of these, with the other sign than 0/1 | mean rows to a verdict | rows relative to 0/1 by the signal |")
    print("| --- | --- | --- | --- | --- |")
    for s in SCORES:
        clear = [(x, z) for x, z in zip(t[s], zero) if abs(x) > ALPHA_T]
        other = sum(x * z < 0 for x, z in clear)
        # The interval over wordings: those of a pair are not independent, so whole wordings are drawn.
        ratios = []
        names = list(variants)
        for _ in range(2000):
            weight = {n: 0 for n in names}
            for n in rng.choices(names, k=len(names)):
                weight[n] += 1
            of = lambda k: sum(weight[a] * weight[b] * (x * x - 1) for (a, b), x in zip(pairs, t[k]))
            if of(SCORES[0]) > 0 and of(s) > 0:
                ratios.append(of(SCORES[0]) / of(s))
        ratios.sort()
        low, high = ratios[len(ratios) // 40], ratios[-1 - len(ratios) // 40]
        ratio = signal[SCORES[0]] / signal[s]
        shown = "1" if s == SCORES[0] else f"{ratio:.2f} [{low:.2f}, {high:.2f}]"
        print(f"| {'0/1 (`label`)' if s == SCORES[0] else '`' + s.split('.')[1] + '`'} | {len(clear)} of {len(pairs)} | {other} | {statistics.fmean(taken[s]):.0f} | {shown} |")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["pack", trials, out]:
            pack([json.loads(line) for line in open(trials)], out)
        case ["table", path]:
            table(path)
        case _:
            sys.exit(__doc__)
