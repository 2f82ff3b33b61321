"""A mirror of which little changed reads and stages only what differs, and is proved whole all the same."""

from pathlib import Path

import pytest
from values import PAIRS
from world import Database, World

from catalog.errors import UnprovenError
from hub import compare, pipeline
from hub.staging import Staged
from hub.store import runs

ROWS = 3000


def mirrored(tmp_path: Path, database: Database, source: str, target: str, *, integer: bool = False, query: str = "") -> World:
    """A mirror of many rows, published once; its key is text, or an integer of which neighbours lie together."""
    it = World(tmp_path, database(source), database(target), rows=0)
    values = ", ".join(f"('{'' if integer else 'n'}{n}', '名{n}', '{n % 2 + 1}', null)" for n in range(ROWS))
    it.at_source(f"insert into s_thing values {values}")
    if integer:
        it.dataset["fields"] = [{"name": "no", "type": "integer", "title": "编号"}, *it.dataset["fields"][1:]]
    if query:
        assert it.hub  # writes the campus
        (tmp_path / "campus" / "flows" / "some.sql").write_text(query, "utf-8")
        it.flow["source"] = {"system": "src", "query": "some.sql"}
    assert it.run().status == "proved"
    return it


def staged(it: World, run: str) -> Staged:
    return Staged.from_json(runs.get(it.hub.store, run)["stage"])


def key(it: World, n: int) -> str:
    return f"{n}" if it.dataset["fields"][0]["type"] == "integer" else f"n{n}"


def change(it: World) -> None:
    """Change five rows, add one, drop one at the source; change one, add one, drop one by hand in the target."""
    names = ", ".join(f"'{key(it, n)}'" for n in range(1000, 1005))
    it.at_source(f"update s_thing set name = '改' where no in ({names})")
    it.at_source(f"insert into s_thing values ('{key(it, 9999)}', '新', '1', null)")
    it.at_source(f"delete from s_thing where no = '{key(it, 7)}'")
    it.at_target(f"update thing set name = '手改' where no = '{key(it, 8)}'")
    it.at_target(f"insert into thing (no) values ('{key(it, 8888)}')")
    it.at_target(f"delete from thing where no = '{key(it, 9)}'")


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_only_what_differs_is_staged_and_the_whole_is_proved(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = mirrored(tmp_path, database, source, target, integer=(source == target))
    change(it)
    run = pipeline.extract(it.hub, "thing", now=it.now, by="tester")
    batch = staged(it, run)
    assert (batch.kind, batch.stage.count, batch.source.count) == ("changed", 8, ROWS)
    pipeline.judge(it.hub, run, now=it.now)
    receipt = pipeline.publish(it.hub, run, now=it.now)
    assert (receipt.status, receipt.source.count, receipt.target.count) == ("proved", ROWS, ROWS)
    assert (receipt.rows.updated, receipt.rows.inserted, receipt.rows.deleted, receipt.rows.unchanged) == (6, 2, 2, ROWS - 8)
    assert it.verify().equal
    assert it.run().status == "unchanged"


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_query_with_a_where_of_its_own_is_narrowed_like_any_table(tmp_path: Path, database: Database, source: str, target: str) -> None:
    query = "select * from (select * from s_thing where no is not null) as s where no <> '-1'"
    it = mirrored(tmp_path, database, source, target, integer=(source == target), query=query)
    change(it)
    assert len(it.verify().differing) == 5 + 2 + 3
    receipt = it.run()
    assert (receipt.status, receipt.rows.updated, receipt.rows.inserted, receipt.rows.deleted) == ("proved", 6, 2, 2)
    assert it.verify().equal


@pytest.mark.parametrize("sample", [2, 1000])
@pytest.mark.parametrize("integer", [True, False])
def test_where_a_little_changed_everywhere_only_that_is_staged(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, integer: bool, sample: int
) -> None:
    it = mirrored(tmp_path, database, "postgresql", "postgresql", integer=integer)
    monkeypatch.setattr(compare, "SAMPLE", sample)  # blocks: some of the eleven, or too many for a table like this
    monkeypatch.setattr(compare, "IMAGED", 1000)
    change(it)
    names = ", ".join(f"'{key(it, n)}'" for n in range(50, ROWS, 100))
    it.at_source(f"update s_thing set name = '处处' where no in ({names})")
    it.at_target(f"insert into thing (no) values ('{-5000 if integer else '负'}')")
    run = pipeline.extract(it.hub, "thing", now=it.now, by="tester")
    batch = staged(it, run)
    assert (batch.kind, batch.stage.count, batch.source.count) == ("changed", 8 + 30, ROWS)
    pipeline.judge(it.hub, run, now=it.now)
    receipt = pipeline.publish(it.hub, run, now=it.now)
    assert (receipt.rows.updated, receipt.rows.inserted, receipt.rows.deleted) == (6 + 30, 2, 3)
    assert it.verify().equal
    assert it.run().status == "unchanged"


def test_a_key_that_comes_to_stand_twice_is_seen_where_a_little_changed_everywhere(tmp_path: Path, database: Database) -> None:
    it = mirrored(tmp_path, database, "postgresql", "postgresql")
    it.at_source("alter table s_thing drop constraint s_thing_pkey")
    it.at_source("insert into s_thing select * from s_thing where no = 'n77'")
    names = ", ".join(f"'n{n}'" for n in range(50, ROWS, 100))
    it.at_source(f"update s_thing set name = '处处' where no in ({names})")
    run = pipeline.extract(it.hub, "thing", now=it.now, by="tester")
    assert (staged(it, run).kind, staged(it, run).stage.count) == ("changed", 2 + 30)
    pipeline.judge(it.hub, run, now=it.now)
    receipt = pipeline.publish(it.hub, run, now=it.now)
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.kept_stale) == ("proved_with_exceptions", 2, 1)


def test_a_row_that_another_hand_changes_meanwhile_is_never_proved(tmp_path: Path, database: Database) -> None:
    it = mirrored(tmp_path, database, "postgresql", "postgresql")
    change(it)
    run = pipeline.extract(it.hub, "thing", now=it.now, by="tester")
    it.at_target("update thing set name = '手改' where no = 'n2000'")  # which was not staged
    pipeline.judge(it.hub, run, now=it.now)
    with pytest.raises(UnprovenError):
        pipeline.publish(it.hub, run, now=it.now)
    assert it.run().status == "proved"
    assert it.verify().equal


def test_a_changed_row_that_a_rule_refuses_keeps_its_last_good_version(tmp_path: Path, database: Database) -> None:
    it = mirrored(tmp_path, database, "postgresql", "postgresql")
    it.at_source("update s_thing set kind = '' where no = 'n5'")
    it.dataset["fields"][2] = it.dataset["fields"][2] | {"required": True}
    assert it.run().rows.kept_stale == 1  # another contract: everything is read
    it.at_source("update s_thing set kind = '3' where no = 'n5'")
    assert it.run().rows.quarantined == 0
    it.at_source("update s_thing set kind = '' where no in ('n6', 'n7')")
    run = pipeline.extract(it.hub, "thing", now=it.now, by="tester")
    assert staged(it, run).kind == "changed"
    pipeline.judge(it.hub, run, now=it.now)
    receipt = pipeline.publish(it.hub, run, now=it.now)
    assert (receipt.status, receipt.rows.quarantined, receipt.rows.kept_stale) == ("proved_with_exceptions", 2, 2)
    assert it.at_target("select kind from thing where no = 'n6'") == [("1",)]
    assert it.verify().equal
    it.at_source("update s_thing set kind = '9' where no in ('n6', 'n7')")
    assert (it.run().status, it.verify().equal) == ("proved", True)


def test_where_much_changed_everything_is_staged(tmp_path: Path, database: Database) -> None:
    it = mirrored(tmp_path, database, "postgresql", "postgresql")
    it.at_source("update s_thing set name = '改' where kind = '1'")
    run = pipeline.extract(it.hub, "thing", now=it.now, by="tester")
    assert (staged(it, run).kind, staged(it, run).stage.count) == ("whole", ROWS)


def test_a_stage_of_changes_that_was_touched_is_never_published(tmp_path: Path, database: Database) -> None:
    it = mirrored(tmp_path, database, "postgresql", "postgresql")
    change(it)
    run = pipeline.extract(it.hub, "thing", now=it.now, by="tester")
    it.at_target(f"update campus_hub.stage_{run.lower().replace('-', '_')} set name = '别的' where no = 'n1001'")
    pipeline.judge(it.hub, run, now=it.now)
    with pytest.raises(UnprovenError) as error:
        pipeline.publish(it.hub, run, now=it.now)
    assert error.value.key == "proof.stage_changed"
