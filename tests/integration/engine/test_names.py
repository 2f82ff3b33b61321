"""Names that need quoting, tables wide beyond the usual, and names that an engine would cut: every one arrives or is refused by name."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from values import PAIRS
from world import Database, World

from connectors.database import dialect_of

pytestmark = pytest.mark.parametrize(("source", "target"), PAIRS)
LONGEST = {"sqlite": 64, "postgresql": 63, "mariadb": 64}
TABLES = ["select", "物 MiXed", "a\"b`c'd.e", ":x100%s", "{x}back\\slash"]
COLUMNS = ["order", "工 号", "Name", "q\"u`o'te", ":colon", "per%cent", "a.b", "back\\slash", "{brace}", "q?", "x" * 63]
FIELDS = ["no", "select", "order", "group", "key", "user", "desc", "from", "r", "t", "s"]  # reserved words, and the engine's own aliases


def named(engine: str, table: str) -> str:
    return dialect_of({"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://", "mariadb": "mysql+pymysql://"}[engine]).quote(table)


def test_reserved_words_chinese_spaces_quotes_and_case_are_names_like_any_other(
    tmp_path: Path, database: Database, source: str, target: str
) -> None:
    it = World(tmp_path, database(source), database(target), rows=0)
    wide = "甲" * (LONGEST[source] // 3), "y" * LONGEST[source]
    it.dataset["fields"] = [{"name": name, "type": "string(20)", "title": name} for name in FIELDS]
    columns = dict(zip(FIELDS, COLUMNS, strict=True))
    engine = create_engine(it.source)
    with engine.begin() as connection:
        listed = ", ".join(f"{named(source, column)} varchar(20){' primary key' if column == 'order' else ''}" for column in COLUMNS)
        for table in (*TABLES, *wide):
            connection.execute(text(f"create table {named(source, table)} ({listed})"))
            rows = [{f"p{at}": f"{table[:4]}{row}{at}" for at in range(len(COLUMNS))} for row in range(3)]
            connection.execute(
                text(f"insert into {named(source, table)} values ({', '.join(f':p{at}' for at in range(len(COLUMNS)))})"), rows
            )
    for number, table in enumerate((*TABLES, *wide)):
        place = {"system": "src", "table": table, "columns": columns, "where": [{"field": "select", "is_null": False}], "cursor": "group"}
        landed = table[: LONGEST[target] // 3] if table == wide[0] else table[: LONGEST[target]]
        it.others[f"flows/f{number}"] = it.flow | {
            "name": f"f{number}", "mode": "incremental", "source": place, "target": {"system": "dst", "table": landed},
        }  # fmt: skip
    it.flow |= {"source": {"system": "src", "table": "select", "columns": columns}}
    changed = ", ".join(f"{named(source, columns[field])} = '龘'" for field in ("key", "group", "t"))
    for name in [name.removeprefix("flows/") for name in it.others]:
        assert it.run(flow=name).status == "proved", name
        table = named(source, it.others[f"flows/{name}"]["source"]["table"])
        with engine.begin() as connection:
            connection.execute(text(f"update {table} set {changed}"))
        second = it.run(flow=name).rows
        assert (second.updated, second.inserted) == (3, 0)
        assert it.verify(name).equal
    engine.dispose()


def test_a_table_of_three_hundred_columns_arrives_and_follows(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=0)
    names = [f"f{number:03}" for number in range(299)]
    it.dataset["fields"] = [it.dataset["fields"][0], *({"name": name, "type": "string(12)", "title": name} for name in names)]
    it.flow["source"]["table"] = "s_wide"
    kind = "text" if source == "mariadb" else "varchar(12)"  # whose pages hold no 300 columns of text within themselves
    it.at_source(f"create table s_wide (no varchar(20) primary key, {', '.join(f'{name} {kind}' for name in names)})")
    for row in range(3):
        values = ", ".join(f"'{row}值{at}'" for at in range(299))
        it.at_source(f"insert into s_wide values ('n{row}', {values})")
    assert it.run().rows.inserted == 3
    it.at_source("update s_wide set f298 = null where no = 'n1'")
    assert it.run().rows.updated == 1
    assert it.at_target("select f297, f298 from thing where no = 'n1'") == [("1值297", None)]
    assert it.verify().equal


def test_a_name_that_the_engine_would_cut_is_refused(tmp_path: Path, database: Database, source: str, target: str) -> None:
    it = World(tmp_path, database(source), database(target), rows=1)
    long = "甲" * 22 if target == "postgresql" else "y" * 65  # 66 bytes; 65 characters
    it.flow["target"]["table"] = long
    receipt = it.run()
    if target == "sqlite":  # which knows no limit
        assert receipt.status == "proved"
        return
    assert receipt.status == "rejected"
    assert long in (receipt.error or "")
