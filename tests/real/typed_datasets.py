"""Writes Excel workbooks and folders of Hugging Face with random values, and compares row by row what openpyxl and `datasets` read
with the rows that wording puts into prompts. Run by typed_datasets.sh."""

import base64
import datetime as dt
import decimal
import json
import math
import pathlib
import random
import struct
import subprocess
import sys

import datasets
import openpyxl
from datasets import ClassLabel, Features, Json, List, Value

wording, rounds = sys.argv[1], int(sys.argv[2])
datasets.disable_progress_bars()
random.seed(26)
compared = 0


def rows_of(dataset):
    """The rows as a template sees them."""
    pathlib.Path("row.txt").write_text("{{ row | tojson }}")
    command = [wording, "render", "--template", "row.txt", "--dataset", dataset, "--model", "demo/icl", "--format", "json"]
    out = subprocess.run(command, capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    prompts = [json.loads(line) for line in out.stdout.splitlines()]
    return [json.loads(p["messages"][-1]["content"]) for p in prompts]


def clock(time):
    text = f"{time:%H:%M:%S}"
    return f"{text}.{time.microsecond:06}".rstrip("0") if time.microsecond else text


def moment(value):
    zone = ""
    if value.tzinfo:
        value, zone = value.astimezone(dt.timezone.utc), "+00:00"
    return f"{value.year:04}-{value:%m-%d} {clock(value)}{zone}"


def span(value):
    total = abs(value) // dt.timedelta(microseconds=1)
    seconds, rest = divmod(total, 10**6)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" + (f".{rest:06}".rstrip("0") if rest else "")
    return ("-" if value < dt.timedelta(0) else "") + text


def plain(value, feature=None):
    """A value as the documentation says that it is written."""
    if isinstance(feature, ClassLabel):
        return feature.names[value] if value is not None and value >= 0 else value
    if isinstance(feature, List):
        return None if value is None else [plain(v, feature.feature) for v in value]
    if isinstance(feature, dict):
        return None if value is None else {k: plain(v, feature[k]) for k, v in value.items()}
    if isinstance(feature, Json):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return f"{value.year:04}-{value:%m-%d}"
    if isinstance(value, dt.time):
        return clock(value)
    if isinstance(value, dt.timedelta):
        return span(value)
    if isinstance(value, decimal.Decimal):
        return str(value)
    return value


def same(ours, theirs):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(theirs, float):
        # Numbers of single precision are doubled by Python, and not by wording; NaN is null.
        single = lambda x: struct.unpack("f", struct.pack("f", x))[0]
        if math.isnan(theirs):
            return ours is None
        # The parser of JSON may be off by the last bit of a number.
        return math.isclose(ours, theirs, rel_tol=3e-16, abs_tol=0) or (abs(theirs) < 3e38 and single(ours) == theirs)
    if isinstance(ours, str) and isinstance(theirs, int):
        # A text in a column of JSON that a lenient parser takes for a number is stored as it is, and `datasets` reads 7 in 007.
        return ours.startswith("0") and ours.isdigit() and int(ours) == theirs
    return ours == theirs


def compare(what, ours, theirs):
    global compared
    assert len(ours) == len(theirs), f"{what}: {len(ours)} rows, not {len(theirs)}"
    for number, (our, their) in enumerate(zip(ours, theirs)):
        assert our.keys() == their.keys(), f"{what}, row {number}: {list(our)} != {list(their)}"
        for column in our:
            assert same(our[column], their[column]), f"{what}, row {number}, {column}: {our[column]!r} != {their[column]!r}"
            compared += 1


def text():
    parts = ["word", " ", "\n", "\t", "屏幕", "é", "👩‍💻", "<&>\"'", "_x000D_", "007", "=1+1", "\u00a0", "null", "{{ row }}"]
    return "".join(random.choices(parts, k=random.randint(1, 8)))


def maybe(make):
    return make() if random.random() < 0.85 else None


def day():
    return dt.date(1970, 1, 1) + dt.timedelta(days=random.randint(-20000, 40000))


def at(resolution):
    return dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=random.randint(-(10**15), 3 * 10**15) // resolution * resolution)


def workbook(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Täble 1"
    # A text that begins with = is a formula for openpyxl, _x000D_ is a line end for spreadsheets and not for it, and a
    # text of blanks alone is empty for wording.
    makers = [lambda: "x" + text().replace("_x000D_", ""), lambda: random.randint(-(10**9), 10**9), lambda: random.uniform(-1e3, 1e3), lambda: 10 ** random.uniform(-300, 300),
              lambda: random.random() < 0.5, lambda: day(), lambda: at(1000), lambda: at(10**6).time(),
              lambda: dt.timedelta(milliseconds=random.randint(0, 10**9))]
    # A date before March 1900 is another day in a spreadsheet.
    early = dt.datetime(1900, 3, 1)
    sheet.append([f"column {i}" for i in range(len(makers))] + [2026, True])
    for _ in range(60):
        row = [maybe(make) for make in makers] + [1, "x"]
        sheet.append([None if isinstance(v, dt.datetime) and v < early else v for v in row])
    book.create_sheet("Other").append(["x"])
    book.save(path)
    read = openpyxl.load_workbook(path, data_only=True)["Täble 1"]
    header, *rest = read.iter_rows(values_only=True)
    names = [str(n).lower() if isinstance(n, bool) else str(n) for n in header]

    def cell(value, column):
        # A day without a time is a date for wording, and openpyxl always adds the time.
        if isinstance(value, dt.datetime) and value.time() == dt.time(0):
            value = value.date()
        return plain(value)

    theirs = [dict(zip(names, map(cell, row, names))) for row in rest]
    compare(f"workbook {path}", rows_of(f"{path}#Täble 1"), theirs)


def folder(path):
    features = Features(
        text=Value("string"), large=Value("large_string"), label=ClassLabel(names=["a", "b", "c"]),
        inside={"label": ClassLabel(names=["x", "y"]), "deeper": {"list": List(ClassLabel(names=["p", "q"]))}, "n": Value("int32")},
        spans=List({"kind": ClassLabel(names=["k", "l"]), "at": Value("int64")}), extra=Json(), more=List(Json()),
        s=Value("timestamp[s]"), ms=Value("timestamp[ms]"), us=Value("timestamp[us]"), utc=Value("timestamp[us, tz=UTC]"),
        zone=Value("timestamp[ms, tz=America/New_York]"), day=Value("date32"), clock=Value("time64[us]"), wait=Value("duration[ms]"),
        half=Value("float16"), single=Value("float32"), double=Value("float64"), money=Value("decimal128(12, 3)"), raw=Value("binary"),
        yes=Value("bool"), small=Value("int8"), big=Value("uint64"),
    )
    utc = lambda: at(10**6).replace(tzinfo=dt.timezone.utc)
    label = lambda n: maybe(lambda: random.randint(-1, n - 1))
    json_value = lambda: random.choice([{"a": [1, None, text()]}, text(), 3, 2.5, True, [1, "2"], {}, "5"])
    row = lambda: dict(
        text=maybe(text), large=maybe(text), label=label(3),
        inside={"label": label(2), "deeper": {"list": [label(2) for _ in range(random.randint(0, 3))]}, "n": maybe(lambda: random.randint(-9, 9))},
        spans=maybe(lambda: [{"kind": label(2), "at": random.randint(0, 9)} for _ in range(random.randint(0, 3))]),
        extra=maybe(json_value), more=[json_value() for _ in range(random.randint(0, 2))],
        s=maybe(lambda: at(10**6)), ms=maybe(lambda: at(1000)), us=maybe(lambda: at(1)), utc=maybe(utc), zone=maybe(utc), day=maybe(day),
        clock=maybe(lambda: at(1).time()), wait=maybe(lambda: dt.timedelta(milliseconds=random.randint(-(10**9), 10**9))),
        half=maybe(random.random), single=maybe(random.random), double=maybe(random.random),
        money=maybe(lambda: decimal.Decimal(random.randint(-(10**6), 10**6)).scaleb(-3)), raw=maybe(lambda: random.randbytes(5)),
        yes=maybe(lambda: random.random() < 0.5), small=maybe(lambda: random.randint(-128, 127)), big=maybe(lambda: random.randint(0, 2**62)),
    )
    made = datasets.Dataset.from_list([row() for _ in range(60)], features=features)
    parts = datasets.DatasetDict(train=made.select(range(50)), test=made.select(range(50, 60)))
    parts.save_to_disk(path / "saved", num_shards={"train": 3, "test": 1})
    (path / "layout").mkdir()
    for name, part in parts.items():
        part.to_parquet(path / "layout" / f"{name}-00000-of-00001.parquet")
    for name, part in datasets.load_from_disk(path / "saved").items():
        theirs = [{k: plain(v, features[k]) for k, v in row.items()} for row in part]
        compare(f"{path}, saved, {name}", rows_of(f"{path}/saved#{name}"), theirs)
        compare(f"{path}, parquet, {name}", rows_of(f"{path}/layout#{name}"), theirs)


for number in range(rounds):
    workbook(f"book{number}.xlsx")
    place = pathlib.Path(f"folder{number}")
    place.mkdir()
    folder(place)
print(f"{rounds} workbooks and {rounds} folders: {compared} values are the same")
