-- D2 一次办结率：办结件中未退回补正、无须到现场、截至统计截止未重办的 ÷ 办结
with counted as (select unit, at_once as good from quality)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
