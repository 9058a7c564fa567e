#!/usr/bin/env bash
# The examples of docs/python.md, run by pandas, polars and DuckDB on what `wording export` wrote; and texts, scores and
# tokens are compared between Parquet, CSV and JSON lines.
#   tests/real/python_readers.sh target/release/wording [old]
set -euo pipefail
# The newest, and those of a year before: Parquet's footers changed between.
case ${2:-new} in
  new) packages=(pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1) ;;
  old) packages=(pandas==2.3.3 pyarrow==22.0.0 polars==1.35.2 duckdb==1.4.2) ;;
esac
wording=$(realpath "$1")
page=$(realpath "$(dirname "$0")/../../docs/python.md")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q "${packages[@]}"

"$wording" init -q sample >/dev/null
cd sample
"$wording" run sentiment -q >/dev/null
for form in parquet csv jsonl; do "$wording" export -q -o "trials.$form"; done

cat > extract.py <<'EOF'
import re, sys
for name, code in re.findall(r"```python file=(\S+)\n(.*?)```", open(sys.argv[1]).read(), re.S):
    open(name, "w").write(code)
    print(name)
EOF
for script in $(python3 extract.py "$page"); do
  echo "== $script"
  ../venv/bin/python "$script"
done

cat > compare.py <<'EOF'
import json
import pandas as pd

parquet = pd.read_parquet("trials.parquet")
table = pd.read_csv("trials.csv", keep_default_na=False, dtype=str)
lines = [json.loads(line) for line in open("trials.jsonl")]
assert list(parquet.columns) == list(table.columns), (parquet.columns, table.columns)
assert len(parquet) == len(table) == len(lines)
kinds = {"row": "int64", "latency_ms": "float64", "score:label": "float64"}
for name, kind in kinds.items():
    assert parquet[name].dtype == kind, (name, parquet[name].dtype)
for (_, a), (_, b), c in zip(parquet.iterrows(), table.iterrows(), lines):
    for name in ["run", "variant", "model", "row_id", "expected", "output"]:
        assert a[name] == c[name], (name, a[name], c[name])
        assert b[name].lstrip("'") == (a[name] or "").lstrip("'"), (name, a[name], b[name])
    assert a["score:label"] == c["scores"]["label"] == float(b["score:label"])
    assert a["prompt_tokens"] == c["usage"]["prompt"] == int(b["prompt_tokens"])
print(f"== {len(lines)} trials agree in Parquet, CSV and JSON lines")
EOF
../venv/bin/python compare.py
