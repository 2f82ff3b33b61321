"""MariaDB's packets, read and written by ourselves: a value longer than a packet, a connection that is cut, rows that fail on their way."""

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest
from sqlalchemy import make_url
from world import Database

from catalog.errors import UnprovenError
from connectors.mariadb_wire import send, stream

PACKET = 0xFFFFFF
LOAD = "load data local infile 'rows' into table thing character set utf8mb4"


def connected(database: Database) -> Any:
    url = make_url(database("mariadb"))
    connection = pymysql.connect(
        host=url.host or "", port=url.port or 3306, user=url.username, password=url.password or "", database=url.database, local_infile=True
    )
    connection.query("create table thing (no int primary key, name varchar(10))")
    return connection


@pytest.mark.parametrize("length", [0, 250, 251, 65535, 65536, PACKET - 5, PACKET - 4, PACKET - 3, PACKET])
def test_a_value_is_read_whole_whatever_its_length(database: Database, length: int) -> None:
    with connected(database) as connection:
        chunks = list(stream(connection, f"select repeat('x', {length}) union all select 'next'", None))
        assert b"".join(chunks) == b"x" * length + b"\nnext\n"
        assert list(stream(connection, "select 'again'", None)) == [b"again\n"]


def test_a_value_that_outgrew_its_packet_is_an_error_and_no_empty_line(database: Database) -> None:
    with connected(database) as connection, pytest.raises(UnprovenError):
        list(stream(connection, "select repeat('x', @@max_allowed_packet + 1)", None))


def test_a_connection_that_is_cut_among_the_rows_is_an_error_and_no_end(database: Database) -> None:
    with connected(database) as connection, connected(database) as other:
        rows = stream(connection, "select repeat('x', 10000) from seq_1_to_100000", None)
        next(rows)
        other.query(f"kill {connection.thread_id()}")
        with pytest.raises(pymysql.OperationalError):
            list(rows)
        assert not connection.open


def test_rows_are_sent_in_packets_of_any_number(database: Database) -> None:
    with connected(database) as connection:
        chunks = ("".join(f"{no}\t{no:09}\n" for no in range(start, start + 20_000)).encode() for start in range(0, 100_000, 20_000))
        send(connection, LOAD, chunks)
        assert list(stream(connection, "select concat_ws(' ', count(*), max(name)) from thing", None)) == [b"100000 000099999\n"]


def test_rows_that_fail_on_their_way_leave_their_own_error_and_a_connection_that_serves(database: Database) -> None:
    def failing() -> Iterator[bytes]:
        yield b"1\tone\n"
        raise KeyError("the source")

    with connected(database) as connection:
        with pytest.raises(KeyError):
            send(connection, LOAD, failing())
        connection.rollback()
        assert list(stream(connection, "select count(*) from thing", None)) == [b"0\n"]


def test_a_statement_that_the_server_refuses_takes_no_row(database: Database) -> None:
    rows = iter([b"1\tone\n"])
    with connected(database) as connection:
        with pytest.raises(pymysql.ProgrammingError):
            send(connection, LOAD.replace("thing", "nothing"), rows)
        assert list(stream(connection, "select 'serves'", None)) == [b"serves\n"]
    assert next(rows) == b"1\tone\n"


def test_a_connection_that_is_cut_while_rows_are_sent_is_an_error(database: Database) -> None:
    with connected(database) as connection, connected(database) as other:

        def cutting() -> Iterator[bytes]:
            yield b"1\tone\n"
            other.query(f"kill {connection.thread_id()}")
            for no in range(2, 2_000_000):
                yield b"%d\tmore\n" % no

        with pytest.raises(pymysql.OperationalError):
            send(connection, LOAD, cutting())
        assert not connection.open
