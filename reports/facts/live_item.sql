-- Items that are online when the period ends, guides and online ones alike, under the unit that answers for them.
create view live_item as
select i.*, coalesce(i.item_type, '') = '办事指南' as guide, coalesce(u.now, i.owner_unit_id, '-') as unit
from service_item as i
left join unit_now as u on u.unit_id = i.owner_unit_id
where coalesce(i.online_at, '-infinity'::date) < getvariable('t1') and coalesce(i.offline_at, 'infinity'::date) >= getvariable('t1')
