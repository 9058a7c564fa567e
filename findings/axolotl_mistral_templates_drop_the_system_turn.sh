#!/usr/bin/env bash
# axolotl 0.21.0 has chat templates for Mistral models (`chat_template: mistral_v2v3`, `mistral_v3_tekken`, `pixtral`) that write the system turn
# into the last user turn, if that is the last turn. A prompt ends so, but what is trained ends with an answer: then the system turn is
# nowhere. The model learns without the instructions that it is asked with.
#
# Seen, for each of the three: "asked with the system turn: True, trained with it: False"; for mistral_v1 and mistral_v7_tekken both are True.
#
# Installs axolotl 0.21.0 (PyPI, several GB, Python 3.12) into a temporary folder and tokenizes one conversation. Exits with 1 when the
# behaviour has changed. AXOLOTL_PYTHON names a Python that has it instead.
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
cat > tokens.py <<'PY'
from importlib.metadata import version
from axolotl.prompt_strategies.chat_template import load
from axolotl.utils.chat_templates import get_chat_template
from axolotl.utils.dict import DictDefault
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

print("axolotl", version("axolotl"))
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
bytes_of = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
bytes_of.pre_tokenizer, bytes_of.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
prompt = [{"role": "system", "content": "Reply in one word."}, {"role": "user", "content": "Is 7 a prime?"}]
answer = {"role": "assistant", "content": "yes"}
changed = False
for name, kept in [("mistral_v1", True), ("mistral_v2v3", False), ("mistral_v3_tekken", False), ("pixtral", False), ("mistral_v7_tekken", True)]:
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bytes_of, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    data = DictDefault(type="chat_template", chat_template=name, field_messages="messages", roles_to_train=["assistant"])
    strategy = load(tokenizer, DictDefault(sequence_len=4096, train_on_inputs=False, chat_template=name), data)
    trained = tokenizer.decode(strategy.tokenize_prompt({"messages": [*prompt, answer]})["input_ids"])
    asked = tokenizer.apply_chat_template(prompt, chat_template=get_chat_template(name), tokenize=False, add_generation_prompt=True)
    seen = [prompt[0]["content"] in text for text in (asked, trained)]
    print(f"{name}: asked with the system turn: {seen[0]}, trained with it: {seen[1]}")
    changed |= seen != [True, kept] or "yes" not in trained
raise SystemExit(changed)
PY
"$python" tokens.py 2> tokens.log || { tail -5 tokens.log; exit 1; }
