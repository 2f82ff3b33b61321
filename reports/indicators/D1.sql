-- D1 退回率：办结件中曾被退回或要求补正的 ÷ 办结
select coalesce(unit, '') as unit, '' as part, count(*) filter (where returned) as numerator, count(*) as denominator,
       count(*) filter (where returned) / nullif(count(*), 0) as value
from handling
group by grouping sets ((), (unit))
