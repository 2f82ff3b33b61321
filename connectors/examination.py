"""An engine that was not run by our own tests examines itself before anything is read or written: a fault is refused, never a wrong proof.

Values whose canonical text is known are turned into the engine's types and back by the very SQL that digests rows, and hashed as a row.
What comes back otherwise names the kinds of fields that this server writes differently.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Engine, event, text

from catalog.errors import RejectedError
from catalog.field_type import parse
from connectors.dialect import Binds, Dialect
from connectors.line import row_hash
from connectors.selection import Column

Stored = Callable[[str, Column], str]  # SQL that turns a bound canonical text into a type of the engine
KNOWN: Mapping[str, tuple[str, ...]] = {
    "string(40)": ("", "a 𠮷'é\\x", "0"),
    "integer": ("-9007199254740993", "0"),
    "decimal(20,4)": ("-1234567890123456.5", "0.0001", "100"),
    "float": ("125e-1", "-25e-8", "1e22", "1e-1"),
    "boolean": ("1", "0"),
    "date": ("2026-02-28", "0001-01-01"),
    "time": ("08:00:00.5", "00:00:00"),
    "duration": ("-12:00:00.5", "30:00:00"),
    "timestamp": ("2026-11-05 08:00:00.000001", "2026-11-05 08:00:00"),
    "timestamptz": ("2026-11-05 00:00:00.5",),
}


def listen(engine: Engine, dialect: Dialect, title: str, stored: Stored) -> None:
    """Examine a server once, at the first connection of an engine."""
    passed: list[bool] = []

    @event.listens_for(engine, "engine_connect")
    def once(connection: Connection) -> None:
        if passed:
            return
        passed.append(True)  # what is asked here asks nothing again
        try:
            if wrong := examine(connection, dialect, stored):
                raise RejectedError("system.examined", engine=title, kinds=", ".join(wrong))
        except BaseException:
            passed.clear()
            raise
        finally:
            connection.rollback()


def examine(connection: Connection, dialect: Dialect, stored: Stored) -> list[str]:
    """Return the kinds of fields whose values this server does not give back as every other engine writes them; [hash] for the row hash."""
    # where an empty text is NULL by nature, none is ever written (see Reading.guards)
    known = [(name, value) for name, values in KNOWN.items() for value in values if value or dialect.engine != "oracle"]
    types = [(parse(name), value) for name, value in known]
    columns = [Column(f"c{at}", wanted, f"c{at}", dialect.declare(wanted)) for at, (wanted, _) in enumerate(types)]
    binds: Binds = {f"v{at}": value for at, (_, value) in enumerate(types)}
    written = [stored(f":v{at}", column) for at, column in enumerate(columns)]
    texts = [dialect.canonical(expr, column) for expr, column in zip(written, columns, strict=True)]
    found = connection.execute(text(f"select {', '.join(f'{it} as c{at}' for at, it in enumerate(texts))}"), binds).one()
    wrong: dict[str, None] = dict.fromkeys(wanted.kind for (wanted, value), told in zip(types, found, strict=True) if told != value)
    short = [at for at, (wanted, _) in enumerate(types) if wanted.kind in ("string", "integer", "date")]
    hashed = dialect.hash(dialect.row_text([(written[at], columns[at]) for at in short]))
    there = connection.execute(text(f"select {hashed} as h"), {f"v{at}": types[at][1] for at in short}).scalar_one()
    if int(there or 0) != row_hash([types[at][0] for at in short], [types[at][1] for at in short]):
        wrong["hash"] = None
    return [*wrong]
