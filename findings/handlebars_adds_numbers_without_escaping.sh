#!/usr/bin/env bash
# Handlebars 4.7.10 compiled with `noEscape` (as tools do that write prompts, where `&amp;` would be wrong) adds two numbers that stand
# beside each other at the start of a template: `{{a}}{{b}}` with 1 and 2 is 3. With text before them, or with escaping, it is 12.
#
# Seen: "noEscape {{a}}{{b}}: 3", "noEscape {{a}}{{b}}c: 3c", "noEscape c{{a}}{{b}}: c12", "escaped {{a}}{{b}}: 12".
#
# Installs handlebars 4.7.10 (npm) into a temporary folder. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y > /dev/null
npm install --no-audit --no-fund --ignore-scripts --silent handlebars@4.7.10
cat > ask.js <<'JS'
const handlebars = require("handlebars");
console.log("handlebars", handlebars.VERSION);
let found = [];
for (const [name, template, noEscape] of [
  ["noEscape", "{{a}}{{b}}", true],
  ["noEscape", "{{a}}{{b}}c", true],
  ["noEscape", "c{{a}}{{b}}", true],
  ["escaped", "{{a}}{{b}}", false],
]) {
  const text = handlebars.compile(template, { noEscape })({ a: 1, b: 2 });
  console.log(`${name} ${template}: ${text}`);
  found.push(text);
}
process.exit(found.join(" ") === "3 3c c12 12" ? 0 : 1);
JS
node ask.js
