#!/usr/bin/env bash
# dotprompt 1.1.2 (JavaScript) does not use the defaults that a prompt file gives for its inputs: `render` leaves the place empty, with a
# default in the front matter's `input.default` and no value given. `renderMetadata` reports the default, so the file was understood.
#
# Seen: text "Write in a  tone.", default reported {"tone":"calm"}, and with the value given "Write in a calm tone.".
#
# Installs dotprompt 1.1.2 (npm) into a temporary folder. Exits with 1 when the behaviour has changed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y > /dev/null
npm install --no-audit --no-fund --ignore-scripts --silent dotprompt@1.1.2
cat > tone.prompt <<'P'
---
model: m
input:
  default:
    tone: calm
---
Write in a {{tone}} tone.
P
cat > ask.js <<'JS'
const { Dotprompt } = require("dotprompt");
const source = require("fs").readFileSync("tone.prompt", "utf8");
const prompts = new Dotprompt();
const text = async (input) => (await prompts.render(source, { input })).messages[0].content[0].text.trim();
(async () => {
  console.log("dotprompt", require("dotprompt/package.json").version);
  const without = await text({});
  const meta = JSON.stringify((await prompts.renderMetadata(source)).input.default);
  const given = await text({ tone: "calm" });
  console.log(`no value: "${without}", default reported: ${meta}, value given: "${given}"`);
  process.exit(without === "Write in a  tone." && meta === '{"tone":"calm"}' && given === "Write in a calm tone." ? 0 : 1);
})();
JS
node ask.js
