"""How PostgreSQL tells what stands around a table: indexes, foreign keys that point in, triggers and rules."""

from sqlalchemy import Connection, text

from connectors.around import Around, Inbound, Unique

UNIQUES = """
select c.relname, i.indexprs is not null or i.indpred is not null,
       array(select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any(i.indkey))
from pg_index i
join pg_class c on c.oid = i.indexrelid
where i.indrelid = to_regclass(:name) and (i.indisunique or i.indisexclusion)
order by 1
"""
INBOUND = """
select k.conname, cast(cast(k.conrelid as regclass) as text),
       array(select a.attname from unnest(k.conkey) with ordinality as u (n, at)
             join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.at),
       array(select a.attname from unnest(k.confkey) with ordinality as u (n, at)
             join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by u.at),
       case k.confdeltype when 'c' then 'CASCADE' when 'n' then 'SET NULL' else 'SET DEFAULT' end
from pg_constraint k
where k.contype = 'f' and k.confrelid = to_regclass(:name) and k.confdeltype in ('c', 'n', 'd') and k.conparentid = 0
order by 1
"""
# internal triggers are the foreign keys' own; a rule on writing does what a trigger does
TRIGGERS = """
select tgname from pg_trigger where tgrelid = to_regclass(:name) and not tgisinternal and tgenabled in ('O', 'A')
union all
select rulename from pg_rewrite where ev_class = to_regclass(:name) and ev_type in ('2', '3', '4') and ev_enabled in ('O', 'A')
order by 1
"""
SELVES = "select conname from pg_constraint where contype = 'f' and conrelid = to_regclass(:name) and confrelid = conrelid order by 1"


def around(connection: Connection, name: str) -> Around:
    """Describe what stands around the table of this quoted name."""
    names = {"name": name}
    uniques = connection.execute(text(UNIQUES), names).all()
    inbound = connection.execute(text(INBOUND), names).all()
    return Around(
        tuple(Unique(index, () if partial else tuple(columns)) for index, partial, columns in uniques),
        tuple(Inbound(it[0], it[1], tuple(it[2]), tuple(it[3]), it[4]) for it in inbound),
        tuple(connection.execute(text(TRIGGERS), names).scalars()),
        tuple(connection.execute(text(SELVES), names).scalars()),
    )
