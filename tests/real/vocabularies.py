#!/usr/bin/env python3
"""Packs the vocabularies that `tiktoken-rs` ships as text into src/tokens/vocabularies: vocabularies.py CRATE_FOLDER

A packed file is one zstd frame (needs the `zstd` program): the lengths of all tokens in the order of their ranks, a byte
each, then their bytes. A unit test holds the files against the crate's own.
"""

import base64
import pathlib
import subprocess
import sys

assets = pathlib.Path(sys.argv[1]) / "assets"
folder = pathlib.Path(__file__).resolve().parents[2] / "src" / "tokens" / "vocabularies"
for name in ["o200k_base", "cl100k_base", "r50k_base"]:
    lines = [line.split() for line in (assets / f"{name}.tiktoken").read_text().splitlines()]
    assert [int(rank) for _, rank in lines] == list(range(len(lines))), name
    tokens = [base64.b64decode(token) for token, _ in lines]
    packed = bytes(len(token) for token in tokens) + b"".join(tokens)
    target = folder / f"{name}.zst"
    subprocess.run(
        ["zstd", "-q", "-f", "-19", "--ultra", "-", "-o", target], input=packed, check=True
    )
    print(f"{name}: {len(tokens)} tokens, {len(packed)} bytes, packed {target.stat().st_size}")
