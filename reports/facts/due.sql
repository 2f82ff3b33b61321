-- 应办结: cases whose limit ends in the period. A limit that ends at 24:00 is written as 0:00 of the next day and belongs to the day it ends.
create table due as
select c.app_id, c.item_id, c.unit, c.kind as case_kind, c.frequent, c.due_at, e.closed_at
from case_fact as c
join ending as e using (app_id)
where c.due_at > getvariable('t0') and c.due_at <= getvariable('t1') and e.state <> 'void'
