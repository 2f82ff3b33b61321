"""How SQL Server tells what stands around a table: unique indexes, foreign keys that point in, triggers. `name` is quoted."""

from connectors.around import Questions

UNIQUES = """
select i.name, case when i.has_filter = 1 then 1 else 0 end as partial, c.name as field
from sys.indexes i
join sys.index_columns k on k.object_id = i.object_id and k.index_id = i.index_id and k.key_ordinal > 0
join sys.columns c on c.object_id = i.object_id and c.column_id = k.column_id
where i.object_id = object_id(:name) and i.is_unique = 1
order by i.name, k.key_ordinal
"""
INBOUND = """
select f.name, object_schema_name(f.parent_object_id) as owner, object_name(f.parent_object_id) as child,
       a.name as field, b.name as key_field, replace(f.delete_referential_action_desc, '_', ' ') as action
from sys.foreign_keys f
join sys.foreign_key_columns k on k.constraint_object_id = f.object_id
join sys.columns a on a.object_id = k.parent_object_id and a.column_id = k.parent_column_id
join sys.columns b on b.object_id = k.referenced_object_id and b.column_id = k.referenced_column_id
where f.referenced_object_id = object_id(:name) and f.delete_referential_action > 0
order by f.name, k.constraint_column_id
"""
TRIGGERS = "select name from sys.triggers where parent_id = object_id(:name) and is_disabled = 0 order by name"
SELVES = (
    "select name from sys.foreign_keys where parent_object_id = object_id(:name) and referenced_object_id = parent_object_id order by name"
)
QUESTIONS = Questions(UNIQUES, INBOUND, TRIGGERS, SELVES)
