#!/usr/bin/env bash
# Holds the HTML reports against the HTML standard with a validator that nobody here wrote: the Nu Html Checker (vnu-jar of
# npm). Needs npm, a Java runtime and the network of the package registry.
# Usage: tests/real/html.sh [path of the wording binary]
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-fund --no-audit vnu-jar > /dev/null
jar=$(find node_modules/vnu-jar -name '*.jar' | head -n 1)
"$wording" init -q project > /dev/null
cd project
"$wording" run sentiment -q --samples 2 -o run.html > /dev/null
"$wording" run axes -q -o axes.html > /dev/null
"$wording" diff plain question --samples 2 -q -o diff.html > /dev/null
"$wording" report -q --no-outputs -o private.html > /dev/null
# Errors only: its warnings say that a policy by hashes needs hashes, which the pages have.
java -jar "../$jar" --errors-only --also-check-css run.html axes.html diff.html private.html
echo "4 pages are valid"
