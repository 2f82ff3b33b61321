"""Primary keys on PostgreSQL: a stage gets its own when its rows are there, a new table is filled without. Both cost less so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from catalog.errors import RejectedError, UnprovenError

KEY = """
select c.conname, array(select a.attname from unnest(c.conkey) with ordinality as k(number, place)
                        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number order by k.place)
from pg_constraint c where c.conrelid = to_regclass(:name) and c.contype = 'p'
"""


def declare(connection: Connection, table: str, names: str) -> bool:
    """Declare a filled table's key, with its statistics, and say so; False where a key repeats, is missing or too long for an index."""
    try:
        with connection.begin_nested():
            connection.execute(text(f"alter table {table} add primary key ({names})"))
            connection.execute(text(f"analyze {table} ({names})"))
    except (RejectedError, UnprovenError):
        return False
    return True


@contextmanager
def away(connection: Connection, table: str, quote: Callable[[str], str]) -> Iterator[None]:
    """Take the primary key off a table that nobody else knows yet, and declare it again at the end."""
    name, columns = connection.execute(text(KEY), {"name": table.replace("\\:", ":")}).one()
    constraint, key = quote(name), ", ".join(map(quote, columns))
    connection.execute(text(f"alter table {table} drop constraint {constraint}"))
    yield
    connection.execute(text(f"alter table {table} add constraint {constraint} primary key ({key})"))
