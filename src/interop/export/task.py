"""An experiment of wording as a task of Inspect, with the prompts as they are sent and the scores of `wording score`.

All wordings and models:    python task.py
One wording, another model: inspect eval task.py -T variant=NAME --model PROVIDER/MODEL

WORDING names the program `wording`, if it is not on the path.
"""

import asyncio
import json
import os
from pathlib import Path

from inspect_ai import Epochs, Task, eval, task
from inspect_ai.dataset import json_dataset
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import Score, mean, scorer, stderr
from inspect_ai.solver import generate

HERE = Path(__file__).resolve().parent
EXPERIMENT = json.loads((HERE / "experiment.json").read_text(encoding="utf-8"))
VARIANTS = {variant["name"]: variant for variant in EXPERIMENT["variants"]}


@scorer(metrics={"*": [mean(), stderr()]})
def wording_score():
    """The score of each metric."""
    command = [os.environ.get("WORDING", "wording"), "score", "-", "--project", str((HERE / EXPERIMENT["project"]).resolve())]
    command += ["--experiment", EXPERIMENT["experiment"], "--output", "__output", "--explain", "--format", "json"]

    async def score(state, target):
        row = {**state.metadata["row"], "__output": state.output.completion}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        out, err = await process.communicate(json.dumps(row).encode() + b"\n")
        if process.returncode != 0:
            raise RuntimeError(f"wording score: {err.decode()}")
        reading = json.loads(out)
        names = {metric["name"] for metric in EXPERIMENT["metrics"]}
        found = {one["metric"]: one["score"] for one in reading["metrics"] if one["metric"] in names}
        return Score(value=found, answer=reading["metrics"][0]["read"])

    return score


@task
def experiment(variant: str = EXPERIMENT["variants"][0]["name"]):
    """One wording over all rows."""
    chosen = VARIANTS[variant]
    return Task(
        name=variant,
        dataset=json_dataset(str(HERE / chosen["file"])),
        solver=generate(),
        scorer=wording_score() if EXPERIMENT["metrics"] else None,
        config=GenerateConfig(extra_body=chosen["params"]),
        epochs=Epochs(EXPERIMENT["samples"], "mean"),
    )


def models():
    """The models of the experiment, through their OpenAI-compatible addresses."""
    for model in EXPERIMENT["models"]:
        key = os.environ.get(model["api_key_env"], "none") if model["api_key_env"] else "none"
        yield get_model(f"openai-api/{model['endpoint']}/{model['name']}", base_url=model["base_url"], api_key=key)


if __name__ == "__main__":
    eval([experiment(variant) for variant in VARIANTS], model=list(models()), display="plain")
