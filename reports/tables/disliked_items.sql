-- 差评较多的事项：真实评价中的不满意、非常不满意，前五
select r.item_id, any_value(i.item_name) as item_name, any_value(r.unit) as unit,
       count(*) filter (where r.level <= 2) as disliked, count(*) as rated
from ratable as r
join online_item as i using (item_id)
where r.rated
group by r.item_id
having disliked > 0
order by disliked desc, rated, r.item_id
limit 5
