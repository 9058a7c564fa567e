"""What lm-eval and Inspect make of an output: recipes, each a function (row, expected) -> score from 0 to 1."""

import asyncio
import re
import string

from inspect_ai.model import ModelName, ModelOutput
from inspect_ai.model._reasoning import parse_content_with_reasoning
from inspect_ai.scorer import Target, answer, choice, exact, f1, includes, match, math, pattern
from inspect_ai.solver import TaskState
from inspect_ai.solver._multiple_choice import parse_answers, set_choices_based_on_generated_response
from lm_eval.api.metrics import exact_match_hf_evaluate
from lm_eval.filters.extraction import MultiChoiceRegexFilter, RegexFilter
from lm_eval.models.utils import postprocess_generated_text

LOOSE = {"ignore_case": True, "ignore_punctuation": True}


def without_thoughts(output):
    """As lm-eval does with `think_end_token`."""
    return postprocess_generated_text(output, None, "</think>")


class LmEval:
    """A filter, then `exact_match`. `choose` returns the filter for a set of labels or a pattern, and the form of targets."""

    def __init__(self, choose, **comparison):
        self.choose, self.comparison, self.filtered = choose, comparison, {}

    def prepare(self, rows):
        """Filter all outputs of one filter at once: a filter prepares much for each call."""
        batches = {}
        for row in rows:
            made, _ = self.choose(row)
            batches.setdefault(getattr(made, "regex_pattern", None), (made, []))[1].append(row)
        for made, members in batches.values():
            outputs = [[without_thoughts(row["output"])] for row in members]
            docs = [{"choices": row["choices"]} for row in members]
            for row, result in zip(members, made.apply(outputs, docs) if made else outputs):
                self.filtered[row["id"]] = result[0]

    def __call__(self, row, expected):
        _, form = self.choose(row)
        found = exact_match_hf_evaluate([self.filtered[row["id"]]], [form(row, str(expected))], **self.comparison)
        return float(found["exact_match"])


def as_it_is(_, expected):
    return expected


def whole(row):
    return None, as_it_is


# tasks/mmlu_pro, tasks/gpqa/generative, tasks/bbh, tasks/gsm8k, tasks/triviaqa
def mmlu_pro(row):
    return RegexFilter(r"answer is \(?([ABCDEFGHIJ])\)?"), as_it_is


def bracketed(row, expected):
    return f"({string.ascii_uppercase[row['labels'].index(expected)]})"


def gpqa(row):
    return MultiChoiceRegexFilter(r"(\([A-Z]\))", -1, **LOOSE), bracketed


def last_word(row):
    words = "|".join(re.escape(label) for label in row["labels"])
    return RegexFilter(rf"(?i)(?<!\w)({words})(?!\w)", -1), as_it_is


def gsm8k_strict(row):
    return RegexFilter(r"#### (\-?[0-9\.\,]+)"), as_it_is


def gsm8k_flexible(row):
    return RegexFilter(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", -1), as_it_is


def own_pattern(row):
    return RegexFilter(row["metric"]["pattern"]), as_it_is


GSM8K = {"ignore_case": True, "regexes_to_ignore": [",", r"\$", r"(?s).*#### ", r"\.$"]}


class Inspect:
    """A scorer, for the state that a model's reply leaves."""

    def __init__(self, make):
        self.make = make

    def prepare(self, rows):
        pass

    def __call__(self, row, expected):
        text, _ = parse_content_with_reasoning(row["output"])
        state = TaskState(ModelName("mock/model"), 1, 1, "", [], choices=row["choices"])
        state.output = ModelOutput.from_content("mock/model", text)
        scorer = self.make(row)
        if scorer is CHOICE:
            set_choices_based_on_generated_response(state, parse_answers(state, False))
        result = asyncio.run(scorer(state, Target(str(expected))))
        return {"C": 1.0, "I": 0.0, "N": 0.0}.get(result.value, result.value)


CHOICE = choice()
MATCH_END, MATCH_ANY, MATCH_EXACT = match(), match("any"), match("exact")
CASE_EXACT = match("exact", ignore_case=False)
NUMBER_END, NUMBER_ANY, MATH = match(numeric=True), match("any", numeric=True), math(timeout=20)
LETTER, WORD, LINE = answer("letter"), answer("word"), answer("line")
INCLUDES, EXACT, F1 = includes(), exact(), f1()

RECIPES = {
    "label, letters": {
        ("lm-eval", "`regex` of mmlu_pro"): LmEval(mmlu_pro, **LOOSE),
        ("lm-eval", "`multi_choice_regex` of gpqa"): LmEval(gpqa, **LOOSE),
        ("Inspect", "`choice()`"): Inspect(lambda row: CHOICE),
        ("Inspect", '`answer("letter")`'): Inspect(lambda row: LETTER),
        ("Inspect", "`match()`"): Inspect(lambda row: MATCH_END),
    },
    "label, words": {
        ("lm-eval", "`multi_choice_regex`, labels as choices"): LmEval(gpqa, **LOOSE),
        ("lm-eval", "`regex`, the last label as in bbh"): LmEval(last_word, **LOOSE),
        ("lm-eval", "`exact_match`"): LmEval(whole, **LOOSE),
        ("Inspect", '`match("any")`'): Inspect(lambda row: MATCH_ANY),
        ("Inspect", "`match()`"): Inspect(lambda row: MATCH_END),
        ("Inspect", '`answer("line")`'): Inspect(lambda row: LINE),
    },
    "number": {
        ("lm-eval", "`strict-match` of gsm8k"): LmEval(gsm8k_strict, **GSM8K),
        ("lm-eval", "`flexible-extract` of gsm8k"): LmEval(gsm8k_flexible, **GSM8K),
        ("Inspect", "`match(numeric=True)`"): Inspect(lambda row: NUMBER_END),
        ("Inspect", '`match("any", numeric=True)`'): Inspect(lambda row: NUMBER_ANY),
        ("Inspect", "`math()`"): Inspect(lambda row: MATH),
    },
    "exact": {
        ("lm-eval", "`exact_match`"): LmEval(whole),
        ("Inspect", '`match("exact", ignore_case=False)`'): Inspect(lambda row: CASE_EXACT),
    },
    "normalized": {
        ("lm-eval", "`exact_match`, no case, no punctuation"): LmEval(whole, **LOOSE),
        ("Inspect", "`exact()`"): Inspect(lambda row: EXACT),
        ("Inspect", '`match("exact")`'): Inspect(lambda row: MATCH_EXACT),
    },
    "contains": {("Inspect", "`includes()`"): Inspect(lambda row: INCLUDES)},
    "regex": {
        ("lm-eval", "`regex`, then `exact_match`"): LmEval(own_pattern, **LOOSE),
        ("Inspect", "`pattern()`"): Inspect(lambda row: pattern(row["metric"]["pattern"])),
    },
    "f1": {("Inspect", "`f1()`"): Inspect(lambda row: F1)},
}
RECIPES["label, in outputs with thoughts"] = RECIPES["label, words"]


def promptfoo_assertions(kind, row, expected):
    """The assertions that ask the same of an output: {recipe: assertion}."""
    text = expected if isinstance(expected, str) else str(expected)
    if kind.startswith("label"):
        return {"`icontains`": {"type": "icontains", "value": text}, "`equals`": {"type": "equals", "value": text}}
    if kind == "number":
        return {"`contains`": {"type": "contains", "value": text}, "`equals`": {"type": "equals", "value": text}}
    if kind in ("exact", "normalized"):
        return {"`equals`": {"type": "equals", "value": text}}
    if kind == "contains":
        return {"`icontains`": {"type": "icontains", "value": text}}
    if kind == "regex":
        return {"`regex`, which compares nothing": {"type": "regex", "value": row["metric"]["pattern"]}}
    if kind == "json":
        schema = row["metric"].get("schema") or {}
        if not isinstance(expected, dict) and row["metric"].get("fields"):
            return {}
        for path in row["metric"].get("fields") or []:
            schema = {"allOf": [schema, nested(path.split("."), expected)]}
        return {
            "`contains-json`, values as a schema": {"type": "contains-json", "value": schema},
            "`is-json`, values as a schema": {"type": "is-json", "value": schema},
        }
    if kind == "rubric":
        return {"`llm-rubric`": {"type": "llm-rubric", "value": "It is polite.", "reply": row["output"]}}
    return {}


def nested(path, expected):
    """A JSON Schema that asks for one value."""
    if not path:
        return {"const": expected}
    name, rest = path[0], path[1:]
    if name.isdigit():
        inner = expected[int(name)] if int(name) < len(expected) else None
        return {"type": "array", "minItems": int(name) + 1, "items": [{}] * int(name) + [nested(rest, inner)]}
    return {"type": "object", "required": [name], "properties": {name: nested(rest, expected.get(name))}}
