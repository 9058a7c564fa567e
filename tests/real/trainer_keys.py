#!/usr/bin/env python3
"""Reads the keys that trainers document out of their own argument classes, without importing them.

LLaMA-Factory, axolotl, TRL, PEFT and transformers need a GPU's libraries to be imported; their argument classes are
dataclasses and pydantic models, so that the names of their fields can be read off the source in their wheels.

Usage: tests/real/trainer_keys.py [--check]   prints the list that tests/fixtures/trainers/keys.json keeps, or holds that list
against what the packages have today.
"""

import ast, datetime, json, pathlib, subprocess, sys, tempfile, zipfile

PACKAGES = ["llamafactory", "axolotl", "trl", "peft", "transformers"]
# Where the classes are, and which of them hold the keys of a file or of a call.
WANTED = {
    "llama-factory": [
        ("llamafactory/hparams", ["ModelArguments", "DataArguments", "FinetuningArguments", "TrainingArguments"]),
        ("transformers/training_args.py", ["TrainingArguments"]),
        ("transformers/training_args_seq2seq.py", ["Seq2SeqTrainingArguments"]),
    ],
    "axolotl": [("axolotl/utils/schemas", ["AxolotlInputConfig"])],
    "axolotl.datasets": [("axolotl/utils/schemas", ["SFTDataset"])],
    "trl.SFTConfig": [
        ("trl/trainer/sft_config.py", ["SFTConfig"]),
        ("trl/trainer/base_config.py", ["_BaseConfig"]),
        ("transformers/training_args.py", ["TrainingArguments"]),
    ],
    "trl.LoraConfig": [
        ("peft/tuners/lora/config.py", ["LoraConfig"]),
        ("peft/config.py", ["PeftConfig", "PeftConfigMixin"]),
    ],
    "trl.BitsAndBytesConfig": [("transformers/utils/quantization_config.py", ["BitsAndBytesConfig"])],
}


def classes(root, place):
    path = root / place
    found = {}
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, node)
    return found


def fields(name, known, seen):
    """Fields of a class and of its bases in the same place."""
    if name in seen or name not in known:
        return set()
    seen.add(name)
    node, keys = known[name], set()
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id != name:
            keys |= fields(base.id, known, seen)
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            keys.add(item.target.id)
        # A class without a dataclass takes its keys as arguments.
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            keys |= {a.arg for a in item.args.args + item.args.kwonlyargs if a.arg != "self"}
    return {k for k in keys if not k.startswith("_")}


def read():
    with tempfile.TemporaryDirectory() as place:
        # axolotl 0.20 and later are for Python 3.12 and later, whatever this one is.
        newest = ["--python-version", "3.12", "--only-binary=:all:"]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *newest, "-d", place, *PACKAGES]
        subprocess.run(command, check=True)
        root, versions = pathlib.Path(place) / "x", {}
        for wheel in sorted(pathlib.Path(place).glob("*.whl")):
            name, version = wheel.name.split("-")[:2]
            versions[name] = version
            zipfile.ZipFile(wheel).extractall(root)
        keys = {}
        for what, places in WANTED.items():
            keys[what] = sorted(
                key
                for where, names in places
                for known in [classes(root, where)]
                for key in set().union(*(fields(n, known, set()) for n in names))
            )
            keys[what] = sorted(set(keys[what]))
            assert keys[what], what
        return {"read": datetime.date.today().isoformat(), "versions": versions, "keys": keys}


now = read()
if "--check" not in sys.argv:
    print(json.dumps(now, indent=1))
    sys.exit()
kept = json.loads((pathlib.Path(__file__).parent / "../fixtures/trainers/keys.json").read_text())
gone = {what: sorted(set(kept["keys"][what]) - set(keys)) for what, keys in now["keys"].items()}
print(f"kept: {kept['versions']}\nnow:  {now['versions']}")
for what, keys in gone.items():
    print(f"{what}: {len(now['keys'][what])} keys; gone since: {', '.join(keys) or 'none'}")
