"""How Oracle tells what stands around a table: unique indexes, foreign keys that point in, triggers. Names are as it folds them."""

from connectors.around import Questions

UNIQUES = """
select i.index_name, case when i.index_type like 'FUNCTION%' then 1 else 0 end, u.column_name
from all_indexes i join all_ind_columns u on u.index_owner = i.owner and u.index_name = i.index_name
where i.table_owner = coalesce(:owner, sys_context('USERENV', 'CURRENT_SCHEMA')) and i.table_name = :name and i.uniqueness = 'UNIQUE'
order by i.index_name, u.column_position
"""
INBOUND = """
select k.constraint_name, k.owner, k.table_name, a.column_name, b.column_name, k.delete_rule
from all_constraints k
join all_constraints p on p.owner = k.r_owner and p.constraint_name = k.r_constraint_name
join all_cons_columns a on a.owner = k.owner and a.constraint_name = k.constraint_name
join all_cons_columns b on b.owner = p.owner and b.constraint_name = p.constraint_name and b.position = a.position
where p.owner = coalesce(:owner, sys_context('USERENV', 'CURRENT_SCHEMA')) and p.table_name = :name
  and k.delete_rule in ('CASCADE', 'SET NULL')
order by k.constraint_name, a.position
"""
TRIGGERS = """
select trigger_name from all_triggers
where table_owner = coalesce(:owner, sys_context('USERENV', 'CURRENT_SCHEMA')) and table_name = :name and status = 'ENABLED'
order by trigger_name
"""
SELVES = """
select k.constraint_name
from all_constraints k join all_constraints p on p.owner = k.r_owner and p.constraint_name = k.r_constraint_name
where p.owner = coalesce(:owner, sys_context('USERENV', 'CURRENT_SCHEMA')) and p.table_name = :name
  and k.owner = p.owner and k.table_name = p.table_name
order by k.constraint_name
"""
QUESTIONS = Questions(UNIQUES, INBOUND, TRIGGERS, SELVES)
