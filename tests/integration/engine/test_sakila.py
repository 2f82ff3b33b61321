"""A real database of sixteen tables goes from MariaDB to PostgreSQL to SQLite and back, and is what it was."""

import itertools
import re
import zipfile
from pathlib import Path
from typing import Any

import pymysql
import pytest
import yaml
from pymysql.constants import CLIENT
from sqlalchemy import make_url
from world import NOW, Database

from catalog.load import load
from hub.open import Hub, open_hub
from hub.pipeline import run
from hub.verify import verify

TABLE = re.compile(r"CREATE TABLE .*?\)ENGINE=\w+ DEFAULT CHARSET=\w+;", re.S)
NATIVE = (
    (r"tinyint\(1\)", "boolean"), (r"(tiny|small|medium|big)?int.*|year.*", "integer"), (r"decimal\((\d+,\d+)\)", r"decimal(\1)"),
    (r"(?:var)?char\((\d+)\)", r"string(\1)"), (r".*text|enum.*|set.*", "string"), (r".*blob", "bytes"),
    (r"datetime.*", "timestamp"), (r"timestamp.*", "timestamptz"), (r"date", "date"),
)  # fmt: skip


def connected(url: str) -> "pymysql.connections.Connection[Any]":
    at = make_url(url)
    name, zone = at.database or "", "set time_zone = '+00:00'"
    flags = CLIENT.MULTI_STATEMENTS
    return pymysql.connect(
        host=at.host,
        port=at.port or 3306,
        user=at.username or "",
        password=at.password or "",
        database=name,
        client_flag=flags,
        init_command=zone,
    )


def sakila(folder: Path, url: str) -> dict[str, list[tuple[str, str, bool]]]:
    """Make the sample database; return each table's columns: name, native type, whether of the key."""
    with zipfile.ZipFile(folder / "sakila" / "mysql-sakila-db.zip") as archive:
        schema, data = (archive.read(f"sakila-db/sakila-{part}.sql") for part in ("schema", "data"))
    script = ["set foreign_key_checks = 0, sql_mode = '';", *TABLE.findall(schema.decode())]
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute("\n".join(script).encode() + data.replace(b"USE sakila;", b""))
        while cursor.nextset():
            pass
        cursor.execute("insert into film_text select film_id, title, description from film")
        connection.commit()
        cursor.execute(
            "select table_name, column_name, column_type, column_key = 'PRI' from information_schema.columns"
            " where table_schema = database() order by table_name, ordinal_position"
        )
        tables: dict[str, list[tuple[str, str, bool]]] = {}
        for table, column, native, key in cursor.fetchall():
            tables.setdefault(table, []).append((column, native, bool(key)))
    return tables


def field(native: str) -> str:
    for pattern, kind in NATIVE:
        if match := re.fullmatch(pattern, native):
            return match.expand(kind)
    raise AssertionError(native)


def campus(folder: Path, source: str, target: str, tables: dict[str, list[tuple[str, str, bool]]]) -> Hub:
    """Write a campus with a dataset and a flow for each table."""
    owner = {"owner": "信息资源部"}
    files: dict[str, dict[str, Any]] = {"campus": {"name": "sakila", "title": "示例", "platform": "dst"}}
    for name, url in (("src", source), ("dst", target)):
        files[f"systems/{name}"] = {"name": name, "title": name, "kind": "sql", "url": url, **owner}
    for table, columns in tables.items():
        fields = [{"name": column, "type": field(native), "title": column} for column, native, _ in columns]
        key = [column for column, _, of_key in columns if of_key]
        files[f"datasets/{table}"] = {"name": table, "title": table, "sharing": "none", "key": key, "fields": fields, **owner}
        ends = {"source": {"system": "src", "table": table}, "target": {"system": "dst", "table": table}}
        files[f"flows/{table}"] = {"name": table, "dataset": table, "mode": "mirror", "on_delete": "delete", **ends}
    for name, content in files.items():
        path = folder / "campus" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return open_hub(load(folder / "campus"))


def rows(url: str, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    """Read a table as the server's own client does, without the hub."""
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(f'`{column}`' for column in columns)} from `{table}`")
        return sorted(cursor.fetchall(), key=repr)


def test_sakila_comes_home_as_it_left(real_data: Path, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    way = [database(kind) for kind in ("mariadb", "postgresql", "sqlite", "mariadb")]
    tables = sakila(real_data, way[0])
    assert len(tables) == 16
    for number, (source, target) in enumerate(itertools.pairwise(way)):
        hub = campus(tmp_path / str(number), source, target, tables)
        for table in tables:
            receipt = run(hub, table, now=NOW, by="tester")
            assert receipt.status == "proved", (table, number, receipt.error)
            assert verify(hub, table).equal, (table, number)
    for table, columns in tables.items():
        names = [column for column, _, _ in columns]
        home = rows(way[-1], table, names)
        assert home == rows(way[0], table, names), table
        assert home


def test_a_receiver_with_circular_foreign_keys_refuses_with_their_name_and_keeps_nothing(
    real_data: Path, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_NOW", NOW.isoformat())
    source, target = database("mariadb"), database("mariadb")
    tables = sakila(real_data, source)
    sakila(real_data, target)
    with connected(target) as connection, connection.cursor() as cursor:
        cursor.execute("set foreign_key_checks = 0")
        cursor.execute("delete from staff")
        cursor.execute("delete from store")
        connection.commit()
    hub = campus(tmp_path, source, target, {name: tables[name] for name in ("staff", "store")})
    for table in ("staff", "store"):
        receipt = run(hub, table, now=NOW, by="tester")
        assert (receipt.status, receipt.exit_code) == ("rejected", 3), receipt.error
        assert f"fk_{table}_" in (receipt.error or "")
        assert rows(target, table, [tables[table][0][0]]) == []
