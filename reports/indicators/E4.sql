-- E4 事项增减：期初＋上线−下线＝期末；另列变更数。办事指南另列
-- an item is there from its first day to the day before it went offline
with states as (
    select coalesce(item_type, '') = '办事指南' as guide, online_at::timestamp as online, coalesce(offline_at::timestamp, 'infinity') as offline
    from service_item
),
counted as (
    select guide, count(*) filter (where online < getvariable('t0') and offline >= getvariable('t0')) as "start",
           count(*) filter (where in_period(online)) as added,
           count(*) filter (where in_period(offline)) as removed,
           count(*) filter (where online < getvariable('t1') and offline >= getvariable('t1')) as "end"
    from states
    group by grouping sets ((), (guide))
)
select '' as unit, case when guide is null then part when guide then 'guide_' || part else 'online_' || part end as part,
       null as numerator, null as denominator, value
from (unpivot counted on "start", added, removed, "end" into name part value value)
union all
select '', 'changed', null, null, count(*) from item_request where kind = 'change' and in_period(executed_at)
