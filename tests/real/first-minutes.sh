#!/usr/bin/env bash
# A newcomer's first minutes, timed: clone, build, and the first three commands of the README, on a clean clone.
# Build excepted, the three commands have a minute, reading included; what they take themselves is told here.
# Usage: tests/real/first-minutes.sh [path of a wording binary, instead of building one]
set -euo pipefail
repository=$(realpath "$(dirname "$0")/../..")
given=${1:+$(realpath "$1")}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export HOME="$place/home"
now() { date +%s.%N; }
took() { awk -v a="$1" -v b="$2" -v name="$3" 'BEGIN { printf "%-50s %6.2f s\n", name, b - a }'; }

start=$(now)
git clone -q "$repository" "$place/wording"
cd "$place/wording"
took "$start" "$(now)" "clone"
if [ -n "${given:-}" ]; then
  wording=$given
else
  start=$(now)
  CARGO_HOME=${CARGO_HOME:-$(dirname "$(dirname "$(command -v cargo)")")} cargo build --release --quiet
  wording=$PWD/target/release/wording
  took "$start" "$(now)" "cargo build --release"
fi
# The commands as the README has them, without cargo.
mapfile -t commands < <(awk '/^```sh/{on=1; next} /^```/{if (on) exit} on' README.md | sed -n 's/^cargo run --release *\(-- \)\{0,1\}//p' | sed 's/ *#.*//')
[ "${#commands[@]}" = 3 ] || { echo "the README begins with ${#commands[@]} commands, not 3"; exit 1; }
words=$(wc -w < <(awk '/^```sh/{exit} 1' README.md))
all=$(now)
for command in "${commands[@]}"; do
  start=$(now)
  if [ -z "$command" ]; then
    # The session: until answers stand side by side, in a terminal of 120 x 36.
    tmux -L "first-$$" new-session -d -x 120 -y 36 "cd '$PWD' && '$wording'"
    asked=no
    for _ in $(seq 600); do
      screen=$(tmux -L "first-$$" capture-pane -p)
      if [ "$asked" = no ] && grep -q 'a second r sends it' <<< "$screen"; then
        tmux -L "first-$$" send-keys r r
        asked=yes
      fi
      if grep -Eq '│ *. *(positive|negative).*│ *. *(positive|negative)' <<< "$screen"; then seen=yes; break; fi
      read -r -t 0.05 _ < <(:) || true
    done
    took "$start" "$(now)" "wording, to answers side by side"
    tmux -L "first-$$" kill-server
    [ "${seen:-no}" = yes ] || { echo "no answers were seen"; echo "$screen"; exit 1; }
  else
    eval "'$wording' $command" > /dev/null
    took "$start" "$(now)" "wording $command"
  fi
done
end=$(now)
took "$all" "$end" "all three"
echo "$words words to read before them"
test -s d.html
# At 250 words a minute.
awk -v a="$all" -v b="$end" -v words="$words" 'BEGIN { exit !(b - a + words / 250 * 60 < 60) }' || { echo "more than a minute"; exit 1; }
