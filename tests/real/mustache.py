"""Records what Prompty 2.1.0 makes of small Mustache templates (by chevron 0.14.0), and which messages it sends for whole files.

    python -m venv V && V/bin/pip install prompty==2.1.0 chevron==0.14.0 openai && V/bin/python mustache.py OUT_FOLDER

`cargo test dialect` and `cargo test prompty` hold this program to the record.
"""

import json
import pathlib
import sys
import tempfile
from types import SimpleNamespace

import prompty
from prompty.renderers import MustacheRenderer

SIDE = {
    "n": 3, "f": 2.5, "one": 1.0, "t": True, "no": False, "nil": None, "s": "a b", "e": "", "z": 0,
    "list": [1, "b", None, True, 2.5], "words": ["pear", "Apple", "fig"], "empty": [], "map": {"k": 1, "a b": 2}, "nothing": {},
    "items": [{"id": 2, "name": "Zoe", "on": True, "o": {"x": 1}}, {"id": 10, "name": "amy", "on": False, "o": {"x": 0}}, {"id": 1, "name": "Bob"}],
    "nested": [[1, 2], [3, 4]], "keys": {"b": 1, "10": 2, "a": 3}, "html": "<b a=\"1\">'&amp;",
}
VALUES = {
    "string": "Hello wide world", "text": "h\u00e9llo \u00df", "blank": "", "space": "  x \n", "digits": "42", "html": "<b a=\"1\">'&`",
    "int": 7, "zero": 0, "negative": -2.5, "float": 1.0, "nofloat": 0.0, "minus": -0.0, "thousand": 1e3, "big": 1e21, "ten": 1e16,
    "nine": 123456789012345.6, "small": 1.5e-7, "tiny": 0.00001, "third": 1 / 3, "large": 123456789012345678, "yes": True, "no": False,
    "nil": None, "list": [3, 1, 2], "strings": ["b", "it's", 'say "x"', "'\""], "mixed": [1, "1", True, None, 0, "", [2, 3], {}],
    "empty": [], "map": {"b": 1, "a": [1, 2], "c": None}, "none": {}, "deep": {"a": {"b": [{"c": "x"}]}}, "lines": "one\ntwo\n",
    "odd": ["\u00e9\u0301", "\u200b\u00a0\u2028\u0007\u007f", "\U000e0001\U0001f600\u0378", "a\tb\\\r\n"], "maps": [{"x": 1}, {"x": 0.5}, {"v": "own"}],
}
PLAIN = r"""
{{v}}|{{{v}}}|{{&v}}|{{& v }}|{{ v }}|{{{ v }}}
{{v.a}}|{{v.b}}|{{v.a.b}}|{{v.x.y}}
{{v.0}}
{{v.-1}}|{{v. 1 }}
{{v.real}}|{{v.imag}}
{{#v}}<{{.}}>{{/v}}
{{#v}}yes{{/v}}{{^v}}no{{/v}}
{{^v}}none {{.}} {{{.}}}{{/v}}
{{#v}}{{x}}{{s}}{{v}};{{/v}}
{{#v}}{{#.}}[{{.}}]{{/.}};{{/v}}
{{#v}}{{^.}}e{{/.}};{{/v}}
{{#v}}{{#v}}{{.}}{{/v}};{{/v}}
{{#v}}\n- {{.}}\n{{/v}}\nend
{{#v.a}}{{.}}{{/v.a}}{{^v.a}}none{{/v.a}}
a{{#missing}}{{v}}{{/missing}}b{{^missing}}{{v}}{{/missing}}c
{{#s}}{{v}}{{/s}}{{#t}}{{v}}{{/t}}{{#n}}{{v}}{{/n}}{{#z}}{{v}}{{/z}}{{#nil}}{{v}}{{/nil}}
"""
ONCE = r"""
{{#items}}{{name}}{{o.x}}{{#on}}!{{/on}}{{^on}}?{{/on}}, {{/items}}
{{#items}}{{s}}{{id}}{{#o}}{{x}}{{name}}{{/o}};{{/items}}
{{#nested}}{{#.}}{{.}},{{/.}};{{/nested}}|{{#nested}}{{.}}{{/nested}}|{{nested.1.0}}
{{list}}|{{map}}|{{t}}|{{no}}|{{nil}}|{{z}}|{{f}}|{{one}}|{{unknown}}|{{empty}}|{{nothing}}|{{keys}}|{{items}}
{{{list}}}|{{{map}}}|{{{items}}}|{{{html}}}|{{html}}|{{&html}}
{{map.k}}|{{map.a b}}|{{map.missing.deeper}}|{{words.1}}|{{words.9}}|{{items.0.name}}|{{keys.10}}
{{.}}
{{{.}}}
{{#t}}{{.}}{{/t}}
{{#t}}{{{.}}}{{#n}}{{.}}{{/n}}{{/t}}
{{^no}}{{.}}{{/no}}|{{^no}}{{s}}{{/no}}|{{^no}}{{^no}}x{{/no}}{{/no}}
{{#list}}({{.}}){{/list}}|{{#words}}{{.}} {{/words}}|{{#empty}}x{{/empty}}{{^empty}}E{{/empty}}|{{#nothing}}x{{/nothing}}{{^nothing}}N{{/nothing}}
{{#words}}{{title}}{{/words}}
{{#words}}{{id}}{{s}}{{/words}}
{{s.upper}}
{{s.__class__}}
{{nil.0}}
{{n.0}}
{{nil.x}}|{{n.x}}|{{t.real}}|{{n.real}}|{{f.imag}}|{{s.0}}|{{s.9}}|{{s.1_0}}
{{^no}}{{real}}{{denominator}}{{/no}}
a\n{{#t}}\n  b\n{{/t}}\nc\n{{#no}}\nd\n{{/no}}\n{{^no}}\ne\n{{/no}}\nf
a\n  {{#words}}\n  - {{.}}\n  {{/words}}\nb
a\n\t{{#words}}\n\t- {{.}}\n\t{{/words}}\nb
a\n{{! comment }}\nb {{! {x} }} c\n  {{! long\n comment }}  \nd
a\r\n{{#t}}\r\nb\r\n{{/t}}\r\nc
a\r\n  {{#t}}  \r\nb\r\n{{/t}}\r\nc
{{#t}} a {{/t}} |{{#t}}\nx{{/t}}\n|
{{#t}}{{/t}}\nx
  {{#t}}\nx\n  {{/t}}
{{#t}}\nx\n  {{/t}}  
{{#t}}\n{{#t}}\nx\n{{/t}}\n{{/t}}\ny
{{#t}} {{#t}}\nx\n{{/t}} {{/t}}\ny
  {{s}}\n  {{{s}}}\n{{s}}  \n
{{=<% %>=}}<% s %>|{{s}}|<%{html}%>|<%& html %>|<%html%>
a\n{{=| |=}}\n|#t|x|/t|\n|={{ }}=|\n{{s}}
{{= <% %> =}}<%#t%>b<%/t%><%={{ }}=%>{{s}}
{{=<%	%>=}}<%	%>{{s}}<% s %>
{{= =}}{{s}}
{{= a b c =}}a s cd
{{{s}} x|{{{ s }}|{{{s}}}}|{{ {s} }}|{ {{s}} }|{{{{s}}}}
a\n{{{s}} \nb
{{& s}}|{{ & s }}|{{ #t }}|{{ /t }}|{{ ! no }}|{{ > p }}
{{s }}|{{ s}}|{{s | upper}}|{{s.}}|{{.s}}|{{s..x}}|{{ }}|{{"s"}}|{{'s'}}|{{12}}|{{true}}|{{this}}|{{@index}}
{{}}
{{s
{{s}} {{
abc{{
{{#t}}x
{{#t}}x{{/no}}
x{{/t}}
{{#t}}x{{/ t }}
{{#t}}x{{/t}}{{/t}}
{{#t x}}a{{/t x}}|{{^t x}}b{{/t x}}
{{=<% %>}}
{{=}}
{{==}}x{{s}}
{{#words}}{{#words}}{{.}}{{/words}};{{/words}}
{{#words}}{{^words}}x{{/words}}y{{/words}}z
{{#words}}a{{^words}}x{{/words}}y{{/words}}{{#t}}z{{/t}}
{{#t}}{{#words}}a{{^words}}x{{/words}}y{{/words}}{{#t}}z{{/t}}{{/t}}
{{#items}}{{#items}}{{id}}{{/items}};{{/items}}
{{^words}}x{{/words}}|{{^missing}}y{{#t}}z{{/t}}{{/missing}}
{{#z}}a{{#t}}b{{/t}}{{^t}}c{{/t}}{{/z}}d
{{#map}}{{k}}{{s}}{{/map}}|{{#map.k}}{{.}}{{/map.k}}|{{#s}}{{.}}{{n}}{{/s}}|{{#n}}{{.}}{{/n}}|{{#f}}{{.}}{{/f}}
{{#items.0}}{{name}}{{#o}}{{x}}{{/o}}{{/items.0}}
{{#.}}{{s}}{{/.}}|{{^.}}x{{/.}}
{% if t %}{{s}}{% endif %}{# c #}|{{#if t}}a{{/if t}}|{{else}}|\{{s}}|{{~s~}}
{{#t}}a\n\n{{/t}}\n\nb\n
\n{{#t}}\n\n{{/t}}\n
  {{! a }}  {{! b }}\nx
{{! a }}{{! b }}\nx
{{#no}}\n{{/no}}{{s}}\nx
{{#t}}\n{{s}}\n{{/t}}{{s}}\nx
\u00a0{{#t}}\nx{{/t}}
\u001f{{#t}}\nx{{/t}}
{{\u001cs\u001c}}|{{\u00a0s\u00a0}}
"""
FILES = {
    "plain": "---\nname: a\ninputs:\n  - {name: q, kind: string, default: \"Why <x> & 'y'?\"}\n  - {name: n, kind: float, default: 1.0}\n  - {name: flag, kind: boolean, default: true}\ntemplate:\n  format: {kind: mustache}\n  parser: {kind: prompty}\n---\nsystem:\nBe {{n}}, {{flag}}.\n\nuser:\n  {{q}} {{{q}}}\n\n",
    "first": "---\ninputs:\n  - {name: xs, kind: array, items: {kind: string}, default: [1, b, null]}\ntemplate: {format: mustache, parser: prompty}\n---\n\n  {{#xs}}\n- {{.}}\n{{/xs}}\nUser:\n{{xs}}\nassistant:\n{{#xs}}{{.}}{{/xs}}\n# user:\nMore {{missing}}.",
    "turns": "---\ninputs:\n  - {name: turns, kind: array, items: {kind: string}, default: [{q: a, a: b}, {q: \"c\\nd\"}]}\ntemplate: {format: {kind: mustache, strict: true}, parser: {kind: prompty}}\n---\nsystem:\n{{#none}}gone{{/none}}\n{{#turns}}\nuser:\n{{q}}\nassistant:\n{{a}}\n{{/turns}}\nuser:\n\nlast\n",
    "blank": "---\ninputs:\n  - {name: e, kind: string, default: \"\"}\ntemplate: {format: {kind: mustache}, parser: {kind: prompty}}\n---\n{{#e}}never{{/e}}\nsystem:\nuser:\n{{e}}\nassistant:\n\nuser:\n x \n\nassistant:\n",
    "delimiters": "---\ninputs:\n  - {name: q, kind: string, default: hi}\ntemplate: {format: {kind: mustache}, parser: {kind: prompty}}\n---\n{{! a comment\nuser:\n}}\n{{=<% %>=}}\nsystem:\n{{q}} is <%q%>\nuser:\n<%={{ }}=%>\n{{q}}\nassistant:\nok\n",
    "yaml": "---\ninputs:\n  - {name: a, kind: boolean, default: yes}\n  - {name: b, kind: string, default: 1e3}\n  - {name: c, kind: integer, default: 010}\n  - {name: d, kind: float, default: 1.0e+20}\n  - {name: e, kind: array, items: {kind: string}, default: [off, 'off', 1:30]}\ntemplate: {format: {kind: mustache}, parser: {kind: prompty}}\n---\nuser:\n{{a}} {{b}} {{c}} {{d}} {{{e}}}\n",
    "breaks": "---\ninputs:\n  - {name: a, kind: string, default: \"\\r\\na\\r\\nb\\vc\\u2028d\\x85\\r\"}\ntemplate: {format: {kind: mustache}, parser: {kind: prompty}}\n---\nsystem:\n{{a}}\nuser:\n{{a}}e",
    "jinja": "---\ninputs:\n  - {name: e, kind: string, default: \"\"}\n  - {name: q, kind: string, default: why}\n---\nsystem:\n{% if e %}{{ e }}{% endif %}\nuser:\n\n{{ q }}\n\n\nassistant:\nuser:\n{{ e }}\n",
}


def render(template, values):
    try:
        return {"out": MustacheRenderer()._render(SimpleNamespace(inputs=None), template, dict(values))}
    except Exception:
        return {"error": True}


def stable(result):
    """Attributes of Python print addresses and classes; such templates are refused here."""
    text = result.get("out", "")
    return {"error": True} if " at 0x" in text or "class 'str'" in text else result


def lines(text):
    for line in text.split("\n"):
        if line:
            line = line.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
            yield line.replace("\\u00a0", "\u00a0").replace("\\u001f", "\u001f").replace("\\u001c", "\u001c")


def write(path, records):
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def messages(name, text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{name}.prompty"
        path.write_text(text, encoding="utf-8")
        found = prompty.prepare(prompty.load(path), {})
        return {"name": name, "file": text, "messages": [{"role": m.role, "content": m.to_text_content()} for m in found]}


def main(out):
    records = []
    for template in lines(PLAIN):
        results = {name: stable(render(template, {**SIDE, "v": value})) for name, value in VALUES.items()}
        results["missing"] = stable(render(template, SIDE))
        records.append({"template": template, "results": results})
    records += [{"template": template, **stable(render(template, SIDE))} for template in lines(ONCE)]
    write(out / "mustache.jsonl", records)
    (out / "mustache-values.json").write_text(json.dumps({"side": SIDE, "values": VALUES}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write(out / "prompty.jsonl", [messages(name, text) for name, text in FILES.items()])


main(pathlib.Path(sys.argv[1]))
