"""The access log against who would change it: every touch is found, days are forgotten whole, several writers keep one chain."""

import multiprocessing
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, delete, func, select, text, update

from catalog.errors import CatalogError, UnavailableError
from hub.store import access, anchors
from hub.store.access import FIRST, Fault, Line, _hash
from hub.store.journal import Journal
from hub.store.open import open_store
from hub.store.tables import access as lines
from hub.store.tables import access_head

NOW = datetime(2026, 11, 5, 3, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path}/hub.db")


def write(store: Engine, days: int, *, each: int = 3, end: datetime = NOW) -> None:
    for day in range(days):
        for number in range(each):
            line = Line(who="library", channel="api", outcome="ok", request=f"{day}-{number}", rows=1)
            access.write(store, line, now=end - timedelta(days=days - 1 - day) + timedelta(minutes=number))


def do(store: Engine, statement: object) -> None:
    with store.begin() as connection:
        connection.execute(statement)


def test_a_changed_cell_is_found(store: Engine) -> None:
    write(store, 2)
    assert access.verify(store) == []
    for values in ({"rows": 2}, {"who": "hall"}, {"columns": ["name"]}, {"at": NOW.isoformat()}, {"bytes": 1}):
        do(store, update(lines).where(lines.c.seq == 3).values(**values))
        assert access.verify(store) == [Fault("changed", "3")], values
        as_it_was = {"rows": 1, "who": "library", "columns": [], "bytes": None, "at": (NOW - timedelta(hours=23, minutes=58)).isoformat()}
        do(store, update(lines).where(lines.c.seq == 3).values(**as_it_was))
    assert access.verify(store) == []


def test_a_removed_line_is_found(store: Engine) -> None:
    write(store, 2)
    do(store, delete(lines).where(lines.c.seq == 4))
    assert Fault("missing", "4") in access.verify(store)


def test_the_first_lines_gone_are_found(store: Engine) -> None:
    write(store, 2)
    do(store, delete(lines).where(lines.c.seq <= 2))
    assert Fault("missing", "1") in access.verify(store)


def test_lines_that_changed_places_are_found(store: Engine) -> None:
    write(store, 2)
    for old, new in ((2, 99), (3, 2), (99, 3)):
        do(store, update(lines).where(lines.c.seq == old).values(seq=new))
    assert {it.place for it in access.verify(store)} >= {"2", "3"}


def test_a_cut_end_is_found(store: Engine) -> None:
    write(store, 2)
    do(store, delete(lines).where(lines.c.seq > 4))
    assert access.verify(store) == [Fault("cut", "5")]


def test_an_emptied_log_is_found(store: Engine) -> None:
    write(store, 1)
    do(store, delete(lines))
    assert access.verify(store) == [Fault("cut", "1")]


def test_a_log_rewritten_with_good_hashes_no_longer_leads_to_its_anchors(store: Engine, tmp_path: Path) -> None:
    write(store, 3)
    file = tmp_path / "away" / "anchors.jsonl"
    assert anchors.anchor(store, file, zone=ZONE, now=NOW) == 2
    with store.begin() as connection:
        previous = FIRST
        for row in connection.execute(select(lines).order_by(lines.c.seq)).mappings().all():
            told = {name: row[name] for name in row if name != "hash"} | {"previous": previous}
            told["rows"] = 7 if row["seq"] == 2 else row["rows"]
            previous = _hash(told)
            connection.execute(update(lines).where(lines.c.seq == row["seq"]).values(**told, hash=previous))
        connection.execute(update(access_head).values(hash=previous))
    assert access.verify(store) == [Fault("anchor", "2026-11-03"), Fault("anchor", "2026-11-04")]
    with store.begin() as connection:  # the store's anchors rewritten too
        connection.execute(text("update access_anchors set hash = (select hash from access where access.seq = access_anchors.seq)"))
    assert access.verify(store) == []
    assert anchors.differing(store, file) == [Fault("anchor", "2026-11-03"), Fault("anchor", "2026-11-04")]


def test_an_end_cut_with_its_head_and_anchors_is_found_in_the_file(store: Engine, tmp_path: Path) -> None:
    write(store, 3)
    file = tmp_path / "anchors.jsonl"
    anchors.anchor(store, file, zone=ZONE, now=NOW)
    with store.begin() as connection:
        connection.execute(text("delete from access where seq > 3"))
        connection.execute(text("delete from access_anchors where seq > 3"))
        connection.execute(text("update access_head set seq = 3, hash = (select hash from access where seq = 3)"))
    assert access.verify(store) == []
    assert anchors.differing(store, file) == [Fault("anchor", "2026-11-04")]


def test_anchors_are_written_once_and_for_days_that_are_over(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    write(store, 2)
    assert [anchors.anchor(store, file, zone=ZONE, now=NOW) for _ in range(2)] == [1, 0]
    midnight = datetime(2026, 11, 5, 16, tzinfo=UTC)
    assert anchors.anchor(store, file, zone=ZONE, now=midnight + timedelta(minutes=9)) == 0
    assert anchors.anchor(store, file, zone=ZONE, now=midnight + timedelta(minutes=11)) == 1
    assert [it.day for it in anchors.read(file)] == ["2026-11-04", "2026-11-05"]
    file.write_text(file.read_text("utf-8") + "no anchor\n", "utf-8")
    with pytest.raises(CatalogError, match=r"anchors\.jsonl:3"):
        anchors.read(file)


def test_only_whole_anchored_days_past_their_time_are_forgotten(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    write(store, 4, end=NOW - timedelta(days=200))
    write(store, 2)
    assert anchors.prune(store, keep=timedelta(days=1), zone=ZONE, now=NOW) == 0  # nothing is anchored
    anchors.anchor(store, file, zone=ZONE, now=NOW)
    assert anchors.prune(store, keep=timedelta(days=1096), zone=ZONE, now=NOW) == 0
    assert anchors.prune(store, keep=timedelta(days=1), zone=ZONE, now=NOW - timedelta(days=22)) == 3  # never within 180 days
    assert access.verify(store) == anchors.differing(store, file) == []
    assert anchors.prune(store, keep=timedelta(days=201), zone=ZONE, now=NOW) == 3
    write(store, 1)
    assert access.verify(store) == []
    do(store, delete(lines).where(lines.c.seq == 7))
    assert Fault("missing", "7") in access.verify(store)


def written(journal: Journal, line: Line) -> "Future[None]":
    durable: Future[None] = Future()
    journal.write(line, lambda error: durable.set_exception(error) if error else durable.set_result(None), now=NOW)
    return durable


def many(url: str, who: str) -> None:
    journal = Journal(open_store(url))
    waiting = [written(journal, Line(who=who, channel="api", outcome="ok", request=str(n))) for n in range(60)]
    for durable in waiting:
        durable.result(timeout=60)
    journal.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_several_processes_keep_one_chain(engine: str, database: object, tmp_path: Path) -> None:
    url = database(engine)
    store = open_store(url)
    processes = [multiprocessing.get_context("spawn").Process(target=many, args=(url, f"p{n}")) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert access.verify(store) == []
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(lines)).scalar_one() == 180
    store.dispose()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_lines_of_many_threads_share_commits_and_each_is_there_when_it_is_told(engine: str, database: object) -> None:
    store = open_store(database(engine))
    journal, missing = Journal(store), []

    def told(request: str, durable: "Future[None]", error: object) -> None:
        with store.connect() as connection:  # another connection: what it sees is committed
            there = connection.execute(select(lines.c.request).where(lines.c.request == request)).scalar()
        missing.extend([] if there and error is None else [request])
        durable.set_result(None)

    def thread(number: int) -> None:
        for n in range(20):
            request, durable = f"{number}-{n}", Future()
            line = Line(who="library", channel="api", outcome="ok", request=request)
            write = journal.write_aside if n % 5 == 0 else journal.write
            write(line, partial(told, request, durable), now=NOW)
            durable.result(timeout=60)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(thread, range(8))) == [None] * 8
    journal.close()
    assert missing == access.verify(store) == []
    assert len(access.lines(store, limit=1000)) == 160
    store.dispose()


def test_a_line_that_cannot_be_written_is_told_and_the_next_one_is_written(store: Engine) -> None:
    journal = Journal(store)
    line = Line(who="library", channel="api", outcome="ok", request="1")
    do(store, text("alter table access rename to access_away"))
    with pytest.raises(UnavailableError):
        written(journal, line).result(timeout=60)
    do(store, text("alter table access_away rename to access"))
    written(journal, line).result(timeout=60)
    journal.close()
    assert len(access.lines(store)) == 1
