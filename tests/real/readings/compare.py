"""Compares readings: the answers of the fixtures, as other tools and as wording read them. Writes a page in Markdown; the best
recipe of each tool on stdout."""

import argparse
import collections
import datetime
import importlib.metadata
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import tools

KINDS = {
    "label, words": "`label`, words",
    "label, letters": "`label`, letters",
    "label, in outputs with thoughts": "`label`, outputs with thoughts",
    "normalized": "`normalized`",
    "exact": "`exact`",
    "contains": "`contains`",
    "regex": "`regex`",
    "number": "`number`",
    "json": "`json`",
    "f1": "`f1`",
    "rubric": "`assertions`, verdicts of judges",
}
INTRO = """# Readings compared

What other tools and `wording` read in the same answers, without a model: the answers of `tests/fixtures/reading`, scored by lm-eval's
filters, Inspect's scorers and promptfoo's assertions. `tests/real/readings.sh` writes this page. The recipe with the most right readings of each tool is in
[metrics.md](metrics.md#compared-with-other-tools).

The answers were collected to find misreadings, and the tests of `wording` require that it reads all of them as listed. So the shares are not those of
everyday answers, which are easier, and the 100% is by construction. What the table shows is which mistakes to expect from which
rule. All tools get what they offer against thoughts (`think_end_token`, reasoning blocks).

An answer is read right if its score is right. For `label`, every label was tried as the expected answer: only the one that the answer
gives may be credited. *Wrongly credited*: a score for an answer that was not given. *Missed*: no score for the one that was.
"""
LETTERS = [["A", "B", "C", "D"], ["A", "B", "C"], ["A", "B", "C", "D", "E"], ["A", "B"]]


def kind_of(row, table):
    kind = row["metric"]["kind"]
    if kind == "label" and row["labels"] in LETTERS:
        return "label, letters"
    if kind == "label":
        return "label, in outputs with thoughts" if "think" in row["id"] else "label, words"
    if kind == "number" and set(row["metric"]) - {"kind"}:
        return None  # Options that the others do not have.
    if kind == "assertions":
        return "rubric"
    return kind if kind not in ("judge", "rouge_l") else None


def read_rows(folder):
    rows = []
    for name in ["reports", "labels", "text", "think", "number", "json", "judge"]:
        for line in (folder / f"{name}.jsonl").read_text().splitlines():
            row = json.loads(line)
            if row["why"].startswith("as above"):
                row["why"] = (why + row["why"].removeprefix("as above")).strip()
            else:
                why = row["why"]
            row["id"] = f"reports-{row['id']}" if name == "reports" else row["id"]
            labels = row["metric"].get("labels") or []
            row["labels"] = [label["name"] if isinstance(label, dict) else label for label in labels]
            # The fixtures have letters without the texts of the options: nothing stands for them.
            row["choices"] = row["labels"] if row["labels"] not in LETTERS else [f"\0{label}" for label in row["labels"]]
            row["kind"] = kind_of(row, name)
            if row["kind"]:
                rows.append(row)
    return rows


def expected_list(row):
    expected = row.get("expected")
    if isinstance(expected, dict) and isinstance(expected.get("text"), list):
        return expected["text"]
    return expected if isinstance(expected, list) and row["kind"] != "json" else [expected]


class Right:
    """What is right for a row: the score, and for labels the one label that may be credited."""

    def __init__(self, row):
        want = row["want"]
        self.score = {"pass": 1.0, "fail": 0.0, "unreadable": 0.0}.get(want, want)
        self.labels = {str(row["expected"])} if row["labels"] and self.score == 1 else set()


def verdict(row, scores):
    """How a tool does on a row, from its score for each answer that it was asked about: right, credited, missed."""
    right = Right(row)
    if row["labels"]:
        credited = {label for label, score in scores.items() if score > 0}
        wrong, missed = credited - right.labels, right.labels - credited
    else:
        score = max(scores.values())
        near = 0.006 if row["kind"] == "f1" else 1e-9  # Inspect rounds to two places.
        wrong, missed = score > right.score + near, score < right.score - near
    return "credited" if wrong else "missed" if missed else "right"


def answers(row):
    """The answers that a tool is asked about: every label, or the right answers."""
    # Where the expected label is wrong, the fixture does not say which one is right.
    if row["labels"] and row["want"] != 0:
        return row["labels"]
    return expected_list(row)


def is_comparable(row):
    # Aliases are names that the others do not know; a graded score of JSON is not a score of an assertion.
    has_alias = any(isinstance(label, dict) for label in row["metric"].get("labels") or [])
    return not has_alias and (row["kind"] != "json" or row["want"] in (0, 1, "unreadable"))


def python_tools(rows):
    found = collections.defaultdict(dict)
    for kind, recipes in tools.RECIPES.items():
        members = [row for row in rows if row["kind"] == kind]
        for recipe, scorer in recipes.items():
            scorer.prepare(members)
            for row in members:
                found[row["id"]][recipe] = {str(a): scorer(row, a) for a in answers(row)}
    return found


def promptfoo(rows, node, script):
    found, asked, lines = collections.defaultdict(dict), [], []
    for row in rows:
        for answer in answers(row):
            for recipe, assertion in tools.promptfoo_assertions(row["kind"], row, answer).items():
                asked.append((row["id"], recipe, str(answer)))
                lines.append(json.dumps({"output": row["output"], "assertions": [assertion]}))
    run = subprocess.run([node, script], input="\n".join(lines), capture_output=True, text=True)
    scores = run.stdout.splitlines()
    if run.returncode or len(scores) != len(asked):
        sys.exit(f"promptfoo: {len(scores)} of {len(asked)} scores\n{run.stderr[-2000:]}")
    for (row_id, recipe, answer), line in zip(asked, scores):
        found[row_id].setdefault(("promptfoo", recipe), {})[answer] = json.loads(line)[0]
    return found


def ours(rows, wording):
    """What `wording score --explain` reads, by row: (score, reading, reason why it is unreadable)."""
    groups, found = collections.defaultdict(list), {}
    for row in rows:
        groups[json.dumps(row["metric"], sort_keys=True), row.get("expected") is None].append(row)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for (metric, is_open), members in groups.items():
            metric, data = json.loads(metric), folder / "rows.jsonl"
            if metric["kind"] == "assertions":
                # The table test of the crate holds these replies against the fixture.
                found.update({row["id"]: (Right(row).score, row["want"], None) for row in members})
                continue
            data.write_text("".join(json.dumps(row) + "\n" for row in members))
            if metric.get("schema"):
                (folder / "schema.json").write_text(json.dumps(metric["schema"]))
                metric["schema"] = str(folder / "schema.json")
            settings = [f"{key}={toml(value)}" for key, value in metric.items()]
            command = [wording, "score", str(data), "--id", "id", "--output", "output", "--explain", "--format", "json"]
            command += [] if is_open else ["--answer", "expected"]
            run = subprocess.run(command + [a for s in settings for a in ("--metric", s)], capture_output=True, text=True)
            if run.returncode:
                sys.exit(f"{' '.join(run.args)}\n{run.stderr}")
            for line in map(json.loads, run.stdout.splitlines()):
                reading = line["metrics"][0]
                found[line["row_id"]] = (reading["score"], reading["read"], reading["unreadable"])
    return found


def toml(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def own_scores(row, read):
    score, reading, _ = read
    if row["labels"]:
        return {str(answer): float(str(answer) == reading) for answer in answers(row)}
    return {"": score or 0.0}


def group(row, outcome, reason):
    """Why a tool and we differ on a row, in a few words."""
    if outcome == "missed":
        return "misses an answer: another form or place than the rule knows"
    if re.search(r"think|analysis|reason|channel", row["output"], re.I) and "think" in row["id"]:
        return "credits what is in a thought"
    reasons = {
        "negated": "credits an answer that is negated",
        "ambiguous": "credits one of several answers",
        "several": "credits a range, a pair, a list or a sum as one number",
        "absent": "credits a word or a number that is no answer",
        "malformed": "credits what is not JSON",
        "thoughts-only": "credits what is in a thought",
    }
    if reason:
        return reasons.get(reason, f"credits an output that has no answer ({reason})")
    if row["kind"].startswith("label"):
        return "credits a label that is only mentioned, beside or instead of the one given"
    return "credits another answer than the one given"


def cell(text, width=70):
    text = json.dumps(text, ensure_ascii=False)[1:-1].replace("|", "\\|").replace("`", "'")
    return text if len(text) <= width else text[: width - 1] + "…"


def summary(kinds, tally, versions):
    """A line per metric: the share that the best recipe of each tool reads right."""
    yield f"| metric | answers | wording | {' | '.join(f'{tool} {version}' for tool, version in versions.items())} |"
    yield "| --- | --: | --: " + "| --- " * len(versions) + "|"
    for kind in kinds:
        counts = {recipe: counts for (k, recipe), counts in tally.items() if k == kind}
        total = sum(counts["wording", ""].values())
        cells = [f"{counts['wording', '']['right'] / total:.0%}"]
        for tool in versions:
            mine = [(found["right"], recipe[1]) for recipe, found in counts.items() if recipe[0] == tool]
            right, recipe = max(mine, default=(0, ""))
            cells.append(f"{right / total:.0%} {recipe}" if mine else "")
        yield f"| {KINDS[kind]} | {total} | {' | '.join(cells)} |"


def page(kinds, tally, groups, differing, versions):
    names = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield f"{INTRO}\n{names}; {datetime.date.today():%Y-%m-%d}.\n"
    yield "| metric | answers | read with | right | | wrongly credited | missed |\n| --- | --: | --- | --: | --: | --: | --: |"
    for kind in kinds:
        recipes = sorted((r for k, r in tally if k == kind), key=lambda r: (r[0] != "wording", -tally[kind, r]["right"]))
        for position, recipe in enumerate(recipes):
            counts = tally[kind, recipe]
            total = sum(counts.values())
            lead = f"{KINDS[kind]} | {total}" if position == 0 else " |"
            name = " ".join(recipe).strip()
            share = f"{counts['right'] / total:.0%}"
            yield f"| {lead} | {name} | {counts['right']} | {share} | {counts['credited']} | {counts['missed']} |"
    yield "\n## Why readings differ\n\nCounted over all recipes of a tool.\n\n| metric | | lm-eval | Inspect | promptfoo |\n| --- | --- | --: | --: | --: |"
    for kind in kinds:
        reasons = collections.Counter()
        for (k, reason, _), count in groups.items():
            reasons[reason] += count if k == kind else 0
        for reason, total in reasons.most_common():
            if total:
                counts = [groups[kind, reason, tool] or "" for tool in versions]
                yield f"| {KINDS[kind]} | {reason} | {' | '.join(map(str, counts))} |"
    yield "\n## Answers that are read differently\n\nBehind a tool: by how many of the recipes above.\n"
    yield "| id | output | right | read wrong by | reason |\n| --- | --- | --- | --- | --- |"
    for row, others in differing:
        right = row["want"] if row["want"] in (0, "unreadable", "pass", "fail") else row["expected"]
        outcomes = {tool: [o != "right" for r, o in others.items() if r[0] == tool] for tool in versions}
        wrong = ", ".join(f"{tool} {sum(all)}/{len(all)}" for tool, all in outcomes.items() if any(all))
        yield f"| {row['id']} | {cell(row['output'])} | {cell(str(right), 30)} | {wrong} | {cell(row['why'], 60)} |"


def main():
    parser = argparse.ArgumentParser()
    for name in ["fixtures", "wording", "node", "promptfoo", "page"]:
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    rows = [row for row in read_rows(pathlib.Path(args.fixtures)) if is_comparable(row)]
    mine = ours(rows, args.wording)
    theirs = python_tools(rows)
    for row_id, scores in promptfoo(rows, args.node, args.promptfoo).items():
        theirs[row_id].update(scores)

    kinds = [kind for kind in KINDS if any(row["kind"] == kind for row in rows)]
    tally, groups, differing, worse = collections.defaultdict(collections.Counter), collections.Counter(), [], []
    for row in rows:
        own = verdict(row, own_scores(row, mine[row["id"]]))
        tally[row["kind"], ("wording", "")][own] += 1
        others = {recipe: verdict(row, scores) for recipe, scores in theirs[row["id"]].items()}
        for recipe, outcome in others.items():
            tally[row["kind"], recipe][outcome] += 1
            if outcome != own:
                groups[row["kind"], group(row, outcome, mine[row["id"]][2]), recipe[0]] += 1
            if own != "right" and outcome == "right":
                worse.append((row, recipe))
        if any(outcome != own for outcome in others.values()):
            differing.append((row, others))

    versions = {name: importlib.metadata.version(package) for name, package in [("lm-eval", "lm_eval"), ("Inspect", "inspect-ai")]}
    package = pathlib.Path(args.promptfoo).parent / "node_modules/promptfoo/package.json"
    versions["promptfoo"] = json.loads(package.read_text())["version"]
    print("\n".join(summary(kinds, tally, versions)))
    lines = page(kinds, tally, groups, differing, versions)
    pathlib.Path(args.page).write_text("\n".join(lines) + "\n")
    for row, recipe in worse:
        print(f"{' '.join(recipe)} is right and wording is not: {json.dumps(row, ensure_ascii=False)} read {mine[row['id']]}", file=sys.stderr)
    sys.exit(bool(worse))


main()
