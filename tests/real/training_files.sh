#!/usr/bin/env bash
# Loads the training files of the sample with the libraries that others read them with: `datasets`, and the types of `openai`.
# Trainers themselves are not installed: they need a GPU's libraries. Their keys are read by trainer_keys.py, and tests/integration/cli/trainers.rs
# holds the files against them.
# Usage: tests/real/training_files.sh [path of the wording binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${WORDING_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
"$venv/bin/python" -c 'import datasets, openai, yaml' 2>/dev/null || "$venv/bin/pip" install --quiet datasets openai pyyaml
cd "$place"
"$wording" init -q project > /dev/null
cd project
"$wording" run sentiment -q > /dev/null
"$wording" badcases add sentiment --failing > /dev/null
"$wording" tune export sentiment --shots yes --variant plain --spend-rows -q > /dev/null
for trainer in llama-factory axolotl trl; do
  "$wording" tune config --for $trainer --base Qwen/Qwen2.5-7B-Instruct -q
done
HF_DATASETS_OFFLINE=1 HF_HOME="$place/hf" "$venv/bin/python" - <<'PY'
import json, py_compile, yaml
from datasets import load_dataset
from openai.types.chat import ChatCompletionMessageParam
from openai.types.fine_tuning import job_create_params
from pydantic import TypeAdapter

def load(form, part="train"):
    return load_dataset("json", data_files=f"tuning/{part}.{form}.jsonl", split="train")

messages = TypeAdapter(list[ChatCompletionMessageParam])
for part in ["train", "validation"]:
    for line in open(f"tuning/{part}.openai.jsonl"):
        row = json.loads(line)
        assert row["messages"][-1]["role"] == "assistant" and "weight" not in row["messages"][-1]
        assert all(m["weight"] == 0 for m in row["messages"][:-1] if m["role"] == "assistant")
        messages.validate_python([{k: v for k, v in m.items() if k != "weight"} for m in row["messages"]])
for line in open("tuning/train.openai-preference.jsonl"):
    row = json.loads(line)
    for part in [row["input"]["messages"], row["preferred_output"], row["non_preferred_output"]]:
        messages.validate_python(part)
    assert row["preferred_output"] != row["non_preferred_output"]

assert set(load("trl").column_names) == {"messages"}
assert set(load("trl-prompt-completion").column_names) == {"prompt", "completion"}
assert set(load("trl-dpo").column_names) == {"prompt", "chosen", "rejected"}
# Every line of a form has the same columns, so that a table can be made of it.
assert load("trl")[0]["messages"][0]["role"] == "system"
infos = ["dataset_info.json", "dataset_info.sharegpt.json", "dataset_info.sharegpt-preference.json"]
for info in infos:
    for name, entry in json.load(open(f"tuning/{info}")).items():
        rows = load_dataset("json", data_files="tuning/" + entry["file_name"], split="train")
        missing = set(entry["columns"].values()) - set(rows.column_names)
        assert not missing, (name, missing)
        if entry.get("ranking"):
            assert all(row["chosen"] != row["rejected"] and row["conversations"][-1]["from"] == "human" for row in rows)
turns = [t["from"] for t in load("sharegpt")[0]["conversations"]]
assert turns == ["human", "gpt"] * (len(turns) // 2), turns
load("axolotl")
axolotl = yaml.safe_load(open("tuning/axolotl.yaml"))
assert axolotl["datasets"][0]["path"] == "train.axolotl.jsonl" and axolotl["micro_batch_size"] >= 1
assert isinstance(axolotl["learning_rate"], float)
factory = yaml.safe_load(open("tuning/llama-factory.yaml"))
assert factory["dataset"] in json.load(open("tuning/dataset_info.json"))
assert float(factory["learning_rate"]) < 1e-3 and factory["template"] == "qwen"
py_compile.compile("tuning/train.py", doraise=True)
print("all forms load")
PY
