#!/usr/bin/env bash
# Compares what trainers make of the files of `wording tune export`, token by token, with the evaluated prompt and its answer: TRL's
# SFTTrainer, DPOTrainer and KTOTrainer, LLaMA-Factory's datasets for SFT and DPO and axolotl's chat_template strategies for both, with a
# tokenizer of bytes and a ChatML template. What is masked is compared too. Texts are Chinese, JSON, long, with white space at their ends,
# with marks of templates and of roles.
# Usage: tests/real/training_tokens.sh [path of the wording binary]
# TRAIN_VENV, FACTORY_VENV and AXOLOTL_VENV name environments with trl, llamafactory and axolotl, as trainers.sh makes them.
set -euo pipefail
cd "$(dirname "$0")/../.."
wording=$(realpath "${1:-target/release/wording}")
here=$(realpath tests/real)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 HF_HOME="$place/hf" AXOLOTL_DO_NOT_TRACK=1 DISABLE_VERSION_CHECK=1 TOKENIZERS_PARALLELISM=false
cd "$place"
"$TRAIN_VENV/bin/python" "$here/training_tokens.py" project
code=0
"$wording" tune export x -q --data dates.jsonl --variant bare -o dates > dates.log || code=$?
[ $code = 1 ] || { echo "answers that are dates are not listed"; exit 1; }
"$wording" badcases add x -q --from bad.jsonl > /dev/null
for wording_name in plain bare blank; do
  shots=no
  if [ $wording_name = plain ]; then shots=yes; fi
  code=0
  "$wording" tune export x -q --data train.jsonl --shots $shots --variant $wording_name -o $wording_name > $wording_name.log || code=$?
  # An empty system turn is in no file for LLaMA-Factory, which is listed.
  expected=0
  if [ $wording_name = blank ]; then expected=1; fi
  [ $code = $expected ] || { cat $wording_name.log; echo "tune export ended with $code"; exit 1; }
done
"$TRAIN_VENV/bin/python" "$here/training_tokens.py" trl 2> trl.log || { tail -20 trl.log; exit 1; }
"$FACTORY_VENV/bin/python" "$here/training_tokens.py" factory 2> factory.log || { tail -20 factory.log; exit 1; }
"$AXOLOTL_VENV/bin/python" "$here/training_tokens.py" axolotl 2> axolotl.log || { tail -20 axolotl.log; exit 1; }
echo "the same tokens"
