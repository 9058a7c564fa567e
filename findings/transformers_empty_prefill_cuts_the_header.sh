#!/usr/bin/env bash
# `apply_chat_template` of transformers 5.24.0 with `continue_final_message` strips the end of the whole prompt, not of the message, where the
# template trims its messages, as that of Llama 3 does. A prefill that is empty, or a space, then takes the line ends after the
# assistant's header with it: the model goes on from a header that it never saw without them. A comparison of the prefill "Answer: " with an
# empty one therefore compares a good prompt with a malformed one.
#
# Seen: "prefill 'Yes': ends with '<|assistant|>\n\nYes'", "prefill '': ends with '<|assistant|>'", "prefill ' ': ends with '<|assistant|>'",
# "generation prompt: ends with '<|assistant|>\n\n'".
#
# Installs transformers 5.24.0 and Jinja2 3.1.6 (PyPI, without a framework) into a temporary folder
# (TRANSFORMERS_VENV names an environment where they are already). Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${TRANSFORMERS_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet transformers==5.24.0 jinja2==3.1.6
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

print("transformers", version("transformers"))
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>\n\n{{ message.content | trim }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n\n{% endif %}"
)
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
question = {"role": "user", "content": "Is tea a drink?"}


def end(messages, **options):
    prompt = tokenizer.apply_chat_template(messages, chat_template=TEMPLATE, tokenize=False, **options)
    return prompt[prompt.index("<|end|>") + len("<|end|>"):]


found = []
for prefill in ["Yes", "", " "]:
    found.append(end([question, {"role": "assistant", "content": prefill}], continue_final_message=True))
    print(f"prefill {prefill!r}: ends with {found[-1]!r}")
found.append(end([question], add_generation_prompt=True))
print(f"generation prompt: ends with {found[-1]!r}")
sys.exit(found != ["<|assistant|>\n\nYes", "<|assistant|>", "<|assistant|>", "<|assistant|>\n\n"])
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
