-- E2 全程网办率：期末在线的网上办理事项中无须到现场的 ÷ 期末在线的网上办理事项
with counted as (select unit, coalesce(offline_visits, 0) = 0 as good from live_item where not guide)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
