-- Cases that are open at the cut-off and fall due within two working days after it.
create view soon_due as
select c.app_id, c.unit
from ending as c
join work_day as d on d.day = (c.due_at - interval 1 microsecond)::date
join work_day as t on t.day = (getvariable('cut') - interval 1 microsecond)::date
where c.state = 'open' and c.due_at > getvariable('cut') and d.number - t.number <= 2
