"""A drop folder is read whole: what is right arrives exactly, what is wrong is named by file and line, and nothing is guessed."""

import csv
import gzip
import hashlib
import io
import itertools
import os
import sqlite3
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.dataset import Dataset
from catalog.errors import RejectedError, UnavailableError
from catalog.flow import From
from connectors import zip_file
from connectors.files import Drop, Progress, read_drop
from connectors.line import split

NOW = datetime(2026, 11, 5, tzinfo=UTC)
REAL = Path(os.environ.get("CAMPUS_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
FIELDS = {"staff_no": "string(8)", "name": "string(20)", "salary": "decimal(12,2)", "hired": "date"}
HEADER = "staff_no,name,salary,hired\n"
Read = Callable[..., Drop]


def dataset(fields: dict[str, str], **more: object) -> Dataset:
    described = [{"name": name, "type": kind, "title": name} for name, kind in fields.items()]
    return Dataset.model_validate(
        {"name": "staff", "title": "教职工", "owner": "人事处", "sharing": "none", "key": [next(iter(fields))], "fields": described} | more
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "drop"
    found.mkdir()
    return found


@pytest.fixture
def drop(folder: Path, tmp_path: Path) -> Read:
    numbers = itertools.count()

    def read(
        files: str = "*.csv",
        fields: dict[str, str] = FIELDS,
        confidential: Sequence[object] = (),
        progress: Progress | None = None,
        **source: object,
    ) -> Drop:
        described = From.model_validate({"system": "hr", "files": files} | source)
        into = tmp_path / f"{next(numbers)}.db"
        return read_drop(folder, described, dataset(fields, confidential=confidential), into, now=NOW, progress=progress)

    return read


def landed(drop: Drop) -> list[tuple[object, ...]]:
    with sqlite3.connect(drop.database) as database:
        return database.execute("select * from rows order by rowid").fetchall()


def reasons(drop: Drop) -> list[tuple[str, str | None, str]]:
    return [(reject.place, reject.field, reject.reason) for reject in drop.rejects]


@pytest.mark.parametrize(
    ("encoding", "bom"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("gb18030", b"\x84\x31\x95\x33")]
)
def test_both_encodings_are_read_with_and_without_a_byte_order_mark(folder: Path, drop: Read, encoding: str, bom: bytes):
    (folder / "a.csv").write_bytes(bom + (HEADER + "20230001,张𬀩,1200.50,2026/9/1\n").encode(encoding))
    assert landed(drop(encoding=encoding)) == [("20230001", "张𬀩", "1200.5", "2026-09-01")]


def test_an_empty_cell_is_null_and_a_quoted_empty_one_is_a_text(folder: Path, drop: Read):
    (folder / "a.csv").write_text(HEADER + '20230001,,,\n20230002,"","",""\n')
    assert landed(drop()) == [("20230001", None, None, None), ("20230002", "", None, None)]


def test_newlines_quotes_delimiters_and_nul_within_quotes_survive(folder: Path, drop: Read):
    name = 'a\r\nb\n"c",\t\0é'
    (folder / "a.csv").write_text(HEADER + f'1,"{name.replace(chr(34), chr(34) * 2)}",1,\r\n2,after,,\r\n', newline="")
    assert landed(drop()) == [("1", name, "1", None), ("2", "after", None, None)]


def test_a_bad_row_costs_no_other_row_and_is_named_by_file_line_and_reason(folder: Path, drop: Read):
    lines = [
        b"1,right,1.00,2026-01-01",
        b"2,text,a lot,2026-01-01",
        b"3,ragged,1.00",
        b"4,wide,1.00,2026-01-01,more",
        b"5,\xff\xfe,1.00,2026-01-01",
        b"6,far too long a name for it,1.00,2026-01-01",
        b"7,no day,1.00,2026-02-30",
        b"8,two faults,x,y",
        b'9,"never closed,1.00,2026-01-01',
        b'10,"closed" too early,1.00,2026-01-01',
        "11,对,1.00,2026-01-01".encode(),
    ]
    (folder / "2026-10.csv").write_bytes(HEADER.encode() + b"\n".join(lines))
    found = drop()
    assert [row[0] for row in landed(found)] == ["1", "11"]
    assert reasons(found) == [
        ("2026-10.csv:3", "salary", "reject.type"),
        ("2026-10.csv:4", None, "reject.ragged"),
        ("2026-10.csv:5", None, "reject.ragged"),
        ("2026-10.csv:6", None, "reject.encoding"),
        ("2026-10.csv:7", "name", "reject.length"),
        ("2026-10.csv:8", "hired", "reject.type"),
        ("2026-10.csv:9", "salary", "reject.type"),
        ("2026-10.csv:9", "hired", "reject.type"),
        ("2026-10.csv:10", None, "reject.quote"),
        ("2026-10.csv:11", None, "reject.quote"),
    ]
    assert found.files[0].rows == 11
    text, ragged = found.rejects[0], found.rejects[1]
    assert (split(text.row), text.key) == (("2", "text", "a lot", "2026-01-01"), "2")
    assert (split(ragged.row), ragged.key) == (("3,ragged,1.00",), None)


def test_a_row_is_named_by_the_line_it_begins_on(folder: Path, drop: Read):
    (folder / "a.csv").write_text(HEADER + '1,"two\nlines",1,\n\n2,bad,x,\n')
    assert reasons(drop()) == [("a.csv:5", "salary", "reject.type")]


def test_a_key_that_cannot_be_read_leaves_the_reject_without_key(folder: Path, drop: Read):
    (folder / "a.csv").write_text(HEADER + "a key far too long,name,1,\n")
    assert drop().rejects[0].key is None


def test_a_row_that_may_be_confidential_is_told_by_its_place_alone(folder: Path, drop: Read):
    (folder / "a.csv").write_text(HEADER + "1,secret,x,\n")
    (reject,) = drop(confidential=[{"field": "name", "eq": "secret"}]).rejects
    assert (reject.place, reject.reason, reject.row, reject.key) == ("a.csv:2", "reject.type", "", None)


@pytest.mark.parametrize(("declared", "actual"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
def test_a_file_wholly_in_the_other_encoding_is_refused(folder: Path, drop: Read, declared: str, actual: str):
    (folder / "a.csv").write_bytes((HEADER + "".join(f"{n},张三丰{n},1,\n" for n in range(5))).encode(actual))
    with pytest.raises(RejectedError) as told:
        drop(encoding=declared)
    assert "a.csv" in told.value.say("en")
    assert declared in told.value.say("en")


def test_rows_of_another_encoding_are_never_read_as_other_words(folder: Path, drop: Read):
    (folder / "a.csv").write_bytes((HEADER + "1,欧阳明娜,,\n").encode())
    with pytest.raises(RejectedError, match="gb18030"):
        drop(encoding="gb18030")
    (folder / "a.csv").write_bytes((HEADER + "1,欧阳明娜,,\n2,Café,,\n" + "3,王芳,,\n" * 9).encode())
    with pytest.raises(RejectedError, match="gb18030"):
        drop(encoding="gb18030")
    (folder / "a.csv").write_bytes((HEADER + "1,欧阳明娜,,\n").encode("gb18030") + "2,欧阳明娜,,\n".encode())  # two files put together
    found = drop(encoding="gb18030")
    assert ([row[:2] for row in landed(found)], reasons(found)) == ([("1", "欧阳明娜")], [("a.csv:3", None, "reject.encoding")])


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "staff_no, name, salary, hired"),
        ("工号,姓名\n", "staff_no, name, salary, hired"),
        ("staff_no,name,salary\n1,a,1\n", "的 hired 没有"),
        (HEADER.replace("hired", "name"), "的 name, hired 没有"),
    ],
)
def test_a_file_without_the_expected_columns_is_refused_with_those_that_are_wrong(folder: Path, drop: Read, content: str, wrong: str):
    (folder / "a.csv").write_text(content, "utf-8")
    with pytest.raises(RejectedError) as told:
        drop()
    assert all(part in told.value.say("zh") for part in ("a.csv 第 1 行", wrong, "utf-8", "header_row"))


def test_a_chinese_header_in_the_wrong_encoding_is_refused(folder: Path, drop: Read):
    (folder / "a.csv").write_bytes("工号,姓名\n1,张三\n".encode("gb18030"))
    with pytest.raises(RejectedError, match="工号, 姓名"):
        drop(fields={"no": "string", "name": "string"}, columns={"no": "工号", "name": "姓名"})


def test_a_missing_folder_and_a_pattern_without_a_file_are_no_empty_source(folder: Path, drop: Read):
    (folder / "~$a.csv").write_text(HEADER)
    with pytest.raises(UnavailableError, match=r"\*\.csv"):
        drop()
    (folder / "~$a.csv").unlink()
    folder.rmdir()
    with pytest.raises(UnavailableError):
        drop()


def test_a_file_with_a_header_alone_is_an_empty_source(folder: Path, drop: Read):
    (folder / "a.csv").write_text(HEADER)
    assert landed(drop()) == []


def test_files_are_read_in_the_order_of_their_names_and_told_with_their_hashes(folder: Path, drop: Read):
    for name in ("b.csv", "a.csv"):
        (folder / name).write_text(f"{HEADER}{name[0]},,,\n")
    (folder / "ignored.md").write_text("no data")
    found = drop()
    assert [row[0] for row in landed(found)] == ["a", "b"]
    assert [(file.name, file.rows) for file in found.files] == [("a.csv", 1), ("b.csv", 1)]
    assert found.files[0].sha256 == hashlib.sha256((folder / "a.csv").read_bytes()).hexdigest()


def test_a_gzipped_file_is_read_and_a_truncated_one_is_unavailable(folder: Path, drop: Read):
    packed = gzip.compress((HEADER + "".join(f"{n},x,1,\n" for n in range(5000))).encode())
    (folder / "a.csv.gz").write_bytes(packed)
    assert len(landed(drop("*.csv.gz"))) == 5000
    (folder / "a.csv.gz").write_bytes(packed[:-100])
    with pytest.raises(UnavailableError, match=r"a\.csv\.gz"):
        drop("*.csv.gz")


def test_another_delimiter_header_row_and_column_names_are_followed(folder: Path, drop: Read):
    (folder / "a.csv").write_text('人员表 "2026\n制表：人事处\n多余;工号\n;0001\n', "utf-8")
    found = drop(fields={"staff_no": "string(8)"}, columns={"staff_no": "工号"}, delimiter=";", header_row=3)
    assert landed(found) == [("0001",)]


def test_a_coded_column_stays_the_text_that_the_sources_codes_are(folder: Path, drop: Read):
    (folder / "a.csv").write_text("no,gender\n1,男性（旧码）\n", "utf-8")
    assert landed(drop(fields={"no": "string", "gender": "string(1)"}, codes={"gender": "hr_gender"})) == [("1", "男性（旧码）")]


def test_a_file_of_an_unknown_kind_is_refused(folder: Path, drop: Read):
    (folder / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(RejectedError, match=r"a\.xls"):
        drop("a.*")


def test_an_unclosed_quote_before_many_rows_costs_one_row_and_little_time(folder: Path, drop: Read):
    rows = "".join(f'{n},"",1,\n' for n in range(50_000))
    (folder / "a.csv").write_text(f'{HEADER}x,"open,1,\n{rows}')
    found = drop()
    assert len(landed(found)) == 50_000
    assert reasons(found) == [("a.csv:2", None, "reject.quote")]


def test_a_line_without_end_is_one_reject(folder: Path, drop: Read):
    (folder / "a.csv").write_text(f"{HEADER}1,{'x' * 9_000_000}\n2,ok,1,\n")
    found = drop()
    assert (len(landed(found)), reasons(found)) == (1, [("a.csv:2", None, "reject.long")])


def test_memory_does_not_grow_with_the_file(folder: Path, drop: Read):
    with (folder / "a.csv").open("w") as file:
        file.write(HEADER)
        file.writelines(f"{n},{'名' * 20},1.5,2026-01-01\n" for n in range(20_000))
    tracemalloc.start()
    assert drop().files[0].rows == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


ROWS = st.lists(st.tuples(*[st.one_of(st.none(), st.text(st.characters(blacklist_categories=["Cs"])))] * 3), max_size=8)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, encoding=st.sampled_from(["utf-8", "gb18030"]), end=st.sampled_from(["\n", "\r\n"]))
def test_whatever_is_written_to_rfc_4180_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, ...]], encoding: str, end: str
):
    folder = tmp_path_factory.mktemp("drop")
    cells = [[f"k{n}", *row] for n, row in enumerate(rows)]
    text = end.join(
        ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row) for row in [["k", "a", "b", "c"], *cells]
    )
    (folder / "a.csv").write_bytes(("\n".join([text, *["x,汉字,𬀩,"] * 3])).encode(encoding))
    fields = dict.fromkeys(["k", "a", "b", "c"], "string")
    found = read_drop(folder, From(system="s", files="*.csv", encoding=encoding), dataset(fields), folder / "x.db", now=NOW)
    assert landed(found)[:-3] == [tuple(row) for row in cells]
    assert not found.rejects


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["utf-8", "gb18030"]))
def test_no_bytes_whatever_break_the_reader_or_lose_the_row_behind_them(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, encoding: str
):
    folder = tmp_path_factory.mktemp("drop")
    sure = "".join(f"last{n},汉字,1,\n" for n in range(3)).encode(encoding)
    (folder / "a.csv").write_bytes(HEADER.encode() + b"2,x,1,\n" + noise + b"\n" + sure)
    found = read_drop(folder, From(system="s", files="*.csv", encoding=encoding), dataset(FIELDS), folder / "x.db", now=NOW)
    assert [row[0] for row in landed(found)][-3:] == ["last0", "last1", "last2"]


@pytest.mark.skipif(not REAL.exists() and not os.environ.get("CI"), reason="no text data at ../shared/data (CAMPUS_REAL_DATA)")
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_8105_characters_and_the_naughty_strings_survive(folder: Path, drop: Read, encoding: str):
    with (REAL / "text" / "tygfhzb_8105.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["char"] for row in csv.DictReader(file)]
    texts += [line for line in (REAL / "text" / "blns.txt").read_text("utf-8").split("\n") if line]
    assert len(texts) > 8600
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("n", "text"), *enumerate(texts)])
    (folder / "a.csv").write_bytes(written.getvalue().encode(encoding))
    found = drop(fields={"n": "integer", "text": "string"}, encoding=encoding)
    assert [row[1] for row in landed(found)] == texts
    assert not found.rejects


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_byte_order_mark_and_half_a_character_costs_its_row(folder: Path, drop: Read, encoding: str):
    mark = {"utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[encoding]
    half = "\ud840".encode(encoding if encoding != "utf-16" else "utf-16-le", "surrogatepass")
    text = HEADER + '1,杨𬀩,1.00,2026-01-01\n2,"two\nlines",,\n3,'
    (folder / "a.csv").write_bytes(
        mark + text.encode(encoding) + half + (",,\n4,后,,\n").encode("utf-16-le" if encoding == "utf-16" else encoding)
    )
    found = drop(encoding="utf-16")
    assert landed(found) == [("1", "杨𬀩", "1", "2026-01-01"), ("2", "two\nlines", None, None), ("4", "后", None, None)]
    assert reasons(found) == [("a.csv:5", None, "reject.encoding")]


@pytest.mark.parametrize("content", [b"\xff\xfe1", "无标记".encode()])
def test_what_is_no_utf_16_is_refused_whole(folder: Path, drop: Read, content: bytes):
    (folder / "a.csv").write_bytes(content)
    with pytest.raises(RejectedError):
        drop(encoding="utf-16")


def test_an_archive_is_read_member_by_member_under_its_own_names(folder: Path, drop: Read):
    with zipfile.ZipFile(folder / "十月.zip", "w") as archive:
        archive.writestr("人事处/教职工.csv", HEADER + "1,甲,1.00,\n2,乙,x,\n")
        archive.writestr("__MACOSX/._教职工.csv", "rubbish")
        archive.writestr("b.CSV", HEADER + "3,丙,3.00,\n")
    found = drop("*.zip")
    assert sorted(str(row[0]) for row in landed(found)) == ["1", "3"]
    assert reasons(found) == [("十月.zip/人事处/教职工.csv:3", "salary", "reject.type")]
    assert [(file.name, file.rows) for file in found.files] == [("十月.zip", 3)]


def test_an_archive_of_a_chinese_windows_tells_its_names_rightly(folder: Path, drop: Read):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("XXXXXX.csv", HEADER + "1,,x,\n")
    name = "教职工".encode("gb18030")
    (folder / "a.zip").write_bytes((folder / "a.zip").read_bytes().replace(b"XXXXXX", name))
    assert reasons(drop("*.zip")) == [("a.zip/教职工.csv:2", "salary", "reject.type")]


@pytest.mark.parametrize("content", [b"PK no archive", b""])
def test_an_archive_that_is_broken_or_empty_is_no_empty_source(folder: Path, drop: Read, content: bytes):
    (folder / "a.zip").write_bytes(content)
    with pytest.raises(RejectedError):
        drop("*.zip")
    with zipfile.ZipFile(folder / "a.zip", "w"):
        pass
    with pytest.raises(RejectedError):
        drop("*.zip")


def test_an_archive_that_unpacks_beyond_all_bounds_is_refused(folder: Path, drop: Read, monkeypatch: pytest.MonkeyPatch):
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", HEADER + "1,,,\n" * 1000)
    monkeypatch.setattr(zip_file, "LARGEST", 1000)
    with pytest.raises(RejectedError):
        drop("*.zip")


def test_a_file_counts_when_its_marker_stands_beside_it(folder: Path, drop: Read):
    (folder / "a.csv").write_text(HEADER + "1,,,\n")
    (folder / "b.csv").write_text(HEADER + "2,,,\n")
    with pytest.raises(UnavailableError, match=r"2 个.*a\.csv\.ok"):
        drop(done="{name}.ok")
    (folder / "b.csv.ok").touch()
    assert [row[0] for row in landed(drop(done="{name}.ok"))] == ["2"]


def test_a_marker_older_than_its_file_speaks_of_another(folder: Path, drop: Read):
    (folder / "a.csv.ok").touch()
    os.utime(folder / "a.csv.ok", (1, 1))
    (folder / "a.csv").write_text(HEADER + "1,,,\n")
    with pytest.raises(UnavailableError, match=r"a\.csv"):
        drop(done="{name}.ok")
    (folder / "a.csv.ok").touch()
    assert len(landed(drop(done="{name}.ok"))) == 1


def test_a_file_that_is_taken_away_while_the_folder_is_read_is_told_by_its_name(folder: Path, drop: Read):
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text(HEADER + "1,,,\n" + "2,,,\n" * (name == "a.csv"))
    with pytest.raises(UnavailableError, match=r"b\.csv"):
        drop(progress=lambda *_: (folder / "b.csv").unlink(missing_ok=True))


def test_a_file_that_was_written_a_moment_ago_makes_the_folder_wait(folder: Path, drop: Read):
    (folder / "a.csv").write_text(HEADER + "1,,,\n")
    (folder / "b.csv").write_text(HEADER + "2,,,\n")
    long_ago = time.time() - 3600
    os.utime(folder / "a.csv", (long_ago, long_ago))
    with pytest.raises(UnavailableError, match=r"b\.csv"):
        drop(settle="10m")
    os.utime(folder / "b.csv", (long_ago, long_ago))
    assert len(landed(drop(settle="10m"))) == 2
