-- F1 参评率：有真实评价（非默认）的办结件 ÷ 办结件
select coalesce(unit, '') as unit, '' as part, count(*) filter (where rated) as numerator, count(*) as denominator,
       count(*) filter (where rated) / nullif(count(*), 0) as value
from ratable
group by grouping sets ((), (unit))
