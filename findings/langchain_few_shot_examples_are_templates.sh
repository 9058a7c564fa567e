#!/usr/bin/env bash
# `FewShotPromptTemplate` of langchain-core 1.8.3 joins the rendered examples with the rest of the prompt and renders that once more, so what
# stands in an example is a template too. An example whose answer is JSON ends with a KeyError, `{}` with an IndexError; doubled braces lose one
# of each, so the model is shown other code than the row has; and where an example quotes the name of an input, the question of the row at hand
# is put into it. `FewShotChatMessagePromptTemplate` leaves the same examples as they are.
#
# Seen: "{"city": "Rome"}: KeyError", "{}: IndexError", "${{name}}: A: ${name}", "{question}: A: Which city?", "chat: all four as they are".
#
# Installs langchain-core 1.8.3 (PyPI) into a temporary folder (LANGCHAIN_VENV names an environment where it is already).
# Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
venv=${LANGCHAIN_VENV:-$place/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet langchain-core==1.8.3
fi
cat > "$place/ask.py" <<'PY'
import sys
from importlib.metadata import version

from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate, FewShotPromptTemplate, PromptTemplate

print("langchain-core", version("langchain-core"))
ANSWERS = ['{"city": "Rome"}', "{}", "${{name}}", "{question}"]
one = PromptTemplate.from_template("Q: {q}\nA: {a}")
turn = ChatPromptTemplate.from_messages([("human", "{q}"), ("ai", "{a}")])
found, chat = [], []
for answer in ANSWERS:
    examples = [{"q": "Say it.", "a": answer}]
    prompt = FewShotPromptTemplate(examples=examples, example_prompt=one, suffix="Q: {question}\nA:", input_variables=["question"])
    try:
        found.append(prompt.format(question="Which city?").splitlines()[1])
    except (KeyError, IndexError) as error:
        found.append(type(error).__name__)
    print(f"{answer}: {found[-1]}")
    shots = FewShotChatMessagePromptTemplate(examples=examples, example_prompt=turn)
    messages = ChatPromptTemplate.from_messages([shots, ("human", "{question}")]).format_messages(question="Which city?")
    chat.append(messages[1].content)
print("chat:", "all four as they are" if chat == ANSWERS else chat)
sys.exit(found != ["KeyError", "IndexError", "A: ${name}", "A: Which city?"] or chat != ANSWERS)
PY
"$venv/bin/python" "$place/ask.py" 2> "$place/err" || { cat "$place/err"; exit 1; }
