-- 高频事项：新收前十
select c.item_id, any_value(c.item_name) as item_name, any_value(c.unit) as unit, count(*) as new
from movement as m
join case_fact as c using (app_id)
where m.kind = 'new' and in_period(m.moment)
group by c.item_id
order by new desc, c.item_id
limit 10
