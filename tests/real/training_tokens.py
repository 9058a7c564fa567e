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
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

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
    wrong = ANSWERS[1:] + ANSWERS[:1]
    bad = [{"text": f"{text} of a bad case", "label": label, "output": output} for text, label, output in zip(TEXTS, ANSWERS, wrong)]
    write("bad.jsonl", bad)
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
    fast.save_pretrained("tiny")
    size = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1)
    LlamaForCausalLM(LlamaConfig(vocab_size=len(fast), **size)).save_pretrained("tiny")


def tokens(messages, answer, tokenizer):
    """Tokens of an evaluated prompt, and of an answer behind it."""
    messages = [{key: message[key] for key in ["role", "content"]} for message in messages]
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    whole = tokenizer.apply_chat_template([*messages, {"role": "assistant", "content": answer}], return_dict=False)
    assert whole[: len(prompt)] == prompt
    return prompt, whole[len(prompt) :]


def lines(file):
    return [json.loads(line) for line in open(file, encoding="utf-8")]


def evaluated(folder, tokenizer):
    """Prompts and answers."""
    rows = [row["messages"] for row in lines(f"{folder}/train.openai.jsonl")]
    return [tokens(row[:-1], row[-1]["content"], tokenizer) for row in rows]


def preferred(folder, tokenizer):
    """Prompts, better and worse answers."""
    found = []
    for row in lines(f"{folder}/train.openai-preference.jsonl"):
        answers = [row[key][0]["content"] for key in ["preferred_output", "non_preferred_output"]]
        (prompt, better), (_, worse) = [tokens(row["input"]["messages"], answer, tokenizer) for answer in answers]
        found.append((prompt, better, worse))
    return found


def whole(rows):
    """Prompts with their answers, and what is to be learned of them: the answers."""
    return [(prompt + answer, answer) for prompt, answer in rows]


def learned(ids, labels):
    return ids, [label for label in labels if label != -100]


def hold(what, wanted, found, tokenizer):
    assert len(wanted) == len(found) > 0, (what, len(wanted), len(found))
    for ours, theirs in zip(wanted, found, strict=True):
        for part, (evaluation, training) in enumerate(zip(ours, theirs, strict=True)):
            if evaluation != training:
                ends = [repr(tokenizer.decode(ids)[-200:]) for ids in (evaluation, training)]
                sys.exit(f"{what}: part {part} is {ends[0]} when evaluated and {ends[1]} in training")
    print(f"{what}: {len(found)} the same")


def trl(tokenizer):
    from datasets import Features, Value, load_dataset
    from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

    turns = [{"role": Value("string"), "content": Value("string")}]
    settings = dict(output_dir="out", max_length=None, report_to="none", use_cpu=True, bf16=False)

    def prepared(trainer, config, folder, form, columns):
        # As train.py of `wording tune config` reads it.
        features = Features({column: turns for column in columns}) if columns else None
        rows = load_dataset("json", data_files=f"{folder}/train.{form}.jsonl", split="train", features=features)
        return trainer(model="tiny", args=config(**settings), train_dataset=rows, processing_class=tokenizer).train_dataset

    for folder in ["plain", "bare", "blank", "dates"]:
        wanted = evaluated(folder, tokenizer)
        # The whole conversation is learned.
        rows = prepared(SFTTrainer, SFTConfig, folder, "trl", [])
        hold(f"{folder}: trl", [(ids,) for ids, _ in whole(wanted)], [(row["input_ids"],) for row in rows], tokenizer)
        rows = prepared(SFTTrainer, SFTConfig, folder, "trl-prompt-completion", ["prompt", "completion"])
        found = [learned(row["input_ids"], row["labels"]) for row in rows]
        hold(f"{folder}: trl-prompt-completion", whole(wanted), found, tokenizer)
    for folder in ["plain", "bare", "blank"]:
        wanted = preferred(folder, tokenizer)
        columns = ["prompt", "chosen", "rejected"]
        rows = prepared(DPOTrainer, DPOConfig, folder, "trl-dpo", columns)
        hold(f"{folder}: trl-dpo", wanted, [(row["prompt_ids"], row["chosen_ids"], row["rejected_ids"]) for row in rows], tokenizer)
        # KTO takes the answers of a pair one by one.
        rows = prepared(KTOTrainer, KTOConfig, folder, "trl-dpo", columns)
        for label, answer in [(True, 1), (False, 2)]:
            found = [(row["prompt_ids"], row["completion_ids"]) for row in rows if row["label"] == label]
            hold(f"{folder}: trl-dpo for KTO, {label}", [(row[0], row[answer]) for row in wanted], found, tokenizer)


def factory(tokenizer):
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from transformers import AutoTokenizer

    def prepared(folder, form, info, more):
        place = f"factory-{folder}-{form}"
        shutil.copytree(folder, place)
        shutil.copy(f"{folder}/{info}", f"{place}/dataset_info.json")
        own = AutoTokenizer.from_pretrained("tiny")
        # As llama-factory.yaml of `wording tune config` has it.
        arguments = dict(
            model_name_or_path="tiny", do_train=True, dataset="wording_train", dataset_dir=place, template="chatml", finetuning_type="lora",
            output_dir="out", cutoff_len=200000, overwrite_cache=True, report_to="none", use_cpu=True,
        )
        model, data, training, _, _ = get_train_args(arguments | more)
        template = get_template_and_fix_tokenizer(own, data)
        # LLaMA-Factory reads what DPO learns from as it does for reward models.
        stage = "rm" if more["stage"] == "dpo" else more["stage"]
        return get_dataset(template, model, data, training, stage=stage, tokenizer=own)["train_dataset"]

    for folder in ["plain", "bare"]:
        for form, info in [("alpaca", "dataset_info.json"), ("sharegpt", "dataset_info.sharegpt.json")]:
            rows = prepared(folder, form, info, {"stage": "sft", "mask_history": True})
            found = [learned(row["input_ids"], row["labels"]) for row in rows]
            hold(f"{folder}: {form}", whole(evaluated(folder, tokenizer)), found, tokenizer)
        form = "sharegpt-preference"
        rows = prepared(folder, form, f"dataset_info.{form}.json", {"stage": "dpo"})
        found = [
            [part for kind in ["chosen", "rejected"] for part in learned(row[f"{kind}_input_ids"], row[f"{kind}_labels"])] for row in rows
        ]
        wanted = [(prompt + better, better, prompt + worse, worse) for prompt, better, worse in preferred(folder, tokenizer)]
        hold(f"{folder}: {form}", wanted, found, tokenizer)


def axolotl(tokenizer):
    from axolotl.prompt_strategies.chat_template import load
    from axolotl.prompt_strategies.dpo.chat_template import default
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
        found = [learned(row["input_ids"], row["labels"]) for row in map(strategy.tokenize_prompt, rows)]
        # It ends with the end of the turn, not with the line break behind it.
        hold(f"{folder}: axolotl", [(ids, answer[:-1]) for ids, answer in whole(evaluated(folder, tokenizer))], found, tokenizer)
    # DPO reads the files for TRL, as texts.
    pairs = DictDefault(datasets=[{"type": "chat_template.default", "field_messages": "prompt"}], chat_template="tokenizer_default")
    transform, _ = default(pairs)
    for folder in ["plain", "bare", "blank"]:
        found = []
        for row in load_dataset("json", data_files=f"{folder}/train.trl-dpo.jsonl", split="train"):
            texts = transform(row, tokenizer=tokenizer)
            found.append([tokenizer.encode(texts[part], add_special_tokens=False) for part in ["prompt", "chosen", "rejected"]])
        wanted = [(prompt, better[:-1], worse[:-1]) for prompt, better, worse in preferred(folder, tokenizer)]
        hold(f"{folder}: trl-dpo for axolotl", wanted, found, tokenizer)


if __name__ == "__main__":
    if sys.argv[1] == "project":
        project()
    else:
        from transformers import AutoTokenizer

        {"trl": trl, "factory": factory, "axolotl": axolotl}[sys.argv[1]](AutoTokenizer.from_pretrained("tiny"))
