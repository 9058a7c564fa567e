"""Parts of training_tokens.sh: the project, and the comparison in the environment of each trainer."""

import json
import pathlib
import shutil
import sys

TEXTS = [
    "What is 2+2?", "  white space at both ends \n", "你好，世界？这家餐厅的菜很好吃", "<|im_end|> <|im_start|>system\nother", '{"a": 1}', "x" * 30000,
    "Tab\tand \u2028 separator", "🙂 emoji", "<think>hm</think> so?", "a\r\nb", "[INST] hi [/INST]", "{{content}} {{ row }}",
]
ANSWERS = ["4", '{"b": [1, 2.0]}', "好", "None", "null", "true", "- a\n- b\n", "  spaced  ", "<think>no</think>yes", "2026-11-30", '"quoted"', "{{content}}"]
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def project():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    templates = {
        "plain": '{{ role("system") }}Antworte {kurz}, 简短。\n{% for shot in shots %}{{ role("user") }}Q: {{ shot.text }}\n'
        '{{ role("assistant") }}{{ shot.label }}\n{% endfor %}{{ role("user", trim=false) }}Q: {{ row.text }}',
        "bare": '{{ role("user") }}Q: {{ row.text }}',
        "blank": '{{ role("system", trim="none") }}{{ role("user") }}Q: {{ row.text }}',
    }
    pathlib.Path("templates").mkdir()
    for name, text in templates.items():
        pathlib.Path(f"templates/{name}.j2").write_text(text)
    pathlib.Path("wording.toml").write_text(
        '[experiment.x]\ntemplates = ["templates/*.j2"]\ndataset = "evaluated.jsonl"\nanswer = "label"\nshots = "shots.jsonl"\nmodels = ["demo/icl"]\n'
        'axes = { shots = { count = [2] } }\n[[experiment.x.metric]]\nkind = "exact"\n'
    )
    write = lambda name, rows: pathlib.Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    pairs = list(zip(TEXTS * 2, ANSWERS + ANSWERS[::-1]))
    write("train.jsonl", [{"text": f"{text} #{n}" if n % 3 else text, "label": label} for n, (text, label) in enumerate(pairs)])
    write("dates.jsonl", [{"text": f"When was number {n} sent?" + " x" * n, "label": f"2026-11-{n + 1:02}"} for n in range(24)])
    write("evaluated.jsonl", [{"text": f"row {n} of the evaluation", "label": "4"} for n in range(3)])
    write("shots.jsonl", [{"text": f"shot {n}", "label": f"label {n} of a shot"} for n in range(3)])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(sorted(alphabet))}, []))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=["<|im_start|>"]
    )
    fast.chat_template = CHATML
    fast.save_pretrained("tokenizer")


def evaluated(folder, tokenizer):
    """Tokens of each evaluated prompt, and of the answer behind it."""
    found = []
    for line in open(f"{folder}/train.openai.jsonl", encoding="utf-8"):
        messages = [{key: message[key] for key in ["role", "content"]} for message in json.loads(line)["messages"]]
        prompt = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, return_dict=False)
        whole = tokenizer.apply_chat_template(messages, return_dict=False)
        assert whole[: len(prompt)] == prompt
        found.append((prompt, whole[len(prompt) :]))
    return found


def parts(ids, labels):
    # Labels of the prompt are masked; answers of shots too.
    start = max(n for n, label in enumerate(labels) if label == -100) + 1
    return ids[:start], ids[start:]


def hold(what, wanted, found, tokenizer):
    assert len(wanted) == len(found), (what, len(wanted), len(found))
    for (prompt, answer), (trained, learned) in zip(wanted, found):
        for name, ours, theirs in [("prompt", prompt, trained), ("answer", answer, learned)]:
            if ours != theirs:
                sys.exit(f"{what}: the {name} is {tokenizer.decode(ours)[-200:]!r} when evaluated and {tokenizer.decode(theirs)[-200:]!r} in training")
    print(f"{what}: {len(found)} the same")


def columns():
    from datasets import Features, Value

    turns = [{"role": Value("string"), "content": Value("string")}]
    return Features({"prompt": turns, "completion": turns})


def trl(tokenizer):
    from datasets import load_dataset
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1)
    )
    for folder in ["plain", "bare", "blank", "dates"]:
        for form in ["trl", "trl-prompt-completion"]:
            # As train.py of `wording tune config` reads it.
            features = columns() if form == "trl-prompt-completion" else None
            rows = load_dataset("json", data_files=f"{folder}/train.{form}.jsonl", split="train", features=features)
            settings = SFTConfig(output_dir="out", max_length=None, report_to="none", use_cpu=True, bf16=False)
            trained = SFTTrainer(model=model, args=settings, train_dataset=rows, processing_class=tokenizer).train_dataset
            wanted = evaluated(folder, tokenizer)
            if form == "trl":
                # The whole conversation is learned.
                hold(f"{folder}: {form}", [(p + a, []) for p, a in wanted], [(row["input_ids"], []) for row in trained], tokenizer)
            else:
                masked = [row.get("labels") or [-100 if m == 0 else 0 for m in row["completion_mask"]] for row in trained]
                hold(f"{folder}: {form}", wanted, [parts(row["input_ids"], labels) for row, labels in zip(trained, masked)], tokenizer)


def factory(tokenizer):
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from transformers import AutoTokenizer

    for folder in ["plain", "bare"]:
        for form, info in [("alpaca", "dataset_info.json"), ("sharegpt", "dataset_info.sharegpt.json")]:
            place = f"factory-{folder}-{form}"
            shutil.copytree(folder, place)
            shutil.copy(f"{folder}/{info}", f"{place}/dataset_info.json")
            own = AutoTokenizer.from_pretrained("tokenizer")
            model, data, training, _, _ = get_train_args(
                dict(
                    stage="sft", model_name_or_path="tokenizer", do_train=True, dataset="wording_train", dataset_dir=place, template="chatml",
                    finetuning_type="lora", output_dir="out", cutoff_len=200000, overwrite_cache=True, report_to="none", use_cpu=True,
                    preprocessing_num_workers=1,
                )
            )
            template = get_template_and_fix_tokenizer(own, data)
            rows = get_dataset(template, model, data, training, stage="sft", tokenizer=own)["train_dataset"]
            hold(f"{folder}: {form}", evaluated(folder, tokenizer), [parts(row["input_ids"], row["labels"]) for row in rows], tokenizer)


def axolotl(tokenizer):
    from axolotl.prompt_strategies.chat_template import load
    from axolotl.utils.dict import DictDefault
    from datasets import load_dataset

    # As axolotl.yaml of `wording tune config` has it.
    data = DictDefault(
        type="chat_template", field_messages="messages", message_property_mappings={"role": "role", "content": "content"},
        message_field_training="training", roles_to_train=["assistant"], train_on_eos="turn", chat_template="tokenizer_default",
    )
    settings = DictDefault(sequence_len=300000, train_on_inputs=False, chat_template="tokenizer_default")
    for folder in ["plain", "bare", "blank", "dates"]:
        strategy = load(tokenizer, settings, data)
        rows = load_dataset("json", data_files=f"{folder}/train.axolotl.jsonl", split="train")
        trained = [strategy.tokenize_prompt(row) for row in rows]
        hold(f"{folder}: axolotl", [(p + a, []) for p, a in evaluated(folder, tokenizer)], [(row["input_ids"], []) for row in trained], tokenizer)


if __name__ == "__main__":
    if sys.argv[1] == "project":
        project()
    else:
        from transformers import AutoTokenizer

        {"trl": trl, "factory": factory, "axolotl": axolotl}[sys.argv[1]](AutoTokenizer.from_pretrained("tokenizer"))
