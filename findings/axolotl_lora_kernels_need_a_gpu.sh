#!/usr/bin/env bash
# axolotl 0.19.0 turns its fused LoRA kernels on by default (`lora_mlp_kernel`, `lora_qkv_kernel`, `lora_o_kernel`, `lora_embedding_kernel`)
# also on a machine without a GPU. A plain LoRA configuration with `bf16: false`, which loads its model and tokenizes its data on the CPU,
# then ends in the first step: the kernels allocate on "cuda". With the four keys set to false the same configuration trains.
#
# Seen: "default: rc 1, RuntimeError: Found no NVIDIA driver on your system", "kernels off: rc 0".
#
# Installs axolotl 0.19.0 (PyPI, several GB) into a temporary folder and trains a random model of half a million parameters on eight rows.
# Needs a machine without a GPU. Exits with 1 when the behaviour has changed. AXOLOTL_PYTHON names a Python that has it instead.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python=${AXOLOTL_PYTHON:-$place/venv/bin/python}
if [ ! -x "$python" ]; then
  python3 -m venv "$place/venv"
  "$place/venv/bin/pip" install --quiet axolotl==0.19.0
fi
cd "$place"
export HF_HUB_OFFLINE=1 AXOLOTL_DO_NOT_TRACK=1 HF_HOME="$place/hf"
"$python" - > make.log 2>&1 <<'PY'
import json
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>", pad_token="<eos>", bos_token="<bos>")
fast.save_pretrained("tiny")
size = dict(hidden_size=64, intermediate_size=256, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2)
LlamaForCausalLM(LlamaConfig(vocab_size=len(fast), eos_token_id=fast.eos_token_id, bos_token_id=fast.bos_token_id, **size)).save_pretrained("tiny")
with open("rows.jsonl", "w") as out:
    for i in range(8):
        out.write(json.dumps({"instruction": f"Name the number {i}.", "input": "", "output": str(i)}) + "\n")
PY
cat > base.yaml <<'Y'
base_model: tiny
adapter: lora
lora_target_linear: true
lora_r: 8
lora_alpha: 16
datasets:
  - path: rows.jsonl
    ds_type: json
    type: alpaca
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
cp base.yaml off.yaml
printf 'lora_%s_kernel: false\n' mlp qkv o embedding >> off.yaml
"$python" -c 'from importlib.metadata import version as v; print("axolotl", v("axolotl"), "torch", v("torch"))'
train() { # FILE
  rm -rf out last_run_prepared
  "$python" -m axolotl.cli.train "$1" > "$1.log" 2>&1
}
default=0 off=0
train base.yaml || default=$?
train off.yaml || off=$?
why=$(grep -o 'RuntimeError: Found no NVIDIA driver on your system' base.yaml.log | tail -1 || true)
echo "default: rc $default, $why"
echo "kernels off: rc $off"
[ "$default" != 0 ] && [ -n "$why" ] && [ "$off" = 0 ]
