// Records what Nunjucks 3.2.4 (as promptfoo configures it) and Handlebars 4 (as Dotprompt configures it) make of small templates:
// every template of a group over every set of values. `cargo test dialect` holds this program to the record.
//
//   npm install nunjucks@3.2.4 handlebars@4 && node dialects.mjs OUT_FOLDER
import fs from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(process.cwd() + '/');
const nunjucks = require('nunjucks');
const Handlebars = require('handlebars');

const nun = nunjucks.configure({ autoescape: false, throwOnUndefined: false });
nun.addFilter('load', (text) => JSON.parse(text));

const bars = Handlebars.create();
const known = {};
const helper = (name, run) => { bars.registerHelper(name, run); known[name] = true; };
helper('json', (value, options) => new Handlebars.SafeString(JSON.stringify(value, null, options.hash.indent || 0)));
helper('role', (role) => new Handlebars.SafeString(`<<${role}>>`));
helper('history', () => '');
helper('section', () => '');
helper('media', () => '');
helper('ifEquals', function (a, b, options) { return a === b ? options.fn(this) : options.inverse(this); });
helper('unlessEquals', function (a, b, options) { return a !== b ? options.fn(this) : options.inverse(this); });

// Values of each kind under the name `v`, and others beside them.
const side = {
  n: 3, f: 2.5, t: true, no: false, nil: null, s: 'a b', e: '', z: 0,
  list: [1, 'b', null, true, 2.5], words: ['pear', 'Apple', 'fig'], empty: [], map: { k: 1, 'a b': 2 }, nothing: {},
  items: [{ id: 2, name: 'Zoe', on: true, o: { x: 1 } }, { id: 10, name: 'amy', on: false, o: { x: 0 } }, { id: 1, name: 'Bob' }],
  nested: [[1, 2], [3, 4]], keys: { b: 1, 10: 2, a: 3, 9: 4 },
};
const values = {
  string: 'Hello wide world', text: 'héllo ß', blank: '', space: '  x \n', digits: '42', decimal: '3.70', word: 'abc', html: `<b a="1">'&`,
  int: 7, zero: 0, negative: -2.5, float: 1.0, big: 1e21, small: 1.5e-7, third: 1 / 3, large: 123456789012, yes: true, no: false, nil: null,
  list: [3, 1, 2], strings: ['b', 'a', 'C'], mixed: [1, '1', true, null, [2, 3]], empty: [], map: { b: 1, a: [1, 2], c: null }, none: {},
  deep: { a: { b: [{ c: 'x' }] } }, lines: 'one\ntwo\n', missing: undefined,
};

const nunjucksPlain = `
{{ v }}|{{ v.length }}|{{ v[0] }}|{{ v.a }}|{{ v.a.b }}|{{ v.x.y.z }}
{% if v %}yes{% else %}no{% endif %}
{% if not v %}yes{% else %}no{% endif %}
{{ v and 'x' }}|{{ v or 'y' }}|{{ 'x' if v else 'y' }}|{{ 'x' if v }}
{{ v + 1 }}|{{ 1 + v }}|{{ v + 'a' }}|{{ 'a' + v + 1 }}|{{ v ~ 1 ~ v }}
{{ v - 1 }}|{{ v * 2 }}|{{ v / 2 }}|{{ v % 2 }}|{{ v ** 2 }}|{{ v // 2 }}|{{ -v }}|{{ +v }}
{{ v == 1 }}|{{ v == '1' }}|{{ v == '' }}|{{ v == 0 }}|{{ v == none }}|{{ v == false }}|{{ v == v }}
{{ v === 1 }}|{{ v !== 1 }}|{{ v != 1 }}|{{ v === none }}|{{ v == undefined }}
{{ v < 2 }}|{{ v > 2 }}|{{ v <= '5' }}|{{ v >= none }}|{{ v > 'a' }}
{{ not v == 1 }}|{{ not v is defined }}|{{ not v and 1 }}
{{ v is defined }}|{{ v is undefined }}|{{ v is none }}|{{ v is null }}|{{ v is number }}|{{ v is string }}|{{ v is mapping }}
{{ v is truthy }}|{{ v is falsy }}|{{ v is even }}|{{ v is odd }}|{{ v is divisibleby(7) }}|{{ v is not defined }}
{{ v is sameas(1) }}|{{ v is equalto('abc') }}|{{ v is ne(1) }}|{{ v is gt(1) }}|{{ v is lt(1) }}|{{ v is ge(7) }}|{{ v is le(7) }}|{{ v is eq(7) }}
{{ v is callable }}|{{ v is escaped }}
{{ v is iterable }}
{{ v is lower }}
{{ v is upper }}
{{ v | default('d') }}|{{ v | default('d', true) }}|{{ v | d(1) }}
{{ v | dump }}
{{ v | dump(2) }}
{{ v | dump('--') }}
{{ v | length }}
{{ v | upper }}
{{ v | lower }}
{{ v | capitalize }}
{{ v | title }}
{{ v | trim }}
{{ v | string }}
{{ v | int }}|{{ v | int(5) }}|{{ v | float }}|{{ v | float(1.5) }}|{{ v | int(base=16) }}|{{ v | int(default=3) }}
{{ v | round }}|{{ v | round(1) }}|{{ v | round(0, 'ceil') }}|{{ v | round(1, 'floor') }}|{{ v | abs }}
{{ v | first }}
{{ v | last }}
{{ v | join }}
{{ v | join(', ') }}
{{ v | join('-', 'id') }}
{{ v | sort }}
{{ v | sort(true) }}
{{ v | sort(reverse=true, case_sensitive=true) }}
{{ v | reverse }}
{{ v | sum }}
{{ v | sum('id') }}
{{ v | list }}
{{ v | list | dump }}
{{ v | batch(2) | dump }}
{{ v | batch(2, 'x') | dump }}
{{ v | slice(2) | dump }}
{{ v | dictsort }}
{{ v | dictsort(false, 'value') | dump }}
{{ v | replace('l', 'L') }}
{{ v | replace('l', 'L', 1) }}
{{ v | replace('', '.') }}
{{ v | replace(1, 2) }}
{{ v | truncate(5) }}
{{ v | truncate(5, true) }}
{{ v | truncate(5, true, '!') }}
{{ v | indent }}
{{ v | indent(2, true) }}
{{ v | center(20) }}.
{{ v | wordcount }}
{{ v | escape }}
{{ v | e | e }}
{{ v | forceescape }}
{{ v | safe }}
{{ (v | safe)[0] }}|{{ v | safe | first }}|{{ v | safe | last }}|{{ v | safe | upper }}|{{ (v | safe) is lower }}|{{ v | safe | length }}
{{ v | nl2br }}
{{ v | urlencode }}
{{ v | select('number') | dump }}
{{ v | reject('none') }}
{{ v | select | dump }}
{{ v | load }}
{% for x in v %}[{{ x }}]{% else %}none{% endfor %}
{% for x in v %}{{ loop.index }}/{{ loop.length }}{% if loop.first %}F{% endif %}{% if loop.last %}L{% endif %} {{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }};{% endfor %}
{% for k, x in v %}{{ k }}={{ x }};{% else %}none{% endfor %}
{% for a, b in v %}{{ a }}{{ b }}{% endfor %}
{% set x = v %}{{ x }}{% set y, w = v %}{{ y }}{{ w }}
{% set x %}<{{ v }}>{% endset %}{{ x }}{{ x.length }}
{% switch v %}{% case 7 %}seven{% case '42' %}{% case 'abc' %}word{% default %}other{% endswitch %}
{% filter upper %}a{{ v }}{% endfilter %}
{{ 'a' in v }}
{{ 1 in v }}
{{ 'a' not in v }}
{{ v.toUpperCase() }}
{{ v.trim() }}.
{{ v.slice(1) }}|{{ v.slice(-2) }}|{{ v.slice(0, 2) }}|{{ v.slice(1, -1) }}
{{ v.substring(2, 0) }}|{{ v.substr(1, 2) }}|{{ v.charAt(1) }}
{{ v.split(' ') }}|{{ v.split('') }}|{{ v.split(' ', 1) }}|{{ v.split() }}
{{ v.includes('l') }}|{{ v.indexOf('l') }}|{{ v.lastIndexOf('l') }}
{{ v.startsWith('H') }}|{{ v.endsWith('d') }}
{{ v.replace('l', '[$&]') }}|{{ v.replace(' ', '$$') }}
{{ v.replaceAll('l', 'L') }}
{{ v.repeat(2) }}
{{ v.padStart(20, '*') }}|{{ v.padEnd(20) }}.
{{ v.toString() }}
{{ v.toFixed(2) }}
{{ v.concat(['q']) }}
{{ v.join('+') }}
{{ v.at(-1) }}
{{ v.push('q') }}{{ v }}
{{ v.pop() }}{{ v }}
{{ v.sort() }}
{{ v.reverse() }}
{{ v.hasOwnProperty('a') }}
{{ [v, v] }}|{{ [v, [v]] | dump }}|{{ { a: v, 'b c': [v] } | dump }}
{{ (v, 2) }}
{{ v[1] }}|{{ v['a'] }}|{{ v[-1] }}|{{ v['length'] }}
{{ v.constructorx }}|{{ v.nothing() }}
`;
const nunjucksOnce = `
{{ 1 + 2 * 3 }}|{{ "n" ~ 1 + 2 }}|{{ 1 + 2 ~ "n" }}|{{ 10 - 2 + 3 }}|{{ 2 * 10 / 4 }}|{{ 10 % 4 * 2 }}|{{ 7 // 2 * 2 }}|{{ 8 / 2 // 3 }}
{{ true ** 'x' }}|{{ 1 ** (1 / 0) }}|{{ 'x' ** 0 }}
{{ 2 ** 3 ** 2 }}|{{ -2 ** 2 }}|{{ 1 < 2 < 3 }}|{{ 3 > 2 > 1 }}|{{ 1 == 1 == 1 }}|{{ 6 / 2 }}|{{ 1 / 3 }}|{{ 5 / 0 }}|{{ 0 / 0 }}
{{ 1.0 }}|{{ 1.50 }}|{{ 1000000000000000000000 }}|{{ 0.000001 }}|{{ 0.1 + 0.2 }}|{{ 5. }}
{{ 'a\\nb\\t"\\'' }}|{{ "\\x" }}|{{ none }}|{{ null }}|{{ undefined }}|{{ true }}|{{ True }}|{{ None }}
{{ [] }}|{{ {} }}|{{ [1, [2, 3], none, undefined, {}] }}|{{ [] == false }}|{{ [] + [] }}|{{ {} + 1 }}|{{ [1] + 1 }}
{% if list.length > 2 and s or no %}x{% endif %}{{ empty or 'e' }}{{ nothing or 'e' }}{% if empty %}E{% endif %}{% if nothing %}N{% endif %}{% if z %}z{% endif %}
{% for i in items %}{{ i.name }}{{ i.o.x }}{{ i.on }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for i in items | sort(false, false, 'name') %}{{ i.name }} {% endfor %}
{% for i in items | sort(attribute='o.x') %}{{ i.name }} {% endfor %}
{{ items | join(' ', 'name') }}|{{ items | sum('id') }}|{{ items | selectattr('on') | length }}|{{ items | rejectattr('on') | join(',', 'name') }}
{{ items | groupby('on') | dump }}|{{ items | groupby('o.x') | dump }}
{{ words | sort }}|{{ words | sort(false, true) }}|{{ words | sort | reverse | join('/') }}
{{ keys }}{% for k, v in keys %}{{ k }}{{ v }} {% endfor %}{{ keys | dump }}{{ keys | length }}{{ keys | dictsort }}
{% set n = 0 %}{% for i in list %}{% set n = n + 1 %}{% endfor %}{{ n }}
{% for i in list %}{% set q = i %}{% endfor %}[{{ q }}]
{% for i in list %}{% if loop.first %}{% set q = 'first' %}{% endif %}{{ q }}{% endfor %}
{% set a = [] %}{% for i in words %}{% set _ = a.push(i.length) %}{% endfor %}{{ a }}
{% for row in nested %}{% for c in row %}{{ c }}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}
{% for a, b in nested %}{{ a }}-{{ b }};{% endfor %}{% for a, b, c in nested %}{{ a }}{{ c }};{% endfor %}
{% for r in [[1], none, []] %}{% for c in r %}{{ c }}{% else %}E{% endfor %}{% endfor %}
{% macro m(a, b='B', c=1) %}{{ a }}{{ b }}{{ c }}{{ s }}{% endmacro %}{{ m(1) }}|{{ m(1, 2) }}|{{ m(1, c=3) }}|{{ m(b=1) }}|{{ m(1, 2, 3, 4) }}|{{ m() | upper }}|{{ m().length }}
{% for s in words %}{% macro g() %}{{ s }}{% endmacro %}{{ g() }}{% endfor %}
{% set outer = 1 %}{% macro h() %}{{ outer }}{% set outer = 2 %}{{ outer }}{% endmacro %}{{ h() }}{{ outer }}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}
{% macro w(t) %}<{{ t }}>{{ caller() }}</{{ t }}>{% endmacro %}{% call w('b') %}in {{ s }}{% endcall %}
{% macro w(l) %}{% for i in l %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(x) w(words) %}[{{ x }}]{% endcall %}
{{ range(3) }}|{{ range(1, 4) }}|{{ range(0, 10, 3) }}|{{ range(3, 0, -1) }}|{{ range(0) | length }}|{% for i in range(3) %}{{ i }}{% endfor %}
{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ c.next() }}
{% set j = joiner(' - ') %}{% for i in words %}{{ j() }}{{ i }}{% endfor %}
a {%- if t %} b {% endif -%} c {{- s -}} d {# comment #} e {#- trimmed -#} f
{% raw %}{{ x }}{% if %}{% endraw %}{% verbatim %}{{ y }}{% endverbatim %}
a\\n{% if t %}\\nb\\n{% endif %}\\nc\\n
{% if no %}1{% elif nil %}2{% elseif t %}3{% else %}4{% endif %}
{{ 'a' if no else 'b' if t else 'c' }}
{% block x %}in{{ s }}{% set bb = 1 %}{% endblock %}{{ bb }}
{{ s | replace('a', 'x') | upper | default('q') }}|{{ -1 | abs }}|{{ 'x' ~ 'y' | upper }}|{{ (1 + 2) | string ~ '3' }}
{{ 12345.678 | round(2) }}|{{ 2.5 | round }}|{{ -2.5 | round }}|{{ 1.005 | round(2) }}|{{ 42 | round(-1) }}|{{ '3.7' | round }}|{{ 'x' | round }}
{{ n.toFixed(1) }}|{{ f.toFixed(0) }}|{{ (0.1 + 0.2).toFixed(2) }}
{{ map.k }}|{{ map['a b'] }}|{{ map.missing.deeper }}|{{ list[1] }}|{{ list[9] }}|{{ items[0].name }}|{{ items[0]['o']['x'] }}
{{ 'b' in list }}|{{ 'k' in map }}|{{ 'a' in s }}|{{ 9 not in list }}
{{ words | first | upper }}|{{ words | last }}|{{ words[0] | first }}|{{ '' | first }}|{{ [] | last }}
{{ '<a>' | escape }}|{{ '<a>' | safe | escape }}|{{ '<a>' | e ~ '<' }}|{{ ('<a>' | e).length }}|{{ '<a>' | e | length }}
{{ dump }}|{{ dump | dump }}|{{ nil | dump }}|{{ [nil, dump] | dump }}|{{ { a: dump, b: nil } | dump }}
{{ items | dump(2) }}
{{ map }}|{{ '' ~ list }}|{{ list ~ '' }}|{{ 'x' + map }}|{{ list + 1 }}|{{ t + 1 }}|{{ nil + 1 }}|{{ dump + 1 }}|{{ t + 'x' }}
{{ list == '1,b,,true,2.5' }}|{{ t == 1 }}|{{ '1' == 1 }}|{{ nil == 0 }}|{{ nil == dump }}|{{ '' == 0 }}|{{ nil >= 0 }}
{% if 'false' %}S{% endif %}{% if '0' %}Z{% endif %}{% if 0.0 %}F{% endif %}{% if [0] %}L{% endif %}
{{ "tab\\there" }}{{ 'it''s' }}
{{ unknown | upper }}|{{ unknown.a.b }}|{{ unknown | default(s) }}|{{ nil | default('d') }}|{{ e | default('d') }}|{{ no | default('d') }}|{{ z | default('d', true) }}
{{ unknown() }}
{{ s() }}
{{ s | nofilter }}
{{ s is notest }}
{% if s %}
{{ s
{{ s }} #} x
{# open
{{ s | upper() }}|{{ s | join }}
{{ 'abc' | replace('b', undefined) }}|{{ 'abc' | replace('b', none) }}|{{ 'a.b' | replace('.', 5) }}
{% set x = 5 %}{% if true %}{% set x = 6 %}{% endif %}{{ x }}
{% for x in [1, 2] %}{% for y in [1, 2] %}{% set x = x + y %}{{ x }} {% endfor %}{% endfor %}
{% switch s %}{% case 'a b' %}hit{% case 'c' %}miss{% endswitch %}{% switch 9 %}{% case 1 %}1{% endswitch %}.
{{ [3, 20, 100, 'a'] | sort }}|{{ [true, false] | sort }}|{{ ['b', 1, 'a', 2] | sort }}|{{ [10, 9, 1] | sort(true) }}
{{ 'Hello World' | wordcount }}|{{ 'aé b' | wordcount }}|{{ 'éa' | capitalize }}|{{ 'ß' | upper }}
{{ [1, 2, 3].includes(2) }}|{{ [1, 2, 3].indexOf(3) }}|{{ [1, [2, [3]]].flat() | dump }}|{{ [1, 2].concat([3], 4) }}|{{ [1, 2, 3].slice(-2) }}
{{ 'a-b-c'.split('-') | last }}|{{ 'a,b'.split(',').join(' & ') }}|{{ 'abc'.at(0) }}|{{ 'x'.concat(1, 'y') }}
{{ '😀é'.length }}|{{ 'a😀b'.slice(1, 3) }}|{{ '😀' | length }}|{{ 'a😀b' | truncate(3, true) }}
{{ { a: 1 }.a }}|{{ [1, 2][1] }}|{{ 'abc'[1] }}|{{ (s).length }}|{{ 'abc'.length + 1 }}
`;

const barsPlain = `
{{v}}|{{{v}}}|{{&v}}|{{this.v}}|{{./v}}|{{@root.v}}|{{v.length}}|{{v.a}}|{{v.a.b}}|{{v.x.y}}|{{v.[0]}}
{{v.0}}
{{#if v}}yes{{else}}no{{/if}}|{{#unless v}}yes{{else}}no{{/unless}}|{{#if v includeZero=true}}yes{{^}}no{{/if}}
{{#each v}}[{{this}} {{@index}} {{@key}} {{@first}} {{@last}}]{{else}}none{{/each}}
{{#each v as |x k|}}{{k}}={{x}};{{/each}}
{{#with v}}<{{this}}{{a}}>{{else}}none{{/with}}
{{#with v as |w|}}<{{w}}{{../n}}{{n}}>{{/with}}
{{#v}}<{{this}}{{a}}>{{/v}}|{{^v}}none{{/v}}|{{#v}}a{{else}}b{{/v}}
{{#ifEquals v 7}}eq{{else}}ne{{/ifEquals}}|{{#unlessEquals v "abc"}}ne{{else}}eq{{/unlessEquals}}|{{#ifEquals v true}}t{{/ifEquals}}|{{#ifEquals v null}}n{{/ifEquals}}
{{json v}}|{{json v indent=2}}
{{lookup v 0}}|{{lookup v "a"}}|{{lookup items 1}}
{{#each (lookup v "a")}}{{this}},{{/each}}
{{#if v}}a{{else if n}}b{{else}}c{{/if}}|{{#if v}}a{{else unless n}}b{{else}}c{{/if}}
`;
const barsOnce = `
{{#each items}}{{name}}{{o.x}}{{#if on}}!{{/if}}{{#unless @last}}, {{/unless}}{{/each}}
{{#each items}}{{../s}}{{@root.n}}{{#each ../words}}{{this}}{{../name}}{{../../s}}{{@../index}}{{@index}}{{/each}};{{/each}}
{{#each items}}{{#if on}}{{../s}}{{name}}{{/if}}{{#with o}}{{x}}{{../name}}{{../../s}}{{/with}}{{/each}}
{{#each nested}}{{#each this}}{{this}}{{@../index}}{{/each}}|{{/each}}{{#each nested}}{{this.[1]}}{{/each}}
{{#each map}}{{@key}}:{{this}} {{/each}}{{#each keys}}{{@key}}={{.}} {{@index}};{{/each}}
a\\n{{#if t}}\\n  b\\n{{/if}}\\nc\\n{{#if no}}\\nd\\n{{else}}\\ne\\n{{/if}}\\nf
a\\n  {{#each words}}\\n  - {{this}}\\n  {{/each}}\\nb
a\\n{{! comment }}\\nb {{!-- {{x}} --}} c\\n  {{!-- long\\n comment --}}  \\nd
x {{~#if t~}} y {{~/if~}} z|a {{~s~}} b|{{~! c ~}} d
{{#if t}} a {{else}} b {{/if}}|{{#if t}}\\n{{s}}\\n{{else if no}}\\nq\\n{{else}}\\nw\\n{{/if}}|
\\{{name}} and {{s}} and \\\\{{s}} and \\{{#if}} x {{s}}
{{role "system"}}\\nBe {{s}}.\\n{{role "user"}}\\n{{words}}
{{list}}|{{map}}|{{t}}|{{no}}|{{nil}}|{{z}}|{{f}}|{{unknown}}|{{empty}}|{{nothing}}|{{keys}}|{{items}}
{{#if empty}}y{{else}}n{{/if}}{{#if nothing}}y{{else}}n{{/if}}{{#if z}}y{{else}}n{{/if}}{{#if e}}y{{else}}n{{/if}}{{#if "0"}}y{{/if}}
{{#if unknown}}a{{/if}}{{#unless unknown}}b{{/unless}}{{#each unknown}}c{{else}}d{{/each}}{{#with unknown}}e{{else}}f{{/with}}
{{map.[a b]}}|{{this.s}}|{{./s}}|{{../s}}|{{@root.s}}|{{@index}}|{{[s]}}|{{items.0.name}}|{{items/1/name}}|{{items.length}}
{{#each words as |w i|}}{{i}}{{w}}{{#each ../list as |w|}}{{w}}{{/each}} {{/each}}
{{#items}}{{name}} {{/items}}|{{#map}}{{k}}{{/map}}|{{#t}}T{{s}}{{/t}}|{{^no}}N{{/no}}|{{^empty}}E{{/empty}}|{{#s}}{{this}}{{/s}}
{{#each list}}{{#if this}}{{this}}{{else}}-{{/if}}{{/each}}
{{#ifEquals s "a b"}}1{{/ifEquals}}{{#ifEquals n 3}}2{{/ifEquals}}{{#ifEquals n "3"}}3{{/ifEquals}}{{#each items}}{{#ifEquals id ../n}}x{{else}}{{name}}{{../s}}{{/ifEquals}}{{/each}}
{{#each items}}{{#each ../items}}{{#ifEquals id ../id}}{{name}}{{/ifEquals}}{{/each}}{{/each}}
{{json items}}|{{json s}}|{{json unknown}}|{{json nil}}|{{json f indent=4}}
{{lookup map "k"}}|{{lookup map s}}|{{lookup (lookup items 0) "name"}}|{{lookup words @root.z}}
{{s}}}|
{ {{s}} }|{{{s}}}}|{% if %}|{# x #}|{{ s }}|{{  s  }}
{{#with items.[0]}}{{name}}{{#with o}}{{x}}{{/with}}{{/with}}
{{helper s}}
{{#helper s}}x{{/helper}}
{{#if}}x{{/if}}
{{#if s}}x
{{#if s}}x{{/each}}
{{> partial}}
{{s
{{"s"}}|{{'s'}}|{{12}}|{{true}}
{{log s}}|{{#if (lookup map "k")}}k{{/if}}
{{#each items}}\\n{{name}}\\n{{/each}}\\n\\n{{#each words}}{{this}}\\n{{/each}}end\\n
  {{#if t}}  \\n x\\n  {{/if}}  \\n y
{{#if t}}\\r\\nx\\r\\n{{/if}}\\r\\ny
{{#each items}}{{@index}}{{#if @first}}F{{/if}}{{#if @last}}L{{/if}}{{/each}}
{{#if t}}{{#if no}}a{{else}}b{{/if}}{{/if}}|{{#if no}}1{{else if no}}2{{else if t}}3{{else}}4{{/if}}|{{#if no}}1{{else if no}}2{{else}}3{{/if}}
{{#if no}}\\n1\\n{{else if no}}\\n2\\n{{else if t}}\\n3\\n{{else}}\\n4\\n{{/if}}\\nend
`;

const lines = (text) => text.split('\n').filter((line) => line !== '').map((line) => line.replaceAll('\\n', '\n').replaceAll('\\r', '\r'));
const copy = (value) => (value === undefined ? undefined : structuredClone(value));
function run(render) {
  try {
    return { out: render().toWellFormed() };
  } catch {
    return { error: true };
  }
}
function record(plain, once, render) {
  const all = [];
  for (const template of plain) {
    const results = {};
    for (const [name, value] of Object.entries(values)) results[name] = run(() => render(template, { ...copy(side), v: copy(value) }));
    all.push({ template, results });
  }
  for (const template of once) all.push({ template, ...run(() => render(template, copy(side))) });
  return all;
}
const folder = process.argv[2];
const write = (name, all) => fs.writeFileSync(`${folder}/${name}.jsonl`, all.map((line) => JSON.stringify(line) + '\n').join(''));
write('nunjucks', record(lines(nunjucksPlain), lines(nunjucksOnce), (template, vars) => nun.renderString(template, vars)));
const options = { knownHelpers: known, knownHelpersOnly: true, noEscape: true };
write('handlebars', record(lines(barsPlain), lines(barsOnce), (template, vars) => bars.compile(template, options)(vars)));
fs.writeFileSync(`${folder}/values.json`, JSON.stringify({ side, values }, null, 1) + '\n');
