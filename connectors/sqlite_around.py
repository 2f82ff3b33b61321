"""How SQLite tells what stands around a table: indexes, foreign keys, triggers; and which of its foreign keys do not hold."""

from collections.abc import Callable

from sqlalchemy import Connection, text

from connectors.around import Around, Inbound, Unique

INDEXES = 'select name, partial from pragma_index_list(:name) where "unique" order by name'
INDEXED = "select name from pragma_index_info(:name) order by seqno"
INBOUND = """
select m.name, f.id, f."from", f."to", f.on_delete from sqlite_master as m, pragma_foreign_key_list(m.name) as f
where m.type = 'table' and f."table" = :name collate nocase and f.on_delete in ('CASCADE', 'SET NULL', 'SET DEFAULT')
order by m.name, f.id, f.seq
"""
TRIGGERS = "select name from sqlite_master where type = 'trigger' and tbl_name = :name collate nocase order by name"
SELVES = 'select distinct "table" from pragma_foreign_key_list(:name) where "table" = :name collate nocase'
# its foreign keys have no name to tell: both tables are named instead
BROKEN = """
select distinct b."table" || ' → ' || b.parent from sqlite_master as m, pragma_foreign_key_check(m.name) as b
where m.type = 'table' and (b."table" = :name collate nocase or b.parent = :name collate nocase) order by 1
"""


def around(connection: Connection, table: str, key: tuple[str, ...], quote: Callable[[str], str]) -> Around:
    """Describe what stands around a table of this primary key."""
    uniques = []
    for name, partial in connection.execute(text(INDEXES), {"name": table}).all():
        columns = tuple(connection.execute(text(INDEXED), {"name": name}).scalars())
        uniques.append(Unique(name, () if partial or None in columns else columns))
    if key:
        uniques.append(Unique("primary key", key))  # an INTEGER PRIMARY KEY has no index of its own
    found: dict[tuple[str, int], Inbound] = {}
    for child, number, column, referred, action in connection.execute(text(INBOUND), {"name": table}):
        before = found.get((child, number), Inbound(child, quote(child), (), (), action))
        at = len(before.columns)
        keys = (*before.keys, referred or key[at])
        found[child, number] = Inbound(child, before.table, (*before.columns, column), keys, action)
    triggers, selves = (tuple(connection.execute(text(query), {"name": table}).scalars()) for query in (TRIGGERS, SELVES))
    return Around(tuple(uniques), tuple(found.values()), triggers, selves)


def violated(connection: Connection, table: str) -> list[str]:
    """Name the foreign keys of the table, and to it, that some row breaks."""
    return list(connection.execute(text(BROKEN), {"name": table}).scalars())
