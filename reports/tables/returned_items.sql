-- 退回率较高的事项：办结不少于最低基数的，前五
with per_item as (
    select item_id, any_value(unit) as unit, count(*) filter (where returned) as returned, count(*) as closed from handling group by item_id
)
select p.item_id, i.item_name, p.unit, i.coop_units as joint, p.returned, p.closed
from per_item as p
join online_item as i using (item_id)
where p.returned > 0 and p.closed >= getvariable('least')
order by p.returned / p.closed desc, p.closed desc, p.item_id
limit 5
