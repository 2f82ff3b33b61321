-- 高频事项：新收前十
select c.item_id, any_value(c.item_name) as item_name, any_value(c.unit) as unit, any_value(i.coop_units) as joint, count(*) as new
from movement as m
join case_fact as c using (app_id)
join online_item as i on i.item_id = c.item_id
where m.kind = 'new' and in_period(m.moment)
group by c.item_id
order by new desc, c.item_id
limit 10
