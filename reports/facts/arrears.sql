-- 历史超期: cases whose limit ended before the period and which are still not closed at the cut-off.
create view arrears as
select c.app_id, c.unit
from case_fact as c
join ending as e using (app_id)
where c.due_at <= getvariable('t0') and e.closed_at is null and e.state <> 'void'
