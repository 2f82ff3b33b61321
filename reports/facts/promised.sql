-- Promised cases that were closed: what was promised in working days, and whether they were closed a working day before they were due.
create view promised as
select h.app_id, h.unit, i.promise_days, h.workdays, d.number - b.number >= 1 as early
from handling as h
join case_fact as c using (app_id)
join online_item as i on i.item_id = h.item_id
left join work_day as d on d.day = (c.due_at - interval 1 microsecond)::date
left join work_day as b on b.day = h.closed_at::date
where h.case_kind = '承诺件'
