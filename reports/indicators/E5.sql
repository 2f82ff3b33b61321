-- E5 高频事项集中度：新收最多的十个事项合计 ÷ 新收
with per_item as (
    select item_id, count(*) as cases from movement where kind = 'new' and in_period(moment) group by item_id
),
top as (
    select cases from per_item order by cases desc, item_id limit 10
)
select '' as unit, '' as part, (select coalesce(sum(cases), 0) from top) as numerator, coalesce(sum(cases), 0) as denominator,
       (select sum(cases) from top) / sum(cases) as value
from per_item
