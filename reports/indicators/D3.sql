-- D3 重办率：办结件中截至统计截止又重办的 ÷ 办结
with counted as (select unit, reopened as good from quality)
select coalesce(unit, '') as unit, '' as part, count(*) filter (where good) as numerator, count(*) as denominator,
       count(*) filter (where good) / nullif(count(*), 0) as value
from counted
group by grouping sets ((), (unit))
