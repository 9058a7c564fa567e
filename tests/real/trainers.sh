#!/usr/bin/env bash
# Runs the configurations that `wording tune config --cpu` writes, not only reads them: TRL's script, LLaMA-Factory's YAML and axolotl's
# train a random model of half a million parameters on the sample's training files, three epochs each, on a CPU.
# Usage: tests/real/trainers.sh [path of the wording binary]
# TRAIN_VENV, FACTORY_VENV and AXOLOTL_VENV name environments with trl, llamafactory and axolotl (else made: some GB each). axolotl 0.21 is for
# Python 3.12: on 3.13 it runs too, but one of its pins, zstandard 0.22, cannot be built there. Only bin/python of AXOLOTL_VENV is started, so that
# it may be a program that starts the Python of another system.
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
here=$(realpath tests/real)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
train=${TRAIN_VENV:-$place/train-venv}
factory=${FACTORY_VENV:-$place/factory-venv}
axolotl=${AXOLOTL_VENV:-$place/axolotl-venv}
if ! "$train/bin/python" -c 'import trl, peft, datasets, accelerate' 2> /dev/null; then
  python3 -m venv "$train"
  "$train/bin/pip" install --quiet torch==2.15.0 transformers==5.24.0 trl==1.16.0 peft==0.21.2 datasets==5.2.0 accelerate==1.15.0
fi
if [ ! -x "$factory/bin/llamafactory-cli" ]; then
  python3 -m venv "$factory"
  "$factory/bin/pip" install --quiet llamafactory==0.9.5
fi
if ! "$axolotl/bin/python" -c 'import axolotl' 2> /dev/null; then
  python3.12 -m venv "$axolotl"
  "$axolotl/bin/pip" install --quiet axolotl==0.21.0
fi
export HF_HUB_OFFLINE=1 AXOLOTL_DO_NOT_TRACK=1 HF_HOME="$place/hf" TOKENIZERS_PARALLELISM=false
cd "$place"
"$factory/bin/python" - tiny-0.0005B <<'PY'
import sys
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
alphabet = pre_tokenizers.ByteLevel.alphabet()
tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(sorted(alphabet))}, []))
tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>", bos_token="<|im_start|>")
fast.chat_template = ("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
                      "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
fast.save_pretrained(sys.argv[1])
LlamaForCausalLM(LlamaConfig(vocab_size=len(fast), hidden_size=64, intermediate_size=256, num_hidden_layers=4, num_attention_heads=4,
                             num_key_value_heads=2, eos_token_id=fast.eos_token_id, bos_token_id=fast.bos_token_id,
                             pad_token_id=fast.pad_token_id)).save_pretrained(sys.argv[1])
PY
"$wording" init -q project > /dev/null
cd project
"$wording" run sentiment -q > /dev/null
"$wording" tune export sentiment -q > /dev/null
for trainer in trl llama-factory axolotl; do
  "$wording" tune config -q --for $trainer --cpu --base "$place/tiny-0.0005B" --template smollm
done
cd tuning
say() { printf '\n== %s\n' "$*"; }
say "TRL: train.py"
"$train/bin/python" train.py > "$place/trl.log" 2>&1 || { tail -20 "$place/trl.log"; exit 1; }
ls out/adapter_model.safetensors
rm -r out
say "LLaMA-Factory: llama-factory.yaml"
"$factory/bin/llamafactory-cli" train llama-factory.yaml > "$place/factory.log" 2>&1 || { tail -20 "$place/factory.log"; exit 1; }
ls out/adapter_model.safetensors
rm -r out
say "axolotl: axolotl.yaml"
"$axolotl/bin/python" -m axolotl.cli.train axolotl.yaml > "$place/axolotl.log" 2>&1 || { tail -20 "$place/axolotl.log"; exit 1; }
ls out/adapter_model.safetensors
steps=$(ls -d out/checkpoint-* | grep -o '[0-9]*$' | sort -n | tail -1)
# 22 examples, 8 a step, three epochs: none was left out for its length.
[ "$steps" = 9 ] || { echo "axolotl took $steps steps, not 9"; exit 1; }
printf '\nall trained\n'
TRAIN_VENV=$train FACTORY_VENV=$factory AXOLOTL_VENV=$axolotl "$here/training_tokens.sh" "$wording"
