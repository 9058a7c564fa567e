#!/usr/bin/env bash
# axolotl 0.21.0 trains DPO on prompts with two tokens for the beginning of a text, where the tokenizer adds one and the chat template
# writes one. Its type `chat_template.default` renders the template to a text, which TRL's DPOTrainer
# tokenizes with special tokens. AxolotlDPOTrainer has a method `_tokenize` that removes the second token, but TRL 1.14.1, which axolotl pins,
# calls a function of a module and no method of the trainer. The model learns prompts that differ from those that it is asked at inference.
#
# Seen: "DPO learns '<bos><bos>[user]', the chat template gives '<bos>[user]'".
#
# Installs axolotl 0.21.0 (PyPI, several GB, Python 3.12) into a temporary folder and prepares eight pairs for a random model. Exits with 1
# when the behaviour has changed. AXOLOTL_PYTHON names a Python that has it instead.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python=${AXOLOTL_PYTHON:-$place/venv/bin/python}
if [ ! -x "$python" ]; then
  python3.12 -m venv "$place/venv"
  "$place/venv/bin/pip" install --quiet axolotl==0.21.0
fi
cd "$place"
export HF_HUB_OFFLINE=1 AXOLOTL_DO_NOT_TRACK=1 HF_HOME="$place/hf"
"$python" - > make.log 2>&1 <<'PY'
import json
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
tokenizer.add_special_tokens(["<bos>", "<eos>"])
tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", tokenizer.token_to_id("<bos>"))])
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>", pad_token="<eos>")
fast.chat_template = ("{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}<eos>{% endfor %}"
                      "{% if add_generation_prompt %}[assistant]{% endif %}")
fast.save_pretrained("tiny")
size = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1)
LlamaForCausalLM(LlamaConfig(vocab_size=len(fast), eos_token_id=fast.eos_token_id, bos_token_id=fast.bos_token_id, **size)).save_pretrained("tiny")
turn = lambda role, text: [{"role": role, "content": text}]
with open("pairs.jsonl", "w") as out:
    for i in range(8):
        out.write(json.dumps({"prompt": turn("user", f"{i}?"), "chosen": turn("assistant", str(i)), "rejected": turn("assistant", "no")}) + "\n")
PY
cat > dpo.yaml <<'Y'
base_model: tiny
rl: dpo
chat_template: tokenizer_default
datasets:
  - path: pairs.jsonl
    ds_type: json
    split: train
    type: chat_template.default
    field_messages: prompt
val_set_size: 0
sequence_len: 512
micro_batch_size: 4
gradient_accumulation_steps: 1
num_epochs: 1
learning_rate: 0.0002
optimizer: adamw_torch
lr_scheduler: cosine
bf16: false
gradient_checkpointing: false
output_dir: out
Y
cat > prepare.py <<'PY'
if __name__ == "__main__":
    from axolotl.cli.args import TrainerCliArgs
    from axolotl.cli.config import load_cfg
    from axolotl.common.datasets import load_preference_datasets
    from axolotl.train import setup_model_and_trainer

    cfg = load_cfg("dpo.yaml")
    trainer = setup_model_and_trainer(cfg, load_preference_datasets(cfg=cfg, cli_args=TrainerCliArgs()))[0]
    tokenizer = trainer.processing_class
    learned = tokenizer.decode(trainer.train_dataset[0]["prompt_ids"]).split("]")[0] + "]"
    asked = tokenizer.apply_chat_template([{"role": "user", "content": "x"}], tokenize=False).split("]")[0] + "]"
    print(f"DPO learns {learned!r}, the chat template gives {asked!r}")
PY
"$python" -c 'from importlib.metadata import version as v; print("axolotl", v("axolotl"), "trl", v("trl"))'
timeout 300 "$python" prepare.py > prepare.log 2>&1 || { tail -5 prepare.log; exit 1; }
seen=$(grep '^DPO learns' prepare.log)
echo "$seen"
[ "$seen" = "DPO learns '<bos><bos>[user]', the chat template gives '<bos>[user]'" ]
