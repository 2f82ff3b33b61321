"""Two connections digest a MariaDB table that one transaction has filled: the server gives each connection one core."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import text

from catalog.errors import UnavailableError
from connectors.clause import WHOLE
from connectors.digest import Digest
from connectors.reading import Reading

MANY = 100_000  # rows; below, a second connection costs more than it spares


def digest(reading: Reading, rows: int) -> Digest | None:
    """Digest a reading's own transaction and a dirty read of it, half of the keys each; None where that is not worth it or not possible.

    It proves no less: the rows of the open transaction are locked, so that everybody reads them as they are, and what others have not
    committed yet can only make the digest another one.
    """
    column, *others = reading.selection.key_columns or (None,)
    if rows < MANY or others or column is None or column.type.kind != "integer" or not column.native.startswith(WHOLE):
        return None
    key, (tail, binds) = f"{reading.alias}.{reading.dialect.quote(column.source)}", reading.clause.tail()
    lowest, highest = reading.connection.execute(text(f"select min({key}), max({key}) {tail}"), binds).one()
    if lowest is None:
        return None
    middle = (int(lowest) + int(highest)) // 2
    lower, upper = (replace(reading, selection=reading.selection.restricted(f"{key} {side} {middle}")) for side in ("<", ">="))
    with suppress(UnavailableError), reading.connection.engine.connect() as other, ThreadPoolExecutor(1) as beside:
        other.execute(text("set transaction isolation level read uncommitted"))
        told = beside.submit(replace(upper, connection=other).digest)
        return lower.digest() + told.result()
    return None
