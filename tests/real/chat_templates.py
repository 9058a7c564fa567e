"""The comparison of chat_templates.sh: run where the packages are unpacked."""

import ast
import json
import pathlib
import subprocess
import sys

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

WORDING = sys.argv[1]
# Templates by the models that have them; a model whose template was changed later has both.
MODELS = {
    "google/gemma-7b-it": ["trl:gemma"], "google/gemma-1.1-2b-it": ["trl:gemma"], "gemma2:9b": ["llama:google-gemma-2-2b-it"],
    "google/gemma-2-2b-it": ["llama:google-gemma-2-2b-it"], "google/gemma-3-4b-it": ["trl:gemma3"], "google/gemma-3n-E4B-it": ["axolotl:gemma3n"],
    "google/gemma-4-31B-it": ["llama:google-gemma-4-31B-it"], "google/gemma-4-E2B-it": ["trl:gemma4_v5"],
    "google/diffusiongemma-26B-A4B-it": ["trl:diffusion_gemma"],
    "mistralai/Mistral-7B-Instruct-v0.1": ["old:MISTRAL_INSTRUCT_CHAT_TEMPLATE"],
    "mistralai/Mistral-7B-Instruct-v0.2": ["old:MISTRAL_INSTRUCT_CHAT_TEMPLATE", "axolotl:mistral_v1"],
    "mistralai/Mixtral-8x7B-Instruct-v0.1": ["old:MIXTRAL_INSTRUCT_CHAT_TEMPLATE", "axolotl:mistral_v1"],
    "mistralai/Mistral-7B-Instruct-v0.3": ["axolotl:mistral_v2v3"], "mistralai/Mistral-Nemo-Instruct-2407": ["llama:mistralai-Mistral-Nemo-Instruct-2407"],
    "mistralai/Mistral-Small-24B-Instruct-2501": ["axolotl:mistral_v7_tekken"],
    "mistralai/Mistral-Small-3.2-24B-Instruct-2506": ["llama:Mistral-Small-3.2-24B-Instruct-2506"],
    "mistralai/Devstral-Small-2507": ["llama:unsloth-mistral-Devstral-Small-2507"],
    "mistralai/Ministral-3-14B-Reasoning-2512": ["llama:mistralai-Ministral-3-14B-Reasoning-2512"],
    "unsloth/Ministral-3-14B-Reasoning-2512": ["llama:mistralai-Ministral-3-14B-Reasoning-2512"], "pixtral:12b": ["axolotl:pixtral"],
    "meta-llama/Llama-3.1-8B-Instruct": ["llama:meta-llama-Llama-3.1-8B-Instruct"], "meta-llama/Llama-3.2-3B-Instruct": ["trl:llama3_2"],
    "Qwen/Qwen2.5-7B-Instruct": ["trl:qwen2_5"], "Qwen/Qwen3-8B": ["trl:qwen3"], "Qwen/Qwen3-4B-Instruct-2507": ["trl:qwen3_instruct_2507"],
    "Qwen/Qwen3.5-4B": ["trl:qwen3_5_think"], "Qwen/Qwen3.6-27B": ["trl:qwen3_6"], "Qwen/Qwen3.8-27B": ["trl:qwen3_8"],
    "Qwen/Qwen3-VL-4B-Instruct": ["trl:qwen3_vl"], "Qwen/QwQ-32B": ["llama:Qwen-QwQ-32B"],
    "deepseek-ai/DeepSeek-R1-Distill-Llama-8B": ["trl:deepseek_r1_distill"], "deepseek-ai/DeepSeek-V3.1": ["llama:deepseek-ai-DeepSeek-V3.1"],
    "microsoft/Phi-3-mini-4k-instruct": ["trl:phi3"], "microsoft/Phi-3.5-mini-instruct": ["trl:phi3_5"],
    "openai/gpt-oss-20b": ["trl:gptoss"], "HuggingFaceTB/SmolLM3-3B": ["llama:HuggingFaceTB-SmolLM3-3B"],
    "CohereLabs/aya-expanse-8b": ["trl:cohere"], "CohereLabs/c4ai-command-r-plus": ["axolotl:cohere"],
    "zai-org/GLM-4.7-Flash": ["llama:GLM-4.7-Flash"], "swiss-ai/Apertus-8B-Instruct": ["llama:Apertus-8B-Instruct"],
    "ibm-granite/granite-3.3-2b-instruct": ["llama:ibm-granite-granite-3.3-2B-Instruct"], "tiiuae/Falcon-H1-7B-Instruct": ["axolotl:falcon_h1"],
}
# Turns before the answer: system, user, assistant.
SHAPES = ["u", "su", "suau", "uau", "usu", "uasu", "ssu", "uu", "suu", "au", "sau", "uaau"]
# Templates that look at the parity of a turn's place take it by chance, and write a role that the model does not know.
BY_CHANCE = "usu"
ROLES = {"s": "system", "u": "user", "a": "assistant"}
FOLDERS = {"trl": "trl/chat_templates", "axolotl": "axolotl/utils/chat_templates/templates", "llama": "vendor/llama.cpp/models/templates"}


def fail(message):
    raise TemplateError(message)


# As transformers renders.
environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
environment.filters["tojson"] = lambda value, **more: json.dumps(value, ensure_ascii=False, **more)
environment.globals |= {"raise_exception": fail, "strftime_now": lambda form: "1 December 2026"}


def template(name):
    place, name = name.split(":")
    if place != "old":
        return environment.from_string(pathlib.Path(f"{FOLDERS[place]}/{name}.jinja").read_text(encoding="utf-8"))
    module = ast.parse(pathlib.Path("llama_cpp/llama_chat_format.py").read_text(encoding="utf-8"))
    [text] = [node.value for node in module.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name]
    return environment.from_string(ast.literal_eval(text))


def turns(shape):
    return [{"role": ROLES[role], "content": f"text {n} of {role}"} for n, role in enumerate(shape)]


def trouble(chat, shape):
    """That a template refuses turns, or leaves others out of an example for training than of the prompt that is asked."""
    prompt = turns(shape)
    left_out = []
    for messages, is_asked in [(prompt, True), ([*prompt, {"role": "assistant", "content": "the answer"}], False)]:
        try:
            text = chat.render(messages=messages, add_generation_prompt=is_asked, bos_token="<s>", eos_token="</s>", tools=None)
        except TemplateError:
            return ["refused"]
        left_out.append([message["role"] for message in messages if message["content"] not in text])
    asked, trained = left_out
    return [] if asked == trained else [f"trained without {trained}"]


def run(*arguments):
    return subprocess.run([WORDING, *arguments, "-q"], capture_output=True, text=True, check=False)


def write(name, rows):
    pathlib.Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def shapes():
    write("evaluated.jsonl", [{"text": f"row {n} of the evaluation", "label": "4"} for n in range(3)])
    write("train.jsonl", [{"text": f"row {n} to train " + "abcdefghij"[n] * 9, "label": str(n % 3)} for n in range(10)])
    experiments = []
    for n, shape in enumerate(SHAPES):
        said = "".join(f"{{{{ role('{turn['role']}') }}}}{turn['content']}\n" for turn in turns(shape))
        pathlib.Path(f"{n}.j2").write_text(said + "{{ row.text }}")
        experiments.append(
            f'[experiment.x{n}]\ntemplates = ["{n}.j2"]\ndataset = "evaluated.jsonl"\nanswer = "label"\nmodels = ["demo/icl"]\n'
            f'[[experiment.x{n}.metric]]\nkind = "exact"\n'
        )
    pathlib.Path("wording.toml").write_text("".join(experiments))
    wrong = 0
    for model, names in MODELS.items():
        chats = [template(name) for name in names]
        for n, shape in enumerate(SHAPES):
            done = run("tune", "export", f"x{n}", "--data", "train.jsonl", "--model", f"demo/{model}", "--for", "trl,axolotl", "-o", "out", "--format", "json")
            warnings = [warning for warning in json.loads(done.stdout)["warnings"] if "chat template" in warning]
            expected = [what for chat in chats for what in trouble(chat, shape)]
            if bool(warnings) != bool(expected) and shape != BY_CHANCE:
                wrong += 1
                print(f"{model}, {shape}: {'; '.join(expected) or 'taken'} by {names[0]}, but the export warns of {warnings or 'nothing'}")
    print(f"{len(MODELS)} models, {len(SHAPES)} orders of turns: {wrong} told wrongly")
    return wrong


def factory():
    write("train.alpaca.jsonl", [])
    counts = dict.fromkeys(["same", "asked for", "other"], 0)
    # A model may be listed twice.
    listed = {}
    for node in ast.walk(ast.parse(pathlib.Path("llamafactory/extras/constants.py").read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "register_model_group"):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if "template" in named:
            theirs = ast.literal_eval(named["template"])
            for sources in named["models"].values:
                listed.setdefault(ast.literal_eval(sources.values[0]), set()).add(theirs)
    for base, theirs in listed.items():
        done = run("tune", "config", "out", "--for", "llama-factory", "--base", base, "--parameters-b", "1", "-o", "factory.yaml")
        if done.returncode:
            assert "cannot tell" in done.stderr, done.stderr
            counts["asked for"] += 1
            continue
        [ours] = [line.split()[1] for line in open("factory.yaml", encoding="utf-8") if line.startswith("template:")]
        counts["same" if ours in theirs else "other"] += 1
        if ours not in theirs:
            print(f"{base}: LLaMA-Factory's template is {' or '.join(sorted(theirs))}, and we write {ours}")
    assert counts["same"] > 200, counts
    print("templates of LLaMA-Factory: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    return counts["other"]


wrong = shapes()
run("tune", "export", "x0", "--data", "train.jsonl", "-o", "out")
sys.exit(bool(wrong + factory()))
