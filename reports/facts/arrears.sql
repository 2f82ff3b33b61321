-- 历史超期: cases whose limit ended before the period and which are still not closed at the cut-off.
create view arrears as
select app_id, unit
from ending
where due_at <= getvariable('t0') and closed_at is null and state <> 'void'
